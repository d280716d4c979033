'use strict';

// All cells in one process. The process makes passes over them, each in an order of its own that the seed decides, the first ones
// to warm up. A visit to a cell is a fixed amount of work, so that both sides are the same program: four batches, each of 4 MiB of
// buffers or 4,096 calls, whichever is less, each with a turn of the event loop after it, inside the time. A cell's figure is that
// of all its visits together, because collections fall where they fall.

const { turn } = require('../../core/collect');
const { MiB } = require('../../core/format');
const { figuresOf, timeSlice } = require('../../core/measure');
const { peakMiB } = require('../../core/memory');
const { shuffle } = require('../../core/random');
const { startWatch } = require('../../core/watch');
const { freshCalls } = require('../calls');

const batchBytes = 4 * MiB;
const batchOps = 4096;
const batchesPerVisit = 4;
const passes = { full: { warm: 12, timed: 24 }, quick: { warm: 12, timed: 8 } };

async function visit(batch, bytes) {
  const count = Math.max(1, Math.min(batchOps, Math.floor(batchBytes / bytes)));
  for (let i = 0; i < batchesPerVisit; i++) {
    batch(count);
    await turn();
  }
  return batchesPerVisit * count;
}

/** Orders differ from pass to pass and from process to process; those of a run's two sides are the same. */
const orderSeed = ({ seed, run }, pass) => seed + 1000 * run + pass;

/**
 * What makes a pass of a number over the cells of a job.
 * @param {object} job with `cells`, `describe`, `seed` and the number of the `run`
 * @returns {(pass: number, note?: (cell: object, slice: object) => void) => Promise<void>} `note` is given each cell's time
 */
function createPasses(job, { Buffer }) {
  const cells = job.cells.map((id) => {
    const { call, use, bytes } = job.describe[id];
    return { id, bytes, batch: freshCalls()[call](Buffer, bytes, use) };
  });
  return async (pass, note = () => {}) => {
    for (const cell of shuffle(cells, orderSeed(job, pass)))
      note(cell, await timeSlice(() => visit(cell.batch, cell.bytes)));
  };
}

/**
 * Measures every cell of the job.
 * @param {object} job as createPasses has it, with `budget`
 * @returns {Promise<Record<string, object>>} by cell `ns`, `cpu` and `queued`; under `process` the time of all timed passes, `ms`, and
 *   the process's peak RSS, `peakRss`
 */
async function measure(job, bufalloc) {
  const { warm, timed } = passes[job.budget];
  const walk = createPasses(job, bufalloc);
  const slices = Object.fromEntries(job.cells.map((id) => [id, []]));
  for (let pass = 0; pass < warm; pass++) await walk(pass);
  const read = startWatch();
  for (let pass = warm; pass < warm + timed; pass++)
    await walk(pass, ({ id }, slice) => slices[id].push(slice));
  const { ms } = read();
  return {
    ...Object.fromEntries(job.cells.map((id) => [id, figuresOf(slices[id])])),
    process: { ms, peakRss: peakMiB() },
  };
}

module.exports = { createPasses, measure, passes };
