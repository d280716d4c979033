'use strict';

// Which bufalloc is measured: one that loads as an installed package does. A clone has many files more to find and to compile, which
// is a program's time and memory, and no user's. So in a clone such a folder is made (tools/bundle.js), and the processes that this
// one starts are told of it by a variable. In a package there is nothing to be made.

const { execFileSync } = require('node:child_process');
const { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } = require('node:fs');
const path = require('node:path');
const { root } = require('./machine');

const VARIABLE = 'BENCH_PACKAGE';
const bundler = path.join(root, 'tools', 'bundle.js');
const isClone = existsSync(bundler);
let isMade = false;

/** The folder that this process is to load. */
const packageFolder = () => process.env[VARIABLE] ?? root;

function remove(folder) {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Windows keeps a library that this process has loaded; building anew takes all of build/ away.
  }
}

/** Makes it, for this process and those that it starts from now on; it is gone when this one ends. */
function pack() {
  if (!isClone || isMade) return;
  const { file } = require('../../lib/runtime/binding').origin;
  if (file === undefined) return;
  mkdirSync(path.join(root, 'build'), { recursive: true });
  const folder = mkdtempSync(path.join(root, 'build', 'package-'));
  process.once('exit', () => remove(folder));
  const build = path.join(folder, 'build', 'Release');
  mkdirSync(build, { recursive: true });
  copyFileSync(file, path.join(build, path.basename(file)));
  execFileSync(process.execPath, [bundler, '--to', folder], { stdio: 'inherit' });
  process.env[VARIABLE] = folder;
  isMade = true;
}

module.exports = { isClone, pack, packageFolder };
