'use strict';

/*
 * No binary is no crash: where no addon loads the package works on the runtime's memory, says so once,
 * and says what to do about just that cause, in the warning, in `bufalloc doctor` and in
 * docs/when-it-does-not-load.md.
 *
 * A copy of the package stands where a cause has it stand, with the binaries that the cause has.
 */

const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const binding = require('../lib/runtime/binding');
const { CAUSES, diagnose } = require('../lib/runtime/missing');
const { runNode } = require('./support/child');
const { nodeMajor } = require('./support/subject');

const ROOT = path.join(__dirname, '..');
const PLATFORM = `${process.platform}-${process.arch}`;
const PREBUILT = `prebuilds/${PLATFORM}/bufalloc${process.platform === 'linux' ? '.glibc' : ''}.node`;
const PERMISSION = nodeMajor >= 24 ? '--permission' : '--experimental-permission';

/* As a program without a setting of its own. */
const env = { BUFALLOC_BACKEND: '' };

/** An ELF header, of a machine that no Node.js runs on. */
function foreignElf() {
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x01\x01\x01', 'latin1');
  header.writeUInt16LE(3, 16);
  header.writeUInt16LE(0x9026, 18);
  return header;
}

describe('where no addon loads', () => {
  let scratch;
  before(() => (scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-missing-'))));
  after(() => fs.rmSync(scratch, { recursive: true }));

  /**
   * A copy of the package.
   *
   * @param {string} folder where, below the scratch folder
   * @param {Record<string, string|Buffer|undefined>} [files] more of it; undefined: one that is not there
   */
  function copy(folder, files = {}) {
    const to = path.join(scratch, folder);
    fs.rmSync(to, { recursive: true, force: true });
    for (const name of ['dist', 'lib', 'bin', 'bench/core', 'package.json']) {
      fs.cpSync(path.join(ROOT, name), path.join(to, name), { recursive: true });
    }
    for (const [name, content] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(to, name)), { recursive: true });
      if (content === undefined) fs.rmSync(path.join(to, name), { recursive: true });
      else fs.writeFileSync(path.join(to, name), content);
    }
    return to;
  }

  const load = (folder) => `require(${JSON.stringify(folder)})`;

  it('everything works, on the runtime’s memory', async () => {
    const code = `
      const { Buffer, acquire, release, createArena, createAllocator, stats, trim } = ${load(copy('plain'))};
      const arena = createArena();
      const emptied = arena.alloc(100_000, 'x');
      arena.reset();
      const allocator = createAllocator({ name: 'own' });
      allocator.allocUnsafe(50_000).fill(1);
      allocator.close();
      const buffer = acquire(100_000).fill(1);
      console.log(JSON.stringify([Buffer.alloc(1e6, 'ab').toString('latin1', 0, 4), Buffer.allocUnsafe(100, 64).length,
        emptied.length, release(buffer), buffer.length, trim(), stats().backend.name, stats().external]));
    `;
    const { code: status, stdout, stderr } = await runNode(['-e', code], { env });
    assert.strictEqual(status, 0, stderr);
    assert.deepStrictEqual(JSON.parse(stdout), ['abab', 100, 0, true, 0, 0, 'host', false]);
  });

  it('it is explained, counted and looked through as anywhere', async () => {
    const code = `
      const { acquire, census, explain, metrics } = ${load(copy('plain'))};
      const kept = acquire(100_000);
      const { rss, parts } = explain({ census: true });
      const { count, bytes } = census().totals.acquired;
      console.log(JSON.stringify([Object.values(parts).reduce((sum, part) => sum + part, 0) === rss,
        /^bufalloc_acquired_total{allocator="default"} 1$/m.test(metrics()), count, bytes, kept.length]));
    `;
    const { code: status, stdout, stderr } = await runNode(['-e', code], { env });
    assert.strictEqual(status, 0, stderr);
    assert.deepStrictEqual(JSON.parse(stdout), [true, true, 1, 100_000, 100_000]);
  });

  it('it is said once, with a code and what to do, and not in workers again', async () => {
    const folder = copy('plain');
    const code = `
      const { Worker } = require('node:worker_threads');
      const code = ${JSON.stringify(`console.log(${load(folder)}.stats().backend.name)`)};
      ${load(folder)};
      new Worker(code, { eval: true }).on('exit', () => new Worker(code, { eval: true }));
    `;
    const { stdout, stderr } = await runNode(['-e', code], { env });
    assert.strictEqual(stdout, 'host\nhost\n');
    assert.strictEqual(stderr.match(/BUFALLOC_NO_ADDON/g)?.length, 1, stderr);
    assert.match(stderr, /BUFALLOC_STORES=host silences this/);
  });

  for (const name of ['BUFALLOC_STORES', 'BUFALLOC_BACKEND']) {
    it(`it is not said with ${name}=host`, async () => {
      const { code, stderr } = await runNode(['-e', load(copy('plain'))], {
        env: { ...env, [name]: 'host' },
      });
      assert.deepStrictEqual([code, stderr], [0, '']);
    });
  }

  it('what needs an address says so', async function () {
    if (globalThis.Buffer.allocUnsafeSlow.length > 1) this.skip();
    const code = `${load(copy('plain'))}.acquire(10, { alignment: 4096 })`;
    const { code: status, stderr } = await runNode(['-e', code], { env });
    assert.strictEqual(status, 1);
    assert.match(stderr, /ERR_BUFALLOC_ADDON/);
  });

  it('a backend that was asked for is an error, with the reason', async () => {
    const { code, stderr } = await runNode(['-e', load(copy('plain'))], {
      env: { BUFALLOC_BACKEND: 'napi' },
    });
    assert.strictEqual(code, 1);
    assert.match(stderr, /ERR_BUFALLOC_BACKEND.*cannot be had: no addon loads: /);
  });

  /** What a cause looks like: where the copy is, what is in it, and how Node.js is started. */
  const cases = {
    binary: { env: { BUFALLOC_BINARY: path.join(__dirname, 'nothing.node') } },
    addons: { nodeArgs: ['--no-addons'], files: { [PREBUILT]: 'x' } },
    bundled: { files: { 'package.json': '{ "name": "app", "main": "dist/index.js" }' } },
    architecture: { on: 'linux', files: { [PREBUILT]: foreignElf() } },
    copied: { on: 'linux', files: { [PREBUILT]: Buffer.alloc(100, 'MZ') } },
    damaged: { on: 'linux', files: { [PREBUILT]: '' } },
    platform: { files: { 'prebuilds/amiga-68k/bufalloc.node': '' } },
    incomplete: {},
    pnpm: {
      folder: 'node_modules/.pnpm/bufalloc@1.0.0/node_modules/bufalloc',
      files: { 'tools/prepare.js': '' },
    },
    scripts: { files: { 'tools/prepare.js': '' } },
  };

  for (const [cause, { on, folder = 'plain', files, env: more, nodeArgs = [] }] of Object.entries(
    cases,
  )) {
    it(`the advice is the right one: ${cause}`, async function () {
      if (on !== undefined && process.platform !== on) this.skip();
      const args = [...nodeArgs, '-e', load(copy(folder, files))];
      const { code, stderr } = await runNode(args, { env: { ...env, ...more } });
      assert.strictEqual(code, 0, stderr);
      assert.ok(stderr.includes(CAUSES[cause].text), stderr);
      assert.ok(stderr.includes(CAUSES[cause].advice), stderr);
    });
  }

  it('the advice is the right one: addons, with the permission model', async () => {
    const args = [PERMISSION, '--allow-fs-read=*', '-e', load(ROOT)];
    const { code, stderr } = await runNode(args, { env });
    assert.strictEqual(code, 0, stderr);
    assert.ok(stderr.includes(CAUSES.addons.advice), stderr);
  });

  it('a program that may read its own folders alone has the addon', async () => {
    const args = [PERMISSION, '--allow-addons', `--allow-fs-read=${ROOT}${path.sep}*`];
    const { code, stderr } = await runNode([...args, '-e', load(ROOT)], { env });
    assert.strictEqual(code, 0, stderr);
    assert.ok(!stderr.includes('BUFALLOC_NO_ADDON'), stderr);
  });

  it('another C library, and an architecture, are told by what the loader says', () => {
    const causeOf = (message) =>
      diagnose({ roots: [ROOT], failures: [{ file: 'x', error: new Error(message) }] }).cause;
    const messages = {
      "/lib/libc.so.6: version `GLIBC_2.34' not found (required by x.node)": 'libc',
      'Error loading shared library ld-linux-x86-64.so.2: No such file or directory': 'libc',
      'Error relocating x.node: fcntl64: symbol not found': 'libc',
      'libc.musl-x86_64.so.1: cannot open shared object file: No such file or directory': 'libc',
      'x.node: wrong ELF class: ELFCLASS32': 'architecture',
      "(mach-o file, but is an incompatible architecture (have 'x86_64', need 'arm64'))":
        'architecture',
      'x.node: invalid ELF header': 'copied',
      '\\\\?\\C:\\x.node is not a valid Win32 application.': 'copied',
      'x.node: file too short': 'damaged',
    };
    for (const [message, cause] of Object.entries(messages)) {
      assert.strictEqual(causeOf(message), cause, message);
    }
  });

  it('a doctor says the same', async () => {
    const script = path.join(copy('plain'), 'bin', 'bufalloc.js');
    const { code, stdout } = await runNode([script, 'doctor', '--json'], { env });
    assert.strictEqual(code, 1);
    const { findings } = JSON.parse(stdout);
    const { state, text, advice } = findings.find(({ title }) => title === 'Binary');
    assert.strictEqual(state, 'wrong');
    assert.ok(text.includes(CAUSES.incomplete.text), text);
    assert.ok(advice.includes(CAUSES.incomplete.advice), advice);
  });

  it('a document has an entry for each cause', () => {
    const text = fs.readFileSync(path.join(ROOT, 'docs', 'when-it-does-not-load.md'), 'utf8');
    const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    const wanted = Object.values(CAUSES).map(({ heading }) => heading);
    assert.deepStrictEqual(
      wanted.filter((heading) => !headings.includes(heading)),
      [],
    );
  });

  it('what stands in for the addon has its functions and counters', () => {
    /* Of the C heap, which is not there then. */
    const heapAlone = [
      ...['allocate', 'allocateGuarded', 'destroyHeap', 'fault', 'move', 'recycle'],
      ...['unwatch', 'watch'],
    ];
    const rest = ['origin', 'readStats', 'startClock', 'STATUS'];
    const absent = require('../lib/runtime/absent');
    assert.deepStrictEqual(absent.counters, binding.counters);
    const names = Object.keys(binding).filter((name) => ![...heapAlone, ...rest].includes(name));
    assert.deepStrictEqual(Object.keys(absent).sort(), names.sort());
  });
});
