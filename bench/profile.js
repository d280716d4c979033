'use strict';

/*
 * `node bench/profile.js [--runs N] [--gib N]`: what a profile costs, in processor time, V8's own threads included.
 *
 * - The calls of the suite `mixed`, all in one process: stretches with a profile under way and without alternate in it, so that what else
 *   the machine does, and where the collector stands, falls on both. The median of the pairs of all processes, and
 *   their median deviation from it.
 * - Buffers of several sizes, as many GiB of each: what a GiB takes more with a profile than without, in processes of their own that
 *   alternate. Medians.
 */

const { spawnSync } = require('node:child_process');
const { parseArgs } = require('node:util');
const { turn } = require('./core/collect');
const { KiB, MiB } = require('./core/format');
const { median, summarize } = require('./core/stats');

const GiB = 1024 * MiB;
const SIZES = [64, 4 * KiB, 64 * KiB, MiB];
const BATCH_BYTES = 4 * MiB;
/** Of a run of `mixed`: pairs of stretches, and passes over its calls in each stretch, of about a second. */
const PAIRS = 6;
const PASSES = 8;

/** Of each pair, how much longer the stretch with a profile took, as a share. */
async function runMixed(bufalloc, run) {
  const { createPasses, passes } = require('./suites/mixed/calls');
  const { cells } = require('./suites/mixed/cells');
  const walk = createPasses({ cells: Object.keys(cells), describe: cells, seed: 1, run }, bufalloc);
  const stretch = async (first, isOn) => {
    if (isOn) bufalloc.startProfile();
    const ms = await timeProcessor(async () => {
      for (let pass = first; pass < first + PASSES; pass++) await walk(pass);
    });
    if (isOn) bufalloc.stopProfile();
    return ms;
  };
  for (let pass = 0; pass < passes.quick.warm; pass++) await walk(pass);
  const shares = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const times = [];
    for (const isOn of pair % 2 === 0 ? [0, 1] : [1, 0]) {
      times[isOn] = await stretch(passes.quick.warm + pair * PASSES, isOn);
    }
    shares.push(times[1] / times[0] - 1);
  }
  return shares;
}

/** So many bytes in buffers of a size. */
async function runBytes({ Buffer }, size, bytes) {
  for (let done = 0; done < bytes; done += BATCH_BYTES) {
    for (let batch = 0; batch < BATCH_BYTES; batch += size) Buffer.allocUnsafe(size);
    await turn();
  }
}

/** The processor time of some work, in ms. */
async function timeProcessor(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Does a job in this process, and prints what came of it. */
async function measureHere({ task, run, isOn, size, bytes }) {
  const bufalloc = require('..');
  const measureBytes = async () => {
    await runBytes(bufalloc, size, bytes / 8);
    if (isOn) bufalloc.startProfile();
    return timeProcessor(() => runBytes(bufalloc, size, bytes));
  };
  const result = await (task === 'mixed' ? runMixed(bufalloc, run) : measureBytes());
  process.stdout.write(JSON.stringify(result));
}

/** Does a job in a process of its own. */
function measureApart(job) {
  const args = [__filename, '--job', JSON.stringify(job)];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

/** The medians of alternating runs, without a profile and with one. */
function compareBytes(runs, job) {
  const times = [[], []];
  for (let run = 0; run < runs; run++) {
    for (const isOn of run % 2 === 0 ? [0, 1] : [1, 0]) {
      times[isOn].push(measureApart({ ...job, task: 'bytes', isOn }));
    }
  }
  return times.map(median);
}

function main({ runs, gib }) {
  const shares = [];
  for (let run = 0; run < runs; run++) shares.push(...measureApart({ task: 'mixed', run }));
  const more = summarize(shares);
  const percent = (share) => (share * 100).toFixed(1);
  console.log(
    `mixed: ${percent(more.median)} % more with a profile, give or take ${percent(more.deviation)}, of ${shares.length} pairs`,
  );
  for (const size of SIZES) {
    const [without, given] = compareBytes(runs, { size, bytes: gib * GiB });
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
