'use strict';

/*
 * What is left of a secret in the memory of a process, and of what it leaves behind: nothing. The
 * process is another one, whose memory is looked through from here. On Linux.
 */

const assert = require('node:assert');
const { fork, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { hostMode, native } = require('./support/subject');
const { fixtures } = require('./support/child');
const { countInFile, countInProcess } = require('./support/trace');

const script = path.join(fixtures, 'secret-memory.js');
let seeds = 1000;

/** How often the secret is in the memory of a process, before and after a deed. */
async function countAround(deed) {
  const seed = (seeds += 1000);
  const child = fork(script, [String(seed)], { execArgv: ['--expose-gc'] });
  try {
    await once(child, 'message');
    const before = countInProcess(child.pid, seed);
    child.send(deed);
    await once(child, 'message');
    return {
      before,
      after: countInProcess(child.pid, seed),
      ordinary: countInProcess(child.pid, seed + 1),
    };
  } finally {
    child.disconnect();
    await once(child, 'exit');
  }
}

if (process.platform === 'linux') {
  describe('the bytes of a secret', () => {
    it('are nowhere once it was released', async () => {
      assert.deepStrictEqual(await countAround('release'), { before: 1, after: 0, ordinary: 1 });
    });

    it('are nowhere after compact, from and copyBytesFrom, and the release of what these gave', async () => {
      assert.deepStrictEqual(await countAround('use'), { before: 1, after: 0, ordinary: 1 });
    });

    native(() => {
      it('are nowhere once it was collected', async () => {
        assert.deepStrictEqual(await countAround('drop'), { before: 1, after: 0, ordinary: 1 });
      });
    });

    const pattern = fs.readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim();
    /* Where core dumps go to a program, test/c/guarded.c reads the flags that keep them out of any. */
    if (!hostMode && !pattern.includes('|') && !pattern.includes('/')) {
      it('are in no core dump', () => {
        const seed = (seeds += 1000);
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-core-'));
        try {
          const command = 'ulimit -c unlimited && exec "$0" "$1" "$2" abort';
          const args = ['-c', command, process.execPath, script, String(seed)];
          const { signal } = spawnSync('sh', args, { cwd: folder, stdio: 'ignore' });
          assert.strictEqual(signal, 'SIGABRT');
          const [core] = fs.readdirSync(folder);
          const count = (which) => countInFile(path.join(folder, core), which);
          assert.deepStrictEqual([count(seed), count(seed + 1)], [0, 1]);
        } finally {
          fs.rmSync(folder, { recursive: true });
        }
      });
    }
  });
}
