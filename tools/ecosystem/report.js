'use strict';

/* What was found, as tables for the terminal and as docs/ecosystem.md. */

const format = require('../../bench/core/format');
const { geometricMean } = require('../../bench/core/stats');
const { machineLine } = require('../../bench/core/machine');
const { columnsOf, drawTable, markdownTable } = require('../../bench/core/table');
const { versionOf } = require('./install');
const { FLOOR, noteCosts, succeeded } = require('./costs');

const mib = (bytes) => format.digits(bytes / 2 ** 20);
const distinct = (values) => [...new Set(values)];

function resultText(job) {
  if (succeeded(job)) return job.same ? 'same' : 'DIFFERS';
  return job.side === 'bufalloc' ? 'FAILS' : 'fails without';
}

/** A figure of a job on both sides, and its ratio. */
function compared({ builtin, bufalloc, ratio }) {
  const spread = `${format.ratio(ratio.value)} ±${format.ratio(ratio.deviation)}`;
  return [format.digits(builtin.median), format.digits(bufalloc.median), spread];
}

/** The figures of a job as text, in the order of both tables. */
function figuresOf(job) {
  if (!succeeded(job)) return Array(7).fill('–');
  const { cpuMs, peakMiB, bytes } = job.figures;
  return [...compared(cpuMs), ...compared(peakMiB), mib(bytes.bufalloc.median)];
}

const sideText = ({ passed, failures }) =>
  failures.length === 0 ? `${passed}` : `${passed} (${failures.length} failed)`;

/** Both tables of a version for the terminal. A job's name is a heading over its figures, which leaves them room. */
function terminalText({ version, jobs, tests }, look) {
  const jobColumns = columnsOf(
    ['result'],
    ['CPU ms', 'with', 'ratio', 'peak MiB', 'with', 'ratio', 'MiB taken'],
  );
  const jobRows = jobs.flatMap((job) => [
    { section: job.id },
    [resultText(job), ...figuresOf(job)],
  ]);
  const testColumns = columnsOf(['own tests of', 'result'], ['passed', 'with', 'counted']);
  const testRows = tests.map((suite) => [
    ...[suite.package, suite.same ? 'same' : 'DIFFERS'],
    ...[sideText(suite.builtin), sideText(suite.bufalloc), suite.unit],
  ]);
  const tables = [];
  if (jobs.length > 0) tables.push(drawTable(jobColumns, jobRows, look));
  if (tests.length > 0) tables.push(drawTable(testColumns, testRows, look));
  return [`Node ${version}`, ...tables, ''].join('\n\n');
}

/** A job's packages with their versions. */
const packagesOf = (job, directory) =>
  [job.package, ...job.with].map((name) => `${name} ${versionOf(directory, name)}`).join(', ');

/** The jobs on one version of Node. */
function jobLines({ version, jobs }, directory) {
  const columns = columnsOf(
    ['package', 'job', 'result'],
    ['CPU ms without', 'with', 'ratio', 'peak MiB without', 'with', 'ratio', 'MiB taken'],
  );
  const rows = jobs.map((job) => [
    ...[packagesOf(job, directory), job.title, resultText(job)],
    ...figuresOf(job),
  ]);
  return [`## Jobs on Node ${version}`, '', markdownTable(columns, rows), '', meanLine(jobs), ''];
}

/** One figure over all jobs that ran. */
function meanLine(jobs) {
  const mean = (field) =>
    format.ratio(
      geometricMean(jobs.filter(succeeded).map(({ figures }) => figures[field].ratio.value)),
    );
  return `Geometric means of the ratios: processor time ${mean('cpuMs')}, peak ${mean('peakMiB')}.`;
}

/** The tests, those of all versions side by side. */
function testLines({ runtimes, directory }) {
  const columns = columnsOf(
    ['package', 'counted', 'result'],
    runtimes.flatMap(({ major }) => [`passed without, Node ${major}`, 'with']),
  );
  const rows = runtimes[0].tests.map(({ package: name, unit }, i) => {
    const each = runtimes.map(({ tests }) => tests[i]);
    return [
      ...[`${name} ${versionOf(directory, name)}`, unit],
      each.every(({ same }) => same) ? 'same' : 'DIFFERS',
      ...each.flatMap(({ builtin, bufalloc }) => [sideText(builtin), sideText(bufalloc)]),
    ];
  });
  return markdownTable(columns, rows);
}

/** What is not as it should be. */
function faultNotes({ version, jobs, tests }) {
  const failing = tests.filter(({ same, builtin }) => same && builtin.failures.length > 0);
  return [
    ...jobs.filter(({ same }) => !same).map((job) => `${job.id}: ${resultText(job)}`),
    ...tests.filter(({ same }) => !same).map((suite) => `${suite.package}: its tests differ`),
    ...failing.map(
      ({ package: name, builtin }) =>
        `${name}: the same ${builtin.failures.length} of its tests fail on both sides`,
    ),
  ].map((note) => `${note} (Node ${version}).`);
}

const list = (notes) => notes.map((note) => `- ${note}`);

function noteLines({ runtimes }) {
  const same = runtimes.every(({ jobs, tests }) => [...jobs, ...tests].every((one) => one.same));
  const faults = distinct(runtimes.flatMap(faultNotes));
  const costs = noteCosts(runtimes);
  return [
    ...list(same ? ['No result and no test differs.', ...faults] : faults),
    '',
    ...(costs.length > 0
      ? [`Every ratio below ${FLOOR}, by its cause:`, '', ...list(costs), '']
      : []),
  ];
}

/** docs/ecosystem.md, not yet laid out. */
function markdown(found) {
  const { machine, runs, directory, command, runtimes } = found;
  return [
    '# Other people’s code on bufalloc',
    '',
    'Packages that live on Buffers, unchanged, each with a small program that does what people do with it. Every program ran',
    'without and with `--require bufalloc/register`, in processes of its own. The hash over all its results must be the same on both',
    'sides. Then the tests that packages bring along in what npm installs, run as they are.',
    '',
    `\`${command}\` made this page on ${machine.date.slice(0, 10)}, with bufalloc ${machine.package} on Node ` +
      `${runtimes.map(({ version }) => version).join(' and ')}, ${runs} processes a side for each job, alternating; medians.`,
    `${machineLine(machine)}.`,
    '',
    'Every job and every test that ran is shown. Ratios are the figure without over the one with the preload: above 1, the preload is better.',
    'What follows the ± is their median deviation over the pairs of neighbouring processes: half of all pairs are within it, and a ratio that is',
    'no further than twice that from 1 tells of nothing. _CPU ms_ is the processor time of the job in all its threads, which other work on the',
    'machine disturbs less than the time by the clock (that is in the file of `--json`). _Peak_ is the highest resident memory of the whole',
    'process, _taken_ what the job allocated through bufalloc.',
    '',
    'Jobs that receive no data from outside let the event loop turn where a server would receive its next request: where Node-API makes the',
    'stores, memory comes back [at a turn](differences.md#memory-comes-back-after-a-collection-and-a-turn-of-the-event-loop). The one “in one turn” does not.',
    '',
    ...runtimes.flatMap((one) => jobLines(one, directory)),
    '## Their own tests',
    '',
    testLines(found),
    '',
    'Both level packages ran the tests of abstract-level, which are written for all packages of their kind.',
    'The other packages of the first table install without tests, or without the files that these need.',
    '',
    '## Notes',
    '',
    ...noteLines(found),
  ].join('\n');
}

module.exports = { markdown, terminalText };
