'use strict';

/*
 * Memory that comes back: what is dropped returns to the heap once it was collected, where Node-API
 * makes the stores once the event loop has turned as well; it is used again, and is never taken from
 * under a view that is still held.
 */

const assert = require('node:assert');
const { backend, ours, native, slabbed } = require('./support/subject');
const { isFilled, isZero } = require('./support/bytes');
const { runFixture } = require('./support/child');
const { collect, collectUntil, gc, turn } = require('./support/collect');
const { freshSlab } = require('./support/pool-trace');

const { Buffer, acquire, release, stats } = ours;
const KIB = 1024;
const MIB = 1024 * KIB;

/** Allocates in a frame of its own, so that nothing on the stack holds the buffers afterwards. */
function allocateAndDrop(count, make) {
  const buffers = Array.from({ length: count }, (_, i) => make(i));
  return buffers.length;
}

/** How often the clock may come between. */
const MOST_PASSES = 10;

const liveBlocks = () => stats().heap.liveBlocks;

/** Waits until no block of the earlier tests is left, as far as they are garbage. */
const settle = () => collect(3);

/**
 * Allocates and drops, three times over, and waits until it is all back; again, where the clock gave some of it to the
 * system in the meantime. `rest` blocks more may stay in use.
 */
async function leaveFree(count, make, rest = 0) {
  const start = liveBlocks();
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const { purgedBytes } = stats().heap;
    for (let round = 0; round < 3; round++) {
      const before = liveBlocks();
      allocateAndDrop(count, make);
      assert.ok(liveBlocks() >= before + count - 10);
      await collectUntil(() => liveBlocks() <= start + rest, 'blocks returned');
    }
    if (stats().heap.purgedBytes === purgedBytes) return;
  }
  assert.fail(`the clock gave some back in each of ${MOST_PASSES} passes`);
}

describe('bytes that are held', () => {
  it('survive collections while memory around them is used again', async () => {
    const held = [];
    for (let round = 0; round < 10; round++) {
      const size = [100, 3000, 9000, 150_000, MIB][round % 5];
      held.push(Buffer.allocUnsafe(size).fill(round + 1));
      allocateAndDrop(30, () => Buffer.allocUnsafe(size).fill(0xff));
      await collect(1);
    }
    held.forEach((buffer, i) => assert.ok(isFilled(buffer, i + 1)));
  });

  const views = {
    'its ArrayBuffer': (buffer) => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length),
    'a slice': (buffer) => buffer.subarray(0),
    'a DataView': (buffer) => {
      const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
      return {
        every: (check) => check(view.getUint8(0)) && check(view.getUint8(view.byteLength - 1)),
      };
    },
    'a Buffer over it': (buffer) => Buffer.from(buffer.buffer, buffer.byteOffset, buffer.length),
  };
  for (const [title, view] of Object.entries(views)) {
    it(`survive as long as one view is held: ${title}`, async () => {
      for (const size of [100, 9000, 150_000]) {
        const make = () => view(Buffer.allocUnsafe(size).fill(7));
        const held = make();
        await collect();
        allocateAndDrop(50, () => Buffer.allocUnsafe(size).fill(0xff));
        await collect();
        allocateAndDrop(50, () => Buffer.allocUnsafe(size).fill(0xff));
        assert.ok(held.every((byte) => byte === 7));
      }
    });
  }

  it('survive in a slab of which everything else was dropped', async () => {
    const slices = [];
    allocateAndDrop(3000, (i) => {
      const buffer = Buffer.from(`slice number ${i}`);
      if (i % 100 === 0) slices.push(buffer);
      return buffer;
    });
    await collect();
    allocateAndDrop(3000, () => Buffer.allocUnsafe(100).fill(0xff));
    slices.forEach((slice, i) => assert.strictEqual(slice.toString(), `slice number ${i * 100}`));
  });
});

describe('memory of alloc', () => {
  it('is zero where it was in use before', async () => {
    for (const size of [100, 5000, 9000, 65536, 131072, 150_000, MIB, 5 * MIB]) {
      const count = Math.min(30, Math.ceil((16 * MIB) / size));
      allocateAndDrop(count, () => Buffer.allocUnsafeSlow(size).fill(0xff));
      await collect();
      const buffers = Array.from({ length: count }, () => Buffer.alloc(size));
      assert.ok(buffers.every(isZero), `of ${size} bytes`);
      const padded = Buffer.concat([Buffer.alloc(1)], size);
      assert.ok(isZero(padded));
    }
  });
});

native(() => {
  /* What comes from C for a buffer of its own: the mirror's, or acquired ones alone. */
  const make = backend === 'v8' ? Buffer.allocUnsafeSlow : acquire;
  const makeZero = backend === 'v8' ? Buffer.alloc : (size) => acquire(size, { zero: true });

  describe('a dropped buffer with memory of its own', () => {
    for (const size of [128 * KIB, 200 * KIB, MIB, 6 * MIB]) {
      it(`returns to the heap after a collection: ${size} bytes`, async () => {
        await settle();
        const before = liveBlocks();
        allocateAndDrop(4, () => make(size));
        assert.ok(liveBlocks() >= before + 4);
        await collectUntil(() => liveBlocks() <= before, 'blocks returned');
      });
    }

    if (backend === 'napi') {
      it('is not back before the loop turned', async () => {
        await settle();
        allocateAndDrop(10, () => make(128 * KIB));
        const before = liveBlocks();
        gc();
        assert.strictEqual(liveBlocks(), before);
        await collectUntil(() => liveBlocks() <= before - 10, 'blocks returned');
      });
    }

    it('leaves memory that the next ones take', async () => {
      const [size, count] = [160 * KIB, 50];
      await settle();
      await leaveFree(count, () => make(size));
      const before = stats().heap;
      const again = Array.from({ length: count }, () => make(size));
      const after = stats().heap;
      assert.strictEqual(after.mappedBytes, before.mappedBytes);
      const reused = after.reusedBlocks - before.reusedBlocks;
      assert.ok(reused >= again.length / 2, `${reused} of ${again.length} were used before`);
    });

    it('leaves memory that alloc clears by hand, since it is no longer known to be zero', async () => {
      const [size, count] = [160 * KIB, 50];
      await settle();
      await leaveFree(count, () => make(size).fill(0xff));
      const before = stats().heap;
      const buffers = Array.from({ length: count }, () => makeZero(size));
      const after = stats().heap;
      assert.ok(buffers.every(isZero));
      const cleared = after.zeroedBytes - before.zeroedBytes;
      assert.ok(cleared >= ((after.reusedBlocks - before.reusedBlocks) * size) / 2);
      assert.ok(cleared >= (count * size) / 2, `${cleared} bytes were cleared`);
    });

    it('is counted as live while a view on its store is held, and not after', async () => {
      await settle();
      const before = liveBlocks();
      const holder = { view: new Uint16Array(makeZero(128 * KIB).buffer) };
      await collect();
      assert.strictEqual(liveBlocks(), before + 1);
      holder.view = null;
      await collectUntil(() => liveBlocks() <= before, 'the block returned');
    });

    if (ArrayBuffer.prototype.transfer) {
      it('returns once where its store was transferred and both owners were dropped', async () => {
        await settle();
        const before = liveBlocks();
        allocateAndDrop(10, () => {
          const buffer = make(128 * KIB).fill(1);
          return buffer.buffer.transfer();
        });
        await collectUntil(() => liveBlocks() <= before, 'blocks returned');
        assert.strictEqual(liveBlocks() < before - 10, false);
        const held = Array.from({ length: 30 }, (_, i) => make(128 * KIB).fill(i));
        held.forEach((buffer, i) => assert.ok(isFilled(buffer, i)));
      });
    }
  });
});

slabbed(() => {
  describe('a dropped slab', () => {
    it('returns to the heap and is cut again', async () => {
      await settle();
      // The slab being cut is held by the cursor.
      await leaveFree(40, () => freshSlab(Buffer), 1);
      const before = stats().heap;
      const slabs = Array.from({ length: 40 }, () => freshSlab(Buffer));
      const after = stats().heap;
      assert.strictEqual(after.mappedBytes, before.mappedBytes);
      const reused = after.reusedBlocks - before.reusedBlocks;
      assert.ok(reused >= slabs.length / 2, `${reused} of ${slabs.length} were used before`);
    });

    it('stays while a single slice of it is held', async () => {
      await settle();
      const holder = { slice: freshSlab(Buffer).subarray(0, 1) };
      freshSlab(Buffer);
      await settle();
      const before = liveBlocks();
      await collect();
      assert.strictEqual(liveBlocks(), before);
      holder.slice = null;
      await collectUntil(() => liveBlocks() < before, 'the slab returned');
    });
  });

  describe('memory that comes and goes', () => {
    it('does not grow over rounds of the same work', async () => {
      const work = () =>
        allocateAndDrop(200, (i) => [
          Buffer.alloc(1000 * i),
          Buffer.from('x'.repeat(i)),
          freshSlab(Buffer),
        ]);
      for (let round = 0; round < 2; round++) {
        work();
        await settle();
      }
      const { mappedBytes } = stats().heap;
      for (let round = 0; round < 3; round++) {
        work();
        await settle();
      }
      assert.ok(stats().heap.mappedBytes <= mappedBytes + 8 * MIB);
    });
  });

  describe('a loop that never turns', () => {
    it('comes back within a turn, so that a loop that never turns needs no more', async () => {
      await settle();
      const before = stats();
      for (let i = 0; i < 500; i++) Buffer.allocUnsafeSlow(MIB);
      const { fallbacks, heap } = stats();
      assert.strictEqual(fallbacks.turn, before.fallbacks.turn);
      assert.ok(heap.liveBytes - before.heap.liveBytes < 400 * MIB, `${heap.liveBytes} bytes live`);
    });
  });

  describe('the budget', () => {
    it('is kept, with host stores beyond it, and is whole again after a collection', async () => {
      const budget = 8 * MIB;
      const result = await runFixture('budget', [], {
        nodeArgs: ['--expose-gc'],
        env: { BUFALLOC_MAX_BYTES: String(budget) },
      });
      const { full, empty, again } = result;
      assert.ok(full.heap.liveBytes <= budget);
      assert.ok(full.stores.dedicated.count >= 6, `${full.stores.dedicated.count} from C`);
      assert.strictEqual(full.fallbacks.budget, full.stores.host.count);
      assert.strictEqual(full.stores.dedicated.count + full.stores.host.count, 20);
      assert.ok(empty.heap.liveBytes < MIB);
      assert.ok(again.stores.dedicated.count > full.stores.dedicated.count);
      assert.ok(result.right, 'every buffer holds its bytes');
    });
  });
});

if (backend === 'napi') {
  describe('a turn of the event loop', () => {
    const MAX_BYTES = 32 * MIB;
    const MAX_STORES = 16 * 1024;
    beforeEach(async () => {
      await settle();
      await turn();
    });

    /** What `work` had refused, and what it returns. */
    function refused(work) {
      const before = stats().fallbacks.turn;
      const kept = work();
      return { count: stats().fallbacks.turn - before, kept };
    }

    it('has so many bytes from C; the next has them again', async () => {
      const count = MAX_BYTES / MIB + 20;
      const before = stats().stores;
      const { count: failed, kept } = refused(() =>
        Array.from({ length: count }, () => acquire(MIB)),
      );
      assert.strictEqual(failed, 20);
      const { acquired, host } = stats().stores;
      const risen = [acquired.count - before.acquired.count, host.count - before.host.count];
      assert.deepStrictEqual(risen, [count - 20, 20]);
      assert.ok(kept.every(({ buffer }) => buffer.byteLength === MIB));
      await turn();
      assert.strictEqual(refused(() => kept.push(acquire(MIB))).count, 0);
    });

    it('has so many stores from C', () => {
      const { count } = refused(() => {
        for (let i = 0; i < MAX_STORES + 10; i++) release(acquire(1));
      });
      assert.strictEqual(count, 10);
    });

    it('has what was released again', () => {
      const { count } = refused(() => {
        for (let i = 0; i < 100; i++) release(acquire(MIB));
      });
      assert.strictEqual(count, 0);
    });

    it('has its first from C whatever its size', () => {
      assert.strictEqual(refused(() => acquire(2 * MAX_BYTES)).count, 0);
    });

    it('is not over for microtasks', async () => {
      const before = stats().fallbacks.turn;
      const kept = [];
      for (let i = 0; i < MAX_BYTES / MIB + 5; i++) {
        kept.push(acquire(MIB));
        await null;
      }
      assert.strictEqual(stats().fallbacks.turn - before, 5);
    });
  });
}
