'use strict';

/*
 * Waiting for memory to come back. A dropped buffer's finalizer runs on a turn of the event loop
 * after the collection that found it dead, so tests collect, let the loop turn and look: they count
 * turns. A thread that compiles keeps what the function it compiles refers to for as long as it
 * takes, which on a busy machine is longer than many turns: so then they wait as well. Node and Deno
 * need --expose-gc, which Bun does not pass on to its workers.
 */

const assert = require('node:assert');
const { setImmediate: turn, setTimeout: wait } = require('node:timers/promises');

/** As many rounds go by at once; the others are so many milliseconds apart. */
const QUICK_ROUNDS = 20;
const MAX_ROUNDS = 220;
const PAUSE_MS = 50;

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
    if (round >= QUICK_ROUNDS) await wait(PAUSE_MS);
    await collect(1);
  }
  assert.fail(`${what}: not after ${MAX_ROUNDS} collections and turns`);
}

module.exports = { collect, collectUntil, gc, turn };
