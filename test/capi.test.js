'use strict';

/*
 * The C API: other addons have memory from bufalloc on any thread, make Buffers of it and pin what is in
 * Buffers (include/bufalloc.h). The addons are in test/addon.
 */

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { hostMode, native, ours, slabbed } = require('./support/subject');
const { isFilled, isZero } = require('./support/bytes');
const { WORKERS_LIMIT_MS, runFixture } = require('./support/child');
const { collect, collectUntil } = require('./support/collect');
const { CONSUMERS, requireConsumer } = require('./support/consumer');
const { outstanding, withAllocator } = require('./support/lifetimes');

const { Buffer, acquire, createArena, release } = ours;
const SIZE = 100_000;

/** Statuses of bufalloc.h. */
const INVALID = -2;
const NOT_BUFALLOC = -5;
const TOO_OLD = -6;

const counting = requireConsumer('consumer');
counting.load(ours.capi);
const { counters } = counting;

/** For a `describe`: after each test all blocks are back, pins have ended, and heaps but the threads' own. */
function leavesNothingOut() {
  const look = () => {
    const { heaps, orphanedHeaps } = ours.stats().process;
    const { liveBlocks, pinned, threads } = counters();
    return [outstanding(), liveBlocks, pinned, orphanedHeaps, heaps - threads];
  };
  let start;
  before(async () => {
    Buffer.allocUnsafe(1);
    counting.give(1, 1, 1);
    await collect(5);
    start = look();
  });
  afterEach(() =>
    collectUntil(() => look().every((count, i) => count <= start[i]), 'all that was out came back'),
  );
}

describe('include', () => {
  it('is the folder of the header', () => {
    assert.ok(path.isAbsolute(ours.include));
    assert.ok(fs.existsSync(path.join(ours.include, 'bufalloc.h')));
  });
});

describe('capi', () => {
  after(() => counting.unpinAll());

  it('is the same each time', () => {
    assert.strictEqual(ours.capi, ours.capi);
  });

  for (const [what, value] of Object.entries({
    undefined,
    null: null,
    'a number': 1,
    'an object': {},
    'the module': ours,
    "another addon's external": counting.pin(Buffer.alloc(1)),
  })) {
    it(`is told from ${what}`, () => {
      const { status, message } = counting.load(value);
      assert.strictEqual(status, NOT_BUFALLOC);
      assert.match(message, /require\('bufalloc'\)\.capi/);
    });
  }

  it('is refused to an addon that needs a later version, in so many words', () => {
    const { status, message } = requireConsumer('consumer_newer').load(ours.capi);
    assert.strictEqual(status, TOO_OLD);
    assert.match(message, /needs version 3 .*has version 2: install a later bufalloc$/);
  });
});

for (const name of CONSUMERS) {
  describe(`the C API, used by ${name}`, () => {
    const addon = requireConsumer(name);
    before(() => assert.deepStrictEqual(addon.load(ours.capi), { status: 0, message: '' }));
    leavesNothingOut();

    describe('a block that is given', () => {
      it('becomes a Buffer of the bytes that are asked for', () => {
        for (const [blockSize, size] of [
          [1, 1],
          [100, 60],
          [SIZE, SIZE - 1],
          [3_000_000, 3_000_000],
        ]) {
          const buffer = addon.give(blockSize, size, 7);
          assert.ok(buffer instanceof globalThis.Buffer);
          assert.strictEqual(buffer.length, size);
          assert.strictEqual(buffer.buffer.byteLength, size);
          assert.ok(isFilled(buffer, 7));
        }
      });

      it('is not copied where the runtime allows that', () => {
        const before = counters();
        addon.give(SIZE, SIZE, 7);
        const { given, copied } = counters();
        const expected = hostMode ? [0, 1] : [1, 0];
        assert.deepStrictEqual([given - before.given, copied - before.copied], expected);
      });

      it('comes back by release', () => {
        const before = counters().liveBlocks;
        const buffer = addon.give(SIZE, SIZE, 7);
        assert.strictEqual(counters().liveBlocks - before, hostMode ? 0 : 1);
        assert.strictEqual(release(buffer), true);
        assert.strictEqual(buffer.length, 0);
        assert.strictEqual(counters().liveBlocks, before);
        assert.strictEqual(release(buffer), false);
      });

      it('comes back when the Buffer is dropped', async () => {
        const before = counters().liveBlocks;
        for (let i = 0; i < 10; i++) addon.give(SIZE, SIZE, i);
        await collectUntil(() => counters().liveBlocks <= before, 'blocks came back');
      });

      it('counts among the stores', () => {
        const kind = hostMode ? 'host' : 'dedicated';
        const before = ours.stats().stores[kind];
        addon.give(SIZE, SIZE, 7);
        const { count, bytes } = ours.stats().stores[kind];
        assert.deepStrictEqual([count - before.count, bytes - before.bytes], [1, SIZE]);
      });

      it('becomes an empty Buffer of no bytes', () => {
        const before = counters().liveBlocks;
        assert.strictEqual(addon.give(SIZE, 0, 7).length, 0);
        assert.strictEqual(counters().liveBlocks, before);
      });

      it('is freed if more is asked for than there is', () => {
        const before = counters().liveBlocks;
        assert.strictEqual(addon.give(100, SIZE, 7), INVALID);
        assert.strictEqual(addon.giveNothing(), INVALID);
        assert.strictEqual(counters().liveBlocks, before);
      });

      it('may be from a thread of the pool', async () => {
        const sizes = [1, 1000, SIZE, 2_500_000];
        const buffers = await Promise.all(sizes.map((size, i) => addon.work(size, i + 1)));
        buffers.forEach((buffer, i) => {
          assert.strictEqual(buffer.length, sizes[i]);
          assert.ok(isFilled(buffer, i + 1));
        });
      });
    });

    describe('a Buffer to fill', () => {
      it('is as long as was asked for', () => {
        for (const size of [0, 1, 100, 4096, SIZE]) {
          const buffer = addon.make(size, false, 5);
          assert.strictEqual(buffer.length, size);
          assert.ok(isFilled(buffer, 5));
        }
      });

      it('is zero if that is asked for', () => {
        for (const size of [1, 100, SIZE]) {
          release(addon.make(size, false, 5));
          assert.ok(isZero(addon.make(size, true, 0)));
        }
      });

      it('can be released, however small', () => {
        for (const size of [1, 100, SIZE]) {
          assert.strictEqual(release(addon.make(size, false, 5)), true);
        }
      });

      it("is refused with the built-in's error if no Buffer can be so long", () => {
        assert.throws(() => addon.make(2 ** 60, false, 0), { code: /^ERR_/, name: 'RangeError' });
      });
    });

    describe('memory on any thread', () => {
      it('goes from one to another and outlives it', () => {
        assert.strictEqual(addon.threads(500), 0);
      });

      it('grows by small steps in its block, and moves an eighth larger at a time', () => {
        /* Eight classes a doubling, from 64 bytes to 1 MiB; 64 bytes apart up to 512. */
        const moves = addon.grow(64, 2 ** 20);
        assert.ok(moves > 0 && moves <= 8 * 14, `${moves}`);
      });

      it('is refused where sizes and alignments make no sense', () => {
        assert.strictEqual(addon.refused(), 0);
      });
    });

    describe('a pinned Buffer', () => {
      const sources = {
        'of the mirror': () => Buffer.alloc(SIZE, 6),
        acquired: () => acquire(SIZE).fill(6),
        'a secret': () => ours.allocSecret(SIZE).fill(6),
        given: () => addon.give(SIZE, SIZE, 6),
        'made to fill': () => addon.make(SIZE, false, 6),
      };
      for (const [source, make] of Object.entries(sources)) {
        it(`is not released before it is unpinned: ${source}`, () => {
          const buffer = make();
          const canRelease = Boolean(ours.release(make()));
          const pins = [addon.pin(buffer), addon.pin(buffer)];
          for (const pin of pins) {
            assert.strictEqual(release(buffer), false);
            assert.ok(isFilled(buffer, 6));
            assert.ok(addon.isFilled(pin, 6));
            addon.unpin(pin);
          }
          assert.strictEqual(release(buffer), canRelease);
        });

        it(`keeps its memory when it is collected: ${source}`, async () => {
          const before = counters().pinned;
          const pins = [];
          for (let i = 0; i < 5; i++) pins.push(addon.pin(make()));
          await collect(4);
          for (let i = 0; i < 5; i++) Buffer.alloc(SIZE, 9);
          assert.strictEqual(counters().pinned, before + 5);
          for (const pin of pins) assert.ok(addon.unpinOnThread(pin, 6));
          assert.strictEqual(counters().pinned, before);
        });
      }

      it('may be a slice, or memory of someone else', async () => {
        const buffers = [
          Buffer.from('\x06'.repeat(50)),
          Buffer.alloc(SIZE, 6).subarray(10, 20),
          globalThis.Buffer.alloc(100, 6),
          new Uint8Array(100).fill(6),
          Buffer.alloc(0),
        ];
        const pins = buffers.map(addon.pin);
        for (const pin of pins.slice(1)) assert.ok(await addon.unpinLater(pin, 6));
        assert.ok(addon.unpinOnThread(pins[0], 6));
      });

      it('can be nothing else', () => {
        for (const value of [undefined, null, 1, {}, new ArrayBuffer(8), new Uint16Array(8)]) {
          assert.strictEqual(addon.pin(value), INVALID);
        }
      });

      it('is let go of by a thread of the pool', async () => {
        const buffer = acquire(SIZE).fill(6);
        const done = addon.unpinLater(addon.pin(buffer), 6);
        assert.ok(await done);
        assert.strictEqual(release(buffer), true);
      });

      for (const end of ['reset', 'close']) {
        it(`is emptied by an arena's ${end}, and comes back at the unpin`, async () => {
          const arena = createArena();
          const buffers = [arena.alloc(SIZE, 6), arena.alloc(500, 6)];
          const pins = buffers.map(addon.pin);
          const before = outstanding();
          arena[end]();
          for (const { length } of buffers) assert.strictEqual(length, 0);
          const others = [acquire(SIZE).fill(1), acquire(64 * 1024).fill(1)];
          if (end === 'reset') arena.alloc(SIZE, 1);
          assert.ok(addon.isFilled(pins[0], 6));
          assert.ok(addon.unpinOnThread(pins[0], 6));
          assert.ok(await addon.unpinLater(pins[1], 6));
          others.forEach(release);
          arena.close();
          native(() => assert.strictEqual(outstanding(), before - 2));
        });
      }

      it('outlives its allocator', async () => {
        const pins = [];
        withAllocator({ nativeMin: 0 }, (allocator) => {
          pins.push(addon.pin(allocator.alloc(SIZE, 6)));
          pins.push(addon.pin(allocator.acquire(SIZE).fill(6)));
          pins.push(addon.pin(allocator.from('\x06'.repeat(100))));
        });
        await collect();
        for (const pin of pins) assert.ok(addon.unpinOnThread(pin, 6));
      });

      it('is not overwritten by what looks for late writes', () => {
        withAllocator({ debug: true }, (allocator) => {
          const arena = allocator.createArena();
          const pin = addon.pin(arena.alloc(SIZE, 6));
          arena.close();
          assert.ok(addon.unpinOnThread(pin, 6));
        });
      });

      slabbed(() => {
        it('keeps its memory when that is moved away', async () => {
          const before = outstanding();
          const pin = addon.pin(Buffer.alloc(SIZE, 6));
          (() => {
            const buffer = Buffer.alloc(SIZE, 7);
            const other = addon.pin(buffer);
            structuredClone(buffer, { transfer: [buffer.buffer] });
            addon.unpin(other);
          })();
          await collect();
          assert.ok(addon.unpinOnThread(pin, 6));
          await collectUntil(() => outstanding() <= before, 'blocks came back');
        });
      });
    });
  });
}

describe('the counters of the C API', () => {
  it('know of threads that have memory, and leave none behind', () => {
    const before = counters();
    counting.threads(10);
    const after = counters();
    assert.strictEqual(after.threads, before.threads);
    assert.strictEqual(after.liveBlocks, before.liveBlocks);
    assert.strictEqual(after.liveBytes, before.liveBytes);
    assert.ok(before.threads >= 1);
  });

  it('are 0 where this version has none', () => {
    assert.strictEqual(counters().unknown, 0);
  });

  it('show what trim gives back', async () => {
    release(await counting.work(SIZE, 1));
    const { cachedBytes } = counters();
    assert.ok(cachedBytes >= SIZE);
    ours.trim();
    /* Free blocks among those that are alive stay. */
    assert.ok(cachedBytes - counters().cachedBytes >= SIZE);
  });
});

describe('what threads have cached', () => {
  it('goes back when it has lain idle', async () => {
    const { cached, left } = await runFixture('capi-idle', [], { nodeArgs: ['--expose-gc'] });
    assert.ok(cached > 0);
    assert.strictEqual(left, 0);
  });

  it('goes back when the worker has ended whose clock looked at it', async () => {
    const options = { nodeArgs: ['--expose-gc'], limitMs: WORKERS_LIMIT_MS };
    const { cached, left } = await runFixture('capi-idle', ['worker'], options);
    assert.ok(cached > 0);
    assert.strictEqual(left, 0);
  });
});

describe('what C alone has cached', () => {
  it('goes back though the clock stands still', async () => {
    const { cached, left } = await runFixture('capi-asleep');
    assert.ok(cached > 0);
    assert.strictEqual(left, 0);
  });
});

describe("a pin on memory of the runtime's", () => {
  it('lets go of it when another thread ends it, though the clock stands still', async () => {
    assert.deepStrictEqual(await runFixture('capi-hold', [], { nodeArgs: ['--expose-gc'] }), {
      collected: 3,
    });
  });
});

describe('workers that use the C API', () => {
  const options = { nodeArgs: ['--expose-gc'], limitMs: WORKERS_LIMIT_MS };
  const run = (task) => runFixture('capi-workers', [task], options);

  it('work as the main thread does, which gives back what they have cached meanwhile', async () => {
    assert.deepStrictEqual(await run('work'), { right: true });
  });

  it('may end with blocks and pins out, at any moment', async () => {
    assert.deepStrictEqual(await run('end'), { right: true, pins: true });
  });

  it('may end with threads that end pins meanwhile', async () => {
    assert.deepStrictEqual(await run('unpin at end'), { before: 2, after: 0 });
  });

  it('may be the only ones to have the other addon, which is unloaded with them', async () => {
    const { loaded, unloaded, right } = await run('unload consumer');
    assert.ok(right);
    if (process.platform === 'linux') assert.ok(loaded && unloaded);
  });

  it('may be the only ones to have bufalloc, whose blocks outlive them', async () => {
    const { statuses, served, wrong } = await run('end bufalloc');
    assert.deepStrictEqual(statuses, [-3, -3, -3]);
    assert.strictEqual(served, 0);
    assert.strictEqual(wrong, 0);
  });
});
