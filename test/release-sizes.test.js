'use strict';

/* What a release costs does not grow with the number of sizes that were released before. */

const assert = require('node:assert');
const { native } = require('./support/subject');
const { runFixture } = require('./support/child');

/** Far above what different sizes cost, far below a search of all of them: that is 90 times. */
const MOST = 10;

native(() => {
  describe('releasing 60,000 buffers', () => {
    it(`of as many sizes takes at most ${MOST} times what one size takes`, async () => {
      const { one, distinct } = await runFixture('release-sizes');
      assert.ok(distinct <= MOST * one, `${distinct} ms, ${one} ms for one size`);
    });
  });
});
