'use strict';

// What is compared: the built-in and bufalloc, and in some suites others. A process measures one side, and has nothing of another: the
// built-in's never load the addon, so neither its memory nor the pacer's collections can reach the figures they are compared with.

const { execFileSync } = require('node:child_process');
const { packageFolder } = require('./package');
const { loadPeer, preloadOf } = require('./peers');

/** The two that every harness compares, in the order of every report. */
const sides = ['builtin', 'bufalloc'];

/** What a side is called in a report, where that is not its name. */
const labels = { builtin: 'built-in', huge: 'with hugePages' };
const labelOf = (side) => labels[side] ?? side;

/**
 * Loads a side inside a child.
 * @param {string} name `bufalloc`, `builtin`, a peer's of peers.js, or a reference's, which the suite itself knows
 * @param {boolean} [self] the built-in stands in for bufalloc too: what the method shows where there is no difference
 * @returns {{name: string, Buffer: BufferConstructor, module: object, peer: any}} `peer`: what a package from npm exports
 */
function loadSide(name, self = false) {
  const module = name === 'bufalloc' && !self ? require(packageFolder()) : require('node:buffer');
  return { name, Buffer: module.Buffer, module, peer: loadPeer(name) };
}

/**
 * The variables of one side's process: a peer's library, and the backend that was asked for, which is ours alone.
 * @param {string} side
 * @param {string} [backend] v8, napi or host; by default the package chooses
 */
function environmentOf(side, backend) {
  const ours = backend !== undefined && side === 'bufalloc' ? { BUFALLOC_BACKEND: backend } : {};
  return { ...ours, ...preloadOf(side) };
}

/**
 * How our side makes its stores on a runtime.
 * @param {string} execPath
 * @param {string} [backend] the one that is asked for
 * @returns {string} its name
 * @throws {Error} with the package's own words where that one cannot be had
 */
function backendOn(execPath, backend) {
  const code = `process.stdout.write(require(${JSON.stringify(packageFolder())}).stats().backend.name)`;
  const env = { ...process.env, ...environmentOf('bufalloc', backend) };
  return execFileSync(execPath, ['-e', code], { encoding: 'utf8', env, stdio: 'pipe' });
}

module.exports = { sides, labelOf, loadSide, environmentOf, backendOn };
