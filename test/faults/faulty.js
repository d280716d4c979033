'use strict';

/* The package on the addon whose calls can be made to fail, in this process alone. */

const { KINDS, binary } = require('./kinds');

process.env.BUFALLOC_BINARY = binary;

const binding = require('../../lib/runtime/binding');
delete process.env.BUFALLOC_BINARY;

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
