'use strict';

/* memory: what the runtime does with memory of its own, so that ours does the same. */

const { builtinAllocUnsafeSlow } = require('../runtime/builtin');
const { createList, lazily } = require('../runtime/lists');
const {
  ArrayBufferPrototypeGetByteLength,
  ArrayBufferPrototypeTransfer,
  StructuredClone,
} = require('../runtime/primordials');
const binding = require('../runtime/binding');
const idle = require('../reclaim/idle');

/* Had once: the module's object is anybody's to change. */
const getMark = lazily(() => require('node:worker_threads').markAsUntransferable);

/** Small enough for malloc(3) to hand out again what was freed last. */
const PROBE_BYTES = 256;
const PROBES = 8;

/**
 * Whether the runtime clears memory whose contents may be arbitrary: --zero-fill-buffers, wherever it
 * was said. Memory is soiled and freed, in C, and had again: a byte that is still soiled tells that it
 * is not cleared. Where it never comes back soiled, it is taken to be.
 */
function probeZeroFill() {
  for (let probe = 0; probe < PROBES; probe++) {
    binding.soil(PROBE_BYTES);
    const again = builtinAllocUnsafeSlow(PROBE_BYTES);
    /* The first words may be malloc's own. */
    for (let i = 32; i < PROBE_BYTES; i++) if (again[i] !== 0) return false;
  }
  return true;
}

/** Whether all memory is to be cleared before a program has it. */
const isZeroFilled = probeZeroFill();

/**
 * Marks a slab, in which many buffers lie, as the built-in marks its pool: nobody can post it away. From
 * Node.js 24 on that holds for the runtime's own transfers as well, as those of byte streams.
 */
function guardSlab(store) {
  getMark()(store);
}

const transfer =
  ArrayBufferPrototypeTransfer ?? ((store) => StructuredClone(store, { transfer: [store] }));

/**
 * Empties an ArrayBuffer over the runtime's memory.
 *
 * @returns {ArrayBuffer|undefined} another over the same memory, or undefined where that went away
 * @throws and changes nothing if it cannot be emptied
 */
function moveHost(store) {
  try {
    const moved = transfer(store);
    /* What is marked as untransferable, Node.js 20 copies. */
    if (ArrayBufferPrototypeGetByteLength(store) === 0) return moved;
  } catch {
    /* Then without having its memory. */
  }
  binding.free(store);
  return undefined;
}

/** Most bytes of the runtime's memory, twice, that are kept aside; what V8 keeps for each counts too. */
const ASIDE_BYTES = 4 * 1024 * 1024;
const STORE_BYTES = 512;

let young = createList();
let youngBytes = 0;
let old = createList();
let isTask = false;

/** Lets go of what was set aside before the last time; returns whether there was anything. */
function age() {
  const any = young.length > 0 || old.length > 0;
  old = young;
  young = createList();
  youngBytes = 0;
  return any;
}

/**
 * Empties an ArrayBuffer over the runtime's memory, whose memory goes back to malloc(3): not at once, but
 * after one or two rounds of idle.js. An operation that was begun before would end the process.
 *
 * @throws and changes nothing if it cannot be emptied
 */
function freeHost(store) {
  const aside = moveHost(store);
  if (aside === undefined) return;
  young[young.length] = aside;
  youngBytes += ArrayBufferPrototypeGetByteLength(aside) + STORE_BYTES;
  if (youngBytes > ASIDE_BYTES) age();
  if (!isTask) idle.addTask(age);
  isTask = true;
  if (idle.isAsleep()) idle.wake();
}

module.exports = { freeHost, guardSlab, isZeroFilled, moveHost };
