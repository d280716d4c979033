'use strict';

/*
 * The package as it is published: what is in it, and that it works where it is installed without
 * running any script, on a machine with no compiler and no network.
 *
 * It is packed from a copy of the tree, as a fresh clone would be, with the binary for this machine
 * alone (tools/prebuild.js). Other binaries need cross compilers: .ci/run.
 */

const assert = require('node:assert');
const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '..');

/** Bytes: room for the binaries of all platforms, 50 to 70 kB each, about half of that packed. */
const MAX_PACKED_SIZE = 500_000;

/** What a package consists of: npm adds the first three of itself. */
const TOP_LEVEL = [
  ...['LICENSE', 'README.md', 'package.json'],
  ...['CHANGELOG.md', 'SECURITY.md', 'bench', 'bin', 'binding.gyp', 'docs', 'lib', 'prebuilds'],
  ...['sources.gypi', 'src'],
];

/** npm's program: a script, run by the very node that runs the tests. */
function findNpm() {
  const { npm_execpath: running, PATH } = process.env;
  if (running?.endsWith('npm-cli.js')) return running;
  const files = PATH.split(path.delimiter).map((folder) => path.join(folder, 'npm'));
  const file = files.find((candidate) => fs.existsSync(candidate));
  return path.join(path.dirname(fs.realpathSync(file)), 'npm-cli.js');
}

/** Runs a program to its end. Returns what it printed; throws with its output if it fails. */
function run(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let output = '';
    child.stdout.on('data', (data) => (stdout += data));
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (d) => (output += d));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`));
    });
  });
}

/** Copies what git has or would have, as a clone is; the installed packages are shared. */
function copyTree(to) {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  for (const file of stdout.split('\0').filter(Boolean)) {
    if (!fs.existsSync(path.join(root, file))) continue;
    fs.mkdirSync(path.dirname(path.join(to, file)), { recursive: true });
    fs.copyFileSync(path.join(root, file), path.join(to, file));
  }
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(to, 'node_modules'));
}

describe('the package', () => {
  let scratch, project, entries, packedSize, environment, npm;

  /** Runs node in the project, with nothing but node on the PATH. */
  const node = (...args) => run(process.execPath, args, { cwd: project, env: environment });

  /** Packs a folder. Returns what npm says of the tarball. */
  async function pack(folder, env) {
    const args = [npm, 'pack', '--json', '--silent', '--pack-destination', scratch];
    const text = await run(process.execPath, args, {
      cwd: folder,
      env: { ...process.env, ...env },
    });
    // npm 12 and later tell packages by name, earlier ones list them.
    return Object.values(JSON.parse(text.slice(text.search(/^[[{]/m))))[0];
  }

  before(async function () {
    const { status } = spawnSync('git', ['rev-parse'], { cwd: root });
    if (process.platform !== 'linux' || status !== 0) return this.skip();
    npm = findNpm();
    scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-package-'));
    const tree = path.join(scratch, 'tree');
    copyTree(tree);
    const [ours, dependency] = await Promise.all([
      pack(tree, { BUFALLOC_PREBUILD_TARGETS: 'native' }),
      pack(path.dirname(require.resolve('node-gyp-build/package.json'))),
    ]);
    entries = ours.files.map((file) => file.path);
    packedSize = ours.size;
    await install([dependency.filename, ours.filename]);
  });

  /** Makes a project and installs tarballs into it: no script, no network, no cache, no compiler. */
  async function install(tarballs) {
    const bin = path.join(scratch, 'bin');
    fs.mkdirSync(bin);
    fs.symlinkSync(process.execPath, path.join(bin, 'node'));
    project = path.join(scratch, 'project');
    fs.mkdirSync(project);
    fs.writeFileSync(path.join(project, 'package.json'), '{ "private": true }\n');
    environment = {
      PATH: bin,
      HOME: scratch,
      npm_config_cache: path.join(scratch, 'cache'),
      npm_config_script_shell: '/bin/sh',
      npm_config_update_notifier: 'false',
    };
    const files = tarballs.map((name) => path.join(scratch, name));
    await node(
      npm,
      'install',
      '--ignore-scripts',
      '--offline',
      '--no-audit',
      '--no-fund',
      ...files,
    );
  }

  after(() => {
    if (scratch !== undefined) fs.rmSync(scratch, { recursive: true });
  });

  it('holds what is needed to run and to build, and nothing else', () => {
    const top = new Set(entries.map((name) => name.split('/')[0]));
    assert.deepStrictEqual([...top].sort(), [...TOP_LEVEL].sort());
    const strange = entries.filter((name) =>
      /\.test\.|\.log$|\.o$|^bench\/(heap|results)/.test(name),
    );
    assert.deepStrictEqual(strange, []);
  });

  it('holds the types, the sources and a binary', () => {
    const { readAddon } = require('../tools/sources');
    const wanted = ['lib/index.d.ts', 'lib/index.d.mts', ...readAddon('linux').sources];
    assert.deepStrictEqual(
      wanted.filter((name) => !entries.includes(name)),
      [],
    );
    assert.strictEqual(entries.filter((name) => name.endsWith('.node')).length, 1);
  });

  it('is small', () => {
    assert.ok(packedSize < MAX_PACKED_SIZE, `${packedSize} bytes`);
  });

  it('was installed without a build', () => {
    const installed = path.join(project, 'node_modules', 'bufalloc');
    assert.ok(fs.existsSync(path.join(installed, 'prebuilds')));
    assert.ok(!fs.existsSync(path.join(installed, 'build')));
  });

  it('is one module, required and imported', async () => {
    const code = `
      import { createRequire } from 'node:module';
      import bufalloc, { acquire, release, stats } from 'bufalloc';
      const required = createRequire(process.cwd() + '/')('bufalloc');
      const before = required.stats().heap.allocatedBlocks;
      const released = required.release(acquire(100_000));
      const { heap, lifetimes } = stats();
      console.log(JSON.stringify([bufalloc === required, bufalloc.release === release, released,
        heap.allocatedBlocks - before, lifetimes.released]));
    `;
    const text = await node('--input-type=module', '-e', code);
    assert.deepStrictEqual(JSON.parse(text), [true, true, true, 1, 1]);
  });

  it('is required by a CommonJS program', async () => {
    const code = `
      const { Buffer, acquire, release } = require('bufalloc');
      console.log(Buffer.from('abc') instanceof globalThis.Buffer, release(acquire(10)));
    `;
    assert.strictEqual(await node('-e', code), 'true true\n');
  });

  it('makes stores as the tree does that it was packed from', async () => {
    const code = (name) =>
      `console.log(JSON.stringify(require(${JSON.stringify(name)}).stats().backend))`;
    const here = await run(process.execPath, ['-e', code(root)], { cwd: root, env: environment });
    assert.strictEqual(await node('-e', code('bufalloc')), here);
    assert.match(here, /^{"name":"(v8|napi)"/);
  });

  it('has a command line', async () => {
    const text = await node(npm, 'exec', '--offline', '--', 'bufalloc', '--help');
    assert.match(text, /^Usage: bufalloc <command>/);
  });

  it('has a doctor who finds all well, and benchmarks that run', async () => {
    const bufalloc = (...args) => node(npm, 'exec', '--offline', '--', 'bufalloc', ...args);
    assert.match(await bufalloc('doctor'), /prebuilds.*prebuilt\n[^]*All is well\./);
    const bench = [
      'bench',
      'micro',
      '--quick',
      '--runs',
      '1',
      '--filter',
      'allocUnsafe/8/untouched',
    ];
    assert.match(await bufalloc(...bench), /allocUnsafe\/8\/untouched/);
    // What draws is no dependency: that is said before anything is measured.
    await assert.rejects(bufalloc(...bench, '--report', scratch), /ended with 2:\nvega .*--report/);
  });

  it('says what to do where it has no binary that loads', async () => {
    const installed = path.join(project, 'node_modules', 'bufalloc');
    const [file] = entries.filter((name) => name.endsWith('.node'));
    const binary = path.join(installed, file);
    const code = `
      try { require('bufalloc') } catch ({ code, message, cause }) {
        console.log(JSON.stringify({ code, message, cause: cause.message }));
      }
    `;
    const report = async () => JSON.parse(await node('-e', code));
    const broken = async (change) => {
      fs.renameSync(binary, `${binary}.kept`);
      try {
        change?.();
        return await report();
      } finally {
        fs.renameSync(`${binary}.kept`, binary);
      }
    };
    const missing = await broken();
    const damaged = await broken(() => fs.writeFileSync(binary, 'no binary'));
    assert.match(missing.cause, /No native build was found/);
    assert.match(damaged.cause, /bufalloc\.\w+\.node/);
    for (const { code, message, cause } of [missing, damaged]) {
      assert.strictEqual(code, 'ERR_BUFALLOC_ADDON');
      const platform = `${process.platform}-${process.arch}, Node.js ${process.version}`;
      assert.ok(message.includes(platform), message);
      assert.ok(message.includes(`npx node-gyp rebuild --directory "${installed}"`), message);
      assert.ok(message.includes(cause.trim()), message);
    }
  });
});
