'use strict';

/*
 * acquire: buffers that are meant to be released, of any size, in memory of their own. A store is just
 * as long as its buffer, over a block of a whole size class: sizes that vary reuse each other's
 * memory, and nothing beyond the buffer can be seen or cloned.
 */

const { COUNTERS } = require('../stores/counters');
const {
  Buffer: BuiltinBuffer,
  FastBuffer,
  MAX_LENGTH,
  builtinAllocUnsafeSlow,
  dispose,
  runtimeMajor,
} = require('../runtime/builtin');
const { lazily } = require('../runtime/lists');
const {
  ArrayBuffer,
  NumberIsInteger,
  ObjectDefineProperty,
  ObjectSetPrototypeOf,
  Uint8Array,
} = require('../runtime/primordials');
const { KIND, recordOf } = require('../stores/record');
const { release } = require('./release');

const getSettings = lazily(() => require('../settings'));

/**
 * A Buffer with `[Symbol.dispose]`, so that `using` releases it. It is made by Uint8Array's
 * constructor, as Bun's Buffer makes no instances of another class.
 */
class AcquiredBuffer extends Uint8Array {
  /* Without one, V8 hands the arguments on through Array's iterator. */
  constructor(store, byteOffset, length) {
    super(store, byteOffset, length);
  }

  [dispose]() {
    release(this);
  }
}
ObjectSetPrototypeOf(AcquiredBuffer.prototype, BuiltinBuffer.prototype);
/* What map, filter and the like make of it are plain Buffers, as slices are. */
ObjectDefineProperty(AcquiredBuffer.prototype, 'constructor', {
  __proto__: null,
  value: BuiltinBuffer,
  writable: true,
  configurable: true,
});

const DISPOSE = {
  __proto__: null,
  value() {
    release(this);
  },
  writable: true,
  configurable: true,
};

/*
 * Up to Node.js 20, `assert.deepStrictEqual` takes a Buffer of another class for another thing: there
 * the method is the buffer's own, which costs 0.2 us.
 */
const show =
  runtimeMajor <= 20
    ? (store, offset, size) =>
        ObjectDefineProperty(new FastBuffer(store, offset, size), dispose, DISPOSE)
    : (store, offset, size) => new AcquiredBuffer(store, offset, size);

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
    return show(store, alignment === 0 ? 0 : recordOf(store).offset, size);
  }

  function acquireUnusual(size, options) {
    const { ACQUIRE, checkOptions } = getSettings();
    const { zero = false, alignment = 1 } = checkOptions(ACQUIRE, options);
    if (!NumberIsInteger(size) || size <= 0 || size > MAX_LENGTH) {
      /* The built-in's error; or, for nothing, nothing. */
      const { length } = builtinAllocUnsafeSlow(size);
      return length > 0 ? acquireUnusual(length, options) : show(new ArrayBuffer(0), 0, 0);
    }
    return acquireFrom(size, alignment > 1 ? alignment : 0, zero);
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

module.exports = { createAcquire };
