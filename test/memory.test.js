'use strict';

/* How much memory work takes beside the built-in, and what happens where there is none. */

const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { slabbed } = require('./support/subject');
const { fixtures, runBoth, runFixture } = require('./support/child');

const MIB = 1024 * 1024;

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/**
 * Asserts that ours peaks at most `extra` MiB above the built-in's. Both wander by some 60 MiB with
 * the moments at which V8 collects: one pair that is far within it says enough, and otherwise the two take
 * turns, and their medians are compared.
 */
async function compareRss([call, count, perTurn], extra, runs) {
  const peaks = { ours: [], builtin: [] };
  for (let i = 0; i < runs; i++) {
    const pair = await runBoth('memory-loop', [call, String(count), String(perTurn)]);
    if (i === 0 && pair.ours - pair.builtin <= extra / 3) return;
    peaks.ours.push(pair.ours);
    peaks.builtin.push(pair.builtin);
  }
  const [own, theirs] = [median(peaks.ours), median(peaks.builtin)];
  assert.ok(own - theirs <= extra, `${own} MiB, where the built-in peaked at ${theirs} MiB`);
}

// Where the mirror's memory is the runtime's this would measure the built-in against itself.
slabbed(() => {
  describe('peak resident memory', () => {
    const extra = 96;
    it(`stays within ${extra} MiB of the built-in's: 200,000 touched in one synchronous loop`, () =>
      compareRss(['allocUnsafe', 200_000, 0], extra, 5));

    for (const call of ['allocUnsafeSlow', 'alloc']) {
      it(`stays within ${extra} MiB of the built-in's: 40,000 of ${call} in one loop`, () =>
        compareRss([call, 40_000, 0], extra, 3));
    }

    if (process.platform === 'linux') {
      it('does not grow with workers of a main thread that has not loaded the package', async () => {
        const { early, late } = await runFixture('workers-alone');
        assert.ok(late - early <= 64 * MIB, `nine workers more took ${late - early} bytes more`);
      });
    }

    it(`stays within ${extra} MiB of the built-in's: 100,000 over many turns`, () =>
      compareRss(['allocUnsafe', 100_000, 100], extra, 3));
  });
});

describe('huge sizes', () => {
  if (process.platform === 'linux') {
    it("fail with the built-in's error when the system has no memory for them", () => {
      const limited = (side) => {
        const script = path.join(fixtures, 'huge-sizes.js');
        const command = `ulimit -v ${4 * 1024 * 1024}; exec "$0" "$@"`;
        const size = String(2 ** 32 - 2 ** 16);
        const args = [
          '-c',
          command,
          process.execPath,
          '--disable-wasm-trap-handler',
          script,
          side,
          size,
        ];
        const env = { ...process.env, BUFALLOC_MAX_BYTES: String(64 * 1024 * MIB) };
        const { status, stdout, stderr } = spawnSync('sh', args, { env, encoding: 'utf8' });
        assert.strictEqual(status, 0, stderr);
        return JSON.parse(stdout);
      };
      const [own, theirs] = [limited('ours'), limited('builtin')];
      const outcomes = Object.values(theirs.results);
      assert.ok(
        outcomes.some(({ name }) => name === 'RangeError'),
        'the limit is in force',
      );
      assert.deepStrictEqual(own.results, theirs.results);
      slabbed(() => assert.ok(own.fallbacks.memory >= 1, 'the refusal was counted'));
    });
  }
});
