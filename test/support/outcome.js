'use strict';

/*
 * What came of a call, as plain data in which two sides can be compared: the bytes and the store of
 * a Buffer, any other value as it is, or the class, name, code and message of an error.
 */

const assert = require('node:assert');
const { builtin, hostPools, ours } = require('./subject');

const slabBytes = new Map(
  [builtin, ours].map((side) => [side, side.Buffer.allocUnsafe(1).buffer.byteLength]),
);

/**
 * Says where a buffer lives: 'pooled', or the size of its own ArrayBuffer and its place there. The
 * two sides may differ in the length of a slab (Node 26 adds room to align it), so a slab is
 * recognised by the length it had when this file was loaded.
 *
 * @param {object} side `ours` or `builtin`
 * @param {Uint8Array} buffer
 * @param {object[]} [pools] the sides whose slabs count
 * @returns {string}
 */
function storeOf(side, buffer, pools = [side]) {
  const { byteLength } = buffer.buffer;
  const small = buffer.length < side.Buffer.poolSize >>> 1;
  if (small && pools.some((pool) => byteLength === slabBytes.get(pool))) return 'pooled';
  return `own, ${byteLength} bytes, from ${buffer.byteOffset}`;
}

/** Buffer's prototype by name, to keep a failure's report short; any other as it is. */
const nameOf = (prototype) => (prototype === Buffer.prototype ? 'Buffer.prototype' : prototype);

function describeBuffer(side, buffer, { unfilled, anyPool }) {
  return {
    prototype: nameOf(Object.getPrototypeOf(buffer)),
    length: buffer.length,
    bytes: unfilled ? 'unspecified' : buffer.toString('latin1'),
    store: hostPools ? storeOf(side, buffer, anyPool ? [ours, builtin] : [side]) : 'not compared',
  };
}

function describeError(error) {
  if (!(error instanceof Error)) return { threw: error };
  const { constructor, name, code, message } = error;
  return { threw: constructor, name, code, message };
}

/**
 * Makes a call and describes what came of it.
 *
 * @param {object} side `ours` or `builtin`; handed to `call`
 * @param {(side: object) => unknown} call
 * @param {{ unfilled?: boolean, anyPool?: boolean }} [options] unfilled: the bytes are unspecified, so
 *   leave them out; anyPool: the pool may be the other side's
 * @returns {object} fit for assert.deepStrictEqual
 */
function outcome(side, call, options = {}) {
  try {
    const value = call(side);
    return Buffer.isBuffer(value) ? describeBuffer(side, value, options) : { value };
  } catch (error) {
    return describeError(error);
  }
}

/**
 * Asserts that a call has the same outcome on both sides.
 *
 * @param {(side: object) => unknown} call
 * @param {object} [options] as for `outcome`
 */
function same(call, options) {
  const on = (side) => ({ call: String(call), ...outcome(side, call, options) });
  assert.deepStrictEqual(on(ours), on(builtin));
}

/**
 * Asserts that a call throws, and throws the same on both sides.
 *
 * @param {(side: object) => unknown} call
 */
function sameError(call) {
  assert.ok('threw' in outcome(builtin, call), `the built-in throws for ${call}`);
  same(call);
}

module.exports = { outcome, same, sameError, storeOf };
