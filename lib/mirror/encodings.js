'use strict';

/*
 * encodings: how a string becomes bytes at an offset of a slab.
 *
 * The writers are the runtime's own (`utf8Write` and its kin on Buffer's
 * prototype), and `write` where a runtime has no such method.
 */

const { Buffer } = require('../runtime/builtin');
const {
  MapPrototypeGet,
  SafeMap,
  StringPrototypeToLowerCase,
  uncurryThis,
} = require('../runtime/primordials');

const { byteLength, prototype } = Buffer;
const write = uncurryThis(prototype.write);

function createEncoder(name, method) {
  return {
    /** The bytes that a string takes at most. */
    byteLength: (string) => byteLength(string, name),
    /** Writes at most `length` bytes at `offset`; returns how many. */
    write:
      typeof prototype[method] === 'function'
        ? uncurryThis(prototype[method])
        : (buffer, string, offset, length) => write(buffer, string, offset, length, name),
  };
}

const utf8 = createEncoder('utf8', 'utf8Write');
const utf16le = createEncoder('utf16le', 'ucs2Write');
const latin1 = createEncoder('latin1', 'latin1Write');

const ENCODERS = new SafeMap([
  ['utf8', utf8],
  ['utf-8', utf8],
  ['utf16le', utf16le],
  ['utf-16le', utf16le],
  ['ucs2', utf16le],
  ['ucs-2', utf16le],
  ['latin1', latin1],
  ['binary', latin1],
  ['ascii', createEncoder('ascii', 'asciiWrite')],
  ['base64', createEncoder('base64', 'base64Write')],
  ['base64url', createEncoder('base64url', 'base64urlWrite')],
  ['hex', createEncoder('hex', 'hexWrite')],
]);

/**
 * The encoder for what was given as an encoding.
 *
 * @returns {{ byteLength: Function, write: Function }|undefined} undefined for
 *   an unknown one
 */
function encoderOf(encoding) {
  if (encoding === undefined || encoding === 'utf8') return utf8;
  if (!encoding || typeof encoding !== 'string') return utf8;
  return (
    MapPrototypeGet(ENCODERS, encoding) ??
    MapPrototypeGet(ENCODERS, StringPrototypeToLowerCase(encoding))
  );
}

module.exports = { encoderOf };
