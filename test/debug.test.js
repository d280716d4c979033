'use strict';

/*
 * The debugging mode: real mistakes are reported, each with the places where the memory came from
 * and where it went, and correct programs hear nothing.
 */

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const { mkdtempSync, rmSync } = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { fixtures, runFixture, runNode } = require('./support/child');
const { hostMode } = require('./support/subject');

const MIB = 1024 * 1024;
const ON = { BUFALLOC_DEBUG: '1' };
/** Lengths of what the fixture writes, and where. */
const [WRITTEN, OFFSET] = [16, 10];

describe('the debugging mode', () => {
  let folder;
  let pipe;

  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'bufalloc-debug-'));
    pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
  });
  after(() => rmSync(folder, { recursive: true }));

  const run = (mode, env = ON) =>
    runFixture('debug', [mode, pipe], { env, nodeArgs: ['--expose-gc'] });

  const runToExit = (mode) =>
    runNode(['--expose-gc', path.join(fixtures, 'debug.js'), mode, pipe], { env: ON });

  /** Those of writes; a read that is given to fs is known to be in use, besides (debug-uses.test.js). */
  const writesOf = (warnings) =>
    warnings.filter(({ code }) => code === 'BUFALLOC_WRITE_AFTER_RELEASE');

  function assertWriteReported({ code, message, detail }, allocated, released) {
    assert.strictEqual(code, 'BUFALLOC_WRITE_AFTER_RELEASE');
    assert.match(message, new RegExp(`${WRITTEN} bytes .* changed .* first at offset ${OFFSET}`));
    const [, from, to] = /^Allocated \(\d+ bytes\):\n([^]*)Released:\n([^]*)/.exec(detail);
    assert.match(from, allocated);
    assert.match(to, released);
    assert.doesNotMatch(detail, /[\\/]lib[\\/](\w+[\\/])?\w+\.js/, 'frames of our own');
  }

  it('is off where nobody asks for it, and not even loaded', async () => {
    for (const BUFALLOC_DEBUG of ['', '0', 'off', 'false']) {
      const { debug, loaded } = await run('clean', { BUFALLOC_DEBUG });
      assert.deepStrictEqual([debug, loaded], [{ state: 'off' }, false]);
    }
  });

  it('has nothing to say to a program without mistakes', async () => {
    const { warnings, debug } = await run('clean');
    assert.deepStrictEqual(warnings, []);
    assert.strictEqual(debug.state, 'on');
    assert.deepStrictEqual([debug.writesAfterRelease, debug.leaks], [0, 0]);
  });

  it('reports a read that was still in flight at release', async () => {
    const { warnings, debug } = await run('read');
    const writes = writesOf(warnings);
    assert.strictEqual(writes.length, 1);
    assert.match(writes[0].detail, /^Allocated \(65536 bytes\)/);
    assertWriteReported(writes[0], /at releaseInFlight .*debug\.js/, /debug\.js/);
    assert.strictEqual(debug.writesAfterRelease, 1);
  });

  it('reports it when it has waited for two rounds of maintenance', async () => {
    const { before, warnings, debug } = await run('rounds');
    assert.strictEqual(before, 1, 'it waited');
    const writes = writesOf(warnings);
    assert.strictEqual(writes.length, 1);
    assertWriteReported(writes[0], /at releaseInFlight .*debug\.js/, /debug\.js/);
    assert.deepStrictEqual([debug.quarantineCount, debug.quarantineBytes], [0, 0]);
  });

  it('reports it for an arena that was reset', async () => {
    const { warnings } = await run('arena');
    const writes = writesOf(warnings);
    assert.strictEqual(writes.length, 1);
    assertWriteReported(writes[0], /debug\.js/, /debug\.js/);
  });

  it('reports it for an allocator that was made with the option, when it is closed', async () => {
    const { warnings, debug } = await run('option', {});
    const writes = writesOf(warnings);
    assert.strictEqual(writes.length, 1);
    assertWriteReported(writes[0], /debug\.js/, /debug\.js/);
    assert.deepStrictEqual(debug, { state: 'off' });
  });

  for (const mode of ['exit', 'trimAndExit']) {
    it(`reports it at the end of the process at the latest: ${mode}`, async () => {
      const { code, stderr } = await runToExit(mode);
      assert.strictEqual(code, 0);
      const reports = stderr.match(/BUFALLOC_WRITE_AFTER_RELEASE/g);
      assert.strictEqual(reports?.length, 1, stderr);
      assert.match(stderr, /Allocated \(65536 bytes\):\n +at .*debug\.js/);
    });
  }

  it('reports acquired buffers that are collected without a release, once a place', async () => {
    const env = { ...ON, BUFALLOC_DEBUG_SAMPLE: '1' };
    const { warnings, debug } = await run('leak', env);
    assert.ok(debug.leaks >= 15, `${debug.leaks} of 20 were found`);
    const [{ code, detail }] = warnings;
    assert.strictEqual(code, 'BUFALLOC_LEAK');
    assert.match(detail, /^Acquired \(1\d\d\d bytes\):\n +at dropAcquired .*debug\.js/);
    assert.strictEqual(new Set(warnings.map((warning) => warning.detail)).size, warnings.length);
  });

  it('watches one acquired buffer in 16 for that', async () => {
    const { warnings, debug } = await run('leak');
    assert.strictEqual(debug.leaks, 2);
    assert.match(warnings[0].message, /One in 16 is watched/);
  });

  it('holds no more in quarantine than its bound, and uses the rest again', async () => {
    const { debug, heap } = await run('bound');
    assert.strictEqual(debug.quarantineBytes, 16 * MIB);
    if (!hostMode) assert.ok(heap.reusedBlocks > 80, `${heap.reusedBlocks} were used before`);
    assert.ok(heap.peakLiveBytes <= 18 * MIB, `${heap.peakLiveBytes} bytes`);
    const small = await run('bound', { ...ON, BUFALLOC_DEBUG_QUARANTINE: String(2 * MIB) });
    assert.strictEqual(small.debug.quarantineBytes, 2 * MIB);
  });
});
