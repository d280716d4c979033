'use strict';

// report.md: the head, the overview, the targets, the charts, then a table a suite and runtime.

const format = require('../core/format');
const { machineLine } = require('../core/machine');
const { labelOf } = require('../core/sides');
const { columnsOf, markdownTable } = require('../core/table');
const { busyNote } = require('./busy');
const { judge } = require('./judge');
const { readMixed } = require('./mixed');
const { overview } = require('./overview');
const { floor, gainOf, headingOf, medianOf, metrics, sidesOf } = require('./words');

const distinct = (values) => [...new Set(values)];
/** A table whose first column is text and whose others are figures. */
const table = ([first, ...others], rows) => markdownTable(columnsOf([first], others), rows);

const bold = (value) => (value < floor ? `**${format.ratio(value)}**` : format.ratio(value));

function headLines(result) {
  const { machine } = result;
  const note = busyNote(result.records);
  const scope = { summary: 'short run', quick: 'quick run, not for quoting', full: 'full run' }[
    result.scope
  ];
  return [
    `# bufalloc ${machine.package} against the built-in Buffer`,
    '',
    `${machine.date.slice(0, 16).replace('T', ' ')} UTC${machine.commit ? `, commit ${machine.commit}` : ''}, ${scope}.`,
    `${machineLine(machine)}, Linux kernel ${machine.kernel}.`.replace(
      'Linux ',
      process.platform === 'linux' ? 'Linux ' : '',
    ),
    `Node ${result.runtimes.join(', ')}. ${result.runs} processes a side for each cell, alternating; medians.`,
    'Ratios are built-in time over bufalloc’s: above 1, bufalloc is faster. The method is in `bench/README.md`.',
    ...(result.suites.includes('mixed')
      ? [`Order of the cells in \`mixed\`: \`--seed ${result.seed}\`.`]
      : []),
    ...(note ? ['', `**${note}**`] : []),
    ...(result.self
      ? ['', '**The built-in was measured against itself: this shows the method’s noise.**']
      : []),
  ];
}

function overviewLines(result) {
  const head = result.runtimes.map((runtime) => `Node ${runtime}`);
  return overview(result).flatMap(({ title, rows }) => [
    `## ${title}`,
    '',
    table(['', ...head], rows),
    '',
  ]);
}

function targetLines(result) {
  const verdicts = judge(result.records);
  if (verdicts.length === 0) return [];
  const cells = (verdict) => {
    const figure = format.figure(verdict.figure, verdict.unit);
    const misses = verdict.missed
      ? ` (${verdict.missed} of ${verdict.cells} miss it; worst \`${verdict.cell}\`)`
      : '';
    return `${verdict.met ? 'met' : '**not met**'}, ${figure}${misses}`;
  };
  const rows = distinct(verdicts.map((verdict) => verdict.what)).map((what) => {
    const own = verdicts.filter((verdict) => verdict.what === what);
    const bounds = distinct(own.map((verdict) => verdict.bound)).join(', ');
    const byRuntime = result.runtimes.map((runtime) => {
      const verdict = own.find((one) => one.runtime === runtime);
      return verdict ? cells(verdict) : '';
    });
    return [what, bounds, ...byRuntime];
  });
  return [
    '## Targets',
    '',
    table(['what', 'bound', ...result.runtimes.map((one) => `Node ${one}`)], rows),
  ];
}

function microLines(records) {
  const sizes = distinct(records.map((record) => record.bytes)).sort((a, b) => a - b);
  const rows = distinct(records.map((record) => `${record.call}, ${record.use}`)).map((name) => {
    const own = records.filter((record) => `${record.call}, ${record.use}` === name);
    const cells = sizes.map((bytes) => {
      const record = own.find((one) => one.bytes === bytes);
      return record ? bold(record.ratio.value) : '';
    });
    return [name, ...cells];
  });
  return [table(['ratio', ...sizes.map(format.size)], rows), ...recheckedLines(records)];
}

function mixedLines(records) {
  const { calls, live, summary } = readMixed(records);
  const lines = [];
  if (calls.length > 0) {
    const { cells, mean, below, ms, peakRss } = summary;
    lines.push(
      `${cells} cells in one process: geometric mean **${format.ratio(mean)}**, ${below} below ${floor}.`,
      `Time of all ${medianOf('ms', ms.builtin)} against ${medianOf('ms', ms.bufalloc)}; peak RSS ${medianOf('peakRss', peakRss.builtin)} against ${medianOf('peakRss', peakRss.bufalloc)}, ratio ${format.ratio(gainOf('peakRss', peakRss))}.`,
      '',
      mixedTable(calls, ['ns']),
    );
  }
  if (live.length > 0)
    lines.push('', 'Filled among live young objects:', '', mixedTable(live, ['ns', 'peakRss']));
  return lines;
}

/** A row a cell: of each metric both sides and their ratio. */
function mixedTable(records, wanted) {
  const head = wanted.flatMap((metric) => [
    `${metrics[metric].name}, built-in`,
    `${metrics[metric].name}, bufalloc`,
    'ratio',
  ]);
  const rows = records.map((record) => [
    `\`${record.id}\``,
    ...wanted.flatMap((metric) => {
      const sides = record.metrics[metric];
      return [
        medianOf(metric, sides.builtin),
        medianOf(metric, sides.bufalloc),
        bold(gainOf(metric, sides)),
      ];
    }),
  ]);
  return table(['cell', ...head], rows);
}

function recheckedLines(records) {
  const again = records.filter((record) => record.rechecks);
  if (again.length === 0) return [];
  const rows = again.map((record) => [
    `\`${record.id}\``,
    format.ratio(record.first),
    record.rechecks.map(format.ratio).join(', '),
    format.ratio(record.ratio.value),
  ]);
  return [
    '',
    `Measured again because the first ratio was below ${floor}:`,
    '',
    table(['cell', 'first', 'again', 'kept'], rows),
  ];
}

function programLines(records) {
  const rows = records.flatMap(({ letter, title, metrics: measured }) =>
    Object.entries(measured).map(([metric, sides], i) => [
      i === 0 ? `${letter ? `${letter}) ` : ''}${title}` : '',
      metrics[metric].name,
      medianOf(metric, sides.builtin),
      medianOf(metric, sides.bufalloc),
      format.ratio(gainOf(metric, sides)),
    ]),
  );
  const columns = columnsOf(['program', 'figure'], ['built-in', 'bufalloc', 'ratio']);
  return [markdownTable(columns, rows)];
}

/** A table a metric, with a column a side. */
const sidesLines = (wanted) => (records) =>
  wanted.flatMap((metric) => {
    const sides = sidesOf(records, metric);
    const rows = records.map((record) => [
      `\`${record.id}\``,
      ...sides.map((side) => medianOf(metric, record.metrics[metric][side])),
    ]);
    return [table([metrics[metric].name, ...sides.map(labelOf)], rows), ''];
  });

const writers = {
  micro: microLines,
  mixed: mixedLines,
  macro: programLines,
  programs: programLines,
  lifetimes: sidesLines(['ns']),
  peers: sidesLines(['ns', 'peakRss']),
  huge: sidesLines(['ns', 'peakRss']),
  load: sidesLines(['ms']),
};

/**
 * @param {object} result of `run.js`
 * @param {string[]} charts names of the SVG files beside it
 * @returns {string}
 */
function markdown(result, charts) {
  const lines = [...headLines(result), '', ...overviewLines(result), ...targetLines(result), ''];
  for (const chart of charts) lines.push(`![${chart.replace('.svg', '')}](${chart})`, '');
  for (const suite of result.suites) {
    for (const runtime of result.runtimes) {
      const records = result.records.filter(
        (one) => one.suite === suite && one.runtime === runtime,
      );
      if (records.length > 0)
        lines.push(`## ${headingOf(suite, runtime, result)}`, '', ...writers[suite](records), '');
    }
  }
  for (const { job, runtime, message } of result.failures)
    lines.push(`Failed: ${job} on Node ${runtime}: ${message}`, '');
  return `${lines.join('\n').trimEnd()}\n`;
}

module.exports = { markdown };
