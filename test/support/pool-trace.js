'use strict';

/*
 * Where the allocations of a sequence land, in terms that hold for both sides: the slabs and stores
 * are numbered in order of appearance, and offsets count from the first buffer seen in each. Both
 * sides start from a slab of their own that nobody has cut yet.
 */

const assert = require('node:assert');

/**
 * Allocates until a slab is begun.
 *
 * @param {typeof globalThis.Buffer} Buffer with a poolSize of at least 4
 * @returns {Buffer} the first buffer in that slab
 */
function freshSlab(Buffer) {
  const size = (Buffer.poolSize >>> 1) - 1;
  const before = Buffer.allocUnsafe(1).buffer;
  for (let cut = 0; cut <= before.byteLength; cut += 8) {
    const buffer = Buffer.allocUnsafe(size);
    if (buffer.buffer !== before) return buffer;
  }
  return assert.fail(`no slab was begun by buffers of ${size} bytes`);
}

const bytes = (length) => new Uint8Array(length).fill(7);

/** One step of a sequence, by name: each allocates one buffer from plain arguments. */
const steps = {
  alloc: (Buffer, size) => Buffer.alloc(size),
  allocUnsafe: (Buffer, size) => Buffer.allocUnsafe(size),
  allocUnsafeSlow: (Buffer, size) => Buffer.allocUnsafeSlow(size),
  string: (Buffer, length, character = 'x', encoding = 'utf8') =>
    Buffer.from(character.repeat(length), encoding),
  array: (Buffer, length) => Buffer.from(new Array(length).fill(1)),
  arrayLike: (Buffer, length) => Buffer.from({ length, 0: 1 }),
  typedArray: (Buffer, length) => Buffer.from(bytes(length)),
  json: (Buffer, length) => Buffer.from({ type: 'Buffer', data: new Array(length).fill(1) }),
  copy: (Buffer, length) => Buffer.copyBytesFrom(bytes(length)),
  concat: (Buffer, first, second) => Buffer.concat([bytes(first), bytes(second)]),
  concatTo: (Buffer, length, total) => Buffer.concat([bytes(length)], total),
  of: (Buffer, length) => Buffer.of(...bytes(length)),
};

/**
 * Takes the steps and says where each buffer landed.
 *
 * @param {typeof globalThis.Buffer} Buffer
 * @param {Array<[string, ...any]>} sequence names and arguments of `steps`, or ['poolSize', value]
 * @returns {string[]} one a step: where the buffer is, or what was thrown
 */
function trace(Buffer, sequence) {
  const start = freshSlab(Buffer);
  const stores = [start.buffer];
  const bases = [start.byteOffset];
  const place = (buffer) => {
    let store = stores.indexOf(buffer.buffer);
    if (store === -1) {
      store = stores.push(buffer.buffer) - 1;
      bases.push(buffer.byteOffset);
    }
    return `store ${store}, ${buffer.length} bytes at ${buffer.byteOffset - bases[store]}`;
  };
  return sequence.map(([name, ...args]) => {
    if (name === 'poolSize') {
      [Buffer.poolSize] = args;
      return `poolSize = ${String(args[0])}`;
    }
    try {
      return place(steps[name](Buffer, ...args));
    } catch (error) {
      return `threw ${error.name}: ${error.message}`;
    }
  });
}

module.exports = { freshSlab, steps, trace };
