'use strict';

/*
 * For the tests of released, acquired and arena memory: what is out, and that it came back after
 * each test. Needs --expose-gc.
 */

const assert = require('node:assert');
const binding = require('../../lib/runtime/binding');
const { ours } = require('./subject');
const { collect, collectUntil } = require('./collect');
const { freshSlab } = require('./pool-trace');

/**
 * Blocks of the heap that are out.
 *
 * @param {{ stats: () => object }} [subject] the module or an allocator
 */
const outstanding = (subject = ours) => subject.stats().heap.liveBlocks;

/**
 * For a `describe`: after each of its tests, all blocks that were taken from the module's heap are
 * back, and all heaps that were made have ended. The slab being cut is out at all times: a new one, in
 * which nobody else has a piece that would keep it when the tests have begun another.
 */
function givesEverythingBack() {
  const inProcess = () => ours.stats().process;
  let blocks, start;
  before(async () => {
    freshSlab(ours.Buffer);
    await collect(5);
    blocks = outstanding();
    start = inProcess();
  });
  afterEach(async () => {
    await collectUntil(() => outstanding() <= blocks, 'all blocks came back');
    for (const name of ['heaps', 'orphanedHeaps']) {
      await collectUntil(() => inProcess()[name] <= start[name], `${name} is where it was`);
    }
  });
}

/**
 * Runs `work` with an allocator and closes that, whatever happens.
 *
 * @template T
 * @param {object} options of createAllocator
 * @param {(allocator: object) => T} work
 * @returns {T}
 */
function withAllocator(options, work) {
  const allocator = ours.createAllocator(options);
  let result;
  try {
    result = work(allocator);
  } catch (error) {
    allocator.close();
    throw error;
  }
  if (typeof result?.then === 'function') return result.finally(allocator.close);
  allocator.close();
  return result;
}

/** Larger than any slab of these tests. */
const BIG = 200_000;

/**
 * Buffers full of 7: one from each of the mirror's functions, small ones and large ones.
 *
 * @param {object} subject Buffer, an allocator or an arena
 * @returns {Buffer[]}
 */
const assortment = (subject) => [
  subject.alloc(100, 7),
  subject.alloc(BIG, 7),
  subject.allocUnsafe(100).fill(7),
  subject.allocUnsafe(BIG).fill(7),
  subject.allocUnsafeSlow(100).fill(7),
  subject.allocUnsafeSlow(BIG).fill(7),
  subject.from('\x07'.repeat(100)),
  subject.from('\x07'.repeat(BIG)),
  subject.from(new Array(100).fill(7)),
  subject.from(new Uint8Array(BIG).fill(7)),
  subject.from({ length: 100, ...new Array(100).fill(7) }),
  subject.concat([new Uint8Array(50).fill(7), new Uint8Array(50).fill(7)]),
  subject.concat([new Uint8Array(BIG).fill(7)]),
  subject.copyBytesFrom(new Uint8Array(100).fill(7)),
];

/**
 * Does what detached memory has some methods refuse and others ignore.
 *
 * @param {() => unknown} work
 */
function attempt(work) {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof TypeError || error instanceof RangeError, error.stack);
  }
}

/** Whether the first byte of a buffer lies at a multiple of `alignment`. */
const isAligned = (buffer, alignment) =>
  (binding.misalignment(buffer.buffer, alignment) + buffer.byteOffset) % alignment === 0;

/** Above every address: what memory lies past a multiple of it is where it lies. */
const WHOLE_ADDRESS_SPACE = 2 ** 52;

/** Where in memory a buffer begins. */
const addressOf = ({ buffer, byteOffset }) =>
  binding.misalignment(buffer, WHOLE_ADDRESS_SPACE) + byteOffset;

module.exports = {
  BIG,
  addressOf,
  assortment,
  attempt,
  outstanding,
  givesEverythingBack,
  withAllocator,
  isAligned,
};
