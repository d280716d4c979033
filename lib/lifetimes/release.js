'use strict';

/*
 * release: giving a buffer's memory back at once. Its store is emptied, and with it every view, so that
 * old references read `undefined` and write nothing; the memory, still in cache, serves the next
 * request of its size. Releasing a buffer that the system is still reading or writing hands that
 * memory to someone else, as free() would.
 */

const { COUNTERS } = require('../stores/counters');
const {
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetLength,
  TypedArrayPrototypeGetSymbolToStringTag,
} = require('../runtime/primordials');
const { KIND, recordOf } = require('../stores/record');

/** Whether a store is one buffer's own. */
const isOwn = ({ kind }) => kind === KIND.DEDICATED || kind === KIND.ACQUIRED;

/**
 * Gives a buffer's memory back at once. The buffer and every view of its memory become empty: they
 * read `undefined`, and writes to them are lost.
 *
 * @param {Uint8Array} buffer one that has memory of its own from bufalloc, from its first to its last
 *   byte
 * @returns {boolean} true if the memory came back; false, and nothing changed, for a slice of a slab,
 *   memory of someone else's, a part of a buffer, and what was released before
 * @throws {TypeError} ERR_INVALID_ARG_TYPE if it is no Buffer or Uint8Array
 */
function release(buffer) {
  if (TypedArrayPrototypeGetSymbolToStringTag(buffer) !== 'Uint8Array') {
    const { invalidType } = require('../runtime/errors');
    throw invalidType('buffer', 'an instance of Buffer or Uint8Array', buffer);
  }
  const store = TypedArrayPrototypeGetBuffer(buffer);
  const record = recordOf(store);
  const length = TypedArrayPrototypeGetLength(buffer);
  if (record === undefined || length === 0 || record.length !== length) return false;
  if (record.offset !== TypedArrayPrototypeGetByteOffset(buffer) || !isOwn(record)) return false;
  const { owner } = record;
  if (!owner.takeBack(store, record)) return false;
  owner.counters[COUNTERS.released]++;
  return true;
}

module.exports = { release };
