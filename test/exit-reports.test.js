'use strict';

/* Reports at the end of a process: they change nothing of how it ends, wherever they can go. */

const assert = require('node:assert');
const { execFileSync, spawn } = require('node:child_process');
const { once } = require('node:events');
const { mkdtempSync, rmSync } = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { fixtures, runNode } = require('./support/child');

const index = require.resolve('..');

const script = path.join(fixtures, 'exit-reports.js');
const SEEN = JSON.stringify({ listener: 3 });
const SETTINGS = {
  'BUFALLOC_STATS=exit': { BUFALLOC_STATS: 'exit' },
  'BUFALLOC_DEBUG=1': { BUFALLOC_DEBUG: '1' },
  both: { BUFALLOC_STATS: 'exit', BUFALLOC_DEBUG: '1' },
};

describe('a report at exit', () => {
  let folder, pipe;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'bufalloc-exit-'));
    pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [title, env] of Object.entries(SETTINGS)) {
    for (const stderr of ['open', 'closed']) {
      it(`leaves the exit code and later listeners alone, stderr ${stderr}: ${title}`, async () => {
        const { code, stdout } = await runNode([script, stderr, pipe], { env });
        assert.deepStrictEqual([code, stdout], [3, SEEN]);
      });
    }

    it(`leaves them alone where nobody reads stderr: ${title}`, async () => {
      const child = spawn(process.execPath, [script, 'open', pipe], {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child.stderr.destroy();
      const [chunks, [code]] = await Promise.all([child.stdout.toArray(), once(child, 'close')]);
      assert.deepStrictEqual([code, Buffer.concat(chunks).toString()], [3, SEEN]);
    });
  }
});

describe('a report on SIGTERM', () => {
  const run = async (scene, env) => {
    const args = ['--require', index, path.join(fixtures, 'termination.js'), scene];
    const { code, signal, stdout, stderr } = await runNode(args, { env });
    return {
      end: [code, signal, stdout],
      reports: stderr.match(/^bufalloc: process/gm)?.length ?? 0,
    };
  };

  for (const [scene, title, end, reports] of [
    ['none', 'is printed where the program has no listener', [null, 'SIGTERM', ''], 1],
    ['ends', 'leaves it to one that ends the program', [5, null, 'ends'], 1],
    ['once', 'leaves it to one that listens once', [0, null, 'once'], 1],
    ['prepended', 'leaves it to one that comes first', [0, null, 'prepended'], 1],
    ['removed', 'is printed where it listens no longer', [null, 'SIGTERM', ''], 1],
    ['removedAll', 'is printed where all were removed', [null, 'SIGTERM', ''], 1],
    ['replaced', 'ends the program by no other kill', [null, 'SIGTERM', ''], 1],
    ['alone', 'is not in the way of those who count listeners', [null, 'SIGTERM', '1'], 0],
    ['emitted', 'takes no signal for one that was emitted', [0, null, 'emitted'], 1],
    ['emittedToOne', 'is not quicker than a listener', [0, null, 'heard'], 1],
    ['ended', 'keeps no program alive', [0, null, ''], 1],
  ]) {
    it(title, async () => {
      const found = await run(scene, { BUFALLOC_STATS: 'exit' });
      assert.deepStrictEqual(found, { end, reports });
      const without = await run(scene, {});
      assert.deepStrictEqual(without, { end, reports: 0 });
    });
  }
});

describe('a report every so many seconds', () => {
  it('is printed again and again, and at the end', async () => {
    const program = `const fs = require('node:fs');
      const write = fs.writeSync;
      let left = 3;
      const timer = setInterval(() => {}, 1000);
      fs.writeSync = (descriptor, text) => {
        if (--left === 0) clearInterval(timer);
        return write(descriptor, text);
      };
      require(${JSON.stringify(index)});`;
    const { code, stderr } = await runNode(['-e', program], { env: { BUFALLOC_STATS: '0.05' } });
    assert.strictEqual(code, 0);
    assert.ok(stderr.match(/^bufalloc: process \d+$/gm).length >= 4, stderr);
    assert.match(stderr, /^[\d.]+ MiB resident \(RSS\)$/m);
  });

  it('keeps no program alive', async () => {
    const args = ['--require', index, '-e', ''];
    const { code, stderr } = await runNode(args, { env: { BUFALLOC_STATS: '0.05' } });
    assert.strictEqual(code, 0);
    assert.match(stderr, /^bufalloc: process \d+$/m);
  });
});
