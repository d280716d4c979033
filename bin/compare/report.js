'use strict';

/*
 * The comparison as text: a head, a titled part for each of the three, and a closing verdict.
 * What is drawn here comes from the plain results that `--json` writes.
 */

const format = require('../../bench/core/format');
const { machineLine } = require('../../bench/core/machine');
const { labelOf, sides } = require('../../bench/core/sides');
const { geometricMean } = require('../../bench/core/stats');
const { drawTable, wrapText } = require('../../bench/core/table');

/** Ratios this near to 1 are no difference. */
const NOISE = 0.05;

const marks = {
  same: ['same', 'green'],
  ours: ['ours', 'cyan'],
  known: ['known', 'yellow'],
  differs: ['DIFFERS', 'red'],
};

const meanings = {
  same: 'same',
  ours: 'ours: what bufalloc alone does',
  known: 'known: a documented difference',
  differs: 'differ',
};

/** The width that codes of errors take, but for one: with it a row is 80 columns wide. */
const CODE = 'ERR_INVALID_ARG_VALUE'.length;

/** Characters of an outcome that are printed when it is not as expected. */
const LONGEST = 1000;

/** Where our memory comes from. */
function storesOf({ backend: { name, reason }, limits }) {
  const from = `from ${format.bytes(limits.nativeMin)} up`;
  const words = {
    v8: `stores by V8, for slabs and for buffers ${from}`,
    napi: `stores by Node-API, for buffers ${from} (${reason})`,
    host: `the runtime’s own memory (${reason})`,
  };
  return words[name];
}

const HEAD_INDENT = 12;

/** The first lines: what is compared, on what. */
function head(machine, { paint, width }) {
  const { runtime, version } = machine;
  const stores = storesOf(machine);
  const facts = {
    Machine: [machineLine(machine)],
    Runtime: [
      `${runtime} ${version}`,
      `V8 ${machine.v8}`,
      `poolSize ${format.count(machine.poolSize)}`,
      ...(machine.options.length > 0 ? [machine.options.join(' ')] : []),
    ],
    bufalloc: [machine.package, stores],
  };
  return [
    paint.bold(`bufalloc ${machine.package} beside the Buffer of ${runtime} ${version}`),
    '',
    ...Object.entries(facts).map(([name, values]) => {
      const lines = wrapText(values.join(', '), width - HEAD_INDENT);
      return `  ${paint.dim(name.padEnd(8))}  ${lines.join(`\n${' '.repeat(HEAD_INDENT)}`)}`;
    }),
  ].join('\n');
}

const titled = (number, title, about, { paint }) =>
  ['', `${paint.bold(paint.cyan(`${number}. ${title}`))}  ${paint.dim(about)}`, ''].join('\n');

/** The rows of a table, with a heading wherever the group changes. */
function sectioned(rows, cellsOf) {
  return rows.flatMap((row, i) => {
    const begins = row.group !== rows[i - 1]?.group;
    return [...(begins ? [{ section: row.group }] : []), cellsOf(row)];
  });
}

/** Why a measurement is missing, for each that is. */
function failures(rows, { paint }) {
  const failed = rows.filter(({ error }) => error);
  return failed.flatMap(({ title, side, error }) => [
    '',
    paint.red(`  ${title} failed with ${labelOf(side)}: ${error}`),
  ]);
}

/** Each difference in full, since the table had to cut it. */
function differences(rows, { paint }) {
  const differing = rows.filter(({ verdict }) => verdict === 'differs');
  return differing.flatMap((row) => [
    '',
    paint.red(`  ${row.says}`),
    ...sides.map((side) => `    ${labelOf(side).padEnd(8)}  ${row[side].full.slice(0, LONGEST)}`),
  ]);
}

/** A ratio, coloured when it says something. */
function ratioCell(ratio, { paint }) {
  const style = ratio > 1 + NOISE ? paint.green : ratio < 1 - NOISE ? paint.yellow : paint.dim;
  return { text: format.figure(ratio, '×'), paint: style };
}

function semantics({ rows, tally }, number, terminal) {
  const { paint } = terminal;
  const columns = [
    { title: 'Statement', shrink: 28 },
    { title: 'Built-in', shrink: CODE },
    { title: 'bufalloc', shrink: CODE },
    { title: '' },
  ];
  const cells = sectioned(rows, (row) => {
    const [text, style] = marks[row.verdict];
    return [row.says, row.builtin.shown, row.bufalloc.shown, { text, paint: paint[style] }];
  });
  const legend = Object.entries(tally)
    .filter(([, total]) => total > 0)
    .map(([kind, total]) => `${total} ${meanings[kind]}`);
  return [
    titled(number, 'Semantics', 'the same statement, tried with both', terminal),
    drawTable(columns, cells, terminal),
    '',
    paint.dim(`  ${legend.join(' · ')}`),
    ...differences(rows, terminal),
  ].join('\n');
}

/** A line for each side of a job, so that what is compared stands one above the other. */
function jobCells(row, terminal) {
  const { paint } = terminal;
  const size = { text: `  ${format.bytes(row.bytes)}`, paint: paint.dim };
  if (row.error) {
    return [[row.title, { text: 'failed', paint: paint.red }, '', '', '', '', '']];
  }
  const measured = Object.keys(row.ratios);
  return measured.map((side, i) => {
    const { ms, peakMiB, digest } = row[side];
    const isFirst = side === 'builtin';
    const sameness = isFirst ? digest.slice(0, 8) : samenessCell(digest, row.builtin.digest, paint);
    return [
      [row.title, size][i] ?? '',
      labelOf(side),
      format.figure(ms, 'ms'),
      format.rate(row.bytes, ms * 1e6),
      format.figure(peakMiB, 'MiB'),
      sameness,
      isFirst ? '' : ratioCell(row.ratios[side], terminal),
    ];
  });
}

const samenessCell = (digest, builtin, paint) =>
  digest === builtin
    ? { text: 'same', paint: paint.green }
    : { text: digest.slice(0, 8), paint: paint.red };

function realData(result, number, terminal) {
  const { file, size, rounds, rows } = result;
  const columns = [
    { title: 'Job', shrink: 20 },
    { title: 'Buffer' },
    { title: 'Time', align: 'right' },
    { title: 'Throughput', align: 'right' },
    { title: 'Peak RSS', align: 'right' },
    { title: 'SHA-256' },
    { title: 'Speed', align: 'right' },
  ];
  const cells = rows.flatMap((row) => jobCells(row, terminal));
  return [
    titled(number, 'Real data', `${file}, ${format.bytes(size)}`, terminal),
    drawTable(columns, cells, terminal),
    '',
    terminal.paint.dim(`  each run in its own process, the sides in turn; ${medians(rounds)}`),
    terminal.paint.dim('  a process does its job six times; the time is that of the last three'),
    terminal.paint.dim(
      '  acquire, arena: where the job is done with a chunk when it asks for the next',
    ),
    ...failures(rows, terminal),
  ].join('\n');
}

function speed({ rounds, rows, busy }, number, terminal) {
  const { paint } = terminal;
  const columns = [
    { title: 'Call', shrink: 40 },
    { title: 'Built-in', align: 'right' },
    { title: 'bufalloc', align: 'right' },
    { title: 'Speed', align: 'right' },
  ];
  const cells = sectioned(rows, (row) => {
    if (row.error) return [row.title, '', { text: 'failed', paint: paint.red }, ''];
    const times = sides.map((side) => format.time(row[side].ns));
    return [row.title, ...times, ratioCell(row.ratio, terminal)];
  });
  return [
    titled(number, 'Speed', 'built-in time over ours: above 1 × is faster', terminal),
    drawTable(columns, cells, terminal),
    '',
    paint.dim(`  one call a process, turns of the event loop counted; ${medians(rounds)}`),
    ...(busy
      ? [paint.yellow('  other programs kept the machine busy: take the ratios as rough')]
      : []),
    ...failures(rows, terminal),
  ].join('\n');
}

const medians = (rounds) => (rounds === 1 ? 'one round' : `medians of ${rounds} rounds`);

/** What ratios come to: their geometric mean, and from where to where they are. */
function spread(ratios) {
  const [mean, least, most] = [geometricMean(ratios), Math.min(...ratios), Math.max(...ratios)];
  return `${times(mean)} (${format.ratio(least)} to ${times(most)})`;
}

/** A ratio whose unit stays with it. */
const times = (value) => format.figure(value, '×').replace(' ', '\u00a0');

/** What a program on this runtime gains, in a sentence: built-in time over ours. */
function gains({ data, speed: calls }, { runtime, version }) {
  const rows = (data?.rows ?? []).filter(({ error }) => !error);
  const ratiosOf = (some) =>
    rows.flatMap(({ ratios }) => some.flatMap((side) => ratios[side] ?? []));
  const timed = (calls?.rows ?? []).filter(({ error }) => !error);
  const dropIn = [
    ...(rows.length > 0 ? [`work on real data at ${spread(ratiosOf(['bufalloc']))}`] : []),
    ...(timed.length > 0 ? [`single calls at ${spread(timed.map(({ ratio }) => ratio))}`] : []),
  ];
  if (dropIn.length === 0) return undefined;
  const ways = ratiosOf(['acquire', 'arena']);
  const more = ways.length > 0 ? `; with acquire or an arena that work ran at ${spread(ways)}` : '';
  return `On ${runtime} ${version} the drop-in ran ${dropIn.join(' and ')} of the built-in’s speed${more}.`;
}

/** The closing sentences. */
function verdict({ ok, parts, seconds, machine }, terminal) {
  const { paint, width } = terminal;
  const said = [];
  if (parts.semantics) {
    const { tally } = parts.semantics;
    const total = Object.values(tally).reduce((sum, number) => sum + number, 0);
    said.push(`${total - tally.differs} of ${total} statements`);
  }
  if (parts.data) {
    const { rows } = parts.data;
    said.push(`${rows.filter(({ same }) => same).length} of ${rows.length} jobs`);
  }
  if (parts.speed?.geometricMean) {
    said.push(`${parts.speed.rows.length} calls`);
  }
  const lead = ok ? paint.green('All is as expected: ') : paint.red('NOT as expected: ');
  const closing = `${paint.bold(lead)}${said.join(', ')}, in ${Math.max(1, Math.round(seconds))} s.`;
  const gained = gains(parts, machine);
  const sentence = gained === undefined ? [] : ['', ...wrapText(gained, width)];
  return [...sentence, '', closing].join('\n');
}

module.exports = { head, parts: { semantics, data: realData, speed }, verdict };
