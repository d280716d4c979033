'use strict';

// Which bufalloc is measured: one that loads as an installed package does. A clone has many files more to find and to compile, in a
// time and memory that no user's program pays. So in a clone such a folder is made (tools/bundle.js), and the processes that this one
// starts are told of it by a variable. In a package there is nothing to be made.

const { execFileSync } = require('node:child_process');
const { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } = require('node:fs');
const path = require('node:path');
const { root } = require('./machine');
const { watchExit } = require('./process');

const VARIABLE = 'BENCH_PACKAGE';
const bundler = path.join(root, 'tools', 'bundle.js');

function findBundler() {
  try {
    return existsSync(bundler);
  } catch {
    // The permission model may keep it from this process.
    return false;
  }
}

const isClone = findBundler();
let isMade = false;

/** The folder that this process is to load, as one: a file beside it of its name and `.js` would come first. */
const packageFolder = () => path.join((isClone && process.env[VARIABLE]) || root, path.sep);

/** What puts it behind the built-in Buffer, for `--require`. */
const registerFile = () => path.join(packageFolder(), 'dist', 'register.js');

function remove(folder) {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Windows keeps a library that a process has loaded; building anew takes all of build/ away.
  }
}

function make() {
  const { file } = require('../../lib/runtime/binding').origin;
  if (file === undefined) return;
  mkdirSync(path.join(root, 'build'), { recursive: true });
  const folder = mkdtempSync(path.join(root, 'build', 'package-'));
  // Before: what is still running ends before its files go.
  watchExit();
  process.once('exit', () => remove(folder));
  const build = path.join(folder, 'build', 'Release');
  mkdirSync(build, { recursive: true });
  // Whatever it is called: a prebuilt one has another name.
  copyFileSync(file, path.join(build, 'bufalloc.node'));
  execFileSync(process.execPath, [bundler, '--to', folder], { encoding: 'utf8', stdio: 'pipe' });
  process.env[VARIABLE] = folder;
}

/**
 * Makes it, for this process and those that it starts from now on; it is gone when this one ends.
 * @param {(text: string) => void} say told where it cannot be made: then the clone is measured
 */
function pack(say) {
  if (!isClone || isMade) return;
  isMade = true;
  try {
    make();
  } catch (error) {
    const [why] = (error.stderr || error.message).trim().split('\n');
    say(`the clone is measured, as no package can be made of it: ${why}`);
  }
}

module.exports = { isClone, pack, packageFolder, registerFile };
