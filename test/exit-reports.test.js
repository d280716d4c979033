'use strict';

/* Reports at the end of a process: they change nothing of how it ends, wherever they can go. */

const assert = require('node:assert');
const { execFileSync, spawn } = require('node:child_process');
const { once } = require('node:events');
const { mkdtempSync, rmSync } = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { fixtures, runNode } = require('./support/child');

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
