'use strict';

/* The package in workers alone, several times over, and in the main thread after them. */

const assert = require('node:assert');
const { runFixture } = require('./support/child');

describe('the package loaded by workers before the main thread has it', () => {
  let result;
  before(async () => (result = await runFixture('workers-first')));
  const right = (answers) => assert.deepStrictEqual(new Set(answers), new Set([true]));

  it('works in one after the other, and in several at once', () => right(result.before));

  it('works in the main thread after they have ended', () => right(result.main));

  it('works in others after that', () => right(result.after));
});
