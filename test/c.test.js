'use strict';

/*
 * The heap's C tests (test/c), one mocha test each. See test/c/run.js, which also runs them under
 * the sanitizers and for Windows. They know nothing of stores: the pass on the runtime's memory
 * leaves them out.
 */

const assert = require('node:assert');

const { compiler, exists, load } = require('./c/run');

function loadOrExplain() {
  if (process.platform === 'win32') return {};
  if (!exists(compiler)) return { error: new Error(`needs a C compiler (${compiler})`) };
  try {
    return { tests: load('plain') };
  } catch (error) {
    return { error };
  }
}

describe('the heap in C', function () {
  this.timeout(60_000);
  const { tests = [], error } = loadOrExplain();

  if (error) {
    it('compiles', () => {
      throw error;
    });
  }

  for (const suite of new Set(tests.map((test) => test.suite))) {
    describe(suite, () => {
      for (const test of tests.filter((each) => each.suite === suite)) {
        it(test.title, function () {
          const { result, detail } = test.run();
          if (result === 'skip') this.skip();
          assert.strictEqual(result, 'ok', detail);
        });
      }
    });
  }
});
