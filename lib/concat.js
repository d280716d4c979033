'use strict';

/*
 * concat: one buffer out of many, written straight into its final place.
 *
 * The list is the caller's: a getter or a proxy in it may run code between any
 * two steps. The result is therefore measured by what was really copied, and
 * what is left of it is cleared, so that old memory never shows.
 */

const {
  Buffer: HostBuffer,
  FastBuffer,
  MAX_LENGTH,
  isArray,
  isInteger,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayByteOffset,
  typedArrayFill,
  typedArrayName,
  typedArraySet,
} = require('./host');

const hostConcat = HostBuffer.concat;

/** The bytes of all elements; -1 if one of them is no Uint8Array. */
function totalLength(list) {
  let total = 0;
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (typedArrayName(item) !== 'Uint8Array') return -1;
    total += typedArrayByteLength(item);
  }
  return total;
}

/** The first `length` bytes of a Uint8Array, whatever its class. */
const firstBytes = (item, length) =>
  new FastBuffer(typedArrayBuffer(item), typedArrayByteOffset(item), length);

/**
 * Copies the elements one after the other, as many bytes as fit.
 *
 * @returns {boolean} false if one of them is no Uint8Array
 */
function copyAll(list, target, length) {
  let offset = 0;
  for (let i = 0; i < list.length && offset < length; i++) {
    const item = list[i];
    if (typedArrayName(item) !== 'Uint8Array') return false;
    const size = typedArrayByteLength(item);
    const rest = length - offset;
    typedArraySet(target, size > rest ? firstBytes(item, rest) : item, offset);
    offset += size > rest ? rest : size;
  }
  if (offset < length) typedArrayFill(target, 0, offset, length);
  return true;
}

/**
 * Makes `concat`.
 *
 * @param {(size: number) => Buffer} allocate for any integer above 0
 * @param {import('./mirror').Provider} provider
 */
function createConcat(allocate, provider) {
  return function concat(list, length) {
    if (!isArray(list) || list.length === 0) return hostConcat(list, length);
    const total = totalLength(list);
    const size = length === undefined ? total : length;
    if (total < 0 || !isInteger(size) || size < 0 || size > MAX_LENGTH) {
      return provider.adopt(hostConcat(list, length));
    }
    if (size === 0) return new FastBuffer();
    const target = allocate(size);
    return copyAll(list, target, size) ? target : provider.adopt(hostConcat(list, length));
  };
}

module.exports = { createConcat };
