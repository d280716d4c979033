'use strict';

/*
 * from: buffers made of strings, arrays, views and objects, copied once, into
 * the slab or into memory of their own. Views over an ArrayBuffer share it and
 * allocate nothing: those, and all that is wrong, go to the built-in. A copy of
 * a secret is a secret, wherever it was asked for.
 *
 * Objects are the caller's, and reading them may run code that allocates: a
 * piece of the slab is claimed before anything is copied into it.
 *
 * Strings become bytes by the runtime's own writers (`utf8Write` and its kin on Buffer's prototype), and
 * by `write` where a runtime has no such method. Each is called by its name, in a switch: what is called
 * through an object, or looked up in a map, the engine does not see through.
 */

const {
  ArrayIsArray,
  Buffer,
  builtinCopyBytesFrom,
  builtinFrom,
  bytesOf,
  FastBuffer,
  isAnyArrayBuffer,
  isNodeBuffer,
  isProxy,
  MathMin,
  MAX_LENGTH,
  NumberIsSafeInteger,
  runtimeMajor,
  StringPrototypeCharCodeAt,
  StringPrototypeToLowerCase,
  SymbolToPrimitive,
  TypedArrayPrototypeFill,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetLength,
  TypedArrayPrototypeGetSymbolToStringTag,
  TypedArrayPrototypeSet,
  uncurryThis,
} = require('../runtime/builtin');
const { recordOf, secrets } = require('../stores/record');

/** The most bytes that one UTF-16 code unit takes, as the built-in reckons. */
const MAX_BYTES_PER_UNIT = 4;
/** Up to so many characters, copying ASCII by a loop is faster than a call of the version's own. */
const LOOP_UNITS = runtimeMajor < 22 ? 24 : runtimeMajor < 24 ? 12 : 16;
/** The same for hexadecimal digits. */
const LOOP_DIGITS = 32;
const ASCII_MAX = 0x7f;
const LATIN1_MAX = 0xff;
/** Up to so many elements, an array is copied by a loop. */
const LOOP_ELEMENTS = runtimeMajor < 22 ? 32 : 64;

/** The values of hexadecimal digits by character code, 255 for what is none. */
const DIGITS = TypedArrayPrototypeFill(new FastBuffer(256), 255);
for (let digit = 0; digit < 16; digit++) {
  DIGITS[digit.toString(16).charCodeAt(0)] = digit;
  DIGITS[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/* --- encodings --------------------------------------------------------------------------------- */

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
const base64Write = writer('base64Write', 'base64');
const base64urlWrite = writer('base64urlWrite', 'base64url');
const hexWrite = writer('hexWrite', 'hex');

/** The name that an encoding goes by here; undefined for an unknown one. What becomes bytes as ASCII does so as Latin-1. */
function nameOf(encoding) {
  switch (encoding) {
    case 'utf8':
    case 'utf-8':
      return 'utf8';
    case 'latin1':
    case 'binary':
    case 'ascii':
      return 'latin1';
    case 'base64':
    case 'hex':
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
    case 'base64url':
      return base64urlWrite(buffer, string, offset, length);
    default:
      return utf16leWrite(buffer, string, offset, length);
  }
}

/** Copies a short string; false, and some of it was copied, if one of its units is above `max`. */
function copyUnits(bytes, string, offset, units, max) {
  for (let i = 0; i < units; i++) {
    const code = StringPrototypeCharCodeAt(string, i);
    if (code > max) return false;
    bytes[offset + i] = code;
  }
  return true;
}

/** The same of pairs of hexadecimal digits, if they all are. */
function copyDigits(bytes, string, offset, pairs) {
  for (let i = 0; i < pairs; i++) {
    const high = DIGITS[StringPrototypeCharCodeAt(string, 2 * i)];
    const low = DIGITS[StringPrototypeCharCodeAt(string, 2 * i + 1)];
    if (!(high < 16 && low < 16)) return false;
    bytes[offset + i] = (high << 4) | low;
  }
  return true;
}

/** Whether a value is an array, or a proxy of one; one that was revoked has its say later. */
function isArray(value) {
  try {
    return ArrayIsArray(value);
  } catch {
    return false;
  }
}

/** Node.js has an empty buffer for a view that has lost its memory as well; Bun and Deno throw. */
const fromEmptyView = isNodeBuffer ? () => new FastBuffer() : builtinFrom;

/* --- the functions ----------------------------------------------------------------------------- */

/**
 * Makes `from` and `copyBytesFrom`.
 *
 * @param {import('./slab').Slab} slab
 * @param {import('./mirror').Provider} provider
 */
function createFrom(slab, provider) {
  const { nativeMin } = provider;

  /** A string too long for the slab, at most `length` bytes when encoded. */
  function fromLongString(string, encoding, name, length) {
    if (length === 0 || length > MAX_LENGTH) return provider.admit(builtinFrom(string, encoding));
    const buffer = provider.dedicated(length, 0, false);
    const written = encode(name, buffer, string, 0, length);
    if (written === length) return buffer;
    const record = recordOf(TypedArrayPrototypeGetBuffer(buffer));
    if (record !== undefined) record.length = written;
    return bytesOf(buffer, 0, written);
  }

  /** Most strings, into what is left of the slab; the rest goes the careful way. */
  function fromString(string, encoding) {
    const units = string.length;
    const most = units * MAX_BYTES_PER_UNIT;
    const { limit, bytes, offset } = slab;
    if (units > 0 && most < limit && most <= bytes.length - offset) {
      switch (encoding) {
        case undefined:
        case 'utf8':
          return slab.allocate(
            units <= LOOP_UNITS && copyUnits(bytes, string, offset, units, ASCII_MAX)
              ? units
              : utf8Write(bytes, string, offset, most),
          );
        case 'latin1':
          return slab.allocate(
            units <= LOOP_UNITS && copyUnits(bytes, string, offset, units, LATIN1_MAX)
              ? units
              : latin1Write(bytes, string, offset, most),
          );
        case 'base64':
          return slab.allocate(base64Write(bytes, string, offset, most));
        case 'hex':
          if (units > 1 && units <= LOOP_DIGITS && copyDigits(bytes, string, offset, units >>> 1)) {
            return slab.allocate(units >>> 1);
          }
      }
    }
    return fromEncoded(string, encoding);
  }

  /* As in the built-in, a string with as many units as the limit is too long for
   * the slab, even if it becomes fewer bytes. */
  function fromEncoded(string, encoding) {
    const name = normalize(encoding);
    const units = string.length;
    if (name === undefined || units === 0) return builtinFrom(string, encoding);

    const { limit } = slab;
    let length = units * MAX_BYTES_PER_UNIT;
    if (length >= limit) {
      length = byteLength(string, name);
      if (units >= limit || length >= limit) {
        return fromLongString(string, encoding, name, length);
      }
    }
    const bytes = slab.reserve(length);
    /* A poolSize that says something else each time. */
    if (length > bytes.length - slab.offset) return provider.admit(builtinFrom(string, encoding));
    return slab.allocate(encode(name, bytes, string, slab.offset, length));
  }

  /* Every place is written, whatever becomes of the array meanwhile. */
  function fromShortArray(array, length) {
    const buffer = slab.allocate(length);
    for (let i = 0; i < length; i++) buffer[i] = array[i];
    return buffer;
  }

  /**
   * Nothing is cleared first where all will be written: an array's length is its own, and asking for it runs
   * no code before it is copied. A proxy of one has another each time. Elements are read once alone.
   */
  function fromLongArray(array, length) {
    const buffer = slab.allocate(length);
    if (isProxy(array) || array.length !== length) {
      return copyElements(buffer, array, false, length);
    }
    TypedArrayPrototypeSet(buffer, array, 0);
    return buffer;
  }

  /**
   * Copies all elements. An object may have fewer than it says, and so may a view that says a length of its
   * own: what is left is zero, where the built-in shows what was in its pool.
   */
  function copyElements(buffer, list, isView, length) {
    if (!isView || TypedArrayPrototypeGetLength(list) !== length)
      TypedArrayPrototypeFill(buffer, 0);
    TypedArrayPrototypeSet(buffer, list, 0);
    return buffer;
  }

  /** A copy of anything with a length and elements; `isView`: a typed array. */
  function fromArrayLike(list, isView) {
    const given = list.length;
    if (isView && typeof given !== 'number') return new FastBuffer();
    /* An object may say anything: the cursor is a number, and stays one. */
    const length = +given;
    if (length <= 0) return isView ? fromEmptyView(list) : new FastBuffer();
    if (isView && secrets.copy !== undefined) {
      const copy = secrets.copy(
        list,
        length < slab.limit ? length : TypedArrayPrototypeGetLength(list),
      );
      if (copy !== undefined) return copy;
    }
    if (length < slab.limit) {
      if (!isView && NumberIsSafeInteger(length) && isArray(list)) {
        return length <= LOOP_ELEMENTS ? fromShortArray(list, length) : fromLongArray(list, length);
      }
      return copyElements(slab.allocate(length), list, isView, length);
    }
    /* One that says it is longer is not given that much first. */
    if (isView && length >= nativeMin && TypedArrayPrototypeGetLength(list) === length) {
      return copyElements(provider.dedicated(length, 0, false), list, isView, length);
    }
    return provider.admit(new FastBuffer(list));
  }

  /** A view of an ArrayBuffer; of a plain part of it without asking the built-in. */
  function fromArrayBuffer(store, offset, length) {
    return NumberIsSafeInteger(offset) &&
      NumberIsSafeInteger(length) &&
      offset >= 0 &&
      length > 0 &&
      length <= store.byteLength - offset
      ? new FastBuffer(store, offset, length)
      : builtinFrom(store, offset, length);
  }

  function fromObject(value, encodingOrOffset, length) {
    /* What an array is not, it need not be asked. */
    const isList = isArray(value);
    const isView = !isList && TypedArrayPrototypeGetSymbolToStringTag(value) !== undefined;
    if (!isList && !isView && isAnyArrayBuffer(value)) {
      return fromArrayBuffer(value, encodingOrOffset, length);
    }

    const primitive = value.valueOf && value.valueOf();
    if (
      primitive != null &&
      primitive !== value &&
      (typeof primitive === 'string' || typeof primitive === 'object')
    ) {
      return from(primitive, encodingOrOffset, length);
    }
    if (isView) return fromArrayLike(value, true);
    if (value.length !== undefined || isAnyArrayBuffer(value.buffer)) {
      return typeof value.length === 'number' ? fromArrayLike(value, false) : new FastBuffer();
    }
    if (value.type === 'Buffer' && ArrayIsArray(value.data))
      return fromArrayLike(value.data, false);

    if (typeof value[SymbolToPrimitive] === 'function') {
      const string = value[SymbolToPrimitive]('string');
      if (typeof string === 'string') return fromString(string, encodingOrOffset);
    }
    return builtinFrom(value, encodingOrOffset, length);
  }

  function from(value, encodingOrOffset, length) {
    if (typeof value === 'string') return fromString(value, encodingOrOffset);
    if (typeof value === 'object' && value !== null) {
      return fromObject(value, encodingOrOffset, length);
    }
    return builtinFrom(value, encodingOrOffset, length);
  }

  function copyBytesFrom(view, offset, length) {
    const usual =
      TypedArrayPrototypeGetSymbolToStringTag(view) !== undefined &&
      (offset === undefined || (NumberIsSafeInteger(offset) && offset >= 0)) &&
      (length === undefined || (NumberIsSafeInteger(length) && length >= 0));
    if (!usual) return builtinCopyBytesFrom(view, offset, length);

    const count = TypedArrayPrototypeGetLength(view);
    const start = MathMin(offset ?? 0, count);
    const end = length === undefined ? count : MathMin(start + length, count);
    if (start >= end) return builtinCopyBytesFrom(view, offset, length);
    const size = TypedArrayPrototypeGetByteLength(view) / count;
    return fromArrayLike(bytesOf(view, start * size, (end - start) * size), true);
  }

  return { from, copyBytesFrom };
}

module.exports = { createFrom };
