'use strict';

/*
 * compact: freeing the large memory that a small buffer keeps alive, by copying
 * what is wanted out of it. What lies in a secret is left where it is.
 */

const {
  ArrayBufferPrototypeGetByteLength,
  ArrayFrom,
  ArrayIsArray,
  createList,
  FastBuffer,
  isSharedArrayBuffer,
  SharedArrayBufferPrototypeGetByteLength,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetSymbolToStringTag,
  TypedArrayPrototypeSet,
} = require('../runtime/builtin');
const { invalidType } = require('../runtime/errors');

function checkBuffer(name, value) {
  if (TypedArrayPrototypeGetSymbolToStringTag(value) === 'Uint8Array') return;
  throw invalidType(name, 'an instance of Buffer or Uint8Array', value);
}

/** The length of a store, whatever it says itself. */
const lengthOf = (store) =>
  isSharedArrayBuffer(store)
    ? SharedArrayBufferPrototypeGetByteLength?.(store)
    : ArrayBufferPrototypeGetByteLength(store);

/** Whether a buffer keeps more memory alive than it shows, which may be copied. */
function pinsMore(isSecret, buffer) {
  const store = TypedArrayPrototypeGetBuffer(buffer);
  return lengthOf(store) !== TypedArrayPrototypeGetByteLength(buffer) && !isSecret(store);
}

/** Copies those that pin more than they show into one store, and puts the copies in their place. */
function compactAll(allocate, isSecret, buffers, nameOf) {
  let total = 0;
  const places = createList();
  for (let i = 0; i < buffers.length; i++) {
    checkBuffer(nameOf(i), buffers[i]);
    if (!pinsMore(isSecret, buffers[i])) continue;
    places[places.length] = i;
    total += TypedArrayPrototypeGetByteLength(buffers[i]);
  }
  if (places.length === 0) return buffers;
  const shared = allocate(total);
  const store = TypedArrayPrototypeGetBuffer(shared);
  let offset = TypedArrayPrototypeGetByteOffset(shared);
  for (let i = 0; i < places.length; i++) {
    const original = buffers[places[i]];
    const copy = new FastBuffer(store, offset, TypedArrayPrototypeGetByteLength(original));
    const length = TypedArrayPrototypeGetByteLength(copy);
    /* Nothing can be copied out of one that its resizable store shrank away from. */
    if (length > 0) TypedArrayPrototypeSet(copy, original, 0);
    offset += length;
    buffers[places[i]] = copy;
  }
  return buffers;
}

/**
 * A copy of just the right size if `buffer` keeps a larger store alive, and
 * `buffer` itself if it does not, or if that is a secret's. Of several, those that do are copied into
 * one store of just the size of all.
 *
 * @template {Uint8Array|Uint8Array[]} T
 * @param {(size: number) => Buffer} allocate memory of just that size, not shared
 *   with any other buffer
 * @param {(store: ArrayBuffer) => boolean} isSecret
 * @param {T} buffer
 * @returns {T} for an array a new array, in the same order
 * @throws {TypeError} ERR_INVALID_ARG_TYPE for what is no Buffer or Uint8Array
 */
function compact(allocate, isSecret, buffer) {
  if (!ArrayIsArray(buffer)) return compactAll(allocate, isSecret, [buffer], () => 'buffer')[0];
  /* By index, as what Array's own methods do may have been changed. */
  const buffers = ArrayFrom({ __proto__: null, length: buffer.length }, (_, i) => buffer[i]);
  return compactAll(allocate, isSecret, buffers, (i) => `buffers[${i}]`);
}

module.exports = { compact };
