'use strict';

/* What allocators tell listeners: lib/insight/events.js. */

const assert = require('node:assert');
const events = require('../lib/insight/events');
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
  it('are heard while someone listens, pieces of slabs while someone wants those', () => {
    const state = () => [events.isHeard, events.isCutHeard];
    // Where an allocator was debugged its listener stays.
    const before = state();
    assert.strictEqual(events.isCutHeard, false);
    hear(['cut'], () => assert.deepStrictEqual(state(), [true, true]));
    hear(['made'], () => assert.deepStrictEqual(state(), [true, false]));
    assert.deepStrictEqual(state(), before);
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

  it('tell of buffers that the runtime serves', () => {
    withAllocator({ nativeMin: Infinity }, (allocator) => {
      const told = hear(['served'], () => allocator.alloc(5000));
      assert.deepStrictEqual(
        told.map(([, buffer, size]) => [buffer.length, size]),
        [[5000, 5000]],
      );
    });
  });

  it('tell of every piece of a slab, whoever made the slab, and then no longer', () => {
    withAllocator({}, (allocator) => {
      allocator.allocUnsafe(10);
      const arena = allocator.createArena();
      const pieces = [];
      const told = hear(['cut'], () => {
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
