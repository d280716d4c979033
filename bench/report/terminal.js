'use strict';

// What a run prints: a table a suite and runtime, then an overview, and the targets where they are wanted. Tables keep to the width of `look`, 80 columns at least.

const format = require('../core/format');
const { machineLine } = require('../core/machine');
const { labelOf } = require('../core/sides');
const { columnsOf, drawTable } = require('../core/table');
const { busyNote } = require('./busy');
const { readMixed } = require('./mixed');
const { overview } = require('./overview');
const { floor, gainOf, headingOf, mains, medianOf, metrics, sidesOf } = require('./words');

// Column widths that names are cut down to where a table is too wide.
const leastName = 16;
const plain = (text) => text;

/** Text of a terminal without colours. */
const plainLook = {
  width: 80,
  paint: Object.fromEntries(
    ['bold', 'dim', 'green', 'red', 'yellow', 'cyan'].map((style) => [style, plain]),
  ),
};

/** A ratio, coloured when it says something. */
function ratioCell(value, { paint }, mark = '') {
  const text = format.ratio(value) + mark;
  if (value < floor) return { text, paint: paint.red };
  return value >= 1 / floor ? { text, paint: paint.green } : text;
}

function table(first, right, rows, look) {
  const [name, ...others] = columnsOf(first, right);
  return drawTable([{ ...name, shrink: leastName }, ...others], rows, look);
}

const spread = (ratio) => `${format.ratio(ratio.min)}..${format.ratio(ratio.max)}`;

/** What was measured more than once has an asterisk. */
const mark = ({ rechecks }) => (rechecks ? '*' : '');

const timedHead = ['built-in', 'bufalloc', 'ratio', 'of pairs', 'CPU'];

function timedRow(record, look) {
  const { builtin, bufalloc } = record.metrics.ns;
  return [
    record.id,
    format.time(builtin.median),
    format.time(bufalloc.median),
    ratioCell(record.ratio.value, look, mark(record)),
    spread(record.ratio),
    // Of the time on all processors: what the collector's helpers did counts too.
    format.ratio(gainOf('cpu', record.metrics.cpu)),
  ];
}

function microTable(records, look) {
  const rows = records.map((record) => timedRow(record, look));
  const drawn = table(['call/size/use'], timedHead, rows, look);
  return records.some(({ rechecks }) => rechecks) ? `${drawn}\n* measured again` : drawn;
}

function summaryTable({ cells, mean, below, ms, peakRss }, look) {
  const rows = [
    ['geometric mean of the ratios', '', '', ratioCell(mean, look)],
    [`cells below ${floor}`, '', '', `${below} of ${cells}`],
    ...Object.entries({ ms, peakRss }).map(([metric, sides]) => [
      metric === 'ms' ? 'time of all' : 'peak RSS',
      medianOf(metric, sides.builtin),
      medianOf(metric, sides.bufalloc),
      ratioCell(gainOf(metric, sides), look),
    ]),
  ];
  return table(['all cells'], ['built-in', 'bufalloc', 'ratio'], rows, look);
}

function liveTable(records, look) {
  const rows = records.map((record) => {
    const cells = ['ns', 'peakRss'].flatMap((metric) => {
      const sides = record.metrics[metric];
      const figures = [sides.builtin, sides.bufalloc].map((side) => medianOf(metric, side));
      return [...figures, ratioCell(gainOf(metric, sides), look)];
    });
    return [`${format.size(record.bytes)}, ${format.count(record.objects)} objects`, ...cells];
  });
  const head = ['built-in', 'bufalloc', 'ratio', 'RSS', 'bufalloc', 'ratio'];
  return table(['filled among live'], head, rows, look);
}

function mixedTable(records, look) {
  const { calls, live, summary } = readMixed(records);
  const parts = [];
  if (calls.length > 0) parts.push(microTable(calls, look), summaryTable(summary, look));
  if (live.length > 0) parts.push(liveTable(live, look));
  return parts.join('\n\n');
}

function programRows(record, look) {
  return Object.entries(record.metrics).map(([metric, sides]) => {
    const isMain = metric === mains[record.suite];
    return [
      metrics[metric].name,
      medianOf(metric, sides.builtin),
      medianOf(metric, sides.bufalloc),
      ratioCell(gainOf(metric, sides), look),
      isMain ? spread(record.ratio) : '',
    ];
  });
}

function programTable(records, look) {
  const rows = records.flatMap((record) => {
    const letter = record.letter ? `${record.letter}) ` : '';
    return [{ section: `${letter}${record.title}` }, ...programRows(record, look)];
  });
  return table(['figure'], ['built-in', 'bufalloc', 'ratio', 'of pairs'], rows, look);
}

/** A table a metric, with a column a side. */
const sidesTables = (wanted) => (records, look) =>
  wanted
    .map((metric) => {
      const sides = sidesOf(records, metric);
      const rows = records.map((record) => [
        record.id,
        ...sides.map((side) => medianOf(metric, record.metrics[metric][side])),
      ]);
      return table([metrics[metric].name], sides.map(labelOf), rows, look);
    })
    .join('\n\n');

const tables = {
  micro: microTable,
  mixed: mixedTable,
  macro: programTable,
  programs: programTable,
  lifetimes: sidesTables(['ns']),
  peers: sidesTables(['ns', 'peakRss']),
  huge: sidesTables(['ns', 'peakRss']),
  load: sidesTables(['ms']),
};

function targetRow(verdict, { paint }) {
  const { runtime, bound, met, missed, cells, cell } = verdict;
  return [
    `  ${runtime}`,
    { text: met ? 'met' : 'missed', paint: met ? paint.green : paint.red },
    missed ? `${missed} of ${cells}: ${cell}` : '',
    bound,
    format.figure(verdict.figure, verdict.unit),
  ];
}

function targetTable(verdicts, look) {
  const rows = verdicts.flatMap((verdict, i) => [
    ...(verdict.what === verdicts[i - 1]?.what ? [] : [{ section: verdict.what }]),
    targetRow(verdict, look),
  ]);
  const columns = columnsOf(['Node', 'result', 'by'], ['bound', 'measured']);
  columns[2].shrink = leastName;
  // A blank line before each of so many headings would be half of the table.
  return drawTable(columns, rows, look).replace(/\n\n/g, '\n');
}

/** The overview as one table, a column a runtime. */
function overviewTable(sections, { runtimes }, look) {
  const rows = sections.flatMap(({ title, rows: own }) => [{ section: title }, ...own]);
  return table(['Node'], runtimes, rows, look);
}

/** Text in lines of the width, cut between words. */
function wrap(text, width) {
  return text.split(' ').reduce(
    (lines, word) => {
      const longer = `${lines.at(-1)} ${word}`.trimStart();
      return longer.length <= width ? lines.with(-1, longer) : [...lines, word];
    },
    [''],
  );
}

/** The lines before the first table. */
function headLines(result, { width }) {
  const { machine, runs, records } = result;
  const lines = [
    machineLine(machine),
    `${runs} runs a side, medians; ratio: built-in over bufalloc, above 1 is better`,
  ];
  if (result.suites.includes('mixed'))
    lines.push(`order of the cells in mixed: --seed ${result.seed}`);
  const note = busyNote(records);
  return note ? [...lines, ...wrap(note, width)] : lines;
}

/**
 * Everything a run has to say, as text for a terminal.
 * @param {object} result of `run.js`
 * @param {{width: number, paint: object}} [look] of core/terminal.js
 * @param {object[]} [verdicts] of judge.js, where they are wanted
 * @returns {string}
 */
function render(result, look = plainLook, verdicts = []) {
  const { paint } = look;
  const parts = [headLines(result, look).join('\n')];
  for (const runtime of result.runtimes) {
    for (const suite of result.suites) {
      const records = result.records.filter(
        (one) => one.runtime === runtime && one.suite === suite,
      );
      if (records.length === 0) continue;
      parts.push(
        `${paint.bold(headingOf(suite, runtime, result))}\n\n${tables[suite](records, look)}`,
      );
    }
  }
  const sections = overview(result);
  if (sections.length > 0)
    parts.push(`${paint.bold('overview')}\n\n${overviewTable(sections, result, look)}`);
  if (verdicts.length > 0) parts.push(`${paint.bold('targets')}\n\n${targetTable(verdicts, look)}`);
  return parts.join('\n\n');
}

module.exports = { render };
