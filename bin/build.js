'use strict';

/*
 * `bufalloc build`: builds the addon from its sources, which are in the package, for where none of the
 * package's binaries loads. node-gyp does it: the project's own, or else the one that comes with npm.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const { UsageError } = require('../bench/core/errors');

const ROOT = path.join(__dirname, '..');
const BINARY = path.join(ROOT, 'build', 'Release', 'bufalloc.node');

const usage = `Usage: bufalloc build [options]

Builds the addon from source, into the package's own folder, and loads it. That
takes Python 3, make, and a C and C++ compiler; on Windows, Visual Studio's
build tools. node-gyp, the project's own or npm's, runs them, and fetches the
headers of this Node.js unless it is told where they are.

Options:
  -h, --help  this text

Exit status: 0 it was built and loads, 1 not, 2 for wrong usage.
`;

/** node-gyp's program: a script. */
function findNodeGyp() {
  const places = [ROOT, process.cwd()];
  try {
    return require.resolve('node-gyp/bin/node-gyp.js', { paths: places });
  } catch {
    /* Then npm's own: beside the npm that runs us, or beside this Node.js. */
  }
  const { npm_execpath: running } = process.env;
  const beside = path.dirname(process.execPath);
  const npms = [
    ...(running ? [path.join(path.dirname(running), '..')] : []),
    path.join(beside, '..', 'lib', 'node_modules', 'npm'),
    path.join(beside, 'node_modules', 'npm'),
    '/usr/share/nodejs/npm',
  ];
  return npms
    .map((npm) => path.join(npm, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js'))
    .find((file) => fs.existsSync(file));
}

/**
 * Calls `work` with a binding.gyp in place: the package has none, for package managers not to build it.
 *
 * @throws {UsageError} where the package's folder is not this user's to write to
 */
function withGypFile(work) {
  const file = path.join(ROOT, 'binding.gyp');
  if (fs.existsSync(file)) return work();
  try {
    fs.writeFileSync(file, "{ 'includes': ['addon.gypi'] }\n");
  } catch ({ message }) {
    throw new UsageError(`the package's folder cannot be written to: ${message}`);
  }
  try {
    return work();
  } finally {
    fs.rmSync(file);
  }
}

/** Whether what was built loads, in a process of its own. */
function loads() {
  const code = `process.dlopen({ exports: {} }, ${JSON.stringify(BINARY)})`;
  return spawnSync(process.execPath, ['-e', code], { stdio: 'inherit' }).status === 0;
}

/**
 * Runs the command.
 *
 * @returns {number} the exit status
 */
function run() {
  const nodeGyp = findNodeGyp();
  if (nodeGyp === undefined) {
    throw new UsageError(
      'there is no node-gyp: install it (npm install --save-dev node-gyp), and try again',
    );
  }
  const args = [nodeGyp, 'rebuild', '--directory', ROOT];
  const { status } = withGypFile(() => spawnSync(process.execPath, args, { stdio: 'inherit' }));
  if (status !== 0) {
    process.stderr.write(
      'bufalloc: it was not built; what is missing is said above. Python 3, make, and a C and C++ ' +
        'compiler are needed (Debian: apt-get install python3 make g++).\n',
    );
    return 1;
  }
  if (!loads()) return 1;
  process.stdout.write(`built, and loads: ${path.relative(process.cwd(), BINARY)}\n`);
  return 0;
}

module.exports = { usage, options: {}, run };
