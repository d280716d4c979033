'use strict';

/*
 * The end of a round in an arena: everything allocated from it is empty after reset and close, its
 * memory serves the next round, and neither grows nor is seen by anyone meanwhile.
 */

const assert = require('node:assert');
const { ours, native } = require('./support/subject');
const { isFilled, isZero } = require('./support/bytes');
const { turn } = require('./support/collect');
const {
  BIG,
  addressOf,
  assortment,
  attempt,
  givesEverythingBack,
  outstanding,
  withAllocator,
} = require('./support/lifetimes');

const { Buffer, createArena, release, stats } = ours;
const KIB = 1024;
const MIB = 1024 * KIB;
const SLAB = 64 * KIB;

const UNSAFE = ['alloc', 'allocUnsafe', 'allocUnsafeSlow'];

describe('reset', () => {
  givesEverythingBack();
  beforeEach(() => turn());

  it('empties all that was allocated, and every view of it', () => {
    const arena = createArena();
    const buffers = assortment(arena);
    const views = buffers.flatMap(({ buffer }) => [
      new Uint8Array(buffer),
      new Uint16Array(buffer),
    ]);
    arena.reset();
    for (const view of [...buffers, ...views]) {
      assert.strictEqual(view.length, 0);
      assert.strictEqual(view[0], undefined);
    }
    for (const buffer of buffers) assert.strictEqual(buffer.buffer.byteLength, 0);
    arena.close();
  });

  it('has no reference from before see or harm what comes after', () => {
    const arena = createArena();
    const before = assortment(arena);
    arena.reset();
    const after = assortment(arena);
    for (const buffer of before) {
      attempt(() => (buffer[0] = 1));
      attempt(() => buffer.fill(1));
      attempt(() => buffer.set([1]));
      attempt(() => buffer.write('xxx'));
      assert.strictEqual(buffer[0], undefined);
    }
    for (const buffer of after) assert.ok(isFilled(buffer, 7));
    arena.close();
  });

  it('leaves what others allocated alone', () => {
    const arena = createArena();
    const other = createArena();
    const kept = [...assortment(Buffer), ...assortment(other)];
    assortment(arena);
    arena.reset();
    for (const buffer of kept) assert.ok(isFilled(buffer, 7));
    other.close();
    arena.close();
  });

  it('leaves nothing behind for alloc to show', () => {
    const arena = createArena();
    for (let round = 0; round < 5; round++) {
      for (const size of [1, 100, 5000, SLAB / 2 - 1, SLAB, BIG]) {
        assert.ok(isZero(arena.alloc(size)), `${size} bytes`);
        arena.allocUnsafe(size).fill(0xff);
        assert.ok(isZero(arena.concat([new Uint8Array(0)], size)));
      }
      arena.reset();
    }
    arena.close();
  });

  it('may come at any time: before, again, with nothing allocated', () => {
    const arena = createArena();
    arena.reset();
    arena.reset();
    const buffer = arena.from('abc');
    arena.reset();
    arena.reset();
    assert.strictEqual(buffer.length, 0);
    assert.strictEqual(arena.from('def').toString(), 'def');
    assert.strictEqual(arena.stats().resets, 4);
    arena.close();
  });

  native(() => {
    it('gives everything back to the heap at once', () => {
      const before = outstanding();
      const arena = createArena();
      for (let round = 0; round < 3; round++) {
        assortment(arena);
        arena.alloc(5 * MIB);
        assert.strictEqual(outstanding(), before + arena.stats().stores);
        arena.reset();
        assert.strictEqual(outstanding(), before);
        assert.strictEqual(arena.stats().usedBytes, 0);
      }
      arena.close();
    });

    it('has the next round use the same memory', () => {
      const arena = createArena();
      const addresses = new Set();
      for (let round = 0; round < 100; round++) {
        addresses.add(addressOf(arena.allocUnsafe(100)));
        assert.strictEqual(arena.from('abc').buffer, arena.from('def').buffer);
        arena.reset();
      }
      assert.strictEqual(addresses.size, 1);
      arena.close();
    });
  });

  it('lets memory neither grow nor alias over 10,000 rounds of random sizes', async () => {
    const arena = createArena();
    let seed = 4711;
    const random = (below) => (seed = (Math.imul(seed, 48271) >>> 0) % 0x7fffffff) % below;
    const one = (round) => {
      const size = 1 + random(random(10) === 0 ? 200_000 : 3000);
      const kind = UNSAFE[random(3)];
      return arena[kind](size).fill(round % 256);
    };
    let last = [];
    let early;
    for (let round = 0; round < 10_000; round++) {
      const buffers = Array.from({ length: 1 + random(8) }, () => one(round));
      assert.ok(buffers.every((buffer) => isFilled(buffer, round % 256)));
      assert.ok(last.every((buffer) => buffer.length === 0));
      last = buffers;
      arena.reset();
      if (round % 20 === 0) await turn();
      if (round === 1000) early = stats();
    }
    assert.strictEqual(arena.stats().usedBytes, 0);
    const late = stats();
    assert.ok(late.heap.liveBlocks <= early.heap.liveBlocks + 1);
    assert.ok(late.heap.mappedBytes <= early.heap.mappedBytes + 8 * MIB);
    arena.close();
  });
});

describe('close', () => {
  givesEverythingBack();
  beforeEach(() => turn());

  for (const [title, end] of [
    ['close()', (arena) => arena.close()],
    ['Symbol.dispose', (arena) => arena[Symbol.dispose]()],
  ]) {
    it(`empties everything and gives all memory back: ${title}`, () => {
      const before = outstanding();
      const arena = createArena();
      const buffers = assortment(arena);
      arena.reset();
      buffers.push(...assortment(arena));
      end(arena);
      assert.ok(buffers.every((buffer) => buffer.length === 0));
      assert.strictEqual(outstanding(), before);
      const { usedBytes, stores, resets, closed } = arena.stats();
      assert.deepStrictEqual([usedBytes, stores, resets, closed], [0, 0, 2, true]);
    });
  }

  it('has every function throw from then on', () => {
    const arena = createArena();
    arena.from('abc');
    arena.close();
    const error = { name: 'Error', code: 'ERR_BUFALLOC_CLOSED', message: /^The arena is closed/ };
    for (const size of [1, 100, BIG]) {
      assert.throws(() => arena.alloc(size), error);
      assert.throws(() => arena.allocUnsafe(size), error);
      assert.throws(() => arena.allocUnsafeSlow(size), error);
      assert.throws(() => arena.allocUnsafeSlow(size, 4096), error);
      assert.throws(() => arena.from('x'.repeat(size)), error);
      assert.throws(() => arena.from(new Uint8Array(size)), error);
      assert.throws(() => arena.concat([new Uint8Array(size)]), error);
      assert.throws(() => arena.copyBytesFrom(new Uint8Array(size)), error);
    }
  });

  it('may be repeated, and followed by a reset', () => {
    const arena = createArena();
    arena.from('abc');
    arena.close();
    arena.close();
    arena.reset();
    arena[Symbol.dispose]();
    assert.strictEqual(arena.stats().closed, true);
    assert.throws(() => arena.from('abc'), { code: 'ERR_BUFALLOC_CLOSED' });
  });
});

describe('the stores of an arena', () => {
  givesEverythingBack();
  beforeEach(() => turn());

  it('are emptied where the runtime had to serve them', () => {
    withAllocator({ maxBytes: 0 }, (allocator) => {
      const arena = allocator.createArena();
      const buffers = assortment(arena);
      assert.ok(allocator.stats().stores.host.count > 0);
      for (const buffer of buffers) assert.ok(isFilled(buffer, 7));
      arena.reset();
      for (const buffer of buffers) assert.strictEqual(buffer.length, 0);
      assert.deepStrictEqual([arena.stats().usedBytes, arena.stats().stores], [0, 0]);
      arena.close();
    });
  });

  it('cannot be released', () => {
    const arena = createArena();
    for (const buffer of assortment(arena)) {
      assert.strictEqual(release(buffer), false);
      assert.ok(isFilled(buffer, 7));
    }
    arena.close();
  });

  if (ArrayBuffer.prototype.transfer) {
    for (const size of [10, BIG]) {
      it(`may be transferred away by the program, and are its own then: ${size} bytes`, async () => {
        const arena = createArena();
        const others = [arena.alloc(20, 7), arena.alloc(BIG, 7)];
        const taken = arena.alloc(size, 7);
        const { byteOffset } = taken;
        const moved = new Uint8Array(taken.buffer.transfer(), byteOffset, size);
        arena.reset();
        assert.strictEqual(others[0].length + others[1].length, 0);
        for (let round = 0; round < 5; round++) {
          for (let i = 0; i < 10; i++) arena.allocUnsafe(SLAB / 2 - 8).fill(0xff);
          arena.allocUnsafe(BIG).fill(0xff);
          arena.reset();
          await turn();
        }
        assert.ok(isFilled(moved, 7));
        arena.close();
        assert.ok(isFilled(moved, 7));
      });
    }
  }

  native(() => {
    it('show nothing that others wrote, on an allocator with zeroOnRelease', () => {
      withAllocator({ zeroOnRelease: true, nativeMin: 0 }, (allocator) => {
        const arena = allocator.createArena();
        assortment(arena);
        arena.close();
        const next = allocator.createArena();
        for (const size of [100, SLAB / 2 - 8, SLAB, BIG]) {
          for (let i = 0; i < 5; i++) assert.ok(isZero(next.allocUnsafe(size)));
        }
        next.close();
        assert.ok(isZero(allocator.allocUnsafeSlow(SLAB)));
      });
    });
  });
});
