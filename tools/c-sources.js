'use strict';

/*
 * c-sources: which files are C or C++ here, and where this Node.js keeps its headers. For the C
 * linters and for .ci/run.
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const ROOT = path.join(__dirname, '..');
const FOLDERS = ['src', 'test/c', 'test/faults', 'test/fuzz', 'test/addon', 'bench/heap'];

/**
 * All C and C++ files, headers included.
 * @returns {string[]} paths from the root of the project
 */
function allFiles() {
  return FOLDERS.filter((folder) => fs.existsSync(path.join(ROOT, folder)))
    .flatMap((folder) => fs.readdirSync(path.join(ROOT, folder)).map((name) => `${folder}/${name}`))
    .filter((file) => /\.(c|h|cc)$/.test(file));
}

/** The C files that compile on POSIX; with Node's headers those of the addon as well. */
function posixSources() {
  return allFiles().filter((file) => file.endsWith('.c') && !file.endsWith('_win.c'));
}

/**
 * The folder of node_api.h: beside the running node, or where node-gyp put it when it built the addon.
 * @returns {string | undefined}
 */
function nodeHeaders() {
  const version = process.versions.node;
  const candidates = [
    path.join(process.env.npm_config_nodedir ?? '', 'include', 'node'),
    path.join(path.dirname(process.execPath), '..', 'include', 'node'),
    path.join(os.homedir(), '.cache', 'node-gyp', version, 'include', 'node'),
    path.join(os.homedir(), 'Library', 'Caches', 'node-gyp', version, 'include', 'node'),
  ];
  return candidates.find((folder) => fs.existsSync(path.join(folder, 'node_api.h')));
}

module.exports = { ROOT, allFiles, posixSources, nodeHeaders };
