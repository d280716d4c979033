'use strict';

/*
 * The program of `npm run soak`: a mixed load for minutes or hours, with workers that come and go,
 * watched all the while. Exits with 1, and says what, if memory grows, a counter does not add up,
 * a byte is wrong, or a worker dies that should not.
 */

const fs = require('node:fs');
const { parseArgs } = require('node:util');
const { setImmediate: turn, setTimeout: sleep } = require('node:timers/promises');
const v8 = require('node:v8');
const vm = require('node:vm');
const { Buffer, stats, trim } = require('../..');
const { drawTable } = require('../../bin/table');
const { Crew } = require('./crew');
const { Load, createRandom } = require('./load');
const { Sampler } = require('./sampler');
const { judge } = require('./verdict');

const HELP = `Usage: node test/soak/run.js [options]

Allocates, releases, posts and checks buffers for a while, and fails if memory grows.

  --minutes N   how long (1)
  --seconds N   in seconds, added to the minutes if both are given
  --seed N      of the load, to have the same mix again (any)
  --json FILE   writes all samples and figures
  --help        this

Exit status: 0 if all is well, 1 if not, 2 for wrong usage.`;

const MIB = 1024 * 1024;
const MAIN_BYTES = 24 * MIB;
/** The main thread works, and then idles for a moment; now and then for long enough that idle memory goes back. */
const WORK_MS = 600;
const IDLE_MS = 200;
const LONG_IDLE_MS = 4000;
const LONG_IDLE_EVERY = 8;
const POSTS = 20;
const PROGRESS_SECONDS = 10;
/** Waiting for the last memory: heaps of dropped allocators end after 3 to 5 s. */
const SETTLE_ROUNDS = 80;
const SETTLE_MS = 250;
/**
 * A worker that is terminated while it recycles leaves a store or a few alone for ever, when they might
 * be another thread's by then (docs/internals.md), and a heap with them: 1 in 25 was seen.
 */
const ORPHANS_PER_TERMINATION = 1 / 8;
const LARGEST_ORPHAN = MIB;

function readOptions() {
  const options = {
    minutes: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean' },
  };
  const { values } = parseArgs({ options });
  const number = (name) => {
    const value = Number(values[name] ?? 0);
    if (value >= 0 && value < Infinity) return value;
    throw new Error(`--${name} must be a number, not '${values[name]}'`);
  };
  const seconds = number('minutes') * 60 + number('seconds');
  const given = values.minutes !== undefined || values.seconds !== undefined;
  const seed = values.seed === undefined ? Date.now() % 2 ** 31 : number('seed');
  return { ...values, seconds: given ? seconds : 60, seed };
}

function obtainCollector() {
  v8.setFlagsFromString('--expose-gc');
  return vm.runInNewContext('gc');
}

/** Blocks of the module that programs hold, and the heaps of the process. */
function state() {
  const { heap, lifetimes, process: whole } = stats();
  const { heaps, orphanedHeaps, orphanedBytes } = whole;
  return { blocks: heap.liveBlocks - lifetimes.warmCount, heaps, orphanedHeaps, orphanedBytes };
}

/** Collects until all has come back that can. */
async function settle(gc, start) {
  const isBack = (now) => ['blocks', 'heaps', 'orphanedHeaps'].every((n) => now[n] <= start[n]);
  for (let round = 0; round < SETTLE_ROUNDS; round++) {
    gc();
    await turn();
    if (isBack(state())) break;
    await sleep(SETTLE_MS);
  }
}

/** What is not as it was in the beginning. */
function judgeEnd(start, end, crew) {
  const orphans = Math.ceil(crew.ended.terminate * ORPHANS_PER_TERMINATION);
  const allowed = {
    blocks: 0,
    heaps: 0,
    orphanedHeaps: orphans,
    orphanedBytes: orphans * LARGEST_ORPHAN,
  };
  return Object.entries(allowed)
    .filter(([name, most]) => end[name] - start[name] > most)
    .map(([name, most]) => `${name}: ${end[name]}, from ${start[name]}; ${most} more are allowed`);
}

function progress({ seconds, rssMiB, liveMiB, cachedMiB, heaps, delayMs }, load, crew) {
  const ended = Object.values(crew.ended).reduce((sum, count) => sum + count, 0);
  const parts = [
    `${Math.round(seconds)} s`,
    `RSS ${Math.round(rssMiB)} MiB`,
    `live ${Math.round(liveMiB)}, cached ${Math.round(cachedMiB)}`,
    `${heaps} heaps`,
    `${load.operations} operations`,
    `${ended} workers ended`,
    `delay ${delayMs.p50.toFixed(0)} ms, at most ${delayMs.max.toFixed(0)}`,
  ];
  console.log(parts.join('; '));
}

function showTable(operations) {
  const plain = (text) => text;
  const titles = ['operation', 'count', 'p50 us', 'p99 us', 'max us'];
  const columns = titles.map((title, i) => ({ title, align: i === 0 ? 'left' : 'right' }));
  const rows = operations.map(({ name, count, p50, p99, max }) => [
    name,
    String(count),
    ...[p50, p99, max].map((micros) => micros.toFixed(1)),
  ]);
  const paint = { bold: plain, dim: plain, cyan: plain };
  console.log(`\n${drawTable(columns, rows, { width: 100, paint })}\n`);
}

function showGrowth(growth) {
  for (const [field, found] of Object.entries(growth)) {
    if (found === undefined) console.log(`${field}: too few samples to judge`);
    else {
      const [from, to] = [found.from, found.to].map((mib) => mib.toFixed(1));
      console.log(`${field}: ${from} -> ${to}; at most ${found.limit.toFixed(1)} more allowed`);
    }
  }
}

/** Works and idles until the time is over or something failed. */
async function run(load, crew, end, failures) {
  const isOver = () => performance.now() >= end || failures.length > 0;
  for (let round = 1; !isOver(); round++) {
    crew.fill();
    for (let i = 0; i < POSTS; i++) {
      load.acquired += crew.members.size > 0 ? 1 : 0;
      load.released += crew.post();
    }
    const rest = performance.now() + WORK_MS;
    await load.work(() => performance.now() >= rest || isOver());
    await sleep(round % LONG_IDLE_EVERY === 0 ? LONG_IDLE_MS : IDLE_MS);
  }
}

async function main({ seconds, seed, json }) {
  const gc = obtainCollector();
  Buffer.allocUnsafe(1);
  const failures = [];
  const start = state();
  const load = new Load({ seed, maxBytes: MAIN_BYTES });
  const crew = new Crew(createRandom(seed + 1), (error) => failures.push(error.stack));
  const sampler = new Sampler((sample) => {
    sample.latencies = load.takeLatencies();
    if (sampler.samples.length % PROGRESS_SECONDS === 0) progress(sample, load, crew);
  });
  console.log(`${seconds} s, seed ${seed}, Node ${process.versions.node}`);
  try {
    await run(load, crew, performance.now() + seconds * 1000, failures);
    sampler.stop();
    await crew.end();
    load.end();
  } catch (error) {
    failures.push(error.stack);
    sampler.stop();
    await crew.end();
  }
  await settle(gc, start);
  trim();
  const end = state();
  const { growth, failures: grown } = judge(sampler.samples);
  if (failures.length === 0) failures.push(...judgeEnd(start, end, crew), ...grown);

  const operations = load.latencies();
  showTable(operations);
  showGrowth(growth);
  const workers = { ...crew.ended, operations: crew.operations };
  console.log(`${load.operations} operations in the main thread; workers ended:`, workers);
  console.log(`${crew.posted} buffers posted, ${crew.received} received`);
  const result = { seconds, seed, node: process.version, failures, growth, start, end, workers };
  if (json) {
    const all = { ...result, operations, samples: sampler.samples, stats: stats() };
    fs.writeFileSync(json, `${JSON.stringify(all, null, 2)}\n`);
  }
  failures.forEach((failure) => console.error(`FAILED: ${failure}`));
  if (failures.length === 0) console.log('all is well');
  process.exitCode = failures.length > 0 ? 1 : 0;
}

let options;
try {
  options = readOptions();
} catch (error) {
  console.error(`${error.message}\n\n${HELP}`);
  process.exit(2);
}
if (options.help) console.log(HELP);
else main(options);
