'use strict';

/*
 * Buffers that are released while crypto, zlib or the file system still work on them, in processes
 * of their own. Whose bytes it has, was seen by having others take and fill the memory before it
 * ran, on Node.js 20, 22, 24 and 26:
 *
 *   pbkdf2, scrypt, hkdf, sign, subtle.digest    its own: what they are given is copied by the call
 *   randomFill, fs.read, fs.readv                the next owner's: they write to them
 *   deflate, gunzip, brotliCompress              the next owner's: they read them
 *   fs.write, fs.writev                          the next owner's: they write them to the file
 *   fs.writeFile                                 none up to 24: the file is opened first, and what is
 *                                                written then is an empty buffer; its own on 26
 *
 * The memory can be had again at once in all of them but the last, which on 26 holds V8's backing
 * store: where V8 makes the stores it is back when the operation ends, and where Node-API does, it is
 * the next owner's too.
 *
 * Bun holds a buffer meanwhile, so that it cannot be released.
 *
 * That the process survives is tested for memory of the C heap alone. The runtime's is gone with
 * its store, and may be unmapped.
 */

const assert = require('node:assert');
const fs = require('node:fs');
const { runFixture } = require('./support/child');
const { backend, native, nodeMajor, ours } = require('./support/subject');

const SIZE = 200_000;

const ENDING = [
  ...['randomFill', 'pbkdf2', 'scrypt', 'hkdf', 'sign', 'digest'],
  ...['deflate', 'brotliCompress', 'read', 'write'],
];

const COPYING = [
  ...['pbkdf2, password', 'pbkdf2, salt', 'scrypt, password', 'scrypt, salt'],
  ...['hkdf, key', 'hkdf, salt', 'sign', 'subtle.digest'],
];
const BY_ADDRESS = [
  ...['randomFill', 'fs.read', 'fs.readv', 'fs.write', 'fs.writev'],
  ...['deflate', 'gunzip', 'brotliCompress'],
];

/** What `fs.writeFile` has, by version and backend. */
function writeFileHas() {
  if (nodeMajor < 26) return { held: false, bytes: 'none' };
  return backend === 'v8' ? { held: true, bytes: 'own' } : { held: false, bytes: 'next' };
}

native(() => {
  describe('an operation whose buffer is released while it runs', () => {
    for (const job of ENDING) {
      it(`comes to its end: ${job}`, async () => {
        const { begun, ended } = await runFixture('jobs-in-flight', [job]);
        assert.strictEqual(ended, begun);
      });
    }
  });

  describe('an operation whose buffer is released before it runs', () => {
    let outcomes;
    before(async () => {
      outcomes = await runFixture('jobs-and-owners', [...COPYING, ...BY_ADDRESS, 'fs.writeFile']);
    });

    for (const job of COPYING) {
      it(`has a copy of its own bytes: ${job}`, () => {
        assert.deepStrictEqual(outcomes[job], { held: false, bytes: 'own' });
      });
    }

    for (const job of BY_ADDRESS) {
      it(`has the next owner's bytes, as after free(): ${job}`, () => {
        assert.deepStrictEqual(outcomes[job], { held: false, bytes: 'next' });
      });
    }

    it('keeps its own bytes from 26 on, where V8 made their store: fs.writeFile', () => {
      assert.deepStrictEqual(outcomes['fs.writeFile'], writeFileHas());
    });

    if (process.versions.bun !== undefined) {
      it('is left alone by release until it has ended, on Bun: fs.read', async () => {
        const file = await fs.promises.open(process.execPath);
        const buffer = ours.acquire(SIZE);
        const reading = file.read(buffer, 0, SIZE, 0);
        assert.strictEqual(ours.release(buffer), false);
        assert.strictEqual((await reading).bytesRead, SIZE);
        assert.strictEqual(buffer.length, SIZE);
        assert.strictEqual(ours.release(buffer), true);
        await file.close();
      });
    }
  });
});
