'use strict';

/*
 * Where this pass has its memory from: stores made by V8, stores made by Node-API, or the runtime's own.
 * What only some of them can show registers itself through these and is not there on the others.
 */

const { ours, hostMode } = require('./subject');

const backend = hostMode ? 'host' : (ours.stats().backend?.name ?? 'v8');

/**
 * Registers tests of what V8's stores alone can do.
 *
 * @param {() => void} register calls `it` or `describe`
 */
function onV8(register) {
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

module.exports = { backend, onV8, moving };
