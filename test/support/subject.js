'use strict';

/*
 * The two sides that every comparison is between: bufalloc and the running version's own module.
 * The suite is run once for each backend that the runtime has; a test of what only some of them can
 * show registers itself through `native` or `slabbed`, and the other passes do not have it at all.
 */

const builtin = require('node:buffer');
const ours = require('../..');

/** `v8`, `napi` or `host`: lib/stores/backend.js. */
const backend = ours.stats().backend.name;
const hostMode = backend === 'host';

/**
 * Registers tests that need C stores: runs `register` in the passes that have them.
 *
 * @param {() => void} register calls `it` or `describe`
 */
function native(register) {
  if (!hostMode) register();
}

/**
 * Registers tests that need what any Buffer may be in from C, slabs and dedicated buffers: where V8
 * makes the stores. Node-API's serve acquired buffers and arenas alone.
 *
 * @param {() => void} register calls `it` or `describe`
 */
function slabbed(register) {
  if (backend === 'v8') register();
}

/**
 * Registers tests of stores that move as the built-in's do: all but Node-API's.
 *
 * @param {() => void} register calls `it` or `describe`
 */
function moving(register) {
  if (backend !== 'napi') register();
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

module.exports = {
  backend,
  builtin,
  hostMode,
  hostOnly,
  hostPools,
  moving,
  native,
  nodeMajor,
  ours,
  slabbed,
};
