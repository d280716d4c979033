'use strict';

/*
 * What came of a statement, as text: `full`, by which the sides are compared, and `shown`, short
 * enough for a column of the table.
 *
 * An error counts by its name, code and message; a Buffer by its class and all of its bytes.
 */

const { inspect, types } = require('node:util');

/**
 * @typedef {object} Outcome
 * @property {string} shown
 * @property {string} full
 * @property {unknown} value what was returned, or the error
 * @property {boolean} threw
 */

/**
 * Runs a statement and describes what came of it.
 *
 * @param {() => unknown} run may return a promise
 * @param {(value: any) => string} [show] how to show the value, if not as usual
 * @returns {Promise<Outcome>}
 */
async function outcomeOf(run, show = brief) {
  try {
    const value = await run();
    return { shown: printable(show(value)), full: whole(value), value, threw: false };
  } catch (error) {
    return { ...describeError(error), value: error, threw: true };
  }
}

function describeError(error) {
  const { name, code, message } = Object(error);
  const full = `${name}${code === undefined ? '' : ` [${code}]`}: ${message}`;
  const shown = typeof code === 'string' ? code : `${name}: ${message}`;
  return { shown: printable(shown), full: printable(full) };
}

/** Everything about a value that two sides must have in common. */
function whole(value) {
  if (types.isUint8Array(value)) return `${value.constructor.name} ${spaced(hex(value))}`.trim();
  if (Array.isArray(value)) return `[${value.map(whole).join(', ')}]`;
  return inspect(value, { depth: 6, breakLength: Infinity, maxStringLength: null });
}

/** The same, cut down to what the eye needs. */
function brief(value) {
  if (types.isUint8Array(value)) return briefBytes(value);
  if (Array.isArray(value)) return `[${value.map(brief).join(', ')}]`;
  return typeof value === 'string' ? value : whole(value);
}

function briefBytes(bytes) {
  if (bytes.length > 3 && bytes.every((byte) => byte === bytes[0])) {
    return `${bytes.length} × ${hex(bytes.subarray(0, 1))}`;
  }
  return bytes.length === 0 ? 'no bytes' : spaced(hex(bytes));
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const spaced = (digits) => digits.replace(/..(?=.)/g, '$& ');

/** Text with what could upset a terminal or a column written as an escape. */
function printable(text) {
  return text.replace(/[^\x20-\x7e\xa1-\u024f×…€]/gu, (char) => {
    return `\\u{${char.codePointAt(0).toString(16)}}`;
  });
}

module.exports = { outcomeOf };
