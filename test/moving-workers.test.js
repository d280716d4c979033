'use strict';

/*
 * Memory that goes from one thread to another with the message it is in: it is its receiver's, whole and
 * alone, whatever becomes of the thread that made it, before it is received or after.
 */

const assert = require('node:assert');
const { once } = require('node:events');
const path = require('node:path');
const { MessageChannel, Worker, receiveMessageOnPort } = require('node:worker_threads');
const { moving, ours } = require('./support/subject');
const { isFilled } = require('./support/bytes');
const { fixtures, runFixture } = require('./support/child');
const { collect } = require('./support/collect');
const { BYTE, KINDS, SIZE, WAYS } = require('./fixtures/moving-worker');

const { Buffer, acquire, createAllocator, release, trim } = ours;
const script = path.join(fixtures, 'moving-worker.js');
const DIRT = 0x55;

/** Starts a worker that sends memory to `port`, or to this thread. */
function start(workerData, port) {
  const transferList = port === undefined ? [] : [port];
  return new Worker(script, { workerData: { ...workerData, port }, transferList });
}

/** Has this thread, an allocator and another thread fill what may be free; gives what is here. */
async function overwriteFreeMemory() {
  await collect();
  trim();
  const allocator = createAllocator({ nativeMin: 0 });
  const kept = Array.from({ length: 60 }, () => allocator.acquire(SIZE).fill(DIRT));
  for (let i = 0; i < 40; i++) kept.push(Buffer.alloc(SIZE, DIRT));
  const worker = start({ kind: 'huge', way: 'list', end: 'end' });
  const exit = once(worker, 'exit');
  kept.push(globalThis.Buffer.from((await once(worker, 'message'))[0].fill(DIRT)));
  await exit;
  return kept;
}

/** Asserts that `received` is whole, and that writing to it reaches nobody else. */
async function assertOwn(received) {
  const others = await overwriteFreeMemory();
  assert.ok(received.length >= SIZE);
  assert.ok(isFilled(received, BYTE), 'what was sent has arrived');
  received.fill(9);
  assert.ok(
    others.every((buffer) => isFilled(buffer, DIRT)),
    "nobody else's memory was written",
  );
  assert.ok(isFilled(received, 9), 'nobody else writes it');
}

for (const way of Object.keys(WAYS)) {
  describe(`memory that a worker gives away: ${way}`, () => {
    for (const kind of Object.keys(KINDS)) {
      it(`outlives the worker, received before its end: ${kind}`, async () => {
        const worker = start({ kind, way, end: 'end' });
        const exit = once(worker, 'exit');
        const [received] = await once(worker, 'message');
        await exit;
        await assertOwn(received);
      });

      it(`outlives the worker, received after it was terminated: ${kind}`, async () => {
        const { port1, port2 } = new MessageChannel();
        const worker = start({ kind, way, end: 'stay' }, port2);
        assert.deepStrictEqual(await once(worker, 'message'), ['sent']);
        await worker.terminate();
        const { message } = receiveMessageOnPort(port1);
        port1.close();
        await assertOwn(message);
      });

      it(`outlives the worker, terminated after it was received: ${kind}`, async () => {
        const worker = start({ kind, way, end: 'stay' });
        const [received] = await once(worker, 'message');
        await worker.terminate();
        await assertOwn(received);
      });
    }

    it('outlives a worker that calls process.exit', async () => {
      const worker = start({ kind: 'alloc', way, end: 'exit' });
      const exit = once(worker, 'exit');
      const [received] = await once(worker, 'message');
      await exit;
      await assertOwn(received);
    });

    it('is freed by whoever has it last: dropped before the worker ends, and after', async () => {
      for (const early of [true, false]) {
        const worker = start({ kind: 'alloc', way, end: 'stay' });
        const exit = once(worker, 'exit');
        await (async () => {
          const [received] = await once(worker, 'message');
          assert.ok(isFilled(received, BYTE));
        })();
        if (early) await collect();
        worker.postMessage('end');
        await exit;
        await collect();
      }
      assert.ok(isFilled(Buffer.alloc(SIZE, 3), 3));
    });

    it('belongs to its receiver alone, with bufalloc/register', async () => {
      const options = { nodeArgs: ['--require', 'bufalloc/register'] };
      const results = await runFixture('moving-worker', [way], options);
      assert.deepStrictEqual(new Set(Object.values(results)), new Set([true]));
    });
  });
}

describe('memory that is still on its way to a worker', () => {
  it('may be dropped with the port it waits at', async () => {
    for (let i = 0; i < 10; i++) {
      const { port1, port2 } = new MessageChannel();
      const worker = start({ kind: 'alloc', way: 'stream', end: 'stay' }, port2);
      await once(worker, 'message');
      await worker.terminate();
      port1.close();
    }
    await collect();
    assert.ok(isFilled(Buffer.alloc(SIZE, 3), 3));
  });

  moving(() => {
    it('survives the end of its receiver, never to be seen again', async () => {
      const echo = `
        const { parentPort } = require('node:worker_threads');
        parentPort.once('message', (bytes) => parentPort.postMessage(bytes[0]));
      `;
      for (let i = 0; i < 5; i++) {
        const worker = new Worker(echo, { eval: true });
        const exit = once(worker, 'exit');
        const buffer = acquire(SIZE).fill(BYTE);
        worker.postMessage(buffer, [buffer.buffer]);
        assert.strictEqual(buffer.length, 0);
        assert.strictEqual(release(buffer), false);
        assert.deepStrictEqual(await once(worker, 'message'), [BYTE]);
        await exit;
        const next = Array.from({ length: 20 }, () => acquire(SIZE).fill(i));
        assert.ok(next.every((bytes) => isFilled(bytes, i)));
      }
    });

    it('comes back whole when its receiver returns it', async () => {
      const echo = `
        const { parentPort } = require('node:worker_threads');
        parentPort.once('message', (bytes) => parentPort.postMessage(bytes, [bytes.buffer]));
      `;
      for (const make of Object.values(KINDS)) {
        const worker = new Worker(echo, { eval: true });
        const exit = once(worker, 'exit');
        const buffer = make(ours);
        worker.postMessage(buffer, [buffer.buffer]);
        const [received] = await once(worker, 'message');
        await exit;
        await assertOwn(received);
      }
    });
  });
});
