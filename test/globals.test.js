'use strict';

/* Where the package is loaded: globals that are missing, a program's own, or frozen before. */

const assert = require('node:assert');
const { builtin, native } = require('./support/subject');
const { runFixture } = require('./support/child');

const MIB = 1024 * 1024;
const run = (task) => runFixture('globals', [task]);

describe('the package where there are no timers among the globals', () => {
  it('loads and works', async () => {
    assert.deepStrictEqual(await run('no timers'), { text: 'works' });
  });

  it('loads and works in a context without them', async () => {
    assert.deepStrictEqual(await run('no timers in a context'), { text: 'works' });
  });
});

describe("a program's own globalThis.gc", () => {
  for (const what of ['that does nothing', 'that throws', 'that every object inherits']) {
    it(`is never called, and stays: one ${what}`, async () => {
      const { calls, kept } = await run(`a gc ${what}`);
      assert.deepStrictEqual([calls, kept], [0, true]);
    });

    native(() => {
      it(`does not keep dead memory from coming back: one ${what}`, async () => {
        const { state, liveBytes } = await run(`a gc ${what}`);
        assert.strictEqual(state, 'running');
        assert.ok(liveBytes < 128 * MIB, `${liveBytes} bytes live`);
      });
    });
  }

  it('stays where it is no function', async () => {
    assert.deepStrictEqual(await run('a gc that is no function'), { kept: true });
  });
});

describe('a Buffer that was frozen before', () => {
  it('is no obstacle to loading', async () => {
    assert.deepStrictEqual(await run('a frozen Buffer'), { text: 'works', size: 5 });
  });

  it('is none with its module frozen either', async () => {
    assert.deepStrictEqual(await run('a frozen node:buffer'), { text: 'works', size: 5 });
  });

  it('leaves poolSize to be assigned, apart from its own', async () => {
    const theirs = builtin.Buffer.poolSize;
    assert.deepStrictEqual(await run('poolSize of a frozen Buffer'), { poolSize: 4096, theirs });
  });
});
