'use strict';

/*
 * Lifetimes in worker threads: workers release, reset and close, end at any moment with buffers out,
 * and leave nothing behind.
 *
 * BUFALLOC_WORKER_LIFETIMES says how many workers live and die while resident memory stays flat.
 */

const assert = require('node:assert');
const { once } = require('node:events');
const path = require('node:path');
const { Worker } = require('node:worker_threads');
const { ours, native } = require('./support/subject');
const { isFilled } = require('./support/bytes');
const { collect, collectUntil, turn } = require('./support/collect');
const { givesEverythingBack } = require('./support/lifetimes');

const { acquire, release, stats } = ours;
const KIB = 1024;
const MIB = 1024 * KIB;
const SIZE = 256 * KIB;
const TERMINATIONS = 8;
/** What the runtime itself may come to hold; workers that left their memory would exceed it. */
const SLACK_MIB = 48;
const LIFETIMES = Number(process.env.BUFALLOC_WORKER_LIFETIMES) || 60;
const script = path.join(__dirname, 'fixtures', 'lifetimes-worker.js');

const start = (task, byte = 7) => new Worker(script, { workerData: { task, byte } });

/** Starts a worker and waits for its end: the last message, the exit code, the error if any. */
async function run(task, byte) {
  const worker = start(task, byte);
  const result = {};
  worker.on('message', (message) => (result.message = message));
  worker.on('error', (error) => (result.error = error));
  const [code] = await new Promise((resolve) => worker.on('exit', (...args) => resolve(args)));
  return { ...result, code };
}

describe('a worker that releases', () => {
  givesEverythingBack();

  for (const task of ['hold', 'turns']) {
    it(`works as the main thread does: ${task}`, async () => {
      const { message, code } = await run(task);
      assert.ok(message.right && code === 0);
      const { acquired, released } = message.stats.lifetimes;
      assert.ok(acquired > 0);
      assert.ok(released > 0);
    });
  }

  it('has memory that no other thread writes', async () => {
    const results = await Promise.all([1, 2, 3, 4, 5, 6].map((byte) => run('turns', byte)));
    assert.ok(results.every(({ message, code }) => message.right && code === 0));
  });

  for (const task of ['hold', 'exit', 'fail']) {
    it(`may end with buffers out, arenas and allocators open: ${task}`, async () => {
      const held = Array.from({ length: 20 }, (_, i) => acquire(SIZE).fill(i));
      const { code, error } = await run(task);
      assert.strictEqual(code, task === 'fail' ? 1 : 0);
      if (task === 'fail') assert.strictEqual(error.message, 'on purpose');
      held.forEach((buffer, i) => assert.ok(isFilled(buffer, i)));
      assert.strictEqual(held.filter(release).length, 20);
    });
  }

  it('cannot release what another thread allocated', async () => {
    const worker = start('echo');
    const answer = once(worker, 'message');
    const exit = once(worker, 'exit');
    const buffer = acquire(SIZE).fill(5);
    worker.postMessage({ buffer });
    const [message] = await answer;
    assert.strictEqual(message.released, false);
    assert.ok(isFilled(message.buffer, 5) && isFilled(buffer, 5));
    await exit;
    release(buffer);
  });
});

describe('a worker that is terminated', () => {
  for (const task of ['spin', 'churn', 'release']) {
    it(`may be in the midst of anything: ${task}`, async () => {
      const before = stats().process;
      for (let i = 0; i < TERMINATIONS; i++) {
        const worker = start(task, i + 1);
        await once(worker, 'message');
        for (let turns = 0; turns < i * 20; turns++) await turn();
        assert.strictEqual(await worker.terminate(), 1);
      }
      assert.ok(isFilled(acquire(SIZE).fill(1), 1));
      const after = stats().process;
      assert.strictEqual(after.heaps, before.heaps);
      await collectUntil(
        () => stats().process.orphanedHeaps <= before.orphanedHeaps,
        'all that they had is back',
      );
    });
  }
});

native(() => {
  describe('many workers that release', () => {
    givesEverythingBack();

    it(`leave resident memory flat over ${LIFETIMES} lifetimes`, async function () {
      this.timeout(60_000 + LIFETIMES * 1000);
      const TASKS = ['hold', 'turns', 'exit'];
      const series = [];
      const live = async (count) => {
        for (let i = 0; i < count; i += 3) {
          await Promise.all(TASKS.map((task, j) => run(task, ((i + j) % 250) + 1)));
        }
        await collect();
        series.push(Math.round(process.memoryUsage().rss / MIB));
      };
      await live(LIFETIMES / 4);
      const before = stats().process;
      for (let round = 0; round < 4; round++) await live(LIFETIMES / 4);
      const after = stats().process;
      if (process.env.BUFALLOC_WORKER_LIFETIMES) console.log(`RSS in MiB: ${series.join(', ')}`);
      /* The runtime and malloc(3) take a while to have what they keep. */
      const early = Math.max(...series.slice(0, 3));
      const late = Math.min(...series.slice(-2));
      assert.ok(late <= early + SLACK_MIB, `RSS in MiB: ${series.join(', ')}`);
      assert.ok(after.mappedBytes <= before.mappedBytes + 32 * MIB);
      assert.ok(after.metadataBytes <= before.metadataBytes + MIB);
    });
  });
});
