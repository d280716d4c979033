'use strict';
/*
 * trace: the list of allocations and frees that every allocator replays.
 *
 * It is recorded once per run of the benchmark, from a fixed seed, so that every process does the
 * same work in the same order. Four phases:
 *
 *   random    sizes log-uniform from 4 KiB to 1 MiB; each step picks one of 2,000 slots and frees
 *             what is in it, or fills it if it is empty: about 1,000 blocks live, freed at random
 *   lifo      64 KiB, allocated and freed at once, with the random phase's blocks still live
 *   batch     64 KiB, 256 allocated, then the same 256 freed, oldest first
 *   teardown  the random phase's blocks freed, in random order
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

/** The phases in order; `unit` is the number of operations that one reported figure stands for. */
const PHASES = [
  { name: 'random', unit: 2 },
  { name: 'lifo', unit: 2 },
  { name: 'batch', unit: 2 },
  { name: 'teardown', unit: 1 },
];

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

function recordTeardown(random, live) {
  const slots = [...live];
  for (let i = slots.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [slots[i], slots[j]] = [slots[j], slots[i]];
  }
  return slots.flatMap((slot) => [slot, 0]);
}

/**
 * Records the trace into a file.
 *
 * @param {string} file where to
 * @returns {{ name: string, operations: number, unit: number }[]} the phases, as recorded
 */
function recordTrace(file) {
  const random = createRandom(SEED);
  const live = new Set();
  const recorded = [
    recordRandom(random, live),
    recordLifo(),
    recordBatches(),
    recordTeardown(random, live),
  ];
  const lengths = recorded.map((words) => words.length / 2);
  const header = [SLOTS + BATCH, recorded.length, ...lengths];
  fs.writeFileSync(file, Uint32Array.from([header, ...recorded].flat()));
  return PHASES.map((phase, i) => ({ ...phase, operations: lengths[i] }));
}

module.exports = { recordTrace };
