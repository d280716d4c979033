'use strict';

// What a run prints: a table a suite and runtime, then the targets.

const { styleText } = require('node:util');
const { drawTable } = require('../../bin/table');
const format = require('../core/format');
const { machineLine } = require('../core/machine');
const { busyNote } = require('./busy');
const { judge, mains } = require('./judge');
const { readMixed, over } = require('./mixed');

const units = {
  ns: 'ns',
  ms: 'ms',
  delayP99: 'ms',
  peakRss: 'MiB',
  heldRss: 'MiB',
  heldStores: 'MiB',
  scaling: '×',
  requestP99: 'ms',
  fallbacks: 'count',
};
const names = {
  ns: 'time',
  ms: 'time',
  delayP99: 'loop delay p99',
  peakRss: 'peak RSS',
  heldRss: 'held, resident',
  heldStores: 'held, stores',
  scaling: 'two workers over one',
  requestP99: 'one request, p99',
  fallbacks: 'stores of the runtime',
};

const hasColors = () => process.stdout.isTTY === true && !process.env.NO_COLOR;
const styled = (style) => (text) => (hasColors() ? styleText(style, text) : text);

/** No table is cut to the terminal's width: its figures are what was asked for. */
const look = {
  width: 400,
  paint: { bold: styled('bold'), dim: styled('dim'), cyan: styled('cyan') },
};

/** A cell in a colour, where the terminal has colours. */
const paint = (style, text) => ({ text, paint: styled(style) });

function paintRatio(value, text) {
  if (value < 0.95) return paint('red', text);
  return value >= 1.05 ? paint('green', text) : text;
}

function table(head, rows) {
  const columns = head.map((title, i) => ({ title, align: i === 0 ? 'left' : 'right' }));
  return `${drawTable(columns, rows, look)}\n`;
}

function spread(ratio) {
  return `${format.ratio(ratio.min)}..${format.ratio(ratio.max)}`;
}

function timedRow(record) {
  const { builtin, bufalloc } = record.metrics[mains[record.suite]];
  const mark = record.rechecks ? ' again' : '';
  return [
    record.id,
    format.time(builtin.median),
    format.time(bufalloc.median),
    paintRatio(record.ratio.value, format.ratio(record.ratio.value) + mark),
    spread(record.ratio),
    format.ratio(processorRatio(record)),
  ];
}

/** Built-in over ours of the time on all processors: what the collector's helpers did counts too. */
function processorRatio({ metrics }) {
  return metrics.cpu.builtin.median / metrics.cpu.bufalloc.median;
}

const timedHead = ['call/size/use', 'built-in', 'bufalloc', 'ratio', 'of pairs', 'of CPU time'];

function microTable(records) {
  return table(timedHead, records.map(timedRow));
}

function summaryTable({ cells, mean, below, ms, peakRss }) {
  return table(
    ['all cells', 'built-in', 'bufalloc', 'built-in over bufalloc'],
    [
      ['geometric mean of the ratios', '', '', paintRatio(mean, format.ratio(mean))],
      ['cells below 0.95', '', '', `${below} of ${cells}`],
      ...Object.entries({ ms, peakRss }).map(([metric, sides]) => [
        metric === 'ms' ? 'time of all' : 'peak RSS',
        format.figure(sides.builtin.median, units[metric]),
        format.figure(sides.bufalloc.median, units[metric]),
        paintRatio(over(sides), format.ratio(over(sides))),
      ]),
    ],
  );
}

function liveTable(records) {
  const rows = records.map((record) => {
    const { builtin, bufalloc } = record.metrics.peakRss;
    return [
      ...timedRow(record),
      format.figure(builtin.median, 'MiB'),
      format.figure(bufalloc.median, 'MiB'),
      format.ratio(over(record.metrics.peakRss)),
    ];
  });
  return table([...timedHead, 'RSS, built-in', 'RSS, bufalloc', 'ratio'], rows);
}

function mixedTable(records) {
  const { calls, live, summary } = readMixed(records);
  const parts = [];
  if (calls.length > 0) parts.push(microTable(calls), summaryTable(summary));
  if (live.length > 0) parts.push(liveTable(live));
  return parts.join('\n');
}

/** A side's median with its unit; a dash where the side has no such figure. */
const medianOf = (metric, side) => format.figure(side?.median ?? NaN, units[metric]);

function macroTable(records) {
  const rows = records.flatMap((record) =>
    Object.entries(record.metrics).map(([metric, { builtin, bufalloc }], i) => [
      i === 0 ? `${record.letter}) ${record.title}` : '',
      names[metric],
      medianOf(metric, builtin),
      medianOf(metric, bufalloc),
      metric === 'ms' ? paintRatio(record.ratio.value, format.ratio(record.ratio.value)) : '',
      metric === 'ms' ? spread(record.ratio) : '',
    ]),
  );
  return table(['program', 'figure', 'built-in', 'bufalloc', 'ratio', 'of pairs'], rows);
}

const sideOrder = [
  'bare',
  'builtin',
  'bufalloc',
  'empty',
  'nbufpool',
  'buffer-reuse-pool',
  'unslab',
];

function sidesTable(records) {
  const metric = mains[records[0].suite];
  const sides = sideOrder.filter((side) => records.some((record) => record.metrics[metric][side]));
  const rows = records.map((record) => [
    record.id,
    ...sides.map((side) =>
      format.figure(record.metrics[metric][side]?.median ?? NaN, units[metric]),
    ),
  ]);
  return table(['cell', ...sides], rows);
}

const tables = {
  micro: microTable,
  mixed: mixedTable,
  macro: macroTable,
  lifetimes: sidesTable,
  load: sidesTable,
};

function targetRow(verdict) {
  return [
    verdict.what,
    verdict.runtime,
    verdict.bound,
    format.figure(verdict.figure, verdict.unit),
    paint(verdict.met ? 'green' : 'red', verdict.met ? 'met' : 'not met'),
    verdict.missed ? `${verdict.missed} of ${verdict.cells} miss it: ${verdict.cell}` : '',
  ];
}

/** A suite's heading: runtime, and how our side made its stores there. */
function headingOf(suite, runtime, { backends }) {
  const backend = backends[runtime];
  return `${suite}, Node ${runtime}${backend === undefined ? '' : `, stores: ${backend}`}`;
}

/** Everything a run has to say, as text for a terminal. @param {object} result of `run.js` */
function render(result) {
  const parts = [
    `${machineLine(result.machine)}, ${result.runs} runs a side, medians; ratio: built-in over bufalloc`,
  ];
  if (result.suites.includes('mixed'))
    parts.push(`order of the cells in mixed: --seed ${result.seed}`);
  const note = busyNote(result.records);
  if (note) parts.push(note);
  for (const runtime of result.runtimes) {
    for (const suite of result.suites) {
      const records = result.records.filter(
        (one) => one.runtime === runtime && one.suite === suite,
      );
      if (records.length > 0) parts.push(headingOf(suite, runtime, result), tables[suite](records));
    }
  }
  const verdicts = judge(result.records);
  if (verdicts.length > 0) {
    parts.push(
      'targets',
      table(['what', 'Node', 'bound', 'measured', 'result', 'worst cell'], verdicts.map(targetRow)),
    );
  }
  return parts.join('\n');
}

module.exports = { render, headingOf, medianOf, names, units };
