'use strict';

/*
 * Stores as the addon makes them, in each of the ways that it has: by V8 itself, and by Node-API. The
 * addon is used by itself, in processes of its own (test/fixtures/backend.js): a way is chosen for a
 * whole thread.
 */

const assert = require('node:assert');
const { runFixture } = require('./support/child');

const STATUS = { BUDGET: -2, INVALID: -3, UNSUPPORTED: -4 };
const [MAJOR] = process.versions.node.split('.').map(Number);
/** From 24 on, marking an ArrayBuffer keeps everybody from detaching it. */
const marksHold = MAJOR >= 24;

const WAYS = process.platform === 'linux' ? ['v8', 'napi'] : ['napi'];

describe('the addon before a way of making stores was chosen', () => {
  it('allocates nothing, empties what can be, and says what there is none of', async () => {
    const result = await runFixture('backend', ['none', 'undecided'], {
      nodeArgs: ['--expose-gc'],
    });
    assert.deepStrictEqual(result, {
      allocated: STATUS.UNSUPPORTED,
      unknown: 'there is none of that name on this platform',
      emptied: true,
      refused: 'ERR_BUFALLOC_NAPI',
    });
  });
});

describe('the clock', () => {
  it('ticks when memory comes back, unless it was given a time for that, however far', async () => {
    const result = await runFixture('backend', ['napi', 'clock'], { nodeArgs: ['--expose-gc'] });
    assert.deepStrictEqual(result, { opened: true, seen: [1, 2, 2, 2] });
  });
});

describe('the lock around the flags of V8', () => {
  it('gives what the function gives, throws what it throws, and can be had twice', async () => {
    const result = await runFixture('backend', ['napi', 'lock'], { nodeArgs: ['--expose-gc'] });
    assert.deepStrictEqual(result, { nested: 7, error: 'thrown within', after: 8 });
  });
});

for (const way of WAYS) {
  const run = (task) => runFixture('backend', [way, task], { nodeArgs: ['--expose-gc'] });

  describe(`a store made by ${way}`, () => {
    it('has just the length, the alignment and the zeroes that were asked for', async () => {
      const { lengths, misaligned, zero } = await run('make');
      assert.ok(lengths.every((difference) => difference === 0));
      assert.ok(misaligned.every((bytes) => bytes === 0));
      assert.ok(zero);
    });

    it('is refused with a status where there can be none', async () => {
      const { INVALID, BUDGET } = STATUS;
      assert.deepStrictEqual(await run('refuse'), [INVALID, INVALID, INVALID, BUDGET]);
    });

    it('is back in its heap when it was emptied; anything else is emptied or refused', async () => {
      const { lengths, live, errors } = await run('empty');
      assert.deepStrictEqual(lengths, [0, 0, 0]);
      assert.deepStrictEqual(live, [true, 0, 0, 0]);
      assert.strictEqual(errors.length, 8);
      assert.deepStrictEqual([...new Set(errors)], ['ERR_BUFALLOC_NAPI']);
    });

    it('ends no process where an ArrayBuffer was marked as untransferable', async () => {
      assert.deepStrictEqual(await run('marked'), {
        length: marksHold ? 10 : 0,
        isRefused: marksHold,
      });
    });

    it('comes back when it was collected, and is counted as that', async () => {
      const { out, returned, live } = await run('collect');
      assert.ok(out > 0);
      assert.strictEqual(returned, out);
      assert.strictEqual(live, 0);
    });

    it('is counted in the interval it was born in, while it is out', async () => {
      assert.deepStrictEqual(await run('intervals'), {
        begun: 0,
        young: 300,
        survived: 3000,
        gone: 0,
        later: 0,
        out: 2000,
      });
    });

    it('is of one heap however often the addon was loaded by its thread', async () => {
      assert.deepStrictEqual(await run('loads'), {
        others: true,
        same: true,
        heaps: 0,
        refused: '',
        length: 0,
        alive: 10,
      });
    });

    it('is the same store after it was moved to another ArrayBuffer', async () => {
      const { isWhole, out, length, live, left } = await run('move');
      assert.ok(isWhole);
      assert.deepStrictEqual([out, length, live, left], [100_000, 0, 0, 0]);
    });

    it('stays valid, and comes back, when its heap was destroyed', async () => {
      assert.deepStrictEqual(await run('destroyed'), {
        error: 'ERR_INVALID_STATE',
        isWhole: true,
        orphans: 1,
      });
    });

    it('is of a heap that ends with its owner, and with no other', async () => {
      assert.deepStrictEqual(await run('owned'), { same: true, alive: 10 });
    });

    it('is made, or refused, whole and without a trace, whichever call fails', async () => {
      const { calls, wrong, live } = await runFixture('backend-faults', [way], {
        nodeArgs: ['--expose-gc'],
      });
      assert.deepStrictEqual(wrong, []);
      assert.strictEqual(live, 0);
      const isV8 = way === 'v8';
      assert.ok(calls.os > 0 && calls.libc > 0 && calls.napi > 20);
      assert.deepStrictEqual(
        [calls.half > 0, calls.backing > 0, calls.empty > 0],
        [!isV8, isV8, isV8],
      );
    });

    it('lets a process exit at any time', async () => {
      assert.deepStrictEqual(await run('exit'), {});
    });
  });
}

if (WAYS.includes('v8')) {
  describe('a store made by v8 in a worker', () => {
    const run = (task) => runFixture('backend', ['v8', task], { nodeArgs: ['--expose-gc'] });

    for (const end of ['ended', 'terminated']) {
      it(`outlives it, and comes back to a heap that is no more: ${end}`, async () => {
        assert.deepStrictEqual(await run(end), { count: 160, isWhole: true });
      });
    }

    it('may be one that came from the main thread, and goes back there', async () => {
      assert.deepStrictEqual(await run('exchange'), { isWhole: true });
    });
  });
}
