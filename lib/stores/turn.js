'use strict';

/*
 * turn: what stores made by Node-API need. Their memory comes back only when the event loop turns, so
 * that what one turn may take is bounded; and from Node.js 22 on they can be moved to other threads
 * only once they were moved to another ArrayBuffer.
 */

const { setImmediate } = require('../runtime/builtin');
const { ArrayBufferPrototypeTransfer } = require('../runtime/primordials');

const MIB = 1024 * 1024;

/**
 * Most bytes of one turn: what a loop that never turns can pile up. Twice this, and its peak would be
 * 100 MiB above the built-in's (test/memory.test.js).
 */
const MAX_BYTES = 32 * MIB;

/** Below this, what a turn takes is not worth noticing its end. */
const ARM_BYTES = 4 * MIB;

let bytes = 0;
let armed = false;

function onTurn() {
  armed = false;
  bytes = 0;
}

/**
 * Whether a turn may take `size` bytes more; counts them if so. Whatever its size, the first that a
 * turn asks for is served.
 */
function allows(size) {
  if (armed && bytes + size > MAX_BYTES) return false;
  bytes += size;
  if (!armed && bytes >= ARM_BYTES) {
    armed = true;
    setImmediate(onTurn).unref?.();
  }
  return true;
}

/** An ArrayBuffer over the same memory that can be moved as any other. */
const makeMovable = (store) =>
  ArrayBufferPrototypeTransfer === undefined ? store : ArrayBufferPrototypeTransfer(store);

module.exports = { allows, makeMovable };
