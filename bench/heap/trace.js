'use strict';
/*
 * trace: the lists of allocations and frees that every allocator replays.
 *
 * They are recorded once per run of the benchmark, from fixed seeds, so that every process does the
 * same work in the same order. `local` is one thread's work, in four phases:
 *
 *   random    sizes log-uniform from 4 KiB to 1 MiB; each step picks one of 2,000 slots and frees
 *             what is in it, or fills it if it is empty: about 1,000 blocks live, freed at random
 *   lifo      64 KiB, allocated and freed at once, with the random phase's blocks still live
 *   batch     64 KiB, 256 allocated, then the same 256 freed, oldest first
 *   teardown  the random phase's blocks freed, in random order
 *
 * In `remote` another thread frees, a batch at a time, as the sweeper of a collector does, while the
 * first fills the next batch:
 *
 *   slabs     8 KiB, 1,024 a batch
 *   mixed     sizes log-uniform from 4 KiB to 1 MiB, 64 a batch
 *
 * The file's format is described in replay.c, which reads it.
 */

const fs = require('node:fs');

const SEED = 20240229;
const SLOTS = 2000;
const MIN_BYTES = 4 << 10;
const MAX_BYTES = 1 << 20;
const REPEATED_BYTES = 64 << 10;
const BATCH = 256;
const RANDOM_PAIRS = 200_000;
const LIFO_PAIRS = 512_000;
const BATCH_PAIRS = 512_000;

const SLAB_BYTES = 8 << 10;
const SLAB_BATCH = 1024;
const SLAB_PAIRS = 512_000;
const MIXED_BATCH = 64;
const MIXED_PAIRS = 64_000;

/** mulberry32: uniform numbers in [0, 1), the same on every machine. */
function createRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function logUniform(random) {
  return Math.floor(MIN_BYTES * (MAX_BYTES / MIN_BYTES) ** random());
}

function recordRandom(random, live) {
  const operations = [];
  for (let i = 0; i < RANDOM_PAIRS * 2; i++) {
    const slot = Math.floor(random() * SLOTS);
    if (live.delete(slot)) {
      operations.push(slot, 0);
    } else {
      live.add(slot);
      operations.push(slot, logUniform(random));
    }
  }
  return operations;
}

function recordLifo() {
  const operations = [];
  for (let i = 0; i < LIFO_PAIRS; i++) operations.push(SLOTS, REPEATED_BYTES, SLOTS, 0);
  return operations;
}

function recordBatches() {
  const operations = [];
  for (let done = 0; done < BATCH_PAIRS; done += BATCH) {
    for (let i = 0; i < BATCH; i++) operations.push(SLOTS + i, REPEATED_BYTES);
    for (let i = 0; i < BATCH; i++) operations.push(SLOTS + i, 0);
  }
  return operations;
}

function shuffle(list, random) {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
}

function recordTeardown(random, live) {
  const slots = [...live];
  shuffle(slots, random);
  return slots.flatMap((slot) => [slot, 0]);
}

/** Batches that are freed in another order than they were made in, into two sets of slots in turn. */
function recordHandedOver(random, count, batch, nextSize) {
  const operations = [];
  const order = Array.from({ length: batch }, (_, i) => i);
  for (let done = 0; done < count; done += batch) {
    const first = (done / batch) % 2 === 0 ? 0 : batch;
    for (let i = 0; i < batch; i++) operations.push(first + i, nextSize());
    shuffle(order, random);
    for (const i of order) operations.push(first + i, 0);
  }
  return operations;
}

/** For each trace, a function that records its phases: `unit` operations make a reported figure. */
const TRACES = {
  local(random) {
    const live = new Set();
    return [
      { name: 'random', unit: 2, threads: 1, words: recordRandom(random, live) },
      { name: 'lifo', unit: 2, threads: 1, words: recordLifo() },
      { name: 'batch', unit: 2, threads: 1, words: recordBatches() },
      { name: 'teardown', unit: 1, threads: 1, words: recordTeardown(random, live) },
    ];
  },
  remote(random) {
    const slabs = recordHandedOver(random, SLAB_PAIRS, SLAB_BATCH, () => SLAB_BYTES);
    const mixed = recordHandedOver(random, MIXED_PAIRS, MIXED_BATCH, () => logUniform(random));
    return [
      { name: 'slabs', unit: 2, threads: 2, words: slabs },
      { name: 'mixed', unit: 2, threads: 2, words: mixed },
    ];
  },
};

/**
 * Records a trace into a file.
 *
 * @param {string} name of TRACES
 * @param {string} file where to
 * @returns {{ name: string, operations: number, unit: number }[]} the phases, as recorded
 */
function recordTrace(name, file) {
  const phases = TRACES[name](createRandom(SEED)).map((phase) => ({
    ...phase,
    operations: phase.words.length / 2,
  }));
  const header = phases.flatMap(({ operations, threads }) => [operations, threads]);
  const words = [SLOTS + BATCH, phases.length, ...header, ...phases.map((phase) => phase.words)];
  fs.writeFileSync(file, Uint32Array.from(words.flat()));
  return phases.map(({ name: phase, operations, unit }) => ({ name: phase, operations, unit }));
}

module.exports = { recordTrace };
