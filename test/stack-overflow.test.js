'use strict';

/*
 * Calls with next to no stack left: each either does all that it promises or throws and has changed
 * nothing, or what it has not done yet is done by the next call.
 */

const assert = require('node:assert');
const { binding } = require('../lib/runtime/builtin');
const { native, ours } = require('./support/subject');
const { isFilled } = require('./support/bytes');
const { runFixture } = require('./support/child');

const { acquire, createAllocator, createArena, release } = ours;
const COUNT = 600;
const WARM = 300;
const NOT_CALLED = 0;
const ENDED = 1;
const THREW = 2;

/**
 * Calls `work` with the numbers from 0 to `COUNT`, the first time with no stack left, then with one
 * frame's more each time.
 *
 * @param {(number: number) => unknown} work
 * @param {() => unknown} warm does the same beforehand: to compile it takes far more stack
 * @param {number} [words] that lie on the stack beneath: a frame is some twenty of them
 * @returns {{ how: Uint8Array, results: any[] }} how each call ended, and what it gave
 */
function withLittleStack(work, warm, words = 0) {
  for (let i = 0; i < WARM; i++) warm();
  const how = new Uint8Array(COUNT);
  const results = new Array(COUNT).fill(undefined);
  const { stackTraceLimit } = Error;
  /* Thousands of frames, for each of these errors, take a minute to note. */
  Error.stackTraceLimit = 0;
  let next = 0;
  /* Nothing is called in here but `work`: there is no stack for it. */
  function down() {
    try {
      down();
    } catch {
      // The end of the stack.
    }
    if (next >= COUNT) return;
    const number = next++;
    how[number] = THREW;
    try {
      results[number] = work(number);
      how[number] = ENDED;
    } catch (error) {
      results[number] = error;
    }
  }
  ((...beneath) => down(beneath))(...new Array(words).fill(0));
  Error.stackTraceLimit = stackTraceLimit;
  assert.ok(!how.includes(NOT_CALLED) && how.includes(THREW) && how.includes(ENDED));
  return { how, results };
}

const make = (count, of) => Array.from({ length: count }, (_, i) => of(i));

describe('with next to no stack left', () => {
  /* The first time, Deno has not compiled what it needs at the end of the stack: every call throws. */
  before(() => {
    try {
      withLittleStack(
        () => release(acquire(1000)),
        () => release(acquire(1000)),
      );
    } catch ({ name }) {
      assert.strictEqual(name, 'AssertionError');
    }
  });

  for (const [what, of] of [
    ['an acquired buffer', () => acquire(1000).fill(7)],
    ['a large one', () => acquire(300_000).fill(7)],
    ["a private allocator's", () => createAllocator({ nativeMin: 0 }).alloc(5000, 7)],
  ]) {
    it(`release empties the buffer and says so, or leaves it: ${what}`, () => {
      const buffers = make(COUNT, of);
      const { length } = buffers[0];
      const { how, results } = withLittleStack(
        (i) => release(buffers[i]),
        () => release(of()),
      );
      buffers.forEach((buffer, i) => {
        const done = how[i] === ENDED && results[i] === true;
        const what = `number ${i}: ${results[i]}, ${buffer.length} bytes`;
        if (done) assert.strictEqual(buffer.length, 0);
        else assert.ok(buffer.length === length && isFilled(buffer, 7), what);
        if (how[i] === THREW) assert.ok(results[i] instanceof RangeError, String(results[i]));
      });
    });

    it(`release leaves a buffer that it threw for to be released: ${what}`, () => {
      const buffers = make(COUNT, of);
      const { how } = withLittleStack(
        (i) => release(buffers[i]),
        () => release(of()),
      );
      buffers.forEach((buffer, i) => {
        if (how[i] === THREW) assert.strictEqual(release(buffer), true, `number ${i}`);
      });
    });
  }

  it('release empties the buffer and says so, or leaves it, where there was a secret', () => {
    const allocator = createAllocator();
    allocator.allocSecret(16);
    for (let words = 0; words < 24; words++) {
      const buffers = make(COUNT, () => allocator.acquire(1000));
      const { how, results } = withLittleStack(
        (i) => allocator.release(buffers[i]),
        () => allocator.release(allocator.acquire(1000)),
        words,
      );
      buffers.forEach(({ length }, i) => {
        const done = how[i] === ENDED && results[i] === true;
        assert.strictEqual(length, done ? 0 : 1000, `number ${i}: ${results[i]}`);
      });
    }
  });

  for (const end of ['reset', 'close']) {
    it(`an arena forgets none of its buffers: ${end}`, () => {
      const arenas = make(COUNT, () => createArena({ slabSize: 4096 }));
      const buffers = arenas.map((arena) => [
        ...make(8, () => arena.alloc(5000, 7)),
        ...make(8, () => arena.alloc(100, 7)),
      ]);
      withLittleStack(
        (i) => arenas[i][end](),
        () => {
          const arena = createArena({ slabSize: 4096 });
          arena.alloc(5000);
          arena.alloc(100);
          arena[end]();
        },
      );
      arenas.forEach((arena, i) => {
        arena[end]();
        const full = buffers[i].filter(({ length }) => length > 0);
        assert.strictEqual(full.length, 0, `number ${i}`);
        assert.strictEqual(arena.stats().usedBytes, 0);
        assert.strictEqual(arena.stats().stores, 0);
        if (end === 'close') assert.strictEqual(arena.stats().closed, true);
        arena.close();
      });
    });
  }

  /* Where in a call the stack ends is the compilers' affair: here it does where memory is to be emptied. */
  native(() => {
    it('what could not be tried is neither refused nor forgotten', () => {
      const arena = createArena();
      const buffers = [arena.alloc(100, 7), arena.alloc(100_000, 7), acquire(1000).fill(7)];
      const { free } = binding;
      /* No tail call, which takes no stack in JavaScriptCore. */
      const overflow = () => 1 + overflow();
      binding.free = overflow;
      try {
        assert.throws(() => arena.reset(), RangeError);
        assert.throws(() => arena.close(), RangeError);
        assert.throws(() => release(buffers[2]), RangeError);
      } finally {
        binding.free = free;
      }
      for (const buffer of buffers) assert.ok(isFilled(buffer, 7));
      arena.close();
      assert.strictEqual(release(buffers[2]), true);
      assert.deepStrictEqual(
        buffers.map(({ length }) => length),
        [0, 0, 0],
      );
    });
  });

  native(() => {
    it('close of an allocator that was interrupted is gone on with by the next', () => {
      const { heaps } = ours.stats().process;
      const allocator = createAllocator({ nativeMin: 0 });
      const { destroyHeap } = binding;
      /* No tail call, which takes no stack in JavaScriptCore. */
      const overflow = () => 1 + overflow();
      binding.destroyHeap = overflow;
      try {
        assert.throws(() => allocator.close(), RangeError);
      } finally {
        binding.destroyHeap = destroyHeap;
      }
      assert.strictEqual(ours.stats().process.heaps, heaps + 1);
      allocator.close();
      assert.strictEqual(ours.stats().process.heaps, heaps);
    });
  });

  it('what is allocated is whole, and shares nothing', () => {
    const { how, results } = withLittleStack(
      (i) => ours.Buffer.alloc(200, (i % 250) + 1),
      () => ours.Buffer.alloc(200, 1),
    );
    results.forEach((buffer, i) => {
      if (how[i] === ENDED) assert.ok(isFilled(buffer, (i % 250) + 1), `number ${i}`);
    });
    const pooled = withLittleStack(
      (i) => ours.Buffer.from([i & 255, i >> 8]),
      () => ours.Buffer.from([1, 2]),
    );
    pooled.results.forEach((buffer, i) => {
      if (pooled.how[i] === ENDED) assert.deepStrictEqual([...buffer], [i & 255, i >> 8]);
    });
  });

  it('the idle clock that could not be started is started by the next', async () => {
    const { failed } = await runFixture('wake-overflow');
    assert.ok(failed > 0);
  });
});
