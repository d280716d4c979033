'use strict';

/*
 * acquire: buffers that are meant to be released, of any size, in memory of their own; and releasing
 * them. A store is just as long as its buffer, over a block of a whole size class: sizes that vary reuse
 * each other's memory, and nothing beyond the buffer can be seen or cloned.
 *
 * Releasing gives a buffer's memory back at once. Its store is emptied, and with it every view, so that
 * old references read `undefined` and write nothing; the memory, still in cache, serves the next
 * request of its size. Releasing a buffer that the system is still reading or writing hands that
 * memory to someone else, as free() would.
 */

const {
  ArrayBuffer,
  Buffer: BuiltinBuffer,
  builtinAllocUnsafeSlow,
  dispose,
  FastBuffer,
  lazily,
  MAX_LENGTH,
  NumberIsInteger,
  ObjectDefineProperty,
  ObjectSetPrototypeOf,
  runtimeMajor,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetLength,
  TypedArrayPrototypeGetSymbolToStringTag,
  Uint8Array,
} = require('../runtime/builtin');
const events = require('../insight/events');
const { COUNTERS, KIND, recordOf } = require('../stores/record');

const getOptions = lazily(() => require('../options'));

/** Whether a store is one buffer's own. */
const isOwn = ({ kind }) =>
  kind === KIND.DEDICATED || kind === KIND.ACQUIRED || kind === KIND.SECRET;

/**
 * Gives a buffer's memory back at once. The buffer and every view of its memory become empty: they
 * read `undefined`, and writes to them are lost.
 *
 * @param {Uint8Array} buffer one that has memory of its own from bufalloc, from its first to its last
 *   byte
 * @returns {boolean} true if the memory came back; false, and nothing changed, for a slice of a slab,
 *   memory of someone else's, a part of a buffer, what an addon has pinned, and what was released before
 * @throws {TypeError} ERR_INVALID_ARG_TYPE if it is no Buffer or Uint8Array
 */
function release(buffer) {
  if (giveBack(buffer)) return true;
  if (events.isHeard)
    events.tell('refused', buffer, recordOf(TypedArrayPrototypeGetBuffer(buffer)));
  return false;
}

/** The same, of which nobody is told: `using` may leave what was released before. */
function giveBack(buffer) {
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
  if (record.wasPinned && owner.isPinned(store)) return false;
  if (!owner.takeBack(store, record)) return false;
  owner.counters[COUNTERS.released]++;
  return true;
}

const DISPOSE = {
  __proto__: null,
  value() {
    giveBack(this);
  },
  writable: true,
  configurable: true,
};

/**
 * A Buffer with `[Symbol.dispose]`, so that `using` releases it. It is made by Uint8Array's
 * constructor, as Bun's Buffer makes no instances of another class.
 */
class AcquiredBuffer extends Uint8Array {
  /* Without one, V8 hands the arguments on through Array's iterator. */
  constructor(store, byteOffset, length) {
    super(store, byteOffset, length);
  }
}
ObjectSetPrototypeOf(AcquiredBuffer.prototype, BuiltinBuffer.prototype);
ObjectDefineProperty(AcquiredBuffer.prototype, dispose, DISPOSE);
/* What map, filter and the like make of it are plain Buffers, as slices are. */
AcquiredBuffer.prototype.constructor = BuiltinBuffer;

/*
 * Makes such a buffer. Up to Node.js 20, `assert.deepStrictEqual` takes a Buffer of another class for another thing: there
 * the method is the buffer's own, which costs 0.2 us.
 */
const show =
  runtimeMajor <= 20
    ? (store, offset, size) =>
        ObjectDefineProperty(new FastBuffer(store, offset, size), dispose, DISPOSE)
    : (store, offset, size) => new AcquiredBuffer(store, offset, size);

/**
 * A buffer that `make` makes, of `size` bytes; of nothing without it. What no buffer can be long gives the
 * built-in's error.
 */
function ofSize(size, make) {
  if (NumberIsInteger(size) && size > 0 && size <= MAX_LENGTH) return make(size);
  const length = TypedArrayPrototypeGetLength(builtinAllocUnsafeSlow(size));
  return length > 0 ? make(length) : show(new ArrayBuffer(0), 0, 0);
}

/**
 * Makes `acquire` over a supply.
 *
 * @param {import('../stores/supply').Supply} supply
 */
function createAcquire(supply) {
  const { counters } = supply;

  function acquireFrom(size, alignment, zero) {
    const store = supply.take(KIND.ACQUIRED, size, alignment, zero);
    counters[COUNTERS.acquired]++;
    return show(store, recordOf(store).offset, size);
  }

  function acquireUnusual(size, options) {
    const { ACQUIRE, checkOptions } = getOptions();
    const { zero = false, alignment = 1 } = checkOptions(ACQUIRE, options);
    return ofSize(size, (length) => acquireFrom(length, alignment > 1 ? alignment : 0, zero));
  }

  /**
   * Allocates a buffer that is meant to be released, of any size: memory that was released before, and
   * then the next from C. Its contents are arbitrary.
   *
   * @param {number} size in bytes
   * @param {{ zero?: boolean, alignment?: number }} [options] `zero`: all bytes are zero; `alignment`:
   *   a power of two, at most 2 MiB
   * @returns {Buffer} with `[Symbol.dispose]`; the caller releases it
   * @throws as Buffer.allocUnsafeSlow does for a bad size; ERR_INVALID_ARG_VALUE for a bad option
   */
  return function acquire(size, options) {
    if (options === undefined && NumberIsInteger(size) && size > 0 && size <= MAX_LENGTH) {
      return acquireFrom(size, 0, false);
    }
    return acquireUnusual(size, options);
  };
}

module.exports = { createAcquire, ofSize, release, show };
