'use strict';

/* What was found, as tables for the terminal and as docs/ecosystem.md. */

const format = require('../../bench/core/format');
const { geometricMean } = require('../../bench/core/stats');
const { machineLine } = require('../../bench/core/machine');
const { columnsOf, drawTable, markdownTable } = require('../../bench/core/table');
const { versionOf } = require('./install');
const reasons = require('./reasons');

/** Where a difference is worth a note: more than processes differ from each other. */
const SLOWER = 0.9;
const LARGER = 0.85;

const COSTS =
  `Where the preload costs clearly more (a ratio of processor time below ${SLOWER}, or of the peak below ${LARGER}), with the ` +
  'reason where it was looked into:';

const ratioOf = ({ builtin, bufalloc }, field) => builtin[field] / bufalloc[field];
const mib = (bytes) => format.digits(bytes / 2 ** 20);
const succeeded = ({ error }) => error === undefined;

function resultText(job) {
  if (succeeded(job)) return job.same ? 'same' : 'DIFFERS';
  return job.side === 'bufalloc' ? 'FAILS' : 'fails without';
}

/** The figures of a job as text, in the order of both tables. */
function figures(job) {
  if (!succeeded(job)) return Array(7).fill('–');
  const { builtin, bufalloc } = job;
  return [
    format.digits(builtin.cpuMs),
    format.digits(bufalloc.cpuMs),
    format.ratio(ratioOf(job, 'cpuMs')),
    format.digits(builtin.peakMiB),
    format.digits(bufalloc.peakMiB),
    format.ratio(ratioOf(job, 'peakMiB')),
    mib(bufalloc.bytes),
  ];
}

const sideText = ({ passed, failures }) =>
  failures.length === 0 ? `${passed}` : `${passed} (${failures.length} failed)`;

/** Both tables for the terminal. A job's name is a heading over its figures, which leaves them room. */
function terminalText({ jobs, tests }, look) {
  const jobColumns = columnsOf(
    ['result'],
    ['CPU ms', 'with', 'ratio', 'peak MiB', 'with', 'ratio', 'MiB taken'],
  );
  const jobRows = jobs.flatMap((job) => [{ section: job.id }, [resultText(job), ...figures(job)]]);
  const testColumns = columnsOf(['own tests of', 'result'], ['passed', 'with', 'counted']);
  const testRows = tests.map((suite) => [
    ...[suite.package, suite.same ? 'same' : 'DIFFERS'],
    ...[sideText(suite.builtin), sideText(suite.bufalloc), suite.unit],
  ]);
  const tables = [];
  if (jobs.length > 0) tables.push(drawTable(jobColumns, jobRows, look));
  if (tests.length > 0) tables.push(drawTable(testColumns, testRows, look));
  return tables.join('\n\n');
}

function versions(job, directory) {
  return [job.package, ...job.with].map((name) => versionOf(directory, name)).join(', ');
}

function jobLines({ jobs, directory }) {
  const columns = columnsOf(
    ['package', 'version', 'job', 'result'],
    ['CPU ms without', 'with', 'ratio', 'peak MiB without', 'with', 'ratio', 'MiB taken'],
  );
  const rows = jobs.map((job) => [
    [job.package, ...job.with].join(', '),
    versions(job, directory),
    job.title,
    resultText(job),
    ...figures(job),
  ]);
  return markdownTable(columns, rows);
}

function testLines({ tests, directory }) {
  const columns = columnsOf(
    ['package', 'version', 'counted', 'result'],
    ['passed without', 'passed with'],
  );
  const rows = tests.map((suite) => [
    ...[suite.package, versionOf(directory, suite.package), suite.unit],
    suite.same ? 'same' : 'DIFFERS',
    ...[sideText(suite.builtin), sideText(suite.bufalloc)],
  ]);
  return markdownTable(columns, rows);
}

const withReason = (text, reason) => (reason ? `${text}: ${reason}.` : `${text}.`);

/** What is not as it should be. */
function faultNotes({ jobs, tests }) {
  const notes = [
    ...jobs.filter((job) => !succeeded(job)).map((job) => `${job.id}: ${resultText(job)}.`),
    ...jobs.filter((job) => succeeded(job) && !job.same).map(({ id }) => `${id}: differs.`),
    ...tests.filter(({ same }) => !same).map((suite) => `${suite.package}: its tests differ.`),
  ];
  if (notes.length === 0) notes.push('No result and no test differs.');
  const failing = tests.filter(({ same, builtin }) => same && builtin.failures.length > 0);
  for (const { package: name, builtin } of failing) {
    notes.push(`${name}: the same ${builtin.failures.length} of its tests fail on both sides.`);
  }
  return notes;
}

/** Whether the preload's figure was the higher one in all pairs of neighbouring runs but one. */
function isSteady({ builtin, bufalloc }, field) {
  const lower = bufalloc.runs.filter((run, i) => run[field] <= builtin.runs[i][field]);
  return lower.length <= 1;
}

/** What costs clearly more with the preload, and why where that is known. */
function costNotes({ jobs }) {
  const done = jobs.filter(succeeded);
  const costs = (field, bound) => (job) => ratioOf(job, field) < bound && isSteady(job, field);
  const slower = done.filter(costs('cpuMs', SLOWER));
  const larger = done.filter(costs('peakMiB', LARGER));
  return [
    ...slower.map((job) => {
      const figure = format.ratio(ratioOf(job, 'cpuMs'));
      return withReason(`${job.id}, processor time ${figure}`, reasons.slower[job.id]);
    }),
    ...larger.map((job) => {
      const figure = format.ratio(ratioOf(job, 'peakMiB'));
      return withReason(`${job.id}, peak ${figure}`, reasons.larger[job.id]);
    }),
  ];
}

/** One figure over all jobs that ran. */
function meanLine(jobs) {
  const done = jobs.filter(succeeded);
  const mean = (field) => format.ratio(geometricMean(done.map((job) => ratioOf(job, field))));
  return `Geometric means of the ratios: processor time ${mean('cpuMs')}, peak ${mean('peakMiB')}.`;
}

const list = (notes) => notes.map((note) => `- ${note}`).join('\n');

/** docs/ecosystem.md, not yet laid out. */
function markdown(found) {
  const { machine, jobs, runs } = found;
  const costs = costNotes(found);
  return [
    '# Other people’s code on bufalloc',
    '',
    'Packages that live on Buffers, unchanged, each with a small program that does what people do with it. Every program ran',
    'without and with `--require bufalloc/register`, in processes of its own. The hash over all its results must be the same on both',
    'sides. Then the tests that packages bring along in what npm installs, run as they are.',
    '',
    `\`npm run ecosystem -- --write\` made this page on ${machine.date.slice(0, 10)}, with Node ${machine.node}, bufalloc ` +
      `${machine.package}, ${runs} processes a side for each job, alternating; medians.`,
    `${machineLine(machine)}.`,
    '',
    '## Jobs',
    '',
    jobLines(found),
    '',
    'Ratios are the figure without over the one with the preload: above 1, the preload is better. _CPU ms_ is the processor time of the',
    'job in all its threads, which other work on the machine disturbs less than the time by the clock (that is in the file of `--json`).',
    '_Peak_ is the highest resident memory of the whole process, _taken_ what the job allocated through bufalloc.',
    meanLine(jobs),
    '',
    'Jobs that receive no data from outside let the event loop turn where a server would receive its next request: where Node-API makes the',
    'stores, memory comes back [at a turn](differences.md#memory-comes-back-after-a-collection-and-a-turn-of-the-event-loop). The one “in one turn” does not.',
    '',
    '## Their own tests',
    '',
    testLines(found),
    '',
    'Both level packages ran the tests of abstract-level, which are written for all packages of their kind.',
    'The other packages of the first table install without tests, or without the files that these need.',
    '',
    '## Notes',
    '',
    list(faultNotes(found)),
    '',
    ...(costs.length > 0 ? [COSTS, '', list(costs), ''] : []),
  ].join('\n');
}

module.exports = { markdown, terminalText };
