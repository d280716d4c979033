'use strict';

/*
 * One soak: `node soak.js SECONDS SEED [JSON]`, on the backend of the environment. It is watched all the
 * while; exits with 1, and says what, if memory grows, a counter does not add up, a byte is wrong, or a
 * worker dies that should not. test/soak/run.js starts it.
 */

const fs = require('node:fs');
const { setImmediate: turn, setTimeout: sleep } = require('node:timers/promises');
const v8 = require('node:v8');
const vm = require('node:vm');
const { Buffer, stats, trim } = require('../..');
const { drawTable } = require('../../bench/core/table');
const { Crew } = require('./crew');
const { Load, createRandom } = require('./load');
const { Sampler } = require('./sampler');
const { judge } = require('./verdict');

const MAIN_BYTES = 24 * 1024 * 1024;
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
function obtainCollector() {
  v8.setFlagsFromString('--expose-gc');
  return vm.runInNewContext('gc');
}

/** Blocks of the module that programs hold, and the heaps of the process. */
function state() {
  const { heap, process: whole } = stats();
  return { blocks: heap.liveBlocks, heaps: whole.heaps, orphanedHeaps: whole.orphanedHeaps };
}

const isBack = (now, start) => Object.keys(start).every((name) => now[name] <= start[name]);

/** Collects until all has come back that can. */
async function settle(gc, start) {
  for (let round = 0; round < SETTLE_ROUNDS; round++) {
    gc();
    await turn();
    if (isBack(state(), start)) break;
    await sleep(SETTLE_MS);
  }
}

/** What is not as it was in the beginning. */
function judgeEnd(start, end) {
  return Object.keys(start)
    .filter((name) => end[name] > start[name])
    .map((name) => `${name}: ${end[name]}, from ${start[name]}`);
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

async function main(seconds, seed, json) {
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
  const { backend } = stats();
  console.log(`${seconds} s, seed ${seed}, Node ${process.versions.node}, ${backend.name}`);
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
  if (failures.length === 0) failures.push(...judgeEnd(start, end), ...grown);

  const operations = load.latencies();
  showTable(operations);
  console.log(`${sampler.samples.length} samples in ${seconds} s`);
  showGrowth(growth);
  const workers = { ...crew.ended, operations: crew.operations };
  console.log(`${load.operations} operations in the main thread; workers ended:`, workers);
  console.log(`${crew.posted} buffers posted, ${crew.moved} moved, ${crew.received} received`);
  const result = {
    seconds,
    seed,
    node: process.version,
    backend,
    failures,
    growth,
    start,
    end,
    workers,
  };
  if (json) {
    const all = { ...result, operations, samples: sampler.samples, stats: stats() };
    fs.writeFileSync(json, `${JSON.stringify(all, null, 2)}\n`);
  }
  failures.forEach((failure) => console.error(`FAILED: ${failure}`));
  if (failures.length === 0) console.log('all is well');
  process.exitCode = failures.length > 0 ? 1 : 0;
}

const [seconds, seed, json] = process.argv.slice(2);
main(Number(seconds), Number(seed), json);
