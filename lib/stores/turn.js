'use strict';

/*
 * turn: what a turn of the event loop may take where stores are made by Node-API. What is dropped
 * comes back only when the loop turns, and what is released leaves a piece of Node-API's behind until
 * then: both are bounded.
 */

const { binding, runtime, setImmediate } = require('../runtime/builtin');

const MIB = 1024 * 1024;

/**
 * Most bytes of one turn that have not come back: what a loop that never turns can pile up. Twice
 * this, and its peak would be 100 MiB above the built-in's (test/memory.test.js).
 */
const MAX_BYTES = 32 * MIB;

/** Most stores of one turn: some 5 MiB of what they leave behind. */
const MAX_STORES = 16 * 1024;

let bytes = 0;
let stores = 0;
let turn = -1;
let armed = false;

function begin() {
  bytes = 0;
  stores = 0;
  armed = false;
}

/**
 * Begins a turn's count if the loop has turned. On Node.js the loop itself counts; elsewhere an immediate
 * tells of it.
 */
function look() {
  /* Bun has libuv's functions to end the process with. */
  const count = runtime === 'node' ? binding.loopCount() : -1;
  if (count < 0) {
    if (!armed) setImmediate(begin).unref?.();
    armed = true;
  } else if (count !== turn) {
    begin();
    turn = count;
  }
}

/**
 * Whether a turn may take a store of `size` bytes; counts it if so. Whatever its size, the first that
 * a turn asks for is served.
 */
function allows(size) {
  look();
  if (stores >= MAX_STORES || (stores > 0 && bytes + size > MAX_BYTES)) return false;
  bytes += size;
  stores++;
  return true;
}

/** Notes that `size` bytes came back, so that the turn may take them again. */
function giveBack(size) {
  bytes = size < bytes ? bytes - size : 0;
}

module.exports = { allows, giveBack };
