'use strict';

/*
 * The package on the addon whose calls can be made to fail. node-gyp-build, which
 * lib/runtime/binding.js asks for the addon when there are directions, is answered for in this process
 * alone.
 */

const Module = require('node:module');
const { KINDS, binary } = require('./kinds');

const stub = new Module(require.resolve('node-gyp-build'));
stub.exports = () => require(binary);
stub.loaded = true;
require.cache[stub.id] = stub;
process.env.BUFALLOC_PREBUILD = binary;

const binding = require('../../lib/runtime/binding');
delete process.env.BUFALLOC_PREBUILD;

const { runRound } = require('../support/clock');

/**
 * Has `times` calls of a kind fail, the first of them the `first` from now on; 0 for none.
 *
 * @param {string} kind
 * @param {number} [first]
 * @param {number} [times]
 * @returns {number} calls of that kind since this was last said
 */
const fault = (kind, first = 0, times = 1) => binding.fault(KINDS.indexOf(kind), first, times);

module.exports = { binding, fault, ours: require('../..'), runRound };
