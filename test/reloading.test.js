'use strict';

/* The package loaded again and again in one process, as test runners and hot reloading do. */

const assert = require('node:assert');
const { runFixture } = require('./support/child');

const MIB = 1024 * 1024;
const LOADS = 50;
/** What 40 loads may add: the buffers that are held from each, some 200 KiB. */
const GROWTH = 24 * MIB;
const EXPOSED = { nodeArgs: ['--expose-gc'] };

for (const [how, what] of [
  ['cache', 'from an emptied cache of modules'],
  ['context', 'in a context of its own each time'],
]) {
  describe(`the package loaded ${LOADS} times ${what}`, () => {
    let result;
    before(async () => (result = await runFixture('reloading', [how, String(LOADS)], EXPOSED)));

    it('has no more address space than a few loads', () => {
      const grown = result.late.mappedBytes - result.early.mappedBytes;
      assert.ok(grown <= GROWTH, `${grown} bytes more are mapped`);
    });

    it('has no more heaps than a few loads', () => {
      assert.ok(result.late.heaps <= result.early.heaps + 2, JSON.stringify(result));
    });

    it('leaves the buffers of all loads whole', () => {
      assert.strictEqual(result.whole, true);
    });
  });
}

describe('the package after the cache of modules was emptied', () => {
  it('works on with what it had loaded, and one clock', async () => {
    const result = await runFixture('forgotten');
    assert.deepStrictEqual(result, {
      lengths: [100_000, 0],
      released: true,
      hasAnotherClock: false,
    });
  });
});
