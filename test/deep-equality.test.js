'use strict';

/* Acquired buffers and arenas' beside the built-in's, as assertions and inspection see them. */

const assert = require('node:assert');
const util = require('node:util');
const { builtin, nodeMajor, ours } = require('./support/subject');

const MADE = {
  acquire: () => ours.acquire(1),
  'acquire, zeroed': () => ours.acquire(1, { zero: true }),
  'acquire, aligned': () => ours.acquire(1, { alignment: 4096 }),
  'acquire from an allocator': () => ours.createAllocator().acquire(1),
  'acquire, of memory that was released': () => {
    ours.release(ours.acquire(1));
    return ours.acquire(1);
  },
  alloc: () => ours.Buffer.alloc(1),
  arena: () => ours.createArena().alloc(1),
};

for (const [how, make] of Object.entries(MADE)) {
  describe(`a buffer of ${how}`, () => {
    const buffer = make().fill(1);
    const theirs = builtin.Buffer.from([1]);

    it("is deeply equal to the built-in's, both ways", () => {
      assert.deepStrictEqual(buffer, theirs);
      assert.deepStrictEqual(theirs, buffer);
      assert.ok(util.isDeepStrictEqual(buffer, theirs));
      assert.ok(util.isDeepStrictEqual(theirs, buffer));
      assert.ok(util.isDeepStrictEqual({ in: [buffer] }, { in: [theirs] }));
    });

    it('is not equal to one of other bytes', () => {
      assert.ok(!util.isDeepStrictEqual(buffer, builtin.Buffer.from([2])));
      assert.ok(!util.isDeepStrictEqual(builtin.Buffer.from([1, 1]), buffer));
    });

    it("is inspected as the built-in's", () => {
      assert.strictEqual(util.inspect(buffer), util.inspect(theirs));
      /* On Node.js 20 an acquired buffer's [Symbol.dispose] is its own, and this shows what is hidden. */
      if (nodeMajor > 20) assert.strictEqual(util.format('%o', buffer), util.format('%o', theirs));
    });

    it("has the built-in's enumerable properties", () => {
      assert.deepStrictEqual(Object.keys(buffer), Object.keys(theirs));
      assert.deepStrictEqual({ ...buffer }, { ...theirs });
      assert.deepStrictEqual(Object.entries(buffer), Object.entries(theirs));
    });
  });
}
