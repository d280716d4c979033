'use strict';

/*
 * The two sides that every comparison is between: bufalloc and the running version's own module.
 * The suite is run twice, with C stores and with BUFALLOC_STORES=host; a test of what only C stores
 * can show registers itself through `native`, and the second pass does not have it at all.
 */

const builtin = require('node:buffer');
const ours = require('../..');

const hostMode = process.env.BUFALLOC_STORES === 'host';

/**
 * Registers tests that need C stores: runs `register` in the pass that has them.
 *
 * @param {() => void} register calls `it` or `describe`
 */
function native(register) {
  if (!hostMode) register();
}

/**
 * Registers tests of what takes the place of C stores: runs `register` in the host pass.
 *
 * @param {() => void} register calls `it` or `describe`
 */
function hostOnly(register) {
  if (hostMode) register();
}

/** The running version's major number, for the few behaviours a test cannot ask the host about. */
const nodeMajor = Number(process.versions.node.split('.')[0]);

/**
 * Whether the built-in pools as Node's does. Bun has no pool, and Deno's serves allocUnsafe and strings
 * alone: there, which buffers share a store is not compared.
 */
const hostPools = process.versions.bun === undefined && process.versions.deno === undefined;

module.exports = { builtin, ours, hostMode, native, hostOnly, hostPools, nodeMajor };
