'use strict';

/*
 * Memory that is given back when the program has long been quiet: it leaves the process within seconds,
 * as it does in the midst of work.
 */

const assert = require('node:assert');
const { runFixture } = require('./support/child');

const HELD_MIB = 28;
const LEFT_MIB = 16;

describe('memory that comes back after a quiet time', () => {
  const results = {};
  before(async function () {
    this.timeout(120_000);
    const tasks = await runFixture('idle-memory');
    const options = { nodeArgs: ['--expose-gc'] };
    const run = async (task) => (results[task] = await runFixture('idle-memory', [task], options));
    await Promise.all(tasks.map(run));
  });

  for (const task of [
    'dropped',
    'released',
    'closed arena',
    'reset arena',
    'dropped from allocators',
    'dropped allocators',
    'closed allocators',
    'ended worker',
  ]) {
    it(`leaves the process within seconds: ${task}`, () => {
      const { full, left } = results[task];
      assert.ok(full >= HELD_MIB, `${full} MiB were held`);
      assert.ok(left <= LEFT_MIB, `${left} MiB are left`);
    });
  }
});
