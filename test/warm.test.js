'use strict';

/*
 * The warm list: what was released waits for the next request of its size, bounded in bytes and in
 * time, without keeping the process alive.
 */

const assert = require('node:assert');
const { ours, native, hostOnly } = require('./support/subject');
const { isFilled } = require('./support/bytes');
const { runFixture } = require('./support/child');
const { givesEverythingBack, outstanding, withAllocator } = require('./support/lifetimes');

const { acquire, release, stats, trim } = ours;
const KIB = 1024;
const MIB = 1024 * KIB;
const SIZE = 128 * KIB;

const warmOf = (subject) => {
  const { warmCount, warmBytes } = subject.stats().lifetimes;
  return { warmCount, warmBytes };
};

/** Buffers filled with 1, 2, 3, …: which is which can be told after their release. */
const numbered = (allocator, count, size = SIZE) =>
  Array.from({ length: count }, (_, i) => allocator.acquire(size).fill(i + 1));

native(() => {
  describe('the warm list', () => {
    givesEverythingBack();

    it('is shown in stats', () => {
      withAllocator({}, (allocator) => {
        assert.deepStrictEqual(warmOf(allocator), { warmCount: 0, warmBytes: 0 });
        const buffers = [allocator.acquire(100), allocator.acquire(SIZE), allocator.acquire(SIZE)];
        assert.deepStrictEqual(warmOf(allocator), { warmCount: 0, warmBytes: 0 });
        buffers.forEach(release);
        assert.deepStrictEqual(warmOf(allocator), { warmCount: 3, warmBytes: 128 + 2 * SIZE });
        allocator.acquire(SIZE);
        assert.deepStrictEqual(warmOf(allocator), { warmCount: 2, warmBytes: 128 + SIZE });
        const { acquired, released, warmHits } = allocator.stats().lifetimes;
        assert.deepStrictEqual(
          { acquired, released, warmHits },
          { acquired: 4, released: 3, warmHits: 1 },
        );
      });
    });

    it('gives out first what was released last', () => {
      withAllocator({}, (allocator) => {
        numbered(allocator, 5).forEach(release);
        const bytes = Array.from({ length: 5 }, () => allocator.acquire(SIZE)[0]);
        assert.deepStrictEqual(bytes, [5, 4, 3, 2, 1]);
        assert.strictEqual(allocator.stats().lifetimes.warmHits, 5);
      });
    });

    it('keeps sizes apart', () => {
      withAllocator({}, (allocator) => {
        release(allocator.acquire(SIZE).fill(1));
        release(allocator.acquire(2 * SIZE).fill(2));
        const { warmHits } = allocator.stats().lifetimes;
        assert.strictEqual(allocator.acquire(3 * SIZE).length, 3 * SIZE);
        assert.strictEqual(allocator.stats().lifetimes.warmHits, warmHits);
        assert.ok(isFilled(allocator.acquire(SIZE), 1));
        assert.ok(isFilled(allocator.acquire(2 * SIZE), 2));
      });
    });

    it('serves dedicated buffers of just that size, and is fed by them', () => {
      withAllocator({}, (allocator) => {
        const odd = SIZE + 1;
        release(allocator.allocUnsafeSlow(odd).fill(7));
        assert.deepStrictEqual(warmOf(allocator), { warmCount: 1, warmBytes: odd });
        assert.notStrictEqual(allocator.acquire(odd).buffer.byteLength, odd);
        const again = allocator.allocUnsafe(odd);
        assert.ok(isFilled(again, 7));
        assert.strictEqual(again.buffer.byteLength, odd);
        assert.strictEqual(allocator.stats().lifetimes.warmHits, 1);
      });
    });

    it('holds at most maxWarmBytes, and the latest', () => {
      withAllocator({ maxWarmBytes: 4 * SIZE }, (allocator) => {
        numbered(allocator, 10).forEach((buffer) => {
          assert.ok(release(buffer));
          assert.ok(warmOf(allocator).warmBytes <= 4 * SIZE);
        });
        assert.deepStrictEqual(warmOf(allocator), { warmCount: 4, warmBytes: 4 * SIZE });
        assert.strictEqual(allocator.stats().heap.liveBlocks, 4);
        const kept = Array.from({ length: 4 }, () => allocator.acquire(SIZE)[0]);
        assert.deepStrictEqual(kept, [10, 9, 8, 7]);
      });
    });

    it('makes room for one size by giving others back', () => {
      withAllocator({ maxWarmBytes: MIB }, (allocator) => {
        numbered(allocator, 16).forEach(release);
        assert.strictEqual(warmOf(allocator).warmBytes, MIB);
        release(allocator.acquire(MIB));
        assert.deepStrictEqual(warmOf(allocator), { warmCount: 1, warmBytes: MIB });
        numbered(allocator, 1, 100).forEach(release);
        assert.ok(warmOf(allocator).warmBytes <= MIB);
      });
    });

    it('does not take what is larger than it may be, and loses nothing for it', () => {
      withAllocator({ maxWarmBytes: MIB }, (allocator) => {
        release(allocator.acquire(SIZE));
        assert.ok(release(allocator.acquire(MIB + 1)));
        assert.deepStrictEqual(warmOf(allocator), { warmCount: 1, warmBytes: SIZE });
        assert.strictEqual(allocator.stats().heap.liveBlocks, 1);
      });
    });

    it('may be 0, and then release frees at once', () => {
      withAllocator({ maxWarmBytes: 0 }, (allocator) => {
        const buffers = numbered(allocator, 5);
        assert.ok(buffers.every(release));
        assert.deepStrictEqual(warmOf(allocator), { warmCount: 0, warmBytes: 0 });
        assert.strictEqual(allocator.stats().heap.liveBlocks, 0);
      });
    });

    it('stays within its bounds whatever is acquired and released', () => {
      withAllocator({ maxWarmBytes: MIB }, (allocator) => {
        let seed = 99;
        const random = (below) => (seed = (Math.imul(seed, 48271) >>> 0) % 0x7fffffff) % below;
        const held = [];
        for (let i = 0; i < 2000; i++) {
          if (held.length > 20 || (held.length > 0 && random(3) > 0)) {
            release(held.splice(random(held.length), 1)[0]);
          } else {
            held.push(allocator.acquire(1 + random(400 * KIB)));
          }
          const { warmCount, warmBytes } = warmOf(allocator);
          assert.ok(warmBytes >= 0 && warmBytes <= MIB);
          assert.strictEqual(warmCount === 0, warmBytes === 0);
          assert.ok(allocator.stats().heap.liveBlocks >= warmCount);
        }
        held.forEach(release);
        assert.strictEqual(outstanding(allocator), 0);
      });
    });

    for (const title of ['the module', 'an allocator']) {
      it(`is emptied by trim: ${title}`, () => {
        withAllocator({}, (allocator) => {
          const subject = title === 'the module' ? ours : allocator;
          const before = outstanding(subject);
          numbered(subject, 5, MIB).forEach(release);
          assert.ok(warmOf(subject).warmCount >= 5);
          assert.ok(subject.trim() >= 5 * MIB, 'the bytes given back are counted');
          assert.deepStrictEqual(warmOf(subject), { warmCount: 0, warmBytes: 0 });
          assert.strictEqual(subject.stats().heap.liveBlocks, before);
          assert.strictEqual(subject.stats().heap.cachedBytes, 0);
          const next = subject.acquire(MIB).fill(7);
          assert.ok(isFilled(next, 7));
          release(next);
        });
      });
    }

    it('is not shared between allocators', () => {
      withAllocator({}, (one) =>
        withAllocator({}, (two) => {
          release(one.acquire(SIZE).fill(1));
          const before = two.stats().lifetimes.warmHits;
          two.acquire(SIZE);
          assert.strictEqual(two.stats().lifetimes.warmHits, before);
          assert.strictEqual(warmOf(one).warmCount, 1);
        }),
      );
    });
  });

  describe('idle memory', () => {
    it('goes back after it lay through a whole round or two, what is in use stays warm', async () => {
      const { idle } = await runFixture('warm-ticks', ['idle']);
      assert.deepStrictEqual(idle.first, { warmCount: 10, warmBytes: 10 * SIZE });
      assert.ok(idle.rounds.length > 0);
      assert.deepStrictEqual(idle.inUse, { warmCount: 1, warmBytes: SIZE });
      assert.ok(idle.hits >= 3, 'what was in use was served from the warm list');
      assert.deepStrictEqual(idle.last, { warmCount: 0, warmBytes: 0 });
    });

    it('is purged, until nothing of it is resident', async () => {
      const { idle } = await runFixture('warm-ticks', ['idle']);
      assert.ok(idle.cachedFirst > 0);
      assert.strictEqual(idle.cachedLast, 0);
      assert.ok(idle.purged >= 10 * SIZE);
    });

    it('has no timer left once there is nothing to look after, and one again when there is', async () => {
      const { idle } = await runFixture('warm-ticks', ['idle']);
      assert.strictEqual(idle.timersAtEnd, 0);
      assert.strictEqual(idle.timersAgain, 1);
      assert.ok(idle.allUnreferenced);
    });

    it('does not keep the process alive', async () => {
      const { resources } = await runFixture('warm-ticks', ['resources']);
      assert.deepStrictEqual(resources, []);
    });

    it("is looked after where a turn's share has no limit", async () => {
      const { unlimited } = await runFixture('warm-ticks', ['unlimited']);
      assert.strictEqual(unlimited.timers, 1);
    });
  });
});

hostOnly(() => {
  describe('the warm list', () => {
    it('stays empty, as nothing is taken back', () => {
      const buffer = acquire(SIZE);
      assert.strictEqual(release(buffer), false);
      assert.deepStrictEqual(warmOf(ours), { warmCount: 0, warmBytes: 0 });
      assert.strictEqual(trim(), 0);
    });
  });
});

describe('the bound of the warm list', () => {
  it('is maxWarmBytes, for an allocator', () => {
    withAllocator({ maxWarmBytes: 12345 }, (allocator) => {
      assert.strictEqual(allocator.stats().limits.maxWarmBytes, 12345);
    });
  });

  it('is read from the environment, for the module', async () => {
    const env = { BUFALLOC_MAX_WARM_BYTES: '12345678' };
    const { limits } = await runFixture('show-stats', [], { env });
    assert.strictEqual(limits.maxWarmBytes, 12_345_678);
  });

  it('is 64 MiB by default', () => {
    assert.strictEqual(stats().limits.maxWarmBytes, 64 * MIB);
  });
});

describe('a stack of the warm list', () => {
  it('takes no more room than its stores when the oldest are dropped all along', () => {
    const { WarmList } = require('../lib/warm');
    const list = new WarmList(4 * SIZE);
    for (let i = 0; i < 10_000; i++) {
      assert.ok(list.hasRoom(SIZE));
      list.push(new ArrayBuffer(8), SIZE);
    }
    const [stack] = list.stacks.values();
    assert.strictEqual(stack.count, 4);
    assert.ok(stack.stores.length < 100, `${stack.stores.length} places`);
  });
});
