'use strict';

/*
 * recycle: taking memory back while it is still referenced.
 *
 * Emptying an ArrayBuffer empties every view of it at once, so that old
 * references read `undefined` and write nothing. `transfer()` does that and
 * hands the memory on to another ArrayBuffer, all without leaving JavaScript;
 * where the runtime lacks it (Node 20), C detaches and makes the new one.
 */

const binding = require('./binding');
const { ArrayBuffer, bufferBytes, uncurryThis } = require('./host');

const canTransfer = typeof ArrayBuffer.prototype.transfer === 'function';
const transfer = canTransfer ? uncurryThis(ArrayBuffer.prototype.transfer) : undefined;

let watched;

/**
 * To be called before the first store is made. A transferred store can be posted
 * away, and a worker can end before its receiver: C watches a worker's stores to
 * know at its exit (src/addon/store.c). The main thread's end is the process's.
 */
function watchStores() {
  if (watched !== undefined) return;
  watched = !require('node:worker_threads').isMainThread;
  if (watched) binding.trackStores();
}

/* Empties a store and has its memory in another one, or in its heap. */
function move(store, keep) {
  if (!canTransfer) return keep ? binding.recycle(store) : binding.free(store);
  const fresh = transfer(store);
  if (!keep) return binding.free(fresh);
  if (watched) binding.noteMove(fresh);
  return fresh;
}

/**
 * Empties an ArrayBuffer of any origin.
 *
 * @param {ArrayBuffer} store
 * @param {boolean} keep whether its memory is wanted: a C store's only
 * @returns {ArrayBuffer|undefined} another ArrayBuffer over the same memory, if
 *   it was wanted and could be made; otherwise the memory went back to its heap
 * @throws and changes nothing when the store cannot be emptied, as when a
 *   program has marked it as untransferable
 */
function recycleStore(store, keep) {
  try {
    const fresh = move(store, keep);
    return keep && typeof fresh !== 'number' ? fresh : undefined;
  } catch (error) {
    if (bufferBytes(store) > 0) throw error;
    /* It is empty; its memory goes back when it is collected. */
    return undefined;
  }
}

/**
 * Empties a C store that no program has seen, and returns its memory to the
 * heap: at once, or if that fails when it is collected.
 */
function freeStore(store) {
  try {
    binding.free(store);
  } catch {
    /* Nobody has it: it is collected. */
  }
}

module.exports = { watchStores, recycleStore, freeStore };
