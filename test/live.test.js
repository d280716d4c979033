'use strict';

/* What is live at present: stats().live by kind, allocators() by name, stats({ all: true }) by thread. */

const assert = require('node:assert');
const { isDeepStrictEqual } = require('node:util');
const { once } = require('node:events');
const { setImmediate: turn } = require('node:timers/promises');
const { Worker } = require('node:worker_threads');
const { backend, hostMode, native, ours } = require('./support/subject');
const { collect, collectUntil } = require('./support/collect');
const { withAllocator } = require('./support/lifetimes');

const { allocators, createAllocator, createArena, stats } = ours;
const KIB = 1024;
const MIB = 1024 * KIB;

/** The kind that a store of C's would be counted as. */
const kindOf = (kind) => {
  const first = { v8: ['slab', 'dedicated'], napi: [], host: [] }[backend];
  return [...first, ...(hostMode ? [] : ['acquired', 'arena'])].includes(kind) ? kind : 'host';
};

const bytesOf = (subject, kind) => subject.stats().live[kindOf(kind)].bytes;
const sum = (live) => Object.values(live).reduce((total, { bytes }) => total + bytes, 0);

describe('what is live', () => {
  beforeEach(() => turn());

  it('is what was handed out, until it was released', () => {
    withAllocator({}, (allocator) => {
      const buffers = [allocator.acquire(MIB), allocator.acquire(2 * MIB)];
      assert.strictEqual(bytesOf(allocator, 'acquired'), 3 * MIB);
      assert.strictEqual(allocator.stats().live[kindOf('acquired')].count, 2);
      buffers.forEach(allocator.release);
      assert.strictEqual(sum(allocator.stats().live), 0);
    });
  });

  it('is what an arena holds, until it was reset', () => {
    withAllocator({}, (allocator) => {
      const arena = allocator.createArena({ slabSize: 64 * KIB });
      arena.alloc(100);
      arena.alloc(MIB);
      // Of the runtime's memory small stores are counted by a sample.
      const least = kindOf('arena') === 'host' ? MIB : MIB + 64 * KIB;
      assert.ok(bytesOf(allocator, 'arena') >= least);
      arena.reset();
      assert.strictEqual(sum(allocator.stats().live), 0);
    });
  });

  it('falls when large buffers are collected', async () => {
    const allocator = createAllocator();
    const kept = Array.from({ length: 20 }, () => allocator.alloc(MIB));
    const expected = () => bytesOf(allocator, 'dedicated');
    assert.strictEqual(expected(), 20 * MIB);
    kept.length = 5;
    await collectUntil(() => expected() === 5 * MIB, 'fifteen were collected');
    kept.length = 0;
    await collectUntil(() => expected() === 0, 'all were collected');
    allocator.close();
  });

  it('shows a leak of small stores of the runtime’s', async () => {
    const allocator = createAllocator({ nativeMin: Infinity });
    const kept = Array.from({ length: 8192 }, () => allocator.allocUnsafeSlow(16 * KIB));
    const { count, bytes } = allocator.stats().live.host;
    // 128 of them are watched on average: six standard deviations are half of that.
    assert.ok(bytes > 64 * MIB && bytes < 192 * MIB, `${bytes} bytes of 128 MiB`);
    assert.ok(Math.abs(count - bytes / (16 * KIB)) <= 1, 'and as many stores');
    kept.length = 0;
    await collectUntil(() => allocator.stats().live.host.bytes === 0, 'they were collected');
    allocator.close();
  });

  native(() => {
    it('keeps what waits in a quarantine apart', () => {
      withAllocator({ debug: true }, (allocator) => {
        const buffers = [allocator.acquire(100 * KIB), allocator.acquire(200 * KIB)];
        allocator.release(buffers[0]);
        const { acquired, quarantine } = allocator.stats().live;
        assert.deepStrictEqual(acquired, { count: 1, bytes: 200 * KIB });
        assert.deepStrictEqual(quarantine, { count: 1, bytes: 100 * KIB });
        allocator.trim();
        assert.deepStrictEqual(allocator.stats().live.quarantine, { count: 0, bytes: 0 });
        assert.deepStrictEqual(allocator.stats().live.acquired, { count: 1, bytes: 200 * KIB });
      });
    });
  });
});

describe('allocators()', () => {
  const names = () => allocators().map(({ name, kind }) => `${kind} ${name}`);

  it('has the module’s own, and those that were made, by their names', () => {
    assert.ok(names().includes('default default'));
    withAllocator({ name: 'images' }, (allocator) => {
      const arena = allocator.createArena({ name: 'frames' });
      assert.ok(names().includes('allocator images'));
      assert.ok(names().includes('arena frames'));
      arena.close();
    });
    assert.ok(!names().some((name) => /images|frames/.test(name)), 'closed ones are gone');
  });

  it('gives names to those that have none', () => {
    withAllocator({}, (allocator) => {
      assert.match(allocator.name, /^allocator-\d+$/);
      const arena = allocator.createArena();
      assert.match(arena.stats().name, /^arena-\d+$/);
      arena.close();
      allocator.name = 'another';
      assert.strictEqual(allocator.stats().name, 'another');
      assert.ok(names().includes('allocator another'));
    });
  });

  it('gives the stats of each', () => {
    withAllocator({ name: 'own' }, (allocator) => {
      const kept = allocator.acquire(MIB);
      const arena = createArena({ name: 'never reset' });
      arena.alloc(MIB);
      const find = (name) => allocators().find((each) => each.name === name);
      assert.strictEqual(find('own').stats().lifetimes.acquired, 1);
      assert.strictEqual(find('never reset').stats().usedBytes, MIB);
      assert.strictEqual(kept.length, MIB);
      arena.close();
    });
  });

  it('keeps nothing from being collected', async () => {
    const make = () => {
      createArena({ name: 'dropped' }).alloc(100);
      createAllocator({ name: 'dropped' }).alloc(100);
    };
    for (let i = 0; i < 40; i++) make();
    await collectUntil(() => !names().some((name) => /dropped/.test(name)), 'they were collected');
  });
});

describe('stats({ all: true })', () => {
  const code = `
    const { parentPort } = require('node:worker_threads');
    const { Buffer, createAllocator } = require(${JSON.stringify(require.resolve('..'))});
    const allocator = createAllocator({ name: 'of a worker' });
    const kept = [allocator.acquire(${3 * MIB}), Buffer.allocUnsafe(10)];
    parentPort.on('message', () => {
      allocator.release(kept[0]);
      parentPort.postMessage('released');
    });
    parentPort.postMessage('ready');
  `;

  it('has this environment, and what it has without', () => {
    const read = () => {
      const all = stats({ all: true });
      const own = all.environments.find(({ threadId }) => threadId === 0);
      return { all, found: own.allocators.find(({ name }) => name === 'default') };
    };
    /* V8's threads may free what earlier tests left between the two readings. */
    let { all, found } = read();
    for (let i = 0; i < 100 && !isDeepStrictEqual(found.heap, all.heap); i++) {
      ({ all, found } = read());
    }
    const { quarantine, ...live } = all.live;
    assert.deepStrictEqual(found.live, live);
    assert.deepStrictEqual(found.heap, all.heap);
    assert.strictEqual(quarantine.count, 0);
    assert.deepStrictEqual(
      Object.keys(all).filter((name) => name !== 'environments'),
      Object.keys(stats()),
    );
  });

  it('has what a worker holds, as it changes, and nothing of it when it has ended', async () => {
    const worker = new Worker(code, { eval: true });
    await once(worker, 'message');
    const find = () =>
      stats({ all: true }).environments.find(({ threadId }) => threadId === worker.threadId);
    const held = () => sum(find().allocators.find(({ name }) => name === 'of a worker').live);
    assert.strictEqual(held(), 3 * MIB);
    worker.postMessage('release');
    await once(worker, 'message');
    assert.strictEqual(held(), 0);
    const { threadId } = worker;
    await worker.terminate();
    await collect(1);
    assert.ok(!stats({ all: true }).environments.some((each) => each.threadId === threadId));
  });

  it('refuses bad options', () => {
    assert.throws(() => stats(5), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => stats({ all: 1 }), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => stats({ each: true }), { code: 'ERR_INVALID_ARG_VALUE' });
  });
});
