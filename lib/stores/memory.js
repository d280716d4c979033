'use strict';

/*
 * memory: what the runtime has no functions for: knowing what of its memory is live, and taking it back. It
 * is loaded when the first such store is watched, or released.
 */

const {
  ArrayBufferPrototypeGetByteLength,
  ArrayBufferPrototypeTransfer,
  binding,
  createList,
  Error,
  runtime,
  StructuredClone,
  TypedArrayPrototypeGetBuffer,
} = require('../runtime/builtin');
const { nextDistance, weightOf } = require('../insight/sampling');

/**
 * Watches the store of a buffer, which stands for others if it is a small one.
 *
 * @param {import('./host').HostCount} host that has counted it
 * @param {Buffer} buffer
 * @param {number} size its bytes
 * @param {number} every store from this size on is watched, of smaller ones one in so many bytes
 * @returns {object|undefined} by which to let it go
 */
function watch(host, buffer, size, every) {
  let count = 1;
  if (size < every) {
    host.watchAt = nextDistance(every);
    count = weightOf(size, every);
  }
  return binding.watch(host.supply.heap, TypedArrayPrototypeGetBuffer(buffer), count, count * size);
}

const transfer =
  ArrayBufferPrototypeTransfer ?? ((store) => StructuredClone(store, { transfer: [store] }));

/** Whether what was not moved cannot be emptied: Deno's Node-API would end the process, asked for that. */
const isSure = runtime === 'deno';

/**
 * Empties an ArrayBuffer over the runtime's memory.
 *
 * @param {ArrayBuffer} store
 * @param {boolean} [isPinned] whether its memory may not go away
 * @returns {ArrayBuffer|undefined} another over the same memory, or undefined where that went away
 * @throws and changes nothing if it cannot be emptied
 */
function moveHost(store, isPinned = false) {
  try {
    const moved = transfer(store);
    /* What is marked as untransferable, Node.js 20 copies. */
    if (isSure || ArrayBufferPrototypeGetByteLength(store) === 0) return moved;
  } catch (error) {
    if (isSure || isPinned) throw error;
    /* Then without having its memory. */
  }
  if (isPinned) throw new Error('Its memory is pinned');
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
/** Whether an addon has ever pinned one of them. */
let anyPinned = false;

/** Lets go of what was set aside before the last time, but for what is pinned; returns whether there was anything. */
function age() {
  const any = young.length > 0 || old.length > 0;
  for (let i = 0; anyPinned && i < old.length; i++) {
    if (binding.isPinned(old[i])) young[young.length] = old[i];
  }
  old = young;
  young = createList();
  youngBytes = 0;
  return any;
}

/**
 * Empties an ArrayBuffer over the runtime's memory, whose memory goes back to malloc(3): not at once, but
 * after one or two rounds of idle.js, and when it is unpinned. An operation that was begun before would
 * end the process.
 *
 * @param {ArrayBuffer} store
 * @param {object} idle lib/reclaim/idle.js, not asked for here: where a program has emptied require.cache,
 *   there would be another, and the environment has one clock
 * @param {boolean} isPinned whether an addon has pinned it
 * @throws and changes nothing if it cannot be emptied
 */
function freeHost(store, idle, isPinned) {
  const aside = moveHost(store, isPinned);
  if (aside === undefined) return;
  anyPinned ||= isPinned;
  young[young.length] = aside;
  try {
    youngBytes += ArrayBufferPrototypeGetByteLength(aside) + STORE_BYTES;
    if (youngBytes > ASIDE_BYTES) age();
    if (!isTask) idle.addTask(age);
    isTask = true;
    if (idle.isAsleep()) idle.wake();
  } catch {
    /* With no stack left for that it stays until the next one is set aside. */
  }
}

module.exports = { freeHost, moveHost, watch };
