'use strict';

/*
 * compact: freeing the large memory that a small buffer keeps alive, by copying
 * what is wanted out of it.
 */

const { invalidType } = require('./errors');
const {
  FastBuffer,
  arrayFrom,
  isArray,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayByteOffset,
  typedArrayLength,
  typedArrayName,
  typedArraySet,
} = require('./host');
const { readStamp } = require('./stamp');

function checkBuffer(name, value) {
  if (typedArrayName(value) === 'Uint8Array') return;
  throw invalidType(name, 'an instance of Buffer or Uint8Array', value);
}

/** Whether a buffer keeps more memory alive than it shows. */
function pinsMore(buffer) {
  const store = typedArrayBuffer(buffer);
  const length = typedArrayLength(buffer);
  if (store.byteLength === length) return false;
  /* An acquired buffer has a whole size class to itself. */
  const info = readStamp(store);
  return info === undefined || info.length !== length || typedArrayByteOffset(buffer) !== 0;
}

function compactOne(allocate, buffer) {
  checkBuffer('buffer', buffer);
  if (!pinsMore(buffer)) return buffer;
  const copy = allocate(typedArrayByteLength(buffer));
  typedArraySet(copy, buffer, 0);
  return copy;
}

function compactAll(allocate, buffers) {
  let total = 0;
  const pinned = [];
  for (let i = 0; i < buffers.length; i++) {
    checkBuffer(`buffers[${i}]`, buffers[i]);
    pinned[i] = pinsMore(buffers[i]);
    if (pinned[i]) total += typedArrayByteLength(buffers[i]);
  }
  if (total === 0) return arrayFrom(buffers);
  const shared = allocate(total);
  const store = typedArrayBuffer(shared);
  let offset = typedArrayByteOffset(shared);
  return pinned.map((copied, i) => {
    if (!copied) return buffers[i];
    const copy = new FastBuffer(store, offset, typedArrayByteLength(buffers[i]));
    typedArraySet(copy, buffers[i], 0);
    offset += typedArrayByteLength(copy);
    return copy;
  });
}

/**
 * A copy of just the right size if `buffer` keeps a larger store alive, and
 * `buffer` itself if it does not. Of several, those that do are copied into
 * one store of just the size of all.
 *
 * @template {Uint8Array|Uint8Array[]} T
 * @param {(size: number) => Buffer} allocate memory of just that size, not shared
 *   with any other buffer
 * @param {T} buffer
 * @returns {T} for an array a new array, in the same order
 * @throws {TypeError} ERR_INVALID_ARG_TYPE for what is no Buffer or Uint8Array
 */
function compact(allocate, buffer) {
  return isArray(buffer) ? compactAll(allocate, arrayFrom(buffer)) : compactOne(allocate, buffer);
}

module.exports = { compact };
