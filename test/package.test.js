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
  ...[
    'addon.gypi',
    'CHANGELOG.md',
    'SECURITY.md',
    'bench',
    'bin',
    'dist',
    'docs',
    'include',
    'lib',
    'prebuilds',
  ],
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
    const ours = await pack(tree, { BUFALLOC_PREBUILD_TARGETS: 'native' });
    entries = ours.files.map((file) => file.path);
    packedSize = ours.size;
    await install(ours.filename);
  });

  /** Makes a project and installs a tarball into it: no script, no network, no cache, no compiler. */
  async function install(tarball) {
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
    await node(
      npm,
      'install',
      '--ignore-scripts',
      '--offline',
      '--no-audit',
      '--no-fund',
      path.join(scratch, tarball),
    );
  }

  const installedFolder = () => path.join(project, 'node_modules', 'bufalloc');

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
    assert.ok(fs.existsSync(path.join(installedFolder(), 'prebuilds')));
    assert.ok(!fs.existsSync(path.join(installedFolder(), 'build')));
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

  it('is one file of JavaScript, one for each other face, and what is loaded when it is used', async () => {
    const code = `
      const bufalloc = require('bufalloc');
      const { register } = require('bufalloc/register');
      const files = Object.keys(require.cache);
      console.log(register(), bufalloc.stats().stores.dedicated.count, Buffer.alloc(1e6).length,
        bufalloc.stats().stores.dedicated.count);
      for (const file of files) console.log(require('path').relative('node_modules', file));
    `;
    const [counts, ...files] = (await node('-e', code)).trimEnd().split('\n');
    assert.match(counts, /^false 0 1000000 [01]$/);
    const names = ['index', 'register'].map((name) => `bufalloc/dist/${name}.js`);
    assert.deepStrictEqual(files.sort(), names);
    const face = fs.readFileSync(path.join(root, 'dist', 'index.js'), 'utf8');
    assert.ok(face.includes("require('../lib/index.js')"), "a clone's hands on lib/");
    assert.ok(!fs.existsSync(path.join(root, 'dist', 'later')));
  });

  it('exports the names of register to ES modules', async () => {
    const code = `
      import { register, unregister } from 'bufalloc/register';
      console.log(register(), unregister());
    `;
    assert.strictEqual(await node('--input-type=module', '-e', code), 'false true\n');
  });

  it('goes into a bundle, what is loaded when it is used as well', async () => {
    const input = path.join(project, 'app.cjs');
    const file = path.join(project, 'bundle.cjs');
    fs.writeFileSync(
      input,
      `const { acquire, release, stats } = require('bufalloc');
       require('bufalloc/register');
       console.log(release(acquire(1000)), stats().backend.name);`,
    );
    const plugins = [
      require('@rollup/plugin-commonjs')(),
      require('@rollup/plugin-node-resolve').nodeResolve({ preferBuiltins: true }),
    ];
    const onwarn = ({ message }) => assert.fail(message);
    const bundle = await require('rollup').rollup({ input, plugins, onwarn });
    await bundle.write({ file, format: 'cjs' });
    const env = { ...environment, BUFALLOC_BACKEND: 'host' };
    assert.strictEqual(await run(process.execPath, [file], { env }), 'true host\n');
  });

  it('serves its page, of the memory that the program has', async () => {
    const code = `
      const { url, close } = require('bufalloc/inspect');
      const kept = require('bufalloc').acquire(1e6);
      const look = async () => {
        if (url() === undefined) return setTimeout(look, 10);
        const page = await (await fetch(url())).text();
        console.log(page.includes('<!doctype html>'), kept.length);
        close();
      };
      look();
    `;
    assert.strictEqual(await node('-e', code), 'true 1000000\n');
  });

  it('names places of the program in its reports, and none of its own', async () => {
    const script = path.join(project, 'released.js');
    fs.writeFileSync(
      script,
      `const { acquire, release } = require('bufalloc');
       const buffer = acquire(100);
       release(buffer);
       release(buffer);`,
    );
    const env = { ...environment, BUFALLOC_DEBUG: '1' };
    const { stderr } = spawnSync(process.execPath, [script], { env, encoding: 'utf8' });
    assert.match(stderr, /BUFALLOC_RELEASE_REFUSED/);
    assert.match(stderr, /^Released:\n +at .*released\.js/m);
    assert.doesNotMatch(stderr, /bufalloc.dist.*\.js/);
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
    await assert.rejects(
      bufalloc(...bench, '--report', scratch),
      /ended with 2:\nbufalloc: vega .*--report/,
    );
  });

  it('is no order to build for any package manager', () => {
    const { dependencies, gypfile, scripts } = require(
      path.join(installedFolder(), 'package.json'),
    );
    assert.strictEqual(gypfile, false);
    const orders = ['preinstall', 'install', 'postinstall', 'prepare'];
    const ordering = orders.filter((name) => name in scripts);
    assert.deepStrictEqual([ordering, dependencies], [[], undefined]);
    /* pnpm, Yarn and npm take a file of this name for one. */
    assert.ok(!entries.includes('binding.gyp'));
  });

  it('has documents whose links lead nowhere outside it, screenshots apart', () => {
    const outside = entries
      .filter((name) => name.endsWith('.md'))
      .flatMap((name) => {
        const text = fs.readFileSync(path.join(installedFolder(), name), 'utf8');
        return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
          .map(([, link]) => link.split('#')[0])
          .filter((link) => link !== '' && !/^[a-z]+:|\.png$/.test(link))
          .map((link) => path.posix.join(path.posix.dirname(name), link))
          .filter((target) => !fs.existsSync(path.join(installedFolder(), target)))
          .map((target) => `${name}: ${target}`);
      });
    assert.deepStrictEqual(outside, []);
  });

  it('works, and says so, where its binary is gone', async () => {
    const [file] = entries.filter((name) => name.endsWith('.node'));
    const folder = path.join(installedFolder(), path.dirname(file));
    fs.renameSync(folder, `${folder}-kept`);
    try {
      const code = "console.log(require('bufalloc').stats().backend.name)";
      const { stdout, stderr } = spawnSync(process.execPath, ['-e', code], {
        cwd: project,
        env: environment,
        encoding: 'utf8',
      });
      assert.strictEqual(stdout, 'host\n');
      assert.match(stderr, /BUFALLOC_NO_ADDON.*no binary for [^]*npx bufalloc build/);
    } finally {
      fs.renameSync(`${folder}-kept`, folder);
    }
  });

  it('builds its addon from source', async function () {
    this.timeout(300_000);
    const [file] = entries.filter((name) => name.endsWith('.node'));
    const env = { ...process.env, npm_execpath: npm, BUFALLOC_BACKEND: '' };
    const bufalloc = path.join(installedFolder(), 'bin', 'bufalloc.js');
    const text = await run(process.execPath, [bufalloc, 'build'], { cwd: project, env });
    const built = path.join(installedFolder(), 'build');
    try {
      assert.match(text, /^built, and loads: /m);
      assert.ok(!fs.existsSync(path.join(installedFolder(), 'binding.gyp')));
      assert.match(await node(bufalloc, 'doctor'), /build\/Release\/bufalloc\.node, built on this/);
    } finally {
      fs.rmSync(built, { recursive: true, force: true });
    }
    assert.ok(fs.existsSync(path.join(installedFolder(), file)));
  });

  it('is linked from a folder, and works after that folder’s script', async () => {
    const tree = path.join(scratch, 'tree');
    const user = path.join(scratch, 'user');
    fs.mkdirSync(user);
    fs.writeFileSync(path.join(user, 'package.json'), '{ "private": true }\n');
    const args = [npm, 'install', '--offline', '--no-audit', '--no-fund', tree];
    await run(process.execPath, args, { cwd: user, env: { ...process.env, BUFALLOC_BACKEND: '' } });
    const code = "process.stdout.write(require('bufalloc').stats().backend.name)";
    const here = await run(process.execPath, ['-e', code], { cwd: user, env: environment });
    assert.match(here, /^(v8|napi)$/);
  });
});
