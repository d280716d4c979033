'use strict';

/* The debugging mode in programs that are quiet, have many allocators, or changed their intrinsics. */

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const { mkdtempSync, rmSync } = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { native } = require('./support/subject');
const { runFixture } = require('./support/child');

const env = { BUFALLOC_DEBUG: '1', BUFALLOC_DEBUG_SAMPLE: '1' };
const run = (task, ...args) =>
  runFixture('debug-robust', [task, ...args], { env, nodeArgs: ['--expose-gc'] });

describe('the debugging mode', () => {
  native(() => {
    it('lets memory out of quarantine in a program that is quiet', async () => {
      const { before, after } = await run('quiet');
      assert.deepStrictEqual([before > 0, after], [true, 0]);
    });

    it('reports buffers of many sizes that one place never releases once', async () => {
      const { leaks, warnings } = await run('sizes');
      assert.ok(leaks >= 150, `${leaks} of 200 were found`);
      assert.deepStrictEqual(warnings, ['BUFALLOC_LEAK']);
    });

    it('reports late writes to buffers of many sizes of one place once', async () => {
      const folder = mkdtempSync(path.join(os.tmpdir(), 'bufalloc-debug-'));
      try {
        const pipe = path.join(folder, 'pipe');
        execFileSync('mkfifo', [pipe]);
        const { writes, warnings } = await run('late', pipe);
        assert.strictEqual(writes, 10);
        assert.deepStrictEqual(warnings, [
          'BUFALLOC_RELEASE_IN_USE',
          'BUFALLOC_WRITE_AFTER_RELEASE',
        ]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });

  it('has one listener on exit for all allocators, and none too many', async () => {
    /* None but those that the option makes: each may be the only one there is. */
    const { open, closed, warnings } = await runFixture('debug-robust', ['listeners'], {
      nodeArgs: ['--expose-gc'],
    });
    assert.ok(open <= 1 && closed <= 1, `${open} while they are open, ${closed} after`);
    assert.deepStrictEqual(warnings, []);
  });

  it('keeps nothing that is released once its allocator is closed', async () => {
    const { released, bytes } = await runFixture('debug-robust', ['closed']);
    assert.deepStrictEqual([released, bytes], [true, 0]);
  });

  it('can begin where globals that it needs are gone', async () => {
    const { released } = await runFixture('debug-robust', ['uncloned']);
    assert.strictEqual(released, true);
  });

  it('survives an Error.prepareStackTrace that throws', async () => {
    const { leaks } = await run('prepareStackTrace');
    assert.ok(leaks >= 0);
  });

  it('asks for no stack within a stack where Error.stackTraceLimit runs code that allocates', async () => {
    const { deepest } = await run('accessor');
    assert.ok(deepest <= 1);
  });

  it('names the places where Error is frozen', async () => {
    const { detail } = await run('frozen');
    assert.match(detail, /releaseTwice/);
  });

  it('shows no store to patched methods of lists, maps and sets', async () => {
    const { found } = await run('intrinsics');
    assert.deepStrictEqual(found, []);
  });
});
