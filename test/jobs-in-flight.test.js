'use strict';

/*
 * Buffers that are released while crypto, zlib or the file system still work on them. Whose bytes such an operation
 * then reads or writes is not promised; that the process survives it, and that it ends, is.
 */

const assert = require('node:assert');
const { runFixture } = require('./support/child');

const JOBS = [
  ...['randomFill', 'pbkdf2', 'scrypt', 'hkdf', 'sign', 'digest'],
  ...['deflate', 'brotliCompress', 'read', 'write'],
];

describe('an operation whose buffer is released while it runs', () => {
  for (const job of JOBS) {
    it(`comes to its end: ${job}`, async () => {
      const { begun, ended } = await runFixture('jobs-in-flight', [job]);
      assert.strictEqual(ended, begun);
    });
  }
});
