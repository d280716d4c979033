'use strict';

/* --zero-fill-buffers: with it, no byte of what allocUnsafe and allocUnsafeSlow give is left over. */

const assert = require('node:assert');
const { native } = require('./support/subject');
const { runFixture } = require('./support/child');

const FLAG = '--zero-fill-buffers';
const gc = '--expose-gc';
const dirty = (args, nodeArgs, env) =>
  runFixture('zero-fill', args, { nodeArgs: [gc, ...nodeArgs], env });

if (process.allowedNodeEnvironmentFlags.has(FLAG)) {
  describe(FLAG, () => {
    it('is honoured on the command line', async () => {
      assert.strictEqual(await dirty([], [FLAG]), 0);
    });

    it('is honoured in its spelling with underscores', async () => {
      assert.strictEqual(await dirty([], ['--zero_fill_buffers']), 0);
    });

    it('is honoured in NODE_OPTIONS, alone, among others and in quotes', async () => {
      for (const options of [FLAG, `--no-warnings ${FLAG} --trace-warnings`, `"${FLAG}"`]) {
        assert.strictEqual(await dirty([], [], { NODE_OPTIONS: options }), 0, options);
      }
    });

    it('is honoured in workers', async () => {
      assert.strictEqual(await dirty(['worker'], [FLAG]), 0);
      assert.strictEqual(await dirty(['worker'], [], { NODE_OPTIONS: FLAG }), 0);
    });

    native(() => {
      it('is what makes the difference: without it, memory comes back as it was left', async () => {
        assert.ok((await dirty([], [])) > 0);
        assert.ok((await dirty(['worker'], [])) > 0);
      });

      it('is not taken from the arguments of the script', async () => {
        assert.ok((await dirty([FLAG], [])) > 0);
      });
    });
  });
}
