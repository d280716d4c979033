'use strict';

/*
 * Memory that a program gives away: dedicated buffers move as the built-in's of the running version do, a slab
 * stays with its buffers, and nothing but a buffer's own bytes goes with it.
 */

const assert = require('node:assert');
const { builtin, moving, nodeMajor, ours } = require('./support/subject');
const { isFilled, isZero } = require('./support/bytes');
const { runFixture } = require('./support/child');
const { collect } = require('./support/collect');
const { DEDICATED, LISTS, SIZE, TRANSFERS, outcome } = require('./fixtures/moving');

const { Buffer, acquire, createAllocator, createArena, release, trim } = ours;
const REGISTER = { nodeArgs: ['--require', 'bufalloc/register'] };
const WAYS = { ...LISTS, ...TRANSFERS };
const DIRT = 0xa5;

/* On Node.js 22 transfer() takes the built-in's whole pool away from under it, and ours. */
const HOLDS_POOL = nodeMajor >= 24;
const OF_SLABS = HOLDS_POOL ? WAYS : LISTS;

/** Buffers of our own making, which should move as the built-in's `allocUnsafeSlow` does. */
const OWN = {
  'a small acquired one': () => acquire(100).fill(7),
  'an acquired one': () => acquire(SIZE).fill(7),
  'an acquired one whose memory was released before': () => {
    release(acquire(SIZE));
    return acquire(SIZE).fill(7);
  },
  "a private allocator's": () => createAllocator({ nativeMin: 0 }).alloc(SIZE, 7),
};

const slow = (length) => builtin.Buffer.allocUnsafeSlow(length).fill(7);

/** Has memory that is free taken, filled with other bytes, and dropped. */
async function overwriteFreeMemory() {
  await collect();
  trim();
  for (const size of [100, SIZE, 2 * SIZE]) {
    for (let i = 0; i < 40; i++) {
      acquire(size).fill(DIRT);
      Buffer.allocUnsafeSlow(size).fill(DIRT);
    }
  }
}

moving(() => {
  describe('a dedicated buffer', () => {
    for (const [how, way] of Object.entries(WAYS)) {
      for (const [kind, make] of Object.entries(DEDICATED)) {
        it(`moves as the built-in's does: ${kind}, ${how}`, () => {
          const theirs = outcome(way, make(builtin.Buffer));
          assert.deepStrictEqual(outcome(way, make(Buffer)), theirs);
        });
      }
      for (const [kind, make] of Object.entries(OWN)) {
        it(`moves as the built-in's does: ${kind}, ${how}`, () => {
          const buffer = make();
          const theirs = outcome(way, slow(buffer.length));
          assert.deepStrictEqual(outcome(way, buffer), theirs);
        });
      }
    }

    it("moves as the built-in's does, of the global Buffer with bufalloc/register", async () => {
      const theirs = await runFixture('moving');
      assert.deepStrictEqual(await runFixture('moving', [], REGISTER), theirs);
    });

    it('belongs to its receiver alone once it was moved', async () => {
      const received = Object.values(DEDICATED).map((make) => {
        const { buffer } = make(Buffer);
        return new Uint8Array(structuredClone(buffer, { transfer: [buffer] }));
      });
      await overwriteFreeMemory();
      for (const bytes of received) assert.ok(isFilled(bytes, 7));
    });

    it('cannot be released once it was moved', () => {
      for (const make of [...Object.values(DEDICATED), ...Object.values(OWN)]) {
        const buffer = make(Buffer);
        const moved = structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
        assert.strictEqual(release(buffer), false);
        assert.ok(isFilled(new Uint8Array(moved), 7));
      }
    });
  });
});

describe('a dedicated buffer of a worker', () => {
  it("moves as the built-in's does, with bufalloc/register", async () => {
    const theirs = await runFixture('moving', ['worker']);
    assert.deepStrictEqual(await runFixture('moving', ['worker'], REGISTER), theirs);
  });
});

describe('a small buffer', () => {
  for (const [how, way] of Object.entries(LISTS)) {
    it(`can be given away as little as the built-in's pooled ones can: ${how}`, () => {
      /* How long a clone of the whole store is may differ: that is the length of a slab. */
      const of = (side) => {
        const { threw, received, length } = outcome(way, side.Buffer.from('\x07\x07\x07'));
        return { threw, kind: received?.kind, length };
      };
      assert.deepStrictEqual(of(ours), of(builtin));
    });
  }

  for (const [how, way] of Object.entries(OF_SLABS)) {
    it(`keeps its neighbours whole when a program tries to: ${how}`, () => {
      const before = Buffer.from('before');
      const given = Buffer.from('\x07\x07\x07');
      const after = Buffer.from('after');
      const { threw } = outcome(way, given);
      assert.ok(['DataCloneError', 'TypeError', undefined].includes(threw?.name), threw?.name);
      assert.deepStrictEqual([before.toString(), after.toString()], ['before', 'after']);
    });
  }

  if (HOLDS_POOL) {
    for (const [how, way] of Object.entries(TRANSFERS)) {
      it(`is refused where the built-in's pooled ones are: ${how}`, () => {
        const theirs = outcome(way, builtin.Buffer.from('\x07\x07\x07'));
        const own = outcome(way, Buffer.from('\x07\x07\x07'));
        if (theirs.threw !== undefined) assert.deepStrictEqual(own, theirs);
        else assert.ok(own.threw === undefined || own.threw.name === 'TypeError');
      });
    }
  }

  it("keeps its neighbours whole in a private allocator's slab", () => {
    const allocator = createAllocator();
    const [before, given] = [allocator.from('before'), allocator.from('\x07\x07\x07')];
    for (const way of Object.values(OF_SLABS)) outcome(way, given);
    assert.strictEqual(before.toString(), 'before');
    allocator.close();
  });
});

describe('an arena', () => {
  for (const [how, way] of Object.entries(WAYS)) {
    it(`has none of its memory in two hands when a buffer is given away: ${how}`, async () => {
      const arena = createArena();
      const received = [];
      for (const size of [100, SIZE]) {
        const buffer = arena.alloc(size, 7);
        outcome((bytes) => received.push(way(bytes)) && received.at(-1), buffer);
      }
      const copies = received.map((moved) =>
        Uint8Array.from(new Uint8Array(moved.buffer ?? moved)),
      );
      arena.reset();
      for (let i = 0; i < 20; i++) arena.allocUnsafe(SIZE / 2).fill(DIRT);
      for (let i = 0; i < 20; i++) arena.allocUnsafe(100).fill(DIRT);
      await overwriteFreeMemory();
      received.forEach((moved, i) => {
        assert.deepStrictEqual(new Uint8Array(moved.buffer ?? moved), copies[i]);
      });
      assert.strictEqual(arena.from('next').toString(), 'next');
      arena.close();
    });
  }
});

describe('what is beyond the end of a buffer', () => {
  const lengths = [1, 100, 5000, 100_000, SIZE + 1];

  /** Memory that was full of somebody's bytes, as `length` zeroes of a buffer over it. */
  function overUsed(length) {
    const full = acquire(length);
    new Uint8Array(full.buffer).fill(DIRT);
    release(full);
    return acquire(length).fill(0);
  }

  for (const [how, way] of Object.entries(LISTS)) {
    it(`does not leave with it: ${how}`, () => {
      for (const length of lengths) {
        const buffer = overUsed(length);
        let received;
        try {
          received = way(buffer);
        } catch ({ name }) {
          assert.strictEqual(name, 'DataCloneError');
          continue;
        }
        const bytes = new Uint8Array(received.buffer ?? received);
        assert.strictEqual(bytes.length, length);
        assert.ok(isZero(bytes));
      }
    });
  }

  it('is not there to be seen', () => {
    for (const length of lengths) {
      assert.strictEqual(overUsed(length).buffer.byteLength, length);
      assert.strictEqual(acquire(length).buffer.byteLength, length);
    }
  });
});
