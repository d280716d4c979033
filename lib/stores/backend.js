'use strict';

/*
 * backend: which of three ways of making stores serves this environment, and why not a better one.
 *
 *   v8    ArrayBuffers made by V8's own functions over blocks of the C heap. Their memory is back as
 *         soon as they were collected, and they can be moved to other threads.
 *   napi  ArrayBuffers made by Node-API over the same, on the main thread and for what is to be
 *         released: acquired buffers and arenas. Dropped memory is back only when the event loop has
 *         turned, later versions refuse to move it to other threads, and a worker's would be freed in
 *         the hands of whoever it was moved to. The mirror has the runtime's memory.
 *   host  the runtime's own memory.
 *
 * BUFALLOC_BACKEND asks for one of them; what was asked for and cannot be had is an error. Where no addon
 * loads it is `host`, and unless that was asked for, the main thread warns of it once.
 */

const { binding, runtime, runtimeMajor } = require('../runtime/builtin');
const { wantedBackend } = require('../settings');
const { KIND } = require('./record');

const { origin } = binding;

/** The versions of Node.js that stores made by V8 were tried on. */
const TRIED = [20, 22, 24, 26];

/** Why V8 is not to make stores here; '' if it is, and then it does. */
function openV8() {
  if (runtime !== 'node') return `this is not Node.js itself but ${runtime}`;
  if (!TRIED.includes(runtimeMajor)) return `Node.js ${runtimeMajor} was not tried`;
  return binding.useBackend('v8');
}

/** Where no addon loads, neither can be had. */
const whyMissing = () => `no addon loads: ${require('../runtime/missing').diagnose(origin).text}`;

function openNapi() {
  if (runtime === 'deno') return 'Deno runs finalizers on other threads';
  return binding.useBackend('napi');
}

const OPEN = { __proto__: null, v8: openV8, napi: openNapi, host: () => '' };

/**
 * @typedef {object} Backend
 * @property {'v8'|'napi'|'host'} name
 * @property {string} reason why it is not `v8`; '' if it is
 * @property {boolean} isNative whether stores are blocks of the C heap
 * @property {number} firstKind of KIND, from which on they are
 * @property {boolean} returnsAtTurn whether memory comes back only when the event loop has turned
 *
 * It inherits from Object.prototype as KIND does, and for the same reason: record.js.
 */
const describe = (name, reason) => ({
  name,
  reason,
  isNative: name !== 'host',
  firstKind: name === 'v8' ? KIND.SLAB : KIND.ACQUIRED,
  returnsAtTurn: name === 'napi',
});

const isMainThread = () => require('node:worker_threads').isMainThread;

/** Node-API's stores are the main thread's. */
function settle(name, reason) {
  if (name !== 'napi' || isMainThread()) return describe(name, reason);
  return describe('host', `${reason}; napi: this is a worker`);
}

/** @throws {Error} ERR_BUFALLOC_BACKEND if the one that is asked for cannot be had */
function choose() {
  const wanted = wantedBackend();
  if (wanted !== undefined) {
    const refusal = origin.isMissing && wanted !== 'host' ? whyMissing() : OPEN[wanted]();
    if (refusal === '') return settle(wanted, wanted === 'v8' ? '' : `BUFALLOC_BACKEND=${wanted}`);
    throw require('../runtime/errors').backendError(wanted, refusal);
  }
  if (origin.isMissing) {
    if (isMainThread()) require('../runtime/missing').warn(origin);
    return describe('host', whyMissing());
  }
  const refusals = [];
  for (const name of ['v8', 'napi']) {
    const refusal = OPEN[name]();
    if (refusal === '') return settle(name, refusals.join('; '));
    refusals.push(`${name}: ${refusal}`);
  }
  return describe('host', refusals.join('; '));
}

/** @type {Backend} */
module.exports = choose();
