'use strict';

/*
 * `node bench/profile.js [--runs N] [--gib N]`: what a profile costs. The calls of the suite `mixed`, all in one process, with a
 * profile under way and without, in processes of their own that alternate; and buffers of several sizes, as many GiB of
 * each, what a GiB takes more with a profile than without. Medians of processor time, V8's own threads included.
 */

const { spawnSync } = require('node:child_process');
const { parseArgs } = require('node:util');
const { turn } = require('./core/collect');
const { KiB, MiB } = require('./core/format');
const { median } = require('./core/stats');

const GiB = 1024 * MiB;
const SIZES = [64, 4 * KiB, 64 * KiB, MiB];
const BATCH_BYTES = 4 * MiB;

/** The calls of `mixed`, all of them. */
async function runMixed(bufalloc) {
  const { measure } = require('./suites/mixed/calls');
  const { cells } = require('./suites/mixed/cells');
  const job = { cells: Object.keys(cells), describe: cells, budget: 'quick', seed: 1, run: 0 };
  await measure(job, bufalloc);
}

/** So many bytes in buffers of a size. */
async function runBytes({ Buffer }, size, bytes) {
  for (let done = 0; done < bytes; done += BATCH_BYTES) {
    for (let batch = 0; batch < BATCH_BYTES; batch += size) Buffer.allocUnsafe(size);
    await turn();
  }
}

/** Prints the processor time of a job, in ms. */
async function measureHere({ task, isOn, size, bytes }) {
  const bufalloc = require('..');
  if (task === 'bytes') await runBytes(bufalloc, size, bytes / 8);
  if (isOn) bufalloc.startProfile();
  const before = process.cpuUsage();
  await (task === 'mixed' ? runMixed(bufalloc) : runBytes(bufalloc, size, bytes));
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(JSON.stringify((user + system) / 1000));
}

/** The medians of alternating runs, without a profile and with one. */
function compare(runs, job) {
  const times = [[], []];
  for (let run = 0; run < runs; run++) {
    for (const isOn of run % 2 === 0 ? [0, 1] : [1, 0]) {
      const args = [__filename, '--job', JSON.stringify({ ...job, isOn })];
      const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      if (stdout === '') throw new Error(stderr);
      times[isOn].push(JSON.parse(stdout));
    }
  }
  return times.map(median);
}

function main({ runs, gib }) {
  const [off, on] = compare(runs, { task: 'mixed' });
  const more = ((on / off - 1) * 100).toFixed(1);
  console.log(
    `mixed: ${off.toFixed(0)} ms without, ${on.toFixed(0)} ms with a profile: ${more} % more`,
  );
  for (const size of SIZES) {
    const [without, given] = compare(runs, { task: 'bytes', size, bytes: gib * GiB });
    const perGib = ((given - without) / gib).toFixed(1);
    console.log(
      `buffers of ${size} bytes: ${(without / gib).toFixed(0)} ms for each GiB, ${perGib} ms more with a profile`,
    );
  }
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '7' },
    gib: { type: 'string', default: '4' },
    job: { type: 'string' },
  },
});
if (values.job !== undefined) measureHere(JSON.parse(values.job));
else main({ runs: Number(values.runs), gib: Number(values.gib) });
