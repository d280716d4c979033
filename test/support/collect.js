'use strict';

/*
 * Waiting for memory to come back. A dropped buffer's finalizer runs on a turn of the event loop
 * after the collection that found it dead, so tests collect, let the loop turn and look: they count
 * turns, never time. Node and Deno need --expose-gc, which Bun does not pass on to its workers.
 */

const assert = require('node:assert');
const { setImmediate: turn } = require('node:timers/promises');

const MAX_ROUNDS = 50;

/** A full collection. */
const gc = globalThis.gc ?? (() => globalThis.Bun.gc(true));

/** Collects garbage and lets the event loop turn, a few times over. */
async function collect(rounds = 3) {
  for (let round = 0; round < rounds; round++) {
    gc();
    await turn();
  }
}

/**
 * Collects until `done()` is true; fails if that does not come.
 *
 * @param {() => boolean} done
 * @param {string} what it is waited for, for the failure's message
 */
async function collectUntil(done, what) {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (done()) return;
    await collect(1);
  }
  assert.fail(`${what}: not after ${MAX_ROUNDS} collections and turns`);
}

module.exports = { collect, collectUntil, gc, turn };
