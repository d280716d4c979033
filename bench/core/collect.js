'use strict';

// Full collections for use BETWEEN measured regions. The function is had through the flag and a one-off context, and the flag is
// turned off again at once, so that the measured process has no `gc` and is otherwise what a user's process is.

const v8 = require('node:v8');
const vm = require('node:vm');

function obtain() {
  v8.setFlagsFromString('--expose-gc');
  try {
    return vm.runInNewContext('gc');
  } finally {
    v8.setFlagsFromString('--no-expose-gc');
  }
}

let gc;

/** Lets the event loop turn once. */
function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}

// A collection hands dead ArrayBuffers to a sweeper on another thread, which posts their finalizers to the event loop; the next
// collection begins by waiting for that sweeper.
const collections = 3;

/** Collects everything unreachable and lets its finalizers run. */
async function collect() {
  gc ??= obtain();
  for (let i = 0; i < collections; i++) {
    gc();
    await turn();
    await turn();
  }
}

module.exports = { collect, turn };
