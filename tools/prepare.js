'use strict';

/*
 * npm's script `prepare`, which runs where the package is installed from its sources: a clone, a folder,
 * a git repository. Makes the binary of this machine unless there is one that is younger than its
 * sources: with the headers in node-api-headers and a C compiler, or else as `bufalloc build` does.
 *
 * That it fails is no reason for an installation to fail: the package works without, on the runtime's
 * memory, and says what to do.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const { allFiles } = require('./sources');

const ROOT = path.join(__dirname, '..');

const modified = (file) => fs.statSync(file).mtimeMs;

function newestSource() {
  const files = allFiles().filter((file) => file.startsWith('src/'));
  const all = [...files, 'addon.gypi', 'sources.gypi'].map((file) => path.join(ROOT, file));
  return Math.max(...all.map(modified));
}

/** Runs this Node.js in the root of the project. */
const node = (args, stdio) =>
  spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8', stdio });

/** Whether there is a binary of these sources that loads here. */
function isThere() {
  const code = "process.stdout.write(require('./lib/runtime/binding').origin.file ?? '')";
  const { stdout: file } = node(['-e', code], 'pipe');
  return file !== '' && modified(file) > newestSource();
}

const isBuilt = (...args) => node(args, 'inherit').status === 0;

function main() {
  if (isThere()) return;
  if (isBuilt('tools/prebuild.js', '--target', 'native')) return;
  if (isBuilt('bin/bufalloc.js', 'build')) return;
  console.error(
    "bufalloc: no addon was built: all memory will be the runtime's until 'npx bufalloc build' succeeds.",
  );
}

main();
