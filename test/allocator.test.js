'use strict';

/*
 * Private allocators: the module's functions over a heap, a slab, limits and counters of their own,
 * and how they end. Their options are in allocator-options.test.js.
 */

const assert = require('node:assert');
const { backend, builtin, ours, native } = require('./support/subject');
const { isFilled } = require('./support/bytes');
const { runFixture } = require('./support/child');
const { collect, collectUntil, turn } = require('./support/collect');
const { freshSlab } = require('./support/pool-trace');
const {
  BIG,
  assortment,
  attempt,
  givesEverythingBack,
  outstanding,
  withAllocator,
} = require('./support/lifetimes');
const { outcome } = require('./support/outcome');

const { Buffer, createAllocator, release, stats } = ours;
const MIB = 1024 * 1024;

const MIRROR = ['alloc', 'allocUnsafe', 'allocUnsafeSlow', 'from', 'concat', 'copyBytesFrom'];
const LIFETIMES = ['acquire', 'release', 'compact', 'createArena', 'stats', 'trim', 'close'];

describe('an allocator', () => {
  givesEverythingBack();
  beforeEach(() => turn());

  const calls = [
    (B) => B.alloc(10),
    (B) => B.alloc(BIG, 'abc'),
    (B) => B.from('text'),
    (B) => B.from('x'.repeat(BIG), 'utf16le'),
    (B) => B.from([1, 2, 300]),
    (B) => B.from(new Float64Array([1, 2])),
    (B) => B.from({ length: 2, 0: 1 }),
    (B) => B.from(new String('abc')),
    (B) => B.concat([builtin.Buffer.from('ab'), builtin.Buffer.from('c')], 5),
    (B) => B.copyBytesFrom(new Uint16Array([1, 2, 3]), 1),
    (B) => B.alloc(-1),
    (B) => B.allocUnsafe('5'),
    (B) => B.from(5),
    (B) => B.from('a', 'nonsense'),
    (B) => B.concat([1]),
  ];
  for (const call of calls) {
    it(`gives what the built-in gives: ${call}`, () => {
      withAllocator({}, (allocator) => {
        const on = (subject) => outcome({ Buffer: subject }, ({ Buffer }) => call(Buffer));
        const { store: here, ...result } = on(allocator);
        const { store: there, ...expected } = on(builtin.Buffer);
        assert.deepStrictEqual({ ...result, placed: !!here }, { ...expected, placed: !!there });
      });
    });
  }

  it('has all the functions, and they may be taken off it', () => {
    const { close, ...functions } = createAllocator({ name: 'detached' });
    for (const name of [...MIRROR, ...LIFETIMES].filter((name) => name !== 'close')) {
      assert.strictEqual(typeof functions[name], 'function', name);
    }
    const { alloc, from, acquire, stats: ownStats } = functions;
    assert.strictEqual(from('abc').toString(), 'abc');
    assert.ok(isFilled(alloc(BIG, 7), 7));
    assert.strictEqual(acquire(100)[Symbol.dispose](), undefined);
    assert.strictEqual(functions.createArena().from('x').toString(), 'x');
    assert.strictEqual(ownStats().name, 'detached');
    assert.ok(functions.trim() >= 0);
    close();
    assert.throws(() => from('abc'), { code: 'ERR_BUFALLOC_CLOSED' });
  });

  it('gives plain Buffers', () => {
    withAllocator({}, (allocator) => {
      for (const buffer of assortment(allocator)) {
        assert.strictEqual(Object.getPrototypeOf(buffer), Buffer.prototype);
        assert.ok(isFilled(buffer, 7));
      }
    });
  });

  it('shares no store with the module, or with another', () => {
    withAllocator({}, (one) =>
      withAllocator({}, (two) => {
        const subjects = [one, two, Buffer, builtin.Buffer];
        const stores = subjects.map(
          (subject) =>
            new Set(
              Array.from({ length: 20 }, () =>
                assortment(subject).map(({ buffer }) => buffer),
              ).flat(),
            ),
        );
        const all = new Set(stores.flatMap((set) => [...set]));
        assert.strictEqual(
          all.size,
          stores.reduce((sum, { size }) => sum + size, 0),
        );
      }),
    );
  });

  it('cuts its own slab, as the module cuts its', () => {
    withAllocator({ poolSize: 4096 }, (allocator) => {
      const first = freshSlab(allocator);
      const second = allocator.allocUnsafe(100);
      Buffer.allocUnsafe(100);
      const third = allocator.from('abc');
      assert.strictEqual(first.buffer, second.buffer);
      assert.strictEqual(second.buffer, third.buffer);
      assert.strictEqual(third.byteOffset, second.byteOffset + 104);
      assert.strictEqual(first.buffer.byteLength, 4096);
    });
  });

  it('gives nothing to two owners where poolSize is an object that allocates', () => {
    const MAKE = {
      'from a short string': (allocator) => allocator.from('abcd'),
      'from a string': (allocator) => allocator.from('abcd'.repeat(20)),
      'from hex': (allocator) => allocator.from('abcd', 'hex'),
      'from a view': (allocator) => allocator.from(new Uint8Array(100).fill(5)),
      concat: (allocator) => allocator.concat([Buffer.from('ab'), Buffer.from('cd')]),
    };
    for (const [title, make] of Object.entries(MAKE)) {
      withAllocator({}, (allocator) => {
        const { poolSize } = allocator;
        const expected = [...make(allocator)];
        const others = [];
        allocator.poolSize = {
          valueOf() {
            allocator.poolSize = poolSize;
            others.push(allocator.allocUnsafe(200).fill(1));
            return poolSize;
          },
        };
        assert.deepStrictEqual([...make(allocator)], expected, title);
        assert.strictEqual(others.length, 1);
        assert.ok(others[0].every((byte) => byte === 1));
      });
    }
  });

  it('has a poolSize that may be assigned, for the next slab', () => {
    withAllocator({}, (allocator) => {
      assert.strictEqual(allocator.poolSize, builtin.Buffer.poolSize);
      const { poolSize } = Buffer;
      allocator.poolSize = 1024;
      assert.strictEqual(allocator.allocUnsafe(100).buffer.byteLength, 1024);
      assert.strictEqual(allocator.allocUnsafe(512).buffer.byteLength, 512);
      assert.strictEqual(allocator.stats().limits.poolSize, 1024);
      assert.strictEqual(Buffer.poolSize, poolSize);
    });
  });

  it('counts for itself', () => {
    withAllocator({ name: 'mine' }, (allocator) => {
      const before = stats();
      const kept = [allocator.alloc(BIG), allocator.from('abc'), allocator.acquire(BIG)];
      const { name, stores, lifetimes, heap, process: whole } = allocator.stats();
      assert.strictEqual(name, 'mine');
      assert.strictEqual(lifetimes.acquired, 1);
      const { slab, dedicated, acquired, host } = stores;
      const counts = [slab, dedicated, acquired, host].map(({ count }) => count);
      assert.deepStrictEqual(
        counts,
        { v8: [1, 1, 1, 0], napi: [0, 0, 1, 2], host: [0, 0, 0, 3] }[backend],
      );
      assert.strictEqual(heap.liveBlocks, counts[0] + counts[1] + counts[2]);
      assert.strictEqual(whole.heaps, before.process.heaps);
      assert.deepStrictEqual(stats().stores, before.stores);
      assert.deepStrictEqual(stats().lifetimes, before.lifetimes);
      assert.strictEqual(kept.length, 3);
    });
  });

  it('has the shape of stats that the module has', () => {
    withAllocator({}, (allocator) => {
      const own = allocator.stats();
      assert.deepStrictEqual(Object.keys(own), Object.keys(stats()));
      assert.deepStrictEqual(Object.keys(own.limits), Object.keys(stats().limits));
    });
  });

  native(() => {
    it('has a heap of its own', () => {
      const { heaps } = stats().process;
      withAllocator({}, () => assert.strictEqual(stats().process.heaps, heaps + 1));
      assert.strictEqual(stats().process.heaps, heaps);
    });

    it('ends when it is dropped without close', async () => {
      const { heaps } = stats().process;
      (() => {
        for (let i = 0; i < 20; i++) assortment(createAllocator());
      })();
      assert.strictEqual(stats().process.heaps, heaps + 20);
      await collectUntil(() => stats().process.heaps <= heaps, 'their heaps ended');
    });

    it('stays while only its functions are held, and while its buffers are', async () => {
      const { heaps } = stats().process;
      const holder = { allocUnsafe: createAllocator().allocUnsafe, buffers: [] };
      const other = createAllocator();
      holder.buffers.push(...assortment(other));
      await collect();
      assert.strictEqual(stats().process.heaps, heaps + 2);
      assert.ok(isFilled(holder.allocUnsafe(100).fill(7), 7));
      holder.buffers.forEach((buffer) => assert.ok(isFilled(buffer, 7)));
      other.close();
      holder.allocUnsafe = holder.buffers = undefined;
      await collectUntil(() => stats().process.heaps <= heaps, 'their heaps ended');
    });
  });
});

describe('close of an allocator', () => {
  givesEverythingBack();
  beforeEach(() => turn());

  for (const [title, end] of [
    ['close()', (allocator) => allocator.close()],
    ['Symbol.dispose', (allocator) => allocator[Symbol.dispose]()],
  ]) {
    it(`has every function throw from then on: ${title}`, () => {
      const allocator = createAllocator({ nativeMin: 0 });
      assortment(allocator);
      end(allocator);
      const error = {
        name: 'Error',
        code: 'ERR_BUFALLOC_CLOSED',
        message: /^The allocator is closed/,
      };
      for (const size of [1, 100, 5000, BIG]) {
        assert.throws(() => allocator.alloc(size), error);
        assert.throws(() => allocator.alloc(size, 'x'), error);
        assert.throws(() => allocator.allocUnsafe(size), error);
        assert.throws(() => allocator.allocUnsafe(size, 64), error);
        assert.throws(() => allocator.allocUnsafeSlow(size), error);
        assert.throws(() => allocator.allocUnsafeSlow(size, 4096), error);
        assert.throws(() => allocator.from('x'.repeat(size)), error);
        assert.throws(() => allocator.from(new Uint8Array(size)), error);
        assert.throws(() => allocator.concat([new Uint8Array(size)]), error);
        assert.throws(() => allocator.copyBytesFrom(new Uint8Array(size)), error);
        assert.throws(() => allocator.acquire(size), error);
        assert.throws(() => allocator.acquire(size, { zero: true, alignment: 64 }), error);
        assert.throws(() => allocator.compact(new Uint8Array(size + 1).subarray(1)), error);
        assert.throws(() => allocator.createArena().allocUnsafe(size), error);
      }
    });
  }

  it('leaves buffers that are out valid', async () => {
    const allocator = createAllocator({ nativeMin: 0 });
    const kept = [...assortment(allocator), allocator.acquire(BIG).fill(7)];
    allocator.close();
    withAllocator({ nativeMin: 0 }, (next) => {
      for (let i = 0; i < 20; i++) assortment(next).forEach((buffer) => buffer.fill(0xff));
    });
    await collect();
    assortment(Buffer).forEach((buffer) => buffer.fill(0xff));
    for (const buffer of kept) assert.ok(isFilled(buffer, 7));
    kept.forEach((buffer) => buffer.fill(9));
    for (const buffer of kept) assert.ok(isFilled(buffer, 9));
  });

  it('may be repeated; the counters of its heap are 0 then', () => {
    const allocator = createAllocator({ name: 'ended' });
    assert.strictEqual(allocator.stats().closed, false);
    assortment(allocator).forEach(release);
    release(allocator.acquire(BIG));
    allocator.close();
    allocator.close();
    allocator[Symbol.dispose]();
    const { name, closed, heap, lifetimes } = allocator.stats();
    assert.deepStrictEqual([name, closed, heap.liveBytes], ['ended', true, 0]);
    assert.strictEqual(heap.cachedBytes, 0);
    assert.ok(lifetimes.released > 0, 'those of its stores stay');
    assert.strictEqual(allocator.trim(), 0);
  });

  it('leaves others alone that came after it', () => {
    const allocator = createAllocator();
    allocator.close();
    withAllocator({}, (next) => {
      release(next.acquire(BIG));
      const { cachedBytes } = next.stats().heap;
      allocator.trim();
      allocator.close();
      assert.strictEqual(next.stats().heap.cachedBytes, cachedBytes);
      assert.ok(isFilled(next.alloc(BIG, 7), 7));
    });
  });

  it('may come in the middle of one of its own calls', () => {
    const ends = [
      (a) => a.from({ valueOf: () => (a.close(), 'abc') }),
      (a) =>
        a.from({
          length: 2,
          get 0() {
            return a.close();
          },
        }),
      (a) => a.concat(new Proxy([new Uint8Array(5)], { get: (t, k) => (a.close(), t[k]) })),
      (a) => a.alloc(BIG, { valueOf: () => (a.close(), 7) }),
      (a) =>
        a.acquire(5, {
          get zero() {
            return a.close() === undefined;
          },
        }),
    ];
    for (const end of ends) {
      const allocator = createAllocator({ nativeMin: 0 });
      let buffer;
      try {
        buffer = end(allocator);
      } catch (error) {
        assert.strictEqual(error.code, 'ERR_BUFALLOC_CLOSED');
      }
      attempt(() => buffer?.fill(7));
      assert.ok(allocator.stats().closed);
      assert.throws(() => allocator.from('abc'), { code: 'ERR_BUFALLOC_CLOSED' });
    }
  });

  native(() => {
    it('has what was out freed when it is dropped or released', async () => {
      const { orphanedHeaps, mappedBytes } = stats().process;
      const allocator = createAllocator({ nativeMin: 0 });
      const acquired = allocator.acquire(20 * MIB);
      allocator.close();
      assert.strictEqual(stats().process.orphanedHeaps, orphanedHeaps + 1);
      assert.strictEqual(release(acquired), true);
      assert.strictEqual(acquired.length, 0);
      assert.strictEqual(stats().process.orphanedHeaps, orphanedHeaps);
      assert.ok(stats().process.mappedBytes <= mappedBytes + 8 * MIB);
      await collect(1);
    });

    it('leaves nothing that is looked at for ever, also when it is released later', async () => {
      const { isStill, errors } = await runFixture('closed-allocator');
      assert.deepStrictEqual([isStill, errors], [true, []]);
    });

    it('loses nothing over many rounds of opening and closing', async () => {
      const rounds = async (count) => {
        for (let i = 0; i < count; i++) {
          withAllocator({ nativeMin: 0 }, (allocator) => {
            assortment(allocator).forEach(release);
            allocator.createArena().from('abc');
          });
          if (i % 10 === 0) await collect(1);
        }
        await collectUntil(() => stats().process.orphanedHeaps <= orphans, 'orphaned heaps ended');
        return stats().process;
      };
      const orphans = stats().process.orphanedHeaps;
      const early = await rounds(50);
      const late = await rounds(200);
      assert.strictEqual(late.heaps, early.heaps);
      assert.ok(late.metadataBytes <= early.metadataBytes + MIB);
      assert.ok(late.mappedBytes <= early.mappedBytes + 4 * MIB);
      assert.ok(outstanding() >= 0);
    });
  });
});
