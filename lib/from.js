'use strict';

/*
 * from: buffers made of strings, arrays, views and objects, copied once, into
 * the slab or into memory of their own. Views over an ArrayBuffer share it and
 * allocate nothing: those, and all that is wrong, go to the built-in.
 *
 * Objects are the caller's, and reading them may run code that allocates: a
 * piece of the slab is claimed before anything is copied into it.
 */

const {
  FastBuffer,
  MAX_LENGTH,
  hostCopyBytesFrom,
  hostFrom,
  isAnyArrayBuffer,
  isArray,
  isSafeInteger,
  min,
  toPrimitive,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayByteOffset,
  typedArrayFill,
  typedArrayLength,
  typedArrayName,
  typedArraySet,
} = require('./host');
const { encoderOf } = require('./encodings');
const { readStamp } = require('./stamp');

/** The most bytes that one UTF-16 code unit takes, as the built-in reckons. */
const MAX_BYTES_PER_UNIT = 4;

/**
 * Makes `from` and `copyBytesFrom`.
 *
 * @param {import('./slab').Slab} slab
 * @param {import('./mirror').Provider} provider
 * @param {(size: number) => Buffer} allocateDedicated
 */
function createFrom(slab, provider, allocateDedicated) {
  const { nativeMin } = provider.limits;

  /** A string too long for the slab, at most `length` bytes when encoded. */
  function fromLongString(string, encoding, encoder, length) {
    if (length === 0 || length > MAX_LENGTH) return provider.adopt(hostFrom(string, encoding));
    const buffer = allocateDedicated(length);
    const written = encoder.write(buffer, string, 0, length);
    if (written === length) return buffer;
    const store = typedArrayBuffer(buffer);
    const info = readStamp(store);
    if (info !== undefined) info.length = written;
    return new FastBuffer(store, typedArrayByteOffset(buffer), written);
  }

  /* As in the built-in, a string with as many units as the limit is too long for
   * the slab, even if it becomes fewer bytes. */
  function fromString(string, encoding) {
    const encoder = encoderOf(encoding);
    const units = string.length;
    if (encoder === undefined || units === 0) return hostFrom(string, encoding);

    const { limit } = slab;
    let length = units * MAX_BYTES_PER_UNIT;
    if (length >= limit) {
      length = encoder.byteLength(string);
      if (units >= limit || length >= limit) {
        return fromLongString(string, encoding, encoder, length);
      }
    }
    slab.reserve(length);
    const written = encoder.write(slab.bytes, string, slab.offset, length);
    return slab.allocate(written);
  }

  /** A copy of anything with a length and elements; `isView`: a typed array. */
  function fromArrayLike(list, isView) {
    const { length } = list;
    if (length <= 0) return new FastBuffer();
    /* A view that lies about its length would leave old bytes uncovered. */
    if (isView && typedArrayLength(list) !== length) return provider.adopt(hostFrom(list));
    if (length < slab.limit) {
      const buffer = slab.allocate(length);
      /* An object may have fewer elements when it is read again. */
      if (!isView) typedArrayFill(buffer, 0);
      typedArraySet(buffer, list, 0);
      return buffer;
    }
    if (isView && length >= nativeMin) {
      const buffer = allocateDedicated(length);
      typedArraySet(buffer, list, 0);
      return buffer;
    }
    return provider.adopt(new FastBuffer(list));
  }

  function fromObject(value, encodingOrOffset, length) {
    const isView = typedArrayName(value) !== undefined;
    if (!isView && isAnyArrayBuffer(value)) return hostFrom(value, encodingOrOffset, length);

    const primitive = value.valueOf && value.valueOf();
    if (
      primitive != null &&
      primitive !== value &&
      (typeof primitive === 'string' || typeof primitive === 'object')
    ) {
      return from(primitive, encodingOrOffset, length);
    }
    if (value.length !== undefined || isAnyArrayBuffer(value.buffer)) {
      return typeof value.length === 'number' ? fromArrayLike(value, isView) : new FastBuffer();
    }
    if (value.type === 'Buffer' && isArray(value.data)) return fromArrayLike(value.data, false);

    if (typeof value[toPrimitive] === 'function') {
      const string = value[toPrimitive]('string');
      if (typeof string === 'string') return fromString(string, encodingOrOffset);
    }
    return hostFrom(value, encodingOrOffset, length);
  }

  function from(value, encodingOrOffset, length) {
    if (typeof value === 'string') return fromString(value, encodingOrOffset);
    if (typeof value === 'object' && value !== null) {
      return fromObject(value, encodingOrOffset, length);
    }
    return hostFrom(value, encodingOrOffset, length);
  }

  function copyBytesFrom(view, offset, length) {
    const usual =
      typedArrayName(view) !== undefined &&
      (offset === undefined || (isSafeInteger(offset) && offset >= 0)) &&
      (length === undefined || (isSafeInteger(length) && length >= 0));
    if (!usual) return hostCopyBytesFrom(view, offset, length);

    const count = typedArrayLength(view);
    const start = min(offset ?? 0, count);
    const end = length === undefined ? count : min(start + length, count);
    if (start >= end) return hostCopyBytesFrom(view, offset, length);
    const elementSize = typedArrayByteLength(view) / count;
    return fromArrayLike(
      new FastBuffer(
        typedArrayBuffer(view),
        typedArrayByteOffset(view) + start * elementSize,
        (end - start) * elementSize,
      ),
      true,
    );
  }

  return { from, copyBytesFrom };
}

module.exports = { createFrom };
