'use strict';

/* Programs whose event loop does not turn: what they drop or release serves them again all the same. */

const assert = require('node:assert');
const { backend, native, slabbed } = require('./support/subject');
const { runFixture } = require('./support/child');

const PEAK_MIB = 160;
/**
 * What the runtime itself may come to hold. Where its memory serves, one buffer in each MiB is watched, and what Node-API
 * has for that, 160 bytes, is freed when the loop turns: 31 MiB of 200 GB.
 */
const GROWTH_MIB = backend === 'v8' ? 32 : 48;

if (process.platform === 'linux') {
  describe('a loop that never turns', () => {
    slabbed(() => {
      for (const [task, what] of [
        ['large', '3,000 × 1 MiB'],
        ['many', '200,000 × 64 KiB'],
      ]) {
        it(`has dropped memory again, and never falls back to the runtime's: ${what}, touched`, async () => {
          const { peak, fallbacks } = await runFixture('synchronous-loop', [task]);
          assert.ok(peak <= PEAK_MIB, `${peak} MiB at most`);
          assert.deepStrictEqual(new Set(Object.values(fallbacks)), new Set([0]));
        });
      }
    });

    native(() => {
      for (const task of [
        'acquire and release',
        'acquire and release, of many sizes',
        'alloc and release',
        'reset an arena',
      ]) {
        it(`does not grow by what it gives back a million times: ${task}`, async () => {
          const { grown } = await runFixture('synchronous-loop', [task]);
          assert.ok(grown < GROWTH_MIB, `${grown} MiB more`);
        });
      }
    });
  });
}
