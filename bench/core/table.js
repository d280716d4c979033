'use strict';

/*
 * Tables of text: no frame, a rule under the header, headings between the groups. They keep to a width:
 * columns that may shrink are broken between words, so that no name, number or unit is broken.
 */

/** What stands between the columns. */
const GAP = '  ';

/**
 * @typedef {object} Column
 * @property {string} title
 * @property {'left' | 'right'} [align] left unless said
 * @property {number} [shrink] the width down to which the column may shrink when the table is too
 *   wide; without it the column is never broken
 */

/**
 * Draws a table.
 *
 * @param {Column[]} columns
 * @param {Array<Array<string | { text: string, paint: Function }> | { section: string }>} rows a
 *   row is its cells, or a heading over the rows that follow
 * @param {{ width: number, paint: object }} look the most columns of text to take, and the styles
 * @returns {string} lines without a final newline
 */
function drawTable(columns, rows, look) {
  const { paint } = look;
  const widths = fit(columns, rows, look.width - GAP.length * (columns.length - 1));
  const titles = columns.map(({ title }) => ({ text: title, paint: paint.bold }));
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length));
  const drawn = [...linesOf(titles, widths, columns), paint.dim(rule)];
  rows.forEach((row, i) => {
    if (Array.isArray(row)) drawn.push(...linesOf(row, widths, columns));
    else drawn.push(...(i > 0 ? [''] : []), paint.cyan(row.section));
  });
  return drawn.map((line) => line.trimEnd()).join('\n');
}

const textOf = (cell) => (typeof cell === 'string' ? cell : cell.text);

/** The widest cell of each column, less in the columns that allow it until all fit. */
function fit(columns, rows, room) {
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

/** A row: as many lines as its longest cell takes. */
function linesOf(row, widths, columns) {
  const cells = row.map((cell, i) => wrapText(textOf(cell), widths[i]));
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    cells
      .map((lines, i) => {
        const text = pad(lines[line] ?? '', widths[i], columns[i].align);
        return row[i].paint ? row[i].paint(text) : text;
      })
      .join(GAP),
  );
}

/**
 * Breaks a text between words. A word that is longer than a line is cut.
 *
 * @param {string} text
 * @param {number} width of a line
 * @returns {string[]} one line at least
 */
function wrapText(text, width) {
  if (text.length <= width) return [text];
  const indent = /^ */.exec(text)[0];
  const lines = [];
  let line = indent;
  for (const word of text.trim().split(/ +/)) {
    const isFirst = line === indent;
    if (!isFirst && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
    }
    line += (line === indent ? '' : ' ') + shorten(word, width - indent.length);
  }
  return [...lines, line];
}

function shorten(text, width) {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

function pad(text, width, align) {
  return align === 'right' ? text.padStart(width) : text.padEnd(width);
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

module.exports = { columnsOf, drawTable, markdownTable, wrapText };
