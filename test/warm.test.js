'use strict';

/*
 * Released stores that are kept for the next request of their length (lib/stores/warm.js): that they
 * are used, and that they are in nobody's way. C takes them for handed out, which is how they are seen here.
 */

const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: wait } = require('node:timers/promises');
const { promisify } = require('node:util');
const { markAsUntransferable } = require('node:worker_threads');
const binding = require('../lib/runtime/binding');
const { collect, collectUntil } = require('./support/collect');
const { isFilled } = require('./support/bytes');
const { givesEverythingBack, withAllocator } = require('./support/lifetimes');
const { runNode } = require('./support/child');
const { requireConsumer } = require('./support/consumer');
const { nodeMajor, ours, slabbed } = require('./support/subject');

const { acquire, release } = ours;
const KIB = 1024;
const MIB = 1024 * KIB;
/** More requests in a row than it takes for stores to be kept. */
const MANY = 20;

/** Bytes that C takes for handed out, and not for `stats`, which would have them freed. */
const outBytes = () => binding.outBytes();

/** Has stores of `size` bytes kept, `count` at once of them. */
function warmUp(size, count = 1, allocator = ours) {
  for (let i = 0; i < MANY; i++) {
    const buffers = Array.from({ length: count }, () => allocator.acquire(size));
    buffers.forEach(release);
  }
}

slabbed(() => {
  describe('a released store that is kept', () => {
    givesEverythingBack();
    beforeEach(() => ours.trim());

    it('serves the next request of its length, with no block of the heap', () => {
      withAllocator({}, (allocator) => {
        warmUp(64 * KIB, 1, allocator);
        const { heap, lifetimes, stores } = allocator.stats();
        assert.ok(heap.allocatedBlocks < MANY / 2, `${heap.allocatedBlocks} blocks`);
        assert.deepStrictEqual(lifetimes, { acquired: MANY, released: MANY });
        assert.deepStrictEqual(stores.acquired, { count: MANY, bytes: MANY * 64 * KIB });
      });
    });

    it('is empty, and shows nothing to whoever has it no longer', () => {
      warmUp(64 * KIB);
      const before = acquire(64 * KIB);
      const store = before.buffer;
      assert.ok(release(before));
      const after = acquire(64 * KIB).fill(7);
      assert.deepStrictEqual([before.length, before[0], store.byteLength], [0, undefined, 0]);
      before[0] = 1;
      assert.ok(isFilled(after, 7));
      assert.notStrictEqual(after.buffer, store);
      assert.strictEqual(release(before), false);
      assert.ok(release(after));
      assert.strictEqual(release(after), false);
    });

    it('serves no request of another length, alignment or of zeroes', () => {
      warmUp(64 * KIB);
      const out = outBytes();
      const others = [
        acquire(64 * KIB - 1),
        acquire(64 * KIB + 1),
        acquire(64 * KIB, { alignment: 4096 }),
        acquire(64 * KIB, { zero: true }),
        ours.Buffer.allocUnsafeSlow(64 * KIB),
      ];
      assert.ok(outBytes() >= out + others.length * (64 * KIB - 1));
      others.forEach((buffer, i) => buffer.fill(i));
      others.forEach((buffer, i) => assert.ok(isFilled(buffer, i)));
      others.forEach(release);
    });

    it('has the length that is asked for, when another is asked for often', () => {
      for (const size of [100_000, 50_000, 100_000, 5000]) {
        warmUp(size, 3);
        const buffer = acquire(size);
        assert.deepStrictEqual([buffer.length, buffer.buffer.byteLength], [size, size]);
        release(buffer);
      }
    });

    it('is one of a few: at most 16 of an allocator, and 16 MiB of all', () => {
      for (const [size, most] of [
        [4096, 16],
        [MIB, 16],
        [3 * MIB, 5],
        [16 * MIB, 1],
        [17 * MIB, 0],
      ]) {
        ours.trim();
        const out = outBytes();
        warmUp(size, 20);
        assert.strictEqual(outBytes() - out, most * size, `${size} bytes`);
      }
      ours.trim();
      const out = outBytes();
      const allocators = Array.from({ length: 10 }, () => ours.createAllocator());
      for (const allocator of allocators) warmUp(MIB, 4, allocator);
      assert.strictEqual(outBytes() - out, 16 * MIB);
      for (const { close } of allocators) close();
      assert.strictEqual(outBytes(), out);
    });

    it('is not kept where sizes vary', () => {
      const out = outBytes();
      for (let i = 0; i < 1000; i++) release(acquire(10_000 + (i % 7)));
      assert.strictEqual(outBytes(), out);
    });

    it('is not kept with maxCachedBytes of 0, with zeroOnRelease, or of an allocator that was closed', () => {
      const out = outBytes();
      withAllocator({ maxCachedBytes: 0 }, (allocator) => {
        warmUp(64 * KIB, 2, allocator);
        assert.strictEqual(outBytes(), out);
      });
      withAllocator({ zeroOnRelease: true }, (allocator) => {
        warmUp(64 * KIB, 2, allocator);
        assert.strictEqual(outBytes(), out);
      });
      const buffer = withAllocator({}, (allocator) => {
        warmUp(64 * KIB, 2, allocator);
        assert.ok(outBytes() >= out + 128 * KIB);
        return allocator.acquire(64 * KIB);
      });
      assert.ok(release(buffer));
      assert.strictEqual(outBytes(), out);
    });

    it('is freed before anyone looks at what is out', () => {
      for (const look of [
        (allocator) => assert.strictEqual(allocator.stats().heap.liveBytes, 0),
        (allocator) => assert.strictEqual(allocator.stats().live.acquired.count, 0),
        (allocator) => allocator.trim(),
        () => ours.stats({ all: true }),
        () => ours.census({ quick: true }),
        () => assert.match(ours.metrics(), /bufalloc_live_bytes\{[^}]*kind="acquired"[^}]*\} 0/),
        () => ours.explain(),
      ]) {
        withAllocator({}, (allocator) => {
          const out = outBytes();
          warmUp(64 * KIB, 4, allocator);
          assert.ok(outBytes() >= out + 256 * KIB);
          look(allocator);
          assert.ok(outBytes() <= out);
        });
      }
    });

    it('is freed before anyone looks, though the files that look were loaded anew', async () => {
      const code = `
        const { acquire, release, stats } = require(${JSON.stringify(require.resolve('..'))});
        for (let i = 0; i < ${MANY}; i++) release(acquire(65536));
        for (const file of Object.keys(require.cache)) delete require.cache[file];
        console.log(stats().live.acquired.count);
      `;
      assert.strictEqual((await runNode(['-e', code])).stdout, '0\n');
    });

    it('is freed where the stack ends, or when there is stack again', async () => {
      const code = `
        const { createAllocator, release, stats, trim } = require(${JSON.stringify(require.resolve('..'))});
        stats();
        trim();
        const allocators = Array.from({ length: 4 }, () => createAllocator());
        const looks = [trim, stats, () => release(allocators[0].acquire(777))];
        for (const look of looks) {
          for (const allocator of allocators) {
            const buffers = Array.from({ length: 12 }, () => allocator.acquire(65536));
            buffers.forEach(release);
          }
          for (let i = 0; i < 7; i++) release(allocators[0].acquire(777));
          const deep = () => { try { deep(); } catch (error) { try { look(); } catch {} throw error; } };
          try { deep(); } catch {}
        }
        /* What was acquired where no stack was left to release it. */
        setImmediate(() => {
          gc();
          console.log(allocators.map(({ stats }) => stats().live.acquired.count).join());
        });
      `;
      const { code: status, stdout } = await runNode(['--expose-gc', '-e', code], {
        limitMs: 60_000,
      });
      assert.deepStrictEqual([status, stdout], [0, '0,0,0,0\n']);
    });

    it('is freed where its memory is what a budget has left for others', () => {
      withAllocator({ maxBytes: 2 * MIB }, (allocator) => {
        for (const take of [
          () => allocator.allocUnsafeSlow(MIB + 1),
          () => allocator.acquire(MIB + 1),
          () => allocator.createArena({ slabSize: MIB }).alloc(100),
        ]) {
          warmUp(900 * KIB, 2, allocator);
          const out = outBytes();
          const other = take();
          assert.ok(outBytes() < out, take);
          release(other);
        }
        const { fallbacks, heap } = allocator.stats();
        assert.deepStrictEqual(fallbacks, { budget: 0, turn: 0, memory: 0, unsupported: 0 });
        assert.ok(heap.refusedBudget > 0);
      });
    });

    it('is freed within some rounds of the clock', async () => {
      const out = outBytes();
      warmUp(64 * KIB, 8);
      assert.strictEqual(outBytes(), out + 512 * KIB);
      while (outBytes() > out) await wait(20);
    });

    it('is no longer kept by a copy of the package that another was loaded after', async () => {
      const code = `
        const copy = () => {
          for (const file of Object.keys(require.cache)) delete require.cache[file];
          return require(${JSON.stringify(require.resolve('..'))});
        };
        const warmUp = ({ acquire, release }) => {
          for (let i = 0; i < ${MANY}; i++) release(acquire(65536));
        };
        const first = copy();
        const second = copy();
        warmUp(first);
        const before = second.stats().live.acquired.count;
        warmUp(second);
        console.log(before, first.stats().live.acquired.count, second.stats().live.acquired.count);
      `;
      assert.strictEqual((await runNode(['-e', code])).stdout, '0 1 0\n');
    });

    it('is collected when it was taken again, and dropped', async () => {
      const out = outBytes();
      for (let i = 0; i < 10; i++) {
        warmUp(64 * KIB, 4);
        for (let j = 0; j < 4; j++) acquire(64 * KIB);
      }
      await collectUntil(() => outBytes() <= out, 'what was dropped');
    });

    it('may be moved away once it was taken again', async () => {
      warmUp(64 * KIB);
      const buffer = acquire(64 * KIB).fill(3);
      const moved = structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
      assert.deepStrictEqual([buffer.length, moved.byteLength], [0, 64 * KIB]);
      assert.strictEqual(release(buffer), false);
      assert.ok(isFilled(new Uint8Array(moved), 3));
      await collect();
    });
  });

  describe('a released store that is not to be kept', () => {
    givesEverythingBack();

    it('is one that cannot be emptied: it stays what it is', () => {
      warmUp(64 * KIB);
      const marked = acquire(64 * KIB).fill(5);
      markAsUntransferable(marked.buffer);
      /* Up to 22 the mark is for transfers alone. */
      const stays = nodeMajor >= 24;
      assert.strictEqual(release(marked), !stays);
      assert.strictEqual(marked.length, stays ? 64 * KIB : 0);
      assert.ok(isFilled(marked, 5));
    });

    it('is one that an operation holds: it has its own bytes, or none', async () => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-warm-'));
      const file = path.join(folder, 'file');
      try {
        warmUp(200_000);
        const buffer = acquire(200_000).fill(1);
        const operation = promisify(fs.writeFile)(file, buffer).catch(() => {});
        assert.ok(release(buffer));
        const others = Array.from({ length: 20 }, () => acquire(200_000).fill(9));
        await operation;
        assert.strictEqual(fs.readFileSync(file).includes(9), false);
        others.forEach(release);
      } finally {
        fs.rmSync(folder, { recursive: true });
      }
    });

    it('is one that an addon has pinned', () => {
      const addon = requireConsumer('consumer');
      addon.load(ours.capi);
      warmUp(100_000);
      const buffer = acquire(100_000).fill(6);
      const pin = addon.pin(buffer);
      assert.strictEqual(release(buffer), false);
      const others = Array.from({ length: 20 }, () => acquire(100_000).fill(9));
      assert.ok(isFilled(buffer, 6));
      addon.unpin(pin);
      others.forEach(release);
      assert.ok(release(buffer));
    });
  });
});
