'use strict';

/*
 * memory: taking the runtime's memory back, which it has no function for. It is loaded when the first
 * such store is released, or watched.
 */

const {
  ArrayBufferPrototypeGetByteLength,
  ArrayBufferPrototypeTransfer,
  binding,
  createList,
  runtime,
  StructuredClone,
} = require('../runtime/builtin');

const transfer =
  ArrayBufferPrototypeTransfer ?? ((store) => StructuredClone(store, { transfer: [store] }));

/** Whether what was not moved cannot be emptied: Deno's Node-API would end the process, asked for that. */
const isSure = runtime === 'deno';

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
    if (isSure || ArrayBufferPrototypeGetByteLength(store) === 0) return moved;
  } catch (error) {
    if (isSure) throw error;
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

function keep(aside, idle) {
  young[young.length] = aside;
  youngBytes += ArrayBufferPrototypeGetByteLength(aside) + STORE_BYTES;
  if (youngBytes > ASIDE_BYTES) age();
  if (!isTask) idle.addTask(age);
  isTask = true;
  if (idle.isAsleep()) idle.wake();
}

/**
 * Empties an ArrayBuffer over the runtime's memory, whose memory goes back to malloc(3): not at once, but
 * after one or two rounds of idle.js. An operation that was begun before would end the process.
 *
 * @param {ArrayBuffer} store
 * @param {object} idle lib/reclaim/idle.js, not asked for here: where a program has emptied require.cache,
 *   there would be another, and the environment has one clock
 * @throws and changes nothing if it cannot be emptied
 */
function freeHost(store, idle) {
  const aside = moveHost(store);
  if (aside === undefined) return;
  try {
    keep(aside, idle);
  } catch {
    /* With no stack left for that it is a collection that frees it. */
  }
}

module.exports = { freeHost, moveHost };
