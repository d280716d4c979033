'use strict';

/*
 * Tables of text.
 *
 * cli-table3 draws them where it is installed, which is in a clone of the repository. The package
 * itself depends on nothing that draws, so there the runtime's own console.table does. Both get
 * cells that are already cut and padded to their column, because console.table can do neither.
 */

const { Console } = require('node:console');
const { Writable } = require('node:stream');
const { inspect } = require('node:util');

/** What stands between the columns of a table without a frame. */
const GAP = '  ';

/**
 * @typedef {object} Column
 * @property {string} title
 * @property {'left' | 'right'} [align] left unless said
 * @property {number} [shrink] the width down to which the column may be cut when the table is too
 *   wide; without it the column is never cut
 */

/**
 * Draws a table.
 *
 * @param {Column[]} columns
 * @param {Array<Array<string | { text: string, paint: Function }> | { section: string }>} rows a
 *   row is its cells, or a heading over the rows that follow
 * @param {{ width: number, paint: object }} look the most columns of text to take, and the styles
 * @param {'rules' | 'box'} [style] who draws; for tests
 * @returns {string} lines without a final newline
 */
function drawTable(columns, rows, look, style = findLibrary() ? 'rules' : 'box') {
  const frame = style === 'rules' ? GAP.length * (columns.length - 1) : 3 * columns.length + 1;
  const widths = fit(columns, rows, look.width - frame);
  const cut = (text, i) => pad(shorten(text, widths[i]), widths[i], columns[i].align);

  const header = columns.map(({ title }, i) => cut(title, i));
  const body = rows.map((row) => {
    if (!Array.isArray(row)) return row;
    return row.map((cell, i) => {
      const { text, paint } = typeof cell === 'string' ? { text: cell } : cell;
      return paint ? paint(cut(text, i)) : cut(text, i);
    });
  });
  return style === 'rules' ? drawRules(header, body, widths, look) : drawBox(header, body, widths);
}

/** The widest cell of each column, cut down in the columns that allow it until all fit. */
function fit(columns, rows, room) {
  const textOf = (cell) => (typeof cell === 'string' ? cell : cell.text);
  const widths = columns.map(({ title }, i) =>
    Math.max(title.length, ...rows.filter(Array.isArray).map((row) => textOf(row[i]).length)),
  );
  const total = () => widths.reduce((sum, width) => sum + width, 0);
  const spare = (i) => widths[i] - (columns[i].shrink ?? Infinity);
  while (total() > room) {
    const widest = columns.reduce((best, _, i) => (spare(i) > spare(best) ? i : best), 0);
    if (spare(widest) <= 0) break;
    widths[widest] -= 1;
  }
  return widths;
}

function shorten(text, width) {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

function pad(text, width, align) {
  return align === 'right' ? text.padStart(width) : text.padEnd(width);
}

/** cli-table3's class, or undefined where it is not installed. */
function findLibrary() {
  try {
    return require('cli-table3');
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    return undefined;
  }
}

/** With cli-table3: no frame, a rule under the header, headings between the groups. */
function drawRules(header, body, widths, { paint }) {
  const sides = ['top', 'bottom', 'mid', 'left', 'right'];
  const noFrame = sides.flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`]);
  const Table = findLibrary();
  const table = new Table({
    chars: { ...Object.fromEntries(noFrame.map((name) => [name, ''])), middle: GAP },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  table.push(header.map(paint.bold), ...body.filter(Array.isArray));

  const lines = table.toString().split('\n');
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length));
  const drawn = [lines.shift(), paint.dim(rule)];
  body.forEach((row, i) => {
    if (Array.isArray(row)) drawn.push(lines.shift());
    else drawn.push(...(i > 0 ? [''] : []), paint.cyan(row.section));
  });
  return drawn.map((line) => line.trimEnd()).join('\n');
}

/** With console.table: a box. Its index column means nothing here and is taken off. */
function drawBox(header, body, widths) {
  const bare = (text) => ({ [inspect.custom]: () => text });
  const headed = ({ section }) =>
    widths.map((width, i) => shorten(i === 0 ? `· ${section}` : '', width).padEnd(width));
  const lines = body.map((row) => {
    const cells = Array.isArray(row) ? row : headed(row);
    return Object.fromEntries(cells.map((cell, i) => [header[i], bare(cell)]));
  });
  let drawn = '';
  const stdout = new Writable({
    decodeStrings: false,
    write(text, _encoding, done) {
      drawn += text;
      done();
    },
  });
  new Console({ stdout, colorMode: false }).table(lines);
  return drawn
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^(.)[^│┬┼┴]*[│┬┼┴]/, '$1'))
    .join('\n');
}

/**
 * The same as Markdown, without headings between rows; widths are left to a formatter.
 *
 * @param {Column[]} columns
 * @param {string[][]} rows
 * @returns {string}
 */
function markdownTable(columns, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = columns.map(({ align }) => (align === 'right' ? '---:' : '---'));
  return [line(columns.map(({ title }) => title)), line(rule), ...rows.map(line)].join('\n');
}

/** Columns by their titles: those of the first list to the left, those of the second, figures, to the right. */
const columnsOf = (left, right) => [
  ...left.map((title) => ({ title })),
  ...right.map((title) => ({ title, align: 'right' })),
];

module.exports = { drawTable, markdownTable, columnsOf };
