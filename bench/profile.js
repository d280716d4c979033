'use strict';

/*
 * `node bench/profile.js [--runs N] [--gib N]`: what a profile costs, in processor time, V8's own threads included: to the calls of the suite
 * `mixed`, all in one process, and to each GiB in buffers of several sizes.
 *
 * In each process there is one profile all the while. Stretches in which it is told of memory alternate with those in which nobody
 * is, so that what else the machine does, and where the collector stands, falls on both. Told is what all of the first took more than
 * all of the second, with its standard error.
 */

const { spawnSync } = require('node:child_process');
const { parseArgs } = require('node:util');
const { turn } = require('./core/collect');
const { KiB, MiB } = require('./core/format');

const SIZES = [64, 4 * KiB, 64 * KiB, MiB];
const BATCH_BYTES = 4 * MiB;
const STRETCH_BYTES = 64 * MiB;
const GIB_PAIRS = (1024 * MiB) / STRETCH_BYTES;
/** Pairs of stretches in a process that has the calls of `mixed`, each a pass over all, of a tenth of a second. */
const MIXED_PAIRS = 60;

/** The processor time of some work, in ms. */
async function timeProcessor(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The times of pairs of stretches, each of the same work: nobody is told of memory, and a profile is. */
async function timePairs(bufalloc, count, work) {
  const events = require('../lib/insight/events');
  bufalloc.startProfile();
  const { sampler } = events;
  const pairs = [];
  for (let pair = 0; pair < count; pair++) {
    const times = [];
    for (const isOn of pair % 2 === 0 ? [0, 1] : [1, 0]) {
      events.sampleBy(isOn ? sampler : undefined);
      times[isOn] = await timeProcessor(() => work(pair));
    }
    pairs.push(times);
  }
  return pairs;
}

async function timeMixed(bufalloc, run) {
  const { createPasses, passes } = require('./suites/mixed/calls');
  const { cells } = require('./suites/mixed/cells');
  const walk = createPasses({ cells: Object.keys(cells), describe: cells, seed: 1, run }, bufalloc);
  const { warm } = passes.quick;
  for (let pass = 0; pass < warm; pass++) await walk(pass);
  return timePairs(bufalloc, MIXED_PAIRS, (pair) => walk(warm + pair));
}

async function timeBytes(bufalloc, size, gib) {
  const { Buffer } = bufalloc;
  const work = async () => {
    for (let done = 0; done < STRETCH_BYTES; done += BATCH_BYTES) {
      for (let batch = 0; batch < BATCH_BYTES; batch += size) Buffer.allocUnsafe(size);
      await turn();
    }
  };
  await work();
  return timePairs(bufalloc, gib * GIB_PAIRS, work);
}

/** Does a job in this process, and prints what came of it. */
async function measureHere({ size, gib, run }) {
  const bufalloc = require('..');
  const pairs = size === undefined ? timeMixed(bufalloc, run) : timeBytes(bufalloc, size, gib);
  process.stdout.write(JSON.stringify(await pairs));
}

/** The pairs of a job, in as many processes of its own. */
function measureApart(runs, job) {
  return Array.from({ length: runs }, (_, run) => {
    const args = [__filename, '--job', JSON.stringify({ ...job, run })];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout);
  }).flat();
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The first of pairs on average, how much more the second is, and the standard error of that. */
function compareMeans(pairs) {
  const differences = pairs.map(([off, on]) => on - off);
  const more = mean(differences);
  const variance = mean(differences.map((value) => (value - more) ** 2));
  return {
    base: mean(pairs.map(([off]) => off)),
    more,
    error: Math.sqrt(variance / (pairs.length - 1)),
  };
}

function main(runs, gib) {
  const { base, more, error } = compareMeans(measureApart(runs, {}));
  const percent = (ms) => ((ms / base) * 100).toFixed(1);
  console.log(`mixed: ${percent(more)} % more with a profile, give or take ${percent(error)}`);
  for (const size of SIZES) {
    const found = compareMeans(measureApart(runs, { size, gib }));
    const [each, added, doubt] = [found.base, found.more, found.error].map((ms) =>
      (ms * GIB_PAIRS).toFixed(1),
    );
    console.log(
      `buffers of ${size} bytes: ${each} ms for each GiB, ${added} more with a profile, give or take ${doubt}`,
    );
  }
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    gib: { type: 'string', default: '2' },
    job: { type: 'string' },
  },
});
if (values.job !== undefined) measureHere(JSON.parse(values.job));
else main(Number(values.runs), Number(values.gib));
