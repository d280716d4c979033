'use strict';

/*
 * Calls whose argument, when it is coerced, gives back the very memory that the call works on, and
 * allocates: what test/release-during-call.test.js and its fixture share.
 */

const assert = require('node:assert');

/** How many next owners there are: one is bound to have the memory, if anyone has. */
const NEXT = 4;

const SIZES = [100, 200_000, 3_000_000];

/**
 * What is given back in the call, by how it was made. Where V8 does not make the stores, dedicated
 * buffers are the runtime's, and cannot be given back.
 *
 * @param {object} subject the module or an allocator
 * @returns {Object<string, { sizes: number[], own: (size: number) => object }>}
 */
function listOwners({ alloc, acquire, createArena, release, stats }) {
  const dedicated = {
    sizes: SIZES.slice(1),
    own(size) {
      const buffer = alloc(size);
      return { buffer, giveBack: () => release(buffer), make: () => alloc(size) };
    },
  };
  return {
    ...(stats().backend.name === 'v8' ? { 'a dedicated buffer': dedicated } : {}),
    'an acquired buffer': {
      sizes: SIZES,
      own(size) {
        const make = () => acquire(size, { zero: true });
        const buffer = make();
        return { buffer, giveBack: () => release(buffer), make };
      },
    },
    "an arena's buffer": {
      sizes: SIZES,
      own(size) {
        const arena = createArena();
        const make = () => arena.alloc(size);
        return { buffer: make(), giveBack: () => arena.reset(), make };
      },
    },
  };
}

/**
 * Calls with an argument that gives the memory back.
 *
 * @param {(buffer: Buffer, argument: object) => any} call
 * @param {{ buffer: Buffer, giveBack: () => void, make: () => Buffer }} owner
 * @param {number} value of the argument
 * @param {number} byte that the next owners fill their memory with
 * @returns {{ result: any, next: Buffer[] }} what came of the call, [] if it threw; the next owners
 */
function callReleasing(call, { buffer, giveBack, make }, value, byte) {
  let next = [];
  const argument = {
    valueOf() {
      if (next.length === 0) {
        giveBack();
        next = Array.from({ length: NEXT }, () => make().fill(byte));
      }
      return value;
    },
  };
  let result = [];
  try {
    result = call(buffer, argument);
  } catch (error) {
    assert.ok(error instanceof TypeError || error instanceof RangeError, error.stack);
  }
  assert.strictEqual(next.length, NEXT, 'the argument was not coerced');
  return { next, result };
}

module.exports = { callReleasing, listOwners };
