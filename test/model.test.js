'use strict';

/*
 * Random sequences of everything that the public functions can do, against a model that keeps a
 * copy of every buffer's bytes (test/model). After each step every buffer that is alive holds just
 * what its owner wrote, no two lie over one another, what was released or reset is empty, and the
 * counters add up; after each sequence all memory comes back.
 *
 * BUFALLOC_MODEL_RUNS sets how many sequences. fast-check prints the shortest that fails, with its
 * seed and path: BUFALLOC_MODEL_REPLAY="<seed> <path>" runs that one again.
 */

const assert = require('node:assert');
const { once } = require('node:events');
const path = require('node:path');
const { Worker } = require('node:worker_threads');
const fc = require('fast-check');
const { ours, native } = require('./support/subject');
const { collect, collectUntil } = require('./support/collect');
const { command, perform } = require('./model/commands');
const { World, state } = require('./model/world');
const { freshSlab } = require('./support/pool-trace');

const RUNS = Number(process.env.BUFALLOC_MODEL_RUNS) || 120;
const LENGTH = 100;
/** Most time for all of it, in ms. A sequence takes some 100; what is left of it is for shrinking. */
const TIME_LIMIT = 20_000 + RUNS * 300;
const TIMEOUT = TIME_LIMIT + 60_000;

const { Buffer } = ours;
const tallies = {};
const tally = (name) => (tallies[name] = (tallies[name] ?? 0) + 1);

function replay() {
  const [seed, at] = (process.env.BUFALLOC_MODEL_REPLAY ?? '').split(' ');
  return seed ? { seed: Number(seed), path: at } : {};
}

describe('any sequence of calls', function () {
  this.timeout(TIMEOUT);
  let worker, start;

  /** Has the worker copy the bytes. */
  async function echo(bytes, way) {
    worker.postMessage({ bytes, way });
    const [copy] = await once(worker, 'message');
    return copy;
  }

  /* There is a slab before anything is counted, as there is in the end. */
  before(() => void freshSlab(ours.Buffer));
  before(async () => {
    worker = new Worker(path.join(__dirname, 'model', 'worker.js'));
    await echo(new Uint8Array(1), 3);
    Buffer.allocUnsafe(1);
    await collect(5);
    start = state();
  });
  after(() => worker.terminate());
  /* The files that follow look at slabs: the one of some odd size is left behind. */
  after(() => freshSlab(ours.Buffer));

  it('leaves every buffer with its own bytes, and gives all memory back', async () => {
    const property = fc.asyncProperty(
      fc.array(command, { size: 'max', maxLength: LENGTH }),
      async (commands) => {
        const world = new World(tally, echo);
        try {
          for (const one of commands) {
            tally(one[0]);
            await perform(world, one);
            world.check();
          }
          await world.end();
        } finally {
          world.reset();
        }
      },
    );
    await fc.assert(property, {
      numRuns: RUNS,
      interruptAfterTimeLimit: TIME_LIMIT,
      ...replay(),
    });
  });

  native(() => {
    it('has met with all that matters', () => {
      const rare = ['closed', 'fallback', 'full', 'released', 'reset', 'transferred'];
      if (process.env.BUFALLOC_MODEL_RUNS) console.log(tallies);
      assert.deepStrictEqual(
        rare.filter((name) => !(tallies[name] > 0)),
        [],
      );
    });
  });

  it('has nothing left in the end, of allocators that were dropped either', async () => {
    const { blocks, heaps } = start;
    const isBack = () => state().heaps <= heaps && state().blocks <= blocks;
    await collectUntil(isBack, 'their heaps ended, and their memory is back');
    assert.deepStrictEqual(state(), start);
  });
});
