'use strict';

/*
 * The packages of packages.json, installed once into a folder of the cache, outside the tree.
 *
 * The folder is named for what is asked for, so that another version makes another folder. Install
 * scripts are not run: what needs one is not here, and what is native brings its binary along.
 */

const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { cacheDirectory } = require('../../bench/core/runtimes');

const packages = require('./packages.json');

/** Written last: a folder without it is not complete. Imports a package as seen from there. */
const LOADER = 'load.mjs';
const LOADER_TEXT = 'export default (name) => import(name);\n';

function npmInstall(directory) {
  const result = spawnSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: directory,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (result.error) throw new Error(`npm could not be started: ${result.error.message}`);
  if (result.status !== 0) throw new Error(`npm install failed:\n${result.stderr.trim()}`);
}

/**
 * Installs the packages unless they are there.
 *
 * @param {(text: string) => void} say told before they are fetched
 * @returns {string} the folder that has them in its node_modules
 * @throws {Error} with npm's own words when it fails
 */
function install(say) {
  const text = JSON.stringify(packages, null, 2);
  const name = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const directory = cacheDirectory(`ecosystem-${name}`);
  if (existsSync(path.join(directory, LOADER))) return directory;
  say('fetching the packages from npm');
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, 'package.json'), text);
  npmInstall(directory);
  writeFileSync(path.join(directory, LOADER), LOADER_TEXT);
  return directory;
}

/** The version of a package that was installed there. */
function versionOf(directory, name) {
  const file = path.join(directory, 'node_modules', name, 'package.json');
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

module.exports = { LOADER, install, versionOf };
