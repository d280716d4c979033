'use strict';

/* The options of createAllocator: their defaults, what they bound, and what is refused. */

const assert = require('node:assert');
const util = require('node:util');
const { ours, native, hostOnly, slabbed } = require('./support/subject');
const { isFilled, isZero } = require('./support/bytes');
const { collect, collectUntil, turn } = require('./support/collect');
const { BIG, givesEverythingBack, outstanding, withAllocator } = require('./support/lifetimes');

const { createAllocator, release, stats } = ours;
const KIB = 1024;
const MIB = 1024 * KIB;

const OPTIONS = {
  name: 'all of them',
  poolSize: 4096,
  nativeMin: 1000,
  maxBytes: 10 * MIB,
  maxCachedBytes: 2 * MIB,
  zeroOnRelease: true,
  pacing: false,
};

describe('the options of createAllocator', () => {
  givesEverythingBack();
  beforeEach(() => turn());

  it('show in stats', () => {
    withAllocator(OPTIONS, (allocator) => {
      const { name, pacing, ...limits } = OPTIONS;
      assert.deepStrictEqual(allocator.stats().limits, limits);
      assert.strictEqual(allocator.stats().name, name);
      assert.strictEqual(allocator.stats().pacer.state, pacing ? 'waiting' : 'off');
      assert.strictEqual(allocator.poolSize, 4096);
    });
  });

  it("have the module's values as their defaults", () => {
    for (const options of [undefined, {}, { maxBytes: undefined, name: undefined }]) {
      withAllocator(options, (allocator) => {
        assert.deepStrictEqual(allocator.stats().limits, stats().limits);
      });
    }
  });

  it('may be 0 and Infinity, for bytes', () => {
    for (const name of ['nativeMin', 'maxBytes', 'maxCachedBytes']) {
      for (const value of [0, Infinity]) {
        withAllocator({ [name]: value }, (allocator) => {
          assert.strictEqual(allocator.stats().limits[name], value);
          for (const size of [1, 100, BIG]) {
            assert.ok(isFilled(allocator.alloc(size, 7), 7));
            assert.ok(isFilled(allocator.allocUnsafe(size).fill(7), 7));
            release(allocator.acquire(size));
          }
        });
      }
    }
  });

  const wrong = {
    name: [5, null, Symbol('x'), {}],
    poolSize: [-1, 1.5, NaN, '8192', null, -Infinity],
    nativeMin: [-1, 1.5, NaN, '0', null, 2 ** 60],
    maxBytes: [-1, 0.5, NaN, '1000', null, 5n],
    maxCachedBytes: [-1, NaN, '1000', null],
    zeroOnRelease: [1, 'true', null],
    pacing: [0, 'off', null],
    debug: [1, 'on', null],
    maxbytes: [1000, undefined],
    maxBytesPerTurn: [1000],
    backend: ['v8'],
    slabSize: [4096],
    constructor: [Object],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      it(`throw for what makes no sense, and name it: ${name}: ${util.inspect(value)}`, () => {
        const { heaps } = stats().process;
        assert.throws(() => createAllocator({ [name]: value }), {
          name: 'TypeError',
          code: 'ERR_INVALID_ARG_VALUE',
          message: new RegExp(`^The property 'options\\.${name}' .*Received `),
        });
        assert.strictEqual(stats().process.heaps, heaps, 'no heap was made');
      });
    }
  }

  it('throw for a key that is an accident', () => {
    const options = JSON.parse('{"__proto__": 5}');
    assert.throws(() => createAllocator(options), { code: 'ERR_INVALID_ARG_VALUE' });
  });

  for (const value of [null, 5, 'name', true, () => {}]) {
    it(`throw for what is no object: ${util.inspect(value)}`, () => {
      assert.throws(() => createAllocator(value), {
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_TYPE',
        message: /^The "options" argument must be of type object\. Received /,
      });
    });
  }

  it('are read once, and later changes to the object count for nothing', () => {
    let reads = 0;
    const options = {
      get maxBytes() {
        reads++;
        return 10 * MIB;
      },
    };
    withAllocator(options, (allocator) => {
      Object.defineProperty(options, 'maxBytes', { value: 0 });
      assert.strictEqual(allocator.stats().limits.maxBytes, 10 * MIB);
      assert.strictEqual(reads, 1);
    });
  });
});

slabbed(() => {
  describe('nativeMin of an allocator', () => {
    givesEverythingBack();

    it('has every buffer come from C at 0, but empty ones', () => {
      withAllocator({ nativeMin: 0 }, (allocator) => {
        const kept = [1, 10, 100, 5000, BIG].flatMap((size) => [
          allocator.alloc(size),
          allocator.allocUnsafeSlow(size),
        ]);
        allocator.concat([new Uint8Array(BIG)]);
        assert.strictEqual(allocator.stats().stores.host.count, 0);
        assert.strictEqual(allocator.stats().stores.dedicated.count, kept.length + 1);
        assert.strictEqual(allocator.alloc(0).length, 0);
        assert.strictEqual(kept.filter(release).length, kept.length);
      });
    });

    it('has the runtime serve what is below it', () => {
      withAllocator({ nativeMin: BIG }, (allocator) => {
        assert.strictEqual(release(allocator.alloc(BIG - 1)), false);
        assert.strictEqual(release(allocator.alloc(BIG)), true);
        assert.strictEqual(release(allocator.acquire(10)), true, 'acquire is from C at any size');
      });
    });
  });
});

native(() => {
  describe('the limits of an allocator', () => {
    givesEverythingBack();
    beforeEach(() => turn());

    it('have the runtime serve what is beyond maxBytes, until some of it is back', () => {
      withAllocator({ maxBytes: 4 * MIB }, (allocator) => {
        const buffers = Array.from({ length: 8 }, (_, i) => allocator.acquire(MIB).fill(i));
        buffers.forEach((buffer, i) => assert.ok(isFilled(buffer, i)));
        const { stores, fallbacks, heap } = allocator.stats();
        assert.deepStrictEqual([stores.acquired.count, stores.host.count], [4, 4]);
        assert.strictEqual(fallbacks.budget, 4);
        assert.ok(heap.liveBytes <= 4 * MIB);
        assert.strictEqual(buffers.filter(release).length, 8, 'the runtime’s memory as well');
        buffers.push(allocator.acquire(MIB));
        assert.strictEqual(allocator.stats().stores.acquired.count, 5);
      });
    });

    it('bound what is cached', async () => {
      await withAllocator({ maxCachedBytes: MIB }, async (allocator) => {
        const buffers = Array.from({ length: 50 }, () => allocator.acquire(200 * KIB).fill(1));
        assert.ok(buffers.every(release));
        assert.ok(allocator.stats().heap.cachedBytes <= MIB);
      });
    });

    it("leave other allocators' memory alone", () => {
      withAllocator({ maxBytes: MIB }, (small) =>
        withAllocator({}, (large) => {
          const kept = [large, small].map((one) => one.acquire(5 * MIB));
          const served = [large, small].map((one) => one.stats().stores.acquired.count);
          assert.deepStrictEqual(served, [1, 0]);
          assert.ok(kept.every(release));
        }),
      );
    });
  });

  describe('zeroOnRelease', () => {
    givesEverythingBack();
    beforeEach(() => turn());

    const SIZES = [1, 100, 5000, 30 * KIB, 100 * KIB, MIB, 3 * MIB];
    const SECRET = 0xa5;
    const options = { zeroOnRelease: true, nativeMin: 0 };

    /** Asserts that an allocator gives out nothing but zeros, in every way. */
    function assertShowsNothing(allocator) {
      for (const size of SIZES) {
        for (let i = 0; i < 8; i++) {
          assert.ok(isZero(new Uint8Array(allocator.acquire(size).buffer)), `acquired ${size}`);
          assert.ok(isZero(allocator.allocUnsafeSlow(size)), `dedicated ${size}`);
          assert.ok(isZero(allocator.allocUnsafe(size)), `pooled ${size}`);
        }
      }
    }

    const secrets = (allocator) =>
      SIZES.flatMap((size) => [
        allocator.acquire(size).fill(SECRET),
        allocator.allocUnsafeSlow(size).fill(SECRET),
        allocator.allocUnsafe(size).fill(SECRET),
      ]);

    it('has released memory show nothing', () => {
      withAllocator(options, (allocator) => {
        for (let round = 0; round < 3; round++) {
          assert.ok(secrets(allocator).filter(release).length >= 2 * SIZES.length);
        }
        const { reusedBlocks } = allocator.stats().heap;
        assertShowsNothing(allocator);
        assert.ok(allocator.stats().heap.reusedBlocks > reusedBlocks);
      });
    });

    it('has nothing left of a concat that was not made in the slab after all', () => {
      withAllocator(options, (allocator) => {
        const header = allocator.alloc(200, SECRET);
        const fail = () => {
          throw Object.assign(new TypeError(), { code: 'ERR_INVALID_ARG_TYPE' });
        };
        const lists = [
          [header, allocator.alloc(allocator.poolSize, SECRET)],
          [header, new Uint8Array(0), header],
          [header, 'no view'],
          Object.defineProperty([header], 1, { get: fail }),
        ];
        for (const list of lists) {
          allocator.allocUnsafe(8);
          try {
            allocator.concat(list);
          } catch (error) {
            assert.strictEqual(error.code, 'ERR_INVALID_ARG_TYPE');
          }
          assert.ok(isZero(allocator.allocUnsafe(400)));
        }
      });
    });

    it('has released memory show nothing where none is cached', () => {
      withAllocator({ ...options, maxCachedBytes: 0 }, (allocator) => {
        for (let round = 0; round < 3; round++) secrets(allocator).forEach(release);
        assert.strictEqual(allocator.stats().heap.cachedBytes, 0);
        assertShowsNothing(allocator);
      });
    });

    slabbed(() => {
      it('has collected memory show nothing, slabs included', async () => {
        await withAllocator(options, async (allocator) => {
          for (let round = 0; round < 3; round++) {
            (() => secrets(allocator).length)();
            // The slab that is being cut stays.
            await collectUntil(() => outstanding(allocator) <= 1, 'the memory came back');
          }
          allocator.poolSize = 16 * KIB;
          const { reusedBlocks } = allocator.stats().heap;
          const buffers = SIZES.flatMap((size) =>
            Array.from({ length: 8 }, () => allocator.allocUnsafeSlow(size)),
          );
          assert.ok(buffers.every(isZero));
          assert.ok(allocator.stats().heap.reusedBlocks > reusedBlocks, 'it is used memory');
        });
      });
    });

    it('has the memory of another heap that ended show nothing', () => {
      // Whole chunks go from heap to heap as they are, if nothing of them is out.
      withAllocator({ nativeMin: 0 }, (other) => {
        const acquired = SIZES.flatMap((size) =>
          Array.from({ length: 8 }, () => other.acquire(size).fill(SECRET)),
        );
        assert.ok(acquired.every(release));
      });
      assert.ok(stats().process.reserveBytes > 0);
      withAllocator(options, assertShowsNothing);
    });

    slabbed(() => {
      it('clears what is freed after close', async () => {
        // Chunks that allocators without the option left in the reserve go first.
        ours.trim();
        const allocator = createAllocator(options);
        const buffers = secrets(allocator);
        allocator.close();
        buffers.forEach(release);
        buffers.length = 0;
        await collect();
        // Without the option nothing is cleared as it is handed out: what shows was left behind.
        withAllocator({ nativeMin: 0 }, (next) => {
          for (const size of SIZES) {
            for (let i = 0; i < 8; i++) {
              assert.ok(!next.allocUnsafeSlow(size).includes(SECRET), `${size} bytes`);
            }
          }
        });
      });
    });

    it('shows in the buffers of others nothing but what they hold', () => {
      withAllocator(options, (allocator) => {
        const kept = secrets(allocator);
        secrets(allocator).forEach(release);
        for (const buffer of kept) assert.ok(isFilled(buffer, SECRET));
      });
    });
  });
});

hostOnly(() => {
  describe('an allocator without external ArrayBuffers', () => {
    it('has the runtime serve everything, and says so', () => {
      withAllocator({ nativeMin: 0 }, (allocator) => {
        const kept = [allocator.alloc(BIG, 7), allocator.from('abc'), allocator.acquire(BIG)];
        const { external, stores, heap } = allocator.stats();
        assert.deepStrictEqual([external, stores.host.count, heap.liveBlocks], [false, 3, 0]);
        assert.deepStrictEqual(kept.map(release), [true, false, true]);
      });
    });
  });
});
