'use strict';

/*
 * Random calls of every static, valid and not, give what the built-in gives: the same bytes in the
 * same kind of store, or the same error. BUFALLOC_FC_RUNS sets the calls a static; fast-check prints
 * the seed and the shortest failing call.
 */

const fc = require('fast-check');
const any = require('./support/arbitraries');
const { nodeMajor } = require('./support/subject');
const { same } = require('./support/outcome');

const RUNS = Number(process.env.BUFALLOC_FC_RUNS ?? 300);
const TIMEOUT = 120_000;
const unfilled = { unfilled: true };
// The constructor may be the built-in's own, and then takes its memory where that does.
const anyPool = { anyPool: true };

/** What is called, with what arguments, and whether the bytes of the result are unspecified. */
const CALLS = {
  'Buffer.alloc': [({ Buffer: B }) => B.alloc, any.args(any.size, any.fill, any.encoding)],
  'Buffer.allocUnsafe': [({ Buffer: B }) => B.allocUnsafe, any.args(any.size), unfilled],
  'Buffer.allocUnsafeSlow': [({ Buffer: B }) => B.allocUnsafeSlow, any.args(any.size), unfilled],
  'Buffer.from': [({ Buffer: B }) => B.from, any.args(any.source, any.encoding)],
  'Buffer.from with a place': [
    ({ Buffer: B }) => B.from,
    any.args(any.source, any.place, any.place),
  ],
  'Buffer.from a string': [({ Buffer: B }) => B.from, any.args(any.string, any.encoding)],
  'Buffer.concat': [({ Buffer: B }) => B.concat, any.args(any.list, any.total)],
  'Buffer.of': [({ Buffer: B }) => B.of, any.args(any.junk, any.junk, any.junk, any.junk)],
  'Buffer.copyBytesFrom': [
    ({ Buffer: B }) => B.copyBytesFrom,
    any.args(any.view, any.place, any.place),
  ],
  'Buffer.byteLength': [({ Buffer: B }) => B.byteLength, any.args(any.source, any.encoding)],
  'Buffer.compare': [({ Buffer: B }) => B.compare, any.args(any.part, any.part)],
  'Buffer.isBuffer': [({ Buffer: B }) => B.isBuffer, any.args(any.source)],
  'Buffer.isEncoding': [({ Buffer: B }) => B.isEncoding, any.args(any.encoding)],
  'Buffer as a function': [({ Buffer: B }) => B, any.args(any.source, any.encoding), anyPool],
  'Buffer as a function of a size': [
    ({ Buffer: B }) => B,
    any.args(any.size, any.encoding),
    anyPool,
  ],
  'new Buffer': [
    ({ Buffer: B }) =>
      (...args) =>
        new B(...args),
    any.args(any.source, any.place, any.place),
    anyPool,
  ],
};

/** Asserts that every random call has the same outcome on both sides. */
function check(pick, args, options) {
  const property = fc.property(args, (recipes) =>
    same((side) => pick(side)(...recipes.map((recipe) => recipe.make())), options),
  );
  fc.assert(property, { numRuns: RUNS });
}

describe('random calls', function () {
  this.timeout(TIMEOUT);
  const previous = process.noDeprecation;
  before(() => (process.noDeprecation = true));
  after(() => (process.noDeprecation = previous));

  for (const [title, [pick, args, options]] of Object.entries(CALLS)) {
    it(`give what the built-in gives: ${title}`, () => check(pick, args, options));
  }

  if (nodeMajor >= 26) {
    it("give what the built-in gives: wrong alignments, whose errors are the built-in's", () => {
      const wrong = any.junk.filter((recipe) => ![undefined, 1, 2, 4, 8].includes(recipe.make()));
      for (const name of ['allocUnsafe', 'allocUnsafeSlow']) {
        check(({ Buffer: B }) => B[name], fc.tuple(any.size, wrong), unfilled);
      }
    });
  }
});
