'use strict';

// Times one cell inside a child process: warm-up, then a region of batches with a turn of the event loop after each, the turns
// inside the time. Memory held by external ArrayBuffers comes back only when the loop turns, and a collection's cost falls
// wherever it falls; a region that left either out would flatter one side.
//
// A batch is 1 MiB of buffers or 4,096 of them, whichever is less, and at least one: about what a busy server hands out between
// two turns. The region is a row of slices of 8 ms. A slice in which the thread stood in the run queue for long (core/watch.js) is
// set aside: the machine did something else then, and caches and helper threads suffered too. The region goes on until its calm
// slices hold the time asked for (or twice that has passed) and all hold its operations and traffic, or until the cap. Slices are picked by the queue alone, never by how
// fast they were, and several collections lie in each, so the choice favours neither side.

const { collect, turn } = require('./collect');
const { MiB } = require('./format');
const { peakMiB, resetPeak } = require('./memory');
const { startWatch } = require('./watch');

const batchBytes = MiB;
const batchOps = 4096;
const sliceMs = 8;
// A slice that stood in the run queue for more than this share of its time is not calm.
const calmShare = 0.03;
// On a machine that is never calm: how many times the time asked for is spent looking.
const patience = 2;

const budgets = {
  full: { warmMs: 20, ms: 40, ops: 8, bytes: 128 * MiB, capMs: 300 },
  quick: { warmMs: 16, ms: 16, ops: 4, bytes: 32 * MiB, capMs: 100 },
};

/** Operations per turn for buffers of `bytes`, and at least `least`. */
function opsPerTurn(bytes, least) {
  return Math.max(least, Math.min(batchOps, Math.floor(batchBytes / bytes)));
}

/**
 * Times some work as one slice of a region.
 * @param {() => Promise<number>} work does it and says how many operations it was
 * @returns {Promise<{ms: number, queued: number, cpuMs: number, ops: number}>}
 */
async function timeSlice(work) {
  const cpu = process.cpuUsage();
  const read = startWatch();
  const ops = await work();
  const { ms, queued } = read();
  const { user, system } = process.cpuUsage(cpu);
  return { ms, queued, cpuMs: (user + system) / 1e3, ops };
}

function slice(batch, count) {
  return timeSlice(async () => {
    const until = performance.now() + sliceMs;
    let ops = 0;
    do {
      batch(count);
      ops += count;
      await turn();
    } while (performance.now() < until);
    return ops;
  });
}

function sum(slices) {
  const total = { ms: 0, queued: 0, cpuMs: 0, ops: 0 };
  for (const one of slices) for (const key of Object.keys(total)) total[key] += one[key];
  return total;
}

const share = ({ ms, queued }) => queued / (ms + queued);

/** The calm slices; where they are fewer than half, the calmer half. */
function calmest(slices) {
  const calm = slices.filter((one) => share(one) <= calmShare);
  const half = Math.ceil(slices.length / 2);
  if (calm.length >= half) return calm;
  return [...slices].sort((a, b) => share(a) - share(b)).slice(0, half);
}

/**
 * The figures of a region: of its calm slices, but for `queued`, which is of all of them.
 * @param {{ms: number, queued: number, cpuMs: number, ops: number}[]} slices
 * @returns {{ns: number, cpu: number, queued: number}} nanoseconds an operation; nanoseconds of processor time an operation, the
 *   collector's helper threads included; time in the run queue, left out of `ns`, as a share of the whole
 */
function figuresOf(slices) {
  const { ms, cpuMs, ops } = sum(calmest(slices));
  return { ns: (ms * 1e6) / ops, cpu: (cpuMs * 1e6) / ops, queued: share(sum(slices)) };
}

async function warmUp(batch, count, minMs) {
  for (let ms = 0; ms < minMs;) ms += (await slice(batch, count)).ms;
}

async function region(batch, count, plan, minOps) {
  const slices = [];
  for (;;) {
    slices.push(await slice(batch, count));
    const all = sum(slices);
    const calm = sum(slices.filter((one) => share(one) <= calmShare));
    const enough = calm.ms >= plan.ms || all.ms >= patience * plan.ms;
    if ((enough && all.ops >= minOps) || all.ms >= plan.capMs) return slices;
  }
}

/**
 * Measures one cell.
 * @param {(count: number) => void} batch does the operation `count` times
 * @param {number} bytes size of what one operation allocates
 * @param {'full' | 'quick'} budget how long to measure
 * @param {number} [least] operations between two turns at least, for what needs no turn to come back
 * @returns {Promise<{ns: number, cpu: number, peakRss: number, queued: number}>} those of `figuresOf`, turns included, and the
 *   peak RSS in MiB
 */
async function measureCell(batch, bytes, budget, least = 1) {
  const plan = budgets[budget];
  const count = opsPerTurn(bytes, least);
  await collect();
  await warmUp(batch, count, plan.warmMs);
  resetPeak();
  const minOps = bytes < 4096 ? plan.ops : Math.max(plan.ops, Math.ceil(plan.bytes / bytes));
  const slices = await region(batch, count, plan, minOps);
  return { ...figuresOf(slices), peakRss: peakMiB() };
}

module.exports = { measureCell, timeSlice, figuresOf };
