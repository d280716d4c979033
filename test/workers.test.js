'use strict';

/* Worker threads: each has a heap of its own, and leaves nothing behind however it ends. */

const assert = require('node:assert');
const { once } = require('node:events');
const path = require('node:path');
const { Worker } = require('node:worker_threads');
const { backend, ours, slabbed } = require('./support/subject');
const { isFilled } = require('./support/bytes');
const { collect } = require('./support/collect');

const { Buffer, stats } = ours;
const MIB = 1024 * 1024;
const script = path.join(__dirname, 'fixtures', 'worker.js');

const start = (task, workerData = {}, options = {}) =>
  new Worker(script, { ...options, workerData: { ...workerData, task } });

/** Starts a worker and waits for its end: the last message, the exit code, the error if any. */
function run(task, workerData, options) {
  return new Promise((resolve) => {
    const worker = start(task, workerData, options);
    let message, error;
    worker.on('message', (value) => (message = value));
    worker.on('error', (value) => (error = value));
    worker.on('exit', (code) => resolve({ message, error, code }));
  });
}

describe('a worker', () => {
  it('has stores of the same kind; the runtime’s where Node-API makes them', async () => {
    const { message } = await run('hold');
    const kind = backend === 'v8' ? 'v8' : 'host';
    assert.strictEqual(message.backend.name, kind);
    assert.strictEqual(message.external, kind === 'v8');
    if (backend === 'napi') assert.match(message.backend.reason, /this is a worker/);
    const { slab, dedicated, host } = message.stores;
    const fromC = slab.count + dedicated.count;
    assert.ok(kind === 'v8' ? fromC > 0 : fromC === 0 && host.count > 0);
  });

  it('exchanges buffers with the main thread by copy', async () => {
    for (const bytes of [Buffer.from('pooled'), Buffer.alloc(150_000, 'dedicated')]) {
      const { message } = await run('echo', { bytes });
      assert.deepStrictEqual(Buffer.from(message.own), bytes);
      assert.deepStrictEqual(Buffer.from(message.large.subarray(0, bytes.length)), bytes);
      assert.strictEqual(message.large.length, 200_000);
    }
  });

  it('shares memory through a SharedArrayBuffer', async () => {
    const shared = Buffer.from(new SharedArrayBuffer(100)).fill(5);
    const { message } = await run('echo', { bytes: shared });
    assert.ok(isFilled(message.own, 5));
  });

  for (const task of ['hold', 'exit', 'fail']) {
    it(`may end with buffers out: ${task}`, async () => {
      const held = Array.from({ length: 20 }, (_, i) => Buffer.alloc(150_000, i));
      const { code, error } = await run(task);
      assert.strictEqual(code, task === 'fail' ? 1 : 0);
      if (task === 'fail') assert.strictEqual(error.message, 'on purpose');
      held.forEach((buffer, i) => assert.ok(isFilled(buffer, i)));
    });
  }

  for (const task of ['spin', 'churn']) {
    it(`may be terminated in the midst of allocating: ${task}`, async () => {
      for (let i = 0; i < 5; i++) {
        const worker = start(task);
        await once(worker, 'message');
        assert.strictEqual(await worker.terminate(), 1);
      }
      assert.ok(isFilled(Buffer.alloc(150_000, 1), 1));
    });
  }

  it('may be terminated before it has begun', async () => {
    for (let i = 0; i < 5; i++) await start('spin').terminate();
  });

  it('has memory that no other thread writes', async () => {
    const numbers = [1, 2, 3, 4, 5, 6];
    const results = await Promise.all(numbers.map((number) => run('check', { number })));
    assert.ok(results.every(({ message, code }) => message.intact && code === 0));
  });

  slabbed(() => {
    it('counts in a heap of its own', async () => {
      const before = stats().heap.allocatedBlocks;
      const { message } = await run('hold');
      const { slab, dedicated } = message.stores;
      assert.strictEqual(message.heap.allocatedBlocks, slab.count + dedicated.count);
      assert.ok(stats().heap.allocatedBlocks - before < message.heap.allocatedBlocks);
    });

    it('can be told alone to use host stores', async () => {
      const env = { ...process.env, BUFALLOC_BACKEND: 'host' };
      const { message } = await run('hold', {}, { env });
      assert.strictEqual(message.external, false);
      assert.strictEqual(stats().external, true);
    });
  });
});

slabbed(() => {
  describe('the counters of the process', () => {
    it('count a heap more while a worker lives', async () => {
      const { heaps } = stats().process;
      const worker = start('stay');
      const [seen] = await once(worker, 'message');
      assert.strictEqual(seen.process.heaps, heaps + 1);
      assert.strictEqual(stats().process.heaps, heaps + 1);
      worker.postMessage('end');
      await once(worker, 'exit');
      assert.strictEqual(stats().process.heaps, heaps);
    });

    for (const task of ['hold', 'exit', 'fail', 'check']) {
      it(`return to where they were when a worker has ended: ${task}`, async () => {
        const before = stats().process;
        await run(task, { number: 1 });
        const after = stats().process;
        assert.strictEqual(after.heaps, before.heaps);
        assert.strictEqual(after.orphanedHeaps, before.orphanedHeaps);
      });
    }

    it('return to where they were when a worker was terminated', async () => {
      const before = stats().process;
      for (const task of ['spin', 'churn', 'stay']) {
        const worker = start(task);
        await once(worker, 'message');
        await worker.terminate();
      }
      const after = stats().process;
      assert.strictEqual(after.heaps, before.heaps);
      assert.strictEqual(after.orphanedHeaps, before.orphanedHeaps);
    });

    it("show a dead worker's memory serving the next", async () => {
      await run('hold');
      const { mappedBytes } = stats().process;
      for (let i = 0; i < 10; i++) await run('hold');
      const grown = stats().process.mappedBytes - mappedBytes;
      assert.ok(grown <= 4 * MIB, `ten workers more mapped ${grown} bytes more`);
    });

    it('return to where they were after many workers at once', async () => {
      await collect();
      const before = stats().process;
      for (let round = 0; round < 3; round++) {
        await Promise.all([1, 2, 3, 4].map((number) => run('hold', { number })));
      }
      const after = stats().process;
      assert.strictEqual(after.heaps, before.heaps);
      assert.strictEqual(after.orphanedHeaps, before.orphanedHeaps);
    });
  });
});
