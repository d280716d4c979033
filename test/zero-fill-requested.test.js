'use strict';

/*
 * The ways of asking for zero-filled memory beside the command line: wherever the runtime's own
 * memory is zero, so is bufalloc's.
 */

const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { ours, nodeMajor } = require('./support/subject');
const { fixtures, runFixture, runNode } = require('./support/child');
const { collect } = require('./support/collect');

const FLAG = '--zero-fill-buffers';
const run = (args, nodeArgs = [], env = {}) =>
  runFixture('zero-fill-requested', args, { nodeArgs: ['--expose-gc', ...nodeArgs], env });

if (process.allowedNodeEnvironmentFlags.has(FLAG)) {
  describe('a request for zero-filled memory', () => {
    it('is honoured in a worker without environment and options, from the command line', async () => {
      assert.strictEqual(await run(['bare'], [FLAG]), 0);
    });

    it('is honoured in a worker without environment and options, from NODE_OPTIONS', async () => {
      assert.strictEqual(await run(['bare'], [], { NODE_OPTIONS: FLAG }), 0);
    });

    it('is honoured where NODE_OPTIONS is deleted before the package is loaded', async () => {
      assert.strictEqual(await run(['deleted'], [], { NODE_OPTIONS: FLAG }), 0);
    });

    it('is honoured where NODE_OPTIONS has it in a quoted or escaped form', async () => {
      for (const NODE_OPTIONS of [`"${FLAG}" --no-warnings`, `--zero_fill_buffers`]) {
        assert.strictEqual(await run(['main'], [], { NODE_OPTIONS }), 0, NODE_OPTIONS);
      }
    });

    if (nodeMajor >= 24) {
      describe('in a configuration file', () => {
        let folder;
        before(() => {
          folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-config-'));
          const options = { 'zero-fill-buffers': true };
          const config = JSON.stringify({ nodeOptions: options });
          fs.writeFileSync(path.join(folder, 'node.config.json'), config);
        });
        after(() => fs.rmSync(folder, { recursive: true }));

        const script = path.join(fixtures, 'zero-fill-requested.js');
        const dirty = async (option, task) => {
          const args = ['--expose-gc', '--no-warnings', option, script, task];
          const { code, stdout, stderr } = await runNode(args, { cwd: folder });
          assert.strictEqual(code, 0, stderr);
          return Number(stdout);
        };

        for (const task of ['main', 'bare']) {
          it(`is honoured from the default file: ${task}`, async () => {
            assert.strictEqual(await dirty('--experimental-default-config-file', task), 0);
          });

          it(`is honoured from a file that is named: ${task}`, async () => {
            const file = path.join(folder, 'node.config.json');
            assert.strictEqual(await dirty(`--experimental-config-file=${file}`, task), 0);
          });
        }
      });
    }
  });
}

describe("the runtime's memory that an allocator hands out zeroed", () => {
  const DIRT = 0xa5;
  const ALIGNMENTS = [64, 4096, 65_536, 8 * 1024 * 1024];
  const SIZES = [100, 5000, 200_000];

  /** Has memory of the sizes that are asked for be full of somebody's bytes. */
  async function dirty() {
    for (const alignment of [0, ...ALIGNMENTS]) {
      for (const size of SIZES) {
        for (let i = 0; i < 4; i++) {
          globalThis.Buffer.allocUnsafeSlow(size + alignment).fill(DIRT);
        }
      }
    }
    await collect();
  }

  const shows = ({ buffer }) => new Uint8Array(buffer).includes(DIRT);
  const hosted = (options) => ours.createAllocator({ ...options, maxBytes: 0 });

  for (const alignment of ALIGNMENTS) {
    for (const size of SIZES) {
      it(`has no old bytes beside the buffer: ${size} bytes, aligned to ${alignment}`, async () => {
        const allocator = hosted({ zeroOnRelease: true });
        await dirty();
        assert.ok(!shows(allocator.allocUnsafeSlow(size, alignment)));
        assert.ok(!shows(allocator.allocUnsafe(size, alignment)));
        allocator.close();
      });
    }
  }

  for (const alignment of [64, 4096, 65_536]) {
    it(`has no old bytes beside an acquired buffer, aligned to ${alignment}`, async () => {
      for (const options of [{}, { zeroOnRelease: true }]) {
        const allocator = hosted(options);
        for (const size of SIZES) {
          await dirty();
          assert.ok(!shows(allocator.acquire(size, { zero: true, alignment })));
        }
        allocator.close();
      }
    });
  }
});
