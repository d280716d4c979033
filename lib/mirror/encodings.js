'use strict';

/*
 * encodings: how a string becomes bytes at an offset of a slab.
 *
 * The writers are the runtime's own (`utf8Write` and its kin on Buffer's prototype), and `write` where
 * a runtime has no such method. Each is called by its name, in a switch: what is called through an
 * object, or looked up in a map, the engine does not see through.
 */

const { Buffer } = require('../runtime/builtin');
const { StringPrototypeToLowerCase, uncurryThis } = require('../runtime/primordials');

const { byteLength, prototype } = Buffer;
const write = uncurryThis(prototype.write);

/** The runtime's method, or what does the same. */
const writer = (method, encoding) =>
  typeof prototype[method] === 'function'
    ? uncurryThis(prototype[method])
    : (buffer, string, offset, length) => write(buffer, string, offset, length, encoding);

const utf8Write = writer('utf8Write', 'utf8');
const utf16leWrite = writer('ucs2Write', 'utf16le');
const latin1Write = writer('latin1Write', 'latin1');
const asciiWrite = writer('asciiWrite', 'ascii');
const base64Write = writer('base64Write', 'base64');
const base64urlWrite = writer('base64urlWrite', 'base64url');
const hexWrite = writer('hexWrite', 'hex');

/** The name that an encoding goes by here; undefined for an unknown one. */
function nameOf(encoding) {
  switch (encoding) {
    case 'utf8':
    case 'utf-8':
      return 'utf8';
    case 'latin1':
    case 'binary':
      return 'latin1';
    case 'base64':
    case 'hex':
    case 'ascii':
    case 'base64url':
      return encoding;
    case 'utf16le':
    case 'utf-16le':
    case 'ucs2':
    case 'ucs-2':
      return 'utf16le';
    default:
      return undefined;
  }
}

/**
 * The name of what was given as an encoding.
 *
 * @returns {string|undefined} undefined for an unknown one
 */
function normalize(encoding) {
  if (!encoding || typeof encoding !== 'string') return 'utf8';
  return nameOf(encoding) ?? nameOf(StringPrototypeToLowerCase(encoding));
}

/**
 * Writes a string, at most `length` bytes of it at `offset`.
 *
 * @param {string} name from `normalize`
 * @returns {number} the bytes written
 */
function encode(name, buffer, string, offset, length) {
  switch (name) {
    case 'utf8':
      return utf8Write(buffer, string, offset, length);
    case 'latin1':
      return latin1Write(buffer, string, offset, length);
    case 'base64':
      return base64Write(buffer, string, offset, length);
    case 'hex':
      return hexWrite(buffer, string, offset, length);
    case 'ascii':
      return asciiWrite(buffer, string, offset, length);
    case 'base64url':
      return base64urlWrite(buffer, string, offset, length);
    default:
      return utf16leWrite(buffer, string, offset, length);
  }
}

/** The bytes that a string takes at most. */
const encodedLength = (name, string) => byteLength(string, name);

module.exports = { encode, encodedLength, normalize, utf8Write };
