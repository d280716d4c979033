'use strict';

// What a child process measures: one side, and nothing of the other. The built-in's children never load the addon, so neither its
// memory nor the pacer's collections can reach the figures they are compared with.

const { root } = require('./machine');

/**
 * Loads a side inside a child.
 * @param {string} name `bufalloc`, `builtin`, or a peer's or reference's name, which the suite itself knows
 * @param {boolean} [self] the built-in stands in for bufalloc too: what the method shows where there is no difference
 * @returns {{name: string, Buffer: BufferConstructor, module: object}}
 */
function loadSide(name, self = false) {
  const module = name === 'bufalloc' && !self ? require(root) : require('node:buffer');
  return { name, Buffer: module.Buffer, module };
}

module.exports = { loadSide };
