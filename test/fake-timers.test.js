'use strict';

/* The package loaded and used while a test has replaced the clock. */

const assert = require('node:assert');
const { slabbed } = require('./support/subject');
const { runFixture } = require('./support/child');

const MIB = 1024 * 1024;

for (const [fake, what] of [
  ['mock', "node:test's mock timers"],
  ['globals', 'replaced globals'],
  ['modules', 'replaced globals and functions of node:timers'],
]) {
  describe(`the package under ${what}`, () => {
    let result;
    before(async () => (result = await runFixture('fake-timers', [fake])));

    it('has nothing in the fake clock', () => {
      assert.deepStrictEqual(result.pending, []);
    });

    it('goes on to look after idle memory when the real clock is back', () => {
      assert.ok(result.cached <= MIB, `${result.cached} bytes are cached`);
    });

    slabbed(() => {
      it('goes on to hand out C memory when the real clock is back', () => {
        assert.deepStrictEqual([result.dedicated, result.fallbacks], [20, 0]);
      });
    });
  });
}
