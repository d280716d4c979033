'use strict';

/*
 * Core moves buffers itself: byte streams, BYOB readers, file handles' web streams. What is moved
 * arrives, or is refused as the built-in's pool is on later versions; what lies beside it stays.
 */

const assert = require('node:assert');
const { runFixture } = require('./support/child');
const { backend, nodeMajor } = require('./support/subject');

const REFUSALS = ['TypeError', 'DataCloneError'];
const SETTINGS = {
  'the main thread': ['ours', 'main'],
  'a worker': ['ours', 'worker'],
  'the main thread with bufalloc/register': ['global', 'main'],
  'a worker with bufalloc/register': ['global', 'worker'],
};

for (const [title, args] of Object.entries(SETTINGS)) {
  describe(`core moving buffers of ${title}`, () => {
    let results;
    before(async () => {
      const nodeArgs = args[0] === 'global' ? ['--require', 'bufalloc/register'] : [];
      results = await runFixture('byte-streams', args, { nodeArgs });
    });

    const failing = (isRight) =>
      Object.entries(results)
        .filter(([name, result]) => !isRight(name, result))
        .map(([name, { received }]) => `${name}: ${received}`);

    const isPooled = (name) => name.startsWith('pooled') || name.startsWith('beside');
    /* Up to Node.js 22 the runtime's byte streams take the built-in's whole pool along, and ours. */
    const mayLose = (name) => nodeMajor < 24 && isPooled(name);

    it('leaves the bytes of all other buffers where they are', () => {
      assert.deepStrictEqual(
        failing((name, { neighbours }) => neighbours || mayLose(name)),
        [],
      );
    });

    it('has a buffer with a store of its own arrive whole', () => {
      /* Node-API's stores are refused on a transfer list, and stay where they are. */
      const mayRefuse = (name) => backend === 'napi' && name.endsWith('a transfer list');
      assert.deepStrictEqual(
        failing(
          (name, { received }) =>
            received === true || isPooled(name) || (mayRefuse(name) && REFUSALS.includes(received)),
        ),
        [],
      );
    });

    it('has a buffer that is cut from a slab arrive whole, or refuses it', () => {
      assert.deepStrictEqual(
        failing((name, { received }) => received === true || REFUSALS.includes(received)),
        [],
      );
    });
  });
}
