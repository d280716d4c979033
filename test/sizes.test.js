'use strict';

/*
 * Sizes where something could overflow: around 2^31, 2^32, 2^48, 2^53 and the largest that a Buffer
 * can have. Each is served or refused as by the built-in, and none is touched: the memory of
 * gigabytes is address space until it is written. What becomes of them where the system has no
 * memory is in memory.test.js.
 */

const assert = require('node:assert');
const { builtin, ours } = require('./support/subject');
const { runBoth, runFixture } = require('./support/child');

const { MAX_LENGTH } = builtin.constants;
const MIB = 1024 * 1024;

describe('huge sizes', () => {
  let both, own;
  before(async () => {
    both = await runBoth('huge-sizes');
    own = await runFixture('huge-sizes', ['own']);
  });

  it("are served or refused as the built-in's, with its errors, and the process lives on", () => {
    assert.deepStrictEqual(both.ours.results, both.builtin.results);
    assert.strictEqual(both.ours.results.after, true);
  });

  it('are all that they are said to be: some served, some refused', () => {
    const outcomes = Object.values(both.builtin.results);
    assert.ok(outcomes.filter(({ length }) => length >= 2 ** 31 - 4096).length >= 16);
    assert.ok(outcomes.filter(({ code }) => code === 'ERR_OUT_OF_RANGE').length >= 16);
  });

  it('are, of an arena, an allocator and acquire, served whole or refused with such errors', () => {
    assert.strictEqual(own.results.after, true);
    const errors = Object.values(both.builtin.results).filter(({ name }) => name !== undefined);
    const known = new Set(errors.map(({ name, code }) => `${name} ${code}`));
    let served = 0;
    for (const [title, outcome] of Object.entries(own.results)) {
      if (title === 'after') continue;
      const size = Number(/\((.*)\)/.exec(title)[1]);
      const { name, code, length, ends, byteLength } = outcome;
      if (name === undefined) {
        served++;
        assert.strictEqual(length, size, title);
        assert.strictEqual(ends, 3, `${title}: both ends hold what was written`);
        assert.ok(byteLength >= size && byteLength <= MAX_LENGTH, title);
      } else if (title.startsWith('a bounded arena') && size <= MAX_LENGTH) {
        assert.strictEqual(code, 'ERR_BUFALLOC_ARENA_FULL', title);
      } else {
        assert.ok(known.has(`${name} ${code}`), `${title}: ${outcome.message}`);
        if (size <= 2 ** 31) assert.fail(`${title} was refused: ${outcome.message}`);
      }
    }
    assert.ok(served >= 40);
  });

  if (process.platform === 'linux') {
    it('leave memory alone that nobody wrote', () => {
      const most = both.builtin.peak + 100 * MIB;
      assert.ok(both.ours.peak > 0 && both.ours.peak <= most, `${both.ours.peak} bytes`);
      assert.ok(own.peak <= most, `${own.peak} bytes`);
    });
  }
});

describe('a huge poolSize', () => {
  it('changes what is pooled as in the built-in, where half of it wraps at 2^32', () => {
    for (const poolSize of [2 ** 31, 2 ** 32, 2 ** 33, 2 ** 53]) {
      const outcomes = [builtin, ours].map(({ Buffer }) => {
        const before = Buffer.poolSize;
        Buffer.poolSize = poolSize;
        try {
          return Buffer.allocUnsafe(1000).length;
        } catch (error) {
          return `${error.name} ${error.code}`;
        } finally {
          Buffer.poolSize = before;
        }
      });
      assert.strictEqual(outcomes[1], outcomes[0], `${poolSize}`);
    }
  });
});
