'use strict';

/*
 * The asynchronous context that memory is first used in: a request's storage, a resource, a domain.
 * What looks after memory runs in none of them, and holds none.
 */

const assert = require('node:assert');
const { runFixture } = require('./support/child');

const USES = ['load', 'small', 'large', 'release', 'arena', 'allocator', 'debug'];
const EXPOSED = { nodeArgs: ['--expose-gc'] };

for (const context of ['AsyncLocalStorage', 'AsyncResource', 'domain']) {
  describe(`what ${context} holds`, () => {
    for (const use of USES) {
      it(`can be collected when the program has left it: ${use}`, async () => {
        const { collected } = await runFixture('async-context', ['ours', context, use], EXPOSED);
        assert.strictEqual(collected, true);
      });
    }
  });
}
