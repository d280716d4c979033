'use strict';

/*
 * The debugging mode knows what core still has: a release that comes too early is reported while it can
 * be understood, with where the buffer was given away and where it was released; so are uses of what was
 * released, and releases that do nothing.
 */

const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { fixtures, runFixture, runNode } = require('./support/child');

const env = { BUFALLOC_DEBUG: '1' };

describe('the debugging mode', () => {
  let folder;
  before(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-uses-'))));
  after(() => fs.rmSync(folder, { recursive: true }));

  const run = (mode) => runFixture('debug-uses', [mode, folder], { env });

  const TOO_EARLY = {
    stream: /^WriteStream\.end$/,
    'fs.write': /^fs\.write$/,
    'fs.writev': /^fs\.writev$/,
    'fs.promises': /^fs\.promises\.writeFile$/,
    handle: /^FileHandle\.write$/,
    zlib: /^zlib\.gzip$/,
    crypto: /^crypto\.randomFill$/,
    socket: /^Socket\.write$/,
    http: /^ServerResponse\.end$/,
    arena: /^WriteStream\.write$/,
  };
  for (const [mode, who] of Object.entries(TOO_EARLY)) {
    it(`reports a release while core still has the buffer: ${mode}`, async () => {
      const { warnings, releasesInUse } = await run(mode);
      assert.ok(releasesInUse > 0);
      const early = warnings.filter(({ code }) => code === 'BUFALLOC_RELEASE_IN_USE');
      const reported = early.map(({ message }) => / while (\S+) still had it/.exec(message)[1]);
      assert.ok(
        reported.some((name) => who.test(name)),
        reported.join(),
      );
      const [{ detail }] = early;
      const parts = /^Allocated:\n([^]*)Given to [\w.]+:\n([^]*)Released:\n([^]*)/.exec(detail);
      for (const part of parts.slice(1)) assert.match(part, /debug-uses\.js/);
      assert.doesNotMatch(detail, /[\\/](lib|dist)[\\/](\w+[\\/])?\w+\.js/, 'frames of our own');
    });
  }

  it('leaves a stream alone whose class has no name, or has no class', async () => {
    const code = `
      const { Writable } = require('node:stream');
      const ours = require('.');
      class Odd extends Writable {
        static name = Symbol('odd');
        _write(chunk, encoding, callback) {
          console.log(chunk.length);
          callback();
        }
      }
      const odd = new Odd();
      odd.write(ours.acquire(1000));
      Object.defineProperty(odd, 'constructor', { get() { throw new Error('not to be seen'); } });
      odd.end(ours.acquire(2000));`;
    const cwd = path.join(__dirname, '..');
    const { stdout, stderr } = await runNode(['-e', code], { env, cwd });
    assert.strictEqual(stdout, '1000\n2000\n', stderr);
  });

  it('has nothing to say where a buffer is released when core is done with it', async () => {
    const { warnings, size, packed, bytesRead, same } = await run('right');
    assert.deepStrictEqual(warnings, []);
    assert.deepStrictEqual([size, packed, bytesRead, same], [70_000, true, 1, true]);
  });

  it('reports a released buffer that is given to a stream, each place once, with a count', async () => {
    const { warnings, usesAfterRelease } = await run('after');
    assert.strictEqual(usesAfterRelease, 5);
    assert.deepStrictEqual(
      warnings.map(({ code }) => code),
      ['BUFALLOC_USE_AFTER_RELEASE'],
    );
    assert.match(warnings[0].message, /^Use after release: PassThrough\.write was given a buffer/);
    assert.match(warnings[0].detail, /^Given:\n.*debug-uses\.js[^]*Released:\n.*debug-uses\.js/);
    const args = [path.join(fixtures, 'debug-uses.js'), 'after', folder];
    const { stderr } = await runNode(args, { env });
    assert.match(stderr, /^\(bufalloc\) 5 times: \[BUFALLOC_USE_AFTER_RELEASE\] +at .*debug-uses/m);
  });

  it('reports releases that return false, and why', async () => {
    const { warnings, refusedReleases, isMoved } = await run('refused');
    assert.strictEqual(refusedReleases, isMoved ? 8 : 5);
    assert.deepStrictEqual(
      warnings.map(({ code, message }) => [code, message]),
      [
        'it was released before',
        'it is a part of a buffer',
        'it is a piece of a slab, which others share',
        "its memory is not bufalloc's",
        "it is an arena's, whose reset() takes it back",
        ...(isMoved ? ['its memory was moved elsewhere'] : []),
      ].map((reason) => ['BUFALLOC_RELEASE_REFUSED', `Release refused: ${reason}.`]),
    );
    assert.match(warnings[0].detail, /^Released:\n.*debug-uses[^]*Released before:\n.*debug-uses/);
  });

  it('leaves what it wraps as it looks', async () => {
    const { names, keys } = await run('looks');
    const { ServerResponse } = require('node:http');
    const { Writable } = require('node:stream');
    const originals = [
      ...[fs.write, require('node:zlib').gzip],
      ...[Writable.prototype.write, ServerResponse.prototype.end],
    ];
    assert.deepStrictEqual(
      names,
      originals.map(({ name, length }) => [name, length]),
    );
    const { read } = fs;
    assert.deepStrictEqual(keys, Reflect.ownKeys(read).map(String).sort());
  });

  it('hands errors on, after which nothing is in use', async () => {
    const { warnings, code, thrown, released } = await run('rejected');
    assert.deepStrictEqual([warnings, code, released], [[], 'ENOENT', true]);
    assert.strictEqual(thrown, 'ERR_INVALID_ARG_TYPE');
  });
});
