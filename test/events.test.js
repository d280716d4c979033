'use strict';

/* What allocators tell listeners: lib/insight/events.js. */

const assert = require('node:assert');
const events = require('../lib/insight/events');
const { Slab } = require('../lib/mirror/slab');
const { recordOf } = require('../lib/stores/record');
const { hostMode, moving, native, ours } = require('./support/subject');
const { withAllocator } = require('./support/lifetimes');

const { createAllocator } = ours;

/** Runs `work` and returns what a listener with these methods was told meanwhile. */
function hear(names, work) {
  const told = [];
  const listener = Object.fromEntries(
    names.map((name) => [name, (...values) => void told.push([name, ...values])]),
  );
  events.listen(listener);
  try {
    work();
  } finally {
    events.ignore(listener);
  }
  return told;
}

describe('events', () => {
  it('are heard while someone listens', () => {
    // Where an allocator was debugged its listener stays.
    const before = events.isHeard;
    hear(['made'], () => assert.strictEqual(events.isHeard, true));
    assert.strictEqual(events.isHeard, before);
  });

  it('tell of allocators and arenas that are made and closed', () => {
    const told = hear(['made', 'ended'], () => {
      const allocator = createAllocator({ name: 'a' });
      allocator.createArena({ name: 'b' }).close();
      allocator.close();
    });
    const found = told.map(([event, { kind, name }]) => `${event} ${kind} ${name}`);
    const expected = ['made allocator a', 'made arena b', 'ended arena b', 'ended allocator a'];
    assert.deepStrictEqual(found, expected);
  });

  it('tell of stores that go out and come back', () => {
    withAllocator({}, (allocator) => {
      const told = hear(['handedOut', 'returned'], () => {
        const buffer = allocator.acquire(5000);
        const store = buffer.buffer;
        allocator.release(buffer);
        assert.strictEqual(recordOf(store).length, 0);
      });
      const [[, , out], [, back, size]] = told;
      assert.strictEqual(told.length, 2);
      assert.strictEqual(out, back);
      assert.strictEqual(out.isNative, !hostMode);
      assert.strictEqual(size, 5000);
    });
  });

  native(() => {
    it('tell of fallbacks, with the reason', () => {
      withAllocator({ maxBytes: 1000, nativeMin: 0 }, (allocator) => {
        const told = hear(['fellBack'], () => allocator.acquire(5000));
        const [[, { kind }, ...rest]] = told;
        assert.deepStrictEqual([kind, ...rest], ['allocator', 'budget', 5000]);
      });
    });
  });

  it('have a listener that throws harm nothing', () => {
    const listener = {
      handedOut() {
        throw new Error('from a listener');
      },
    };
    events.listen(listener);
    try {
      withAllocator({ nativeMin: 0 }, ({ acquire, allocUnsafe, release }) => {
        assert.strictEqual(allocUnsafe(10).length, 10);
        assert.ok(release(acquire(5000)));
      });
    } finally {
      events.ignore(listener);
    }
  });

  // Node-API marks its stores as untransferable.
  moving(() => {
    it('let a listener take memory that comes back, or refuse it', () => {
      withAllocator({}, (allocator) => {
        const buffers = [allocator.acquire(5000), allocator.acquire(5000)];
        const taken = [];
        const listener = {
          returning(store) {
            if (taken.length > 0) throw new Error('not this one');
            taken.push(structuredClone(store, { transfer: [store] }));
            return true;
          },
        };
        events.listen(listener);
        try {
          assert.strictEqual(allocator.release(buffers[0]), true);
          assert.strictEqual(allocator.release(buffers[1]), false);
        } finally {
          events.ignore(listener);
        }
        assert.deepStrictEqual([buffers[0].length, buffers[1].length], [0, 5000]);
        assert.strictEqual(taken[0].byteLength, 5000);
        allocator.release(buffers[1]);
      });
    });
  });
});

/** Runs `work` and returns what a sampler was told meanwhile that wants to be told after `distance` bytes each time. */
function sample(distance, work) {
  const told = [];
  const note = (name) => (object, size) => (told.push([name, object, size]), distance);
  const listener = { __proto__: null };
  events.listen(listener);
  events.sampleBy({
    began: () => distance,
    cut: (piece, size) => (piece === undefined ? distance : note('cut')(piece, size)),
    took: (store, { length }) => note('took')(store, length),
    served: note('served'),
  });
  try {
    work();
  } finally {
    events.sampleBy(undefined);
    events.ignore(listener);
  }
  return told;
}

describe('a sampler', () => {
  it('is told of what the runtime serves, by its bytes', () => {
    withAllocator({ nativeMin: Infinity }, (allocator) => {
      const buffers = [];
      const told = sample(12_000, () => {
        for (let i = 0; i < 6; i++) buffers.push(allocator.alloc(5000));
      });
      assert.deepStrictEqual(told, [
        ['served', buffers[2], 5000],
        ['served', buffers[5], 5000],
      ]);
    });
  });

  it('is told of stores, by their bytes', () => {
    withAllocator({}, (allocator) => {
      const buffers = [];
      const told = sample(12_000, () => {
        for (let i = 0; i < 6; i++) buffers.push(allocator.acquire(5000));
      });
      assert.deepStrictEqual(told, [
        ['took', buffers[2].buffer, 5000],
        ['took', buffers[5].buffer, 5000],
      ]);
      buffers.forEach(allocator.release);
    });
  });

  it('is told of every piece of a slab if it wants to, whoever made the slab, and then no longer', () => {
    withAllocator({}, (allocator) => {
      allocator.allocUnsafe(10);
      const arena = allocator.createArena();
      const pieces = [];
      const told = sample(1, () => {
        const another = allocator.createArena();
        pieces.push(allocator.allocUnsafe(100), allocator.from('text'), allocator.from([1, 2]));
        pieces.push(arena.alloc(50), another.concat([Buffer.from('a'), Buffer.from('b')]));
        another.close();
      });
      allocator.allocUnsafe(10);
      const expected = pieces.map((piece, i) => [piece, [100, 4, 2, 50, 2][i]]);
      // Bun has no pool.
      const mine = told.filter(([, piece]) => pieces.includes(piece));
      if (process.versions.bun === undefined) {
        assert.deepStrictEqual(
          mine.map(([, piece, size]) => [piece, size]),
          expected,
        );
      }
      arena.close();
    });
  });

  it('that throws harms nothing', () => {
    const listener = { __proto__: null };
    events.listen(listener);
    events.sampleBy({});
    try {
      withAllocator({}, ({ acquire, allocUnsafe, alloc, release }) => {
        assert.deepStrictEqual([allocUnsafe(10).length, alloc(10).length], [10, 10]);
        assert.ok(release(acquire(5000)));
      });
    } finally {
      events.sampleBy(undefined);
      events.ignore(listener);
    }
  });
});

describe('a slab', () => {
  /** A number below `most`, one of a row that is the same each time. */
  function createRandom(seed) {
    let state = seed;
    return (most) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * most);
    };
  }

  for (const poolSize of [512, 1001, 4096]) {
    it(`of ${poolSize} bytes tells of a piece exactly where as many bytes of pieces went by as were asked for`, () => {
      const random = createRandom(poolSize);
      const slab = new Slab({ poolSize }, (size) => new ArrayBuffer(size));
      /* The bytes of pieces so far, each up to a multiple of eight, and where one is due. */
      let passed = 0;
      let due;
      let wanted;
      const told = [];
      const expected = [];
      slab.allocate(10);
      slab.tell((piece) => {
        if (piece !== undefined) told.push(piece);
        return (wanted = 1 + random(300));
      });
      due = wanted;
      for (let i = 0; i < 5000; i++) {
        const most = 1 + random(poolSize / 2 - 1);
        const size = random(3) === 0 ? most : 1 + random(Math.min(most, 40));
        if (random(8) === 0) slab.align(64);
        if (random(500) === 0) slab.leave();
        if (random(500) === 0) structuredClone(slab.store, { transfer: [slab.store] });
        /* As encoders do, which know the size when they have written. */
        if (random(2) === 0) assert.ok(slab.reserve(most).length - slab.offset >= most);
        const piece = slab.allocate(size);
        assert.strictEqual(piece.length, size);
        passed += Math.ceil(size / 8) * 8;
        if (passed < due) continue;
        expected.push(piece);
        due = passed + wanted;
      }
      assert.ok(told.length > 500);
      assert.ok(told.length === expected.length && told.every((each, i) => each === expected[i]));
    });
  }
});
