'use strict';

/*
 * lifetimes: memory whose user says when it is done with it.
 *
 * `release` empties a buffer and keeps its memory, still in cache, for the next
 * request of its size; `acquire` is the request that fits it best, as its stores
 * are whole size classes. Releasing a buffer that the system is still reading
 * or writing hands that memory to someone else, as free() would.
 */

const { allocateHostAligned } = require('./alignment');
const binding = require('./binding');
const {
  Buffer: HostBuffer,
  MAX_LENGTH,
  Uint8Array,
  ceil,
  defineProperty,
  hostAlloc,
  hostAllocUnsafeSlow,
  isInteger,
  lazily,
  min,
  setPrototypeOf,
  typedArrayBuffer,
  typedArrayByteOffset,
  typedArrayFill,
  typedArrayLength,
  typedArrayName,
} = require('./host');
const { recycleStore } = require('./recycle');
const { classSize } = require('./size-class');
const { readStamp, stamp } = require('./stamp');
const { COUNTERS, StoreInfo, zeroFill } = require('./stores');

const getOptions = lazily(() => require('./options'));

/** C blocks of whole pages are aligned to a page as they are. */
const PAGE = 4096;

/** The well-known symbol, or what older runtimes know it by. */
const dispose = Symbol.dispose ?? Symbol.for('nodejs.dispose');

/**
 * A Buffer with `[Symbol.dispose]`, so that `using` releases it. It is made by
 * Uint8Array's constructor, as Bun's Buffer makes no instances of another class.
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
setPrototypeOf(AcquiredBuffer.prototype, HostBuffer.prototype);
/* What map, filter and the like make of it are plain Buffers, as slices are. */
defineProperty(AcquiredBuffer.prototype, 'constructor', {
  value: HostBuffer,
  writable: true,
  configurable: true,
});

/** Memory from the runtime, which has zeroed memory without touching it: calloc(3). */
function allocateHost(stores, byteLength, alignment, zero) {
  if (zero && alignment === 0) return stores.adopt(hostAlloc(byteLength));
  const buffer = stores.adoptUnfilled(
    alignment === 0 ? hostAllocUnsafeSlow(byteLength) : allocateHostAligned(byteLength, alignment),
  );
  return zero ? typedArrayFill(buffer, 0) : buffer;
}

/** A whole size class, as far as an ArrayBuffer can be that long. */
const storeSize = (size) => min(classSize(size), MAX_LENGTH);

/** Takes the memory of a store back; false if the store cannot be emptied. */
function takeBack(store, info) {
  const { stores, byteLength } = info;
  const { debug, warm } = stores;
  let fresh;
  try {
    const keep = !stores.closed && (debug !== undefined || warm.hasRoom(byteLength));
    fresh = recycleStore(store, keep);
  } catch {
    return false;
  }
  if (debug !== undefined) debug.onRelease(fresh, info);
  else if (fresh !== undefined) stores.keep(fresh, info);
  stores.counters[COUNTERS.released]++;
  stores.giveBack(byteLength);
  return true;
}

/**
 * Gives a buffer's memory back at once. The buffer and every view of its memory
 * become empty: they read `undefined`, and writes to them are lost.
 *
 * @param {Uint8Array} buffer one that has memory of its own from bufalloc, from
 *   its first to its last byte
 * @returns {boolean} true if the memory came back; false, and nothing changed,
 *   for a slice of a slab, memory of the runtime's, someone else's, a part of a
 *   buffer, and what was released before
 * @throws {TypeError} ERR_INVALID_ARG_TYPE if it is no Buffer or Uint8Array
 */
function release(buffer) {
  if (typedArrayName(buffer) !== 'Uint8Array') {
    const { invalidType } = require('./errors');
    throw invalidType('buffer', 'an instance of Buffer or Uint8Array', buffer);
  }
  const store = typedArrayBuffer(buffer);
  const info = readStamp(store);
  if (
    info === undefined ||
    info.length !== typedArrayLength(buffer) ||
    typedArrayByteOffset(buffer) !== 0
  ) {
    return false;
  }
  return takeBack(store, info);
}

/**
 * Makes `acquire` over a set of stores.
 *
 * @param {import('./stores').Stores} stores
 */
function createAcquire(stores) {
  const { counters, warm } = stores;

  /** A store of a whole size class, at least `byteLength` bytes. */
  function takeStore(byteLength, alignment, zero) {
    const kept = warm.pop(byteLength);
    if (kept !== undefined) {
      if (alignment === 0 || binding.misalignment(kept, alignment) === 0) {
        counters[COUNTERS.warmHits]++;
        if (zero || zeroFill) stores.clear(kept);
        return kept;
      }
      warm.push(kept, byteLength);
    }
    const store = stores.allocate(byteLength, alignment, zero);
    if (store !== undefined) stamp(store, new StoreInfo(stores, byteLength, byteLength));
    return store;
  }

  function acquireFrom(byteLength, size, alignment, zero) {
    counters[COUNTERS.acquired]++;
    const store = takeStore(byteLength, alignment, zero);
    if (store === undefined) {
      const buffer = allocateHost(stores, byteLength, alignment, zero);
      return new AcquiredBuffer(buffer.buffer, buffer.byteOffset, size);
    }
    const info = readStamp(store);
    info.length = size;
    if (stores.debug !== undefined) stores.debug.onAllocate(store, info, true);
    return new AcquiredBuffer(store, 0, size);
  }

  function acquireUnusual(size, options) {
    const { ACQUIRE, checkOptions } = getOptions();
    const { zero = false, alignment = 1 } = checkOptions(ACQUIRE, options);
    if (!isInteger(size) || size <= 0 || size > MAX_LENGTH) {
      /* The built-in's error; or, for nothing, nothing. */
      const { length } = hostAllocUnsafeSlow(size);
      return length > 0 ? acquireUnusual(length, options) : new AcquiredBuffer(0);
    }
    const rounded = alignment <= PAGE ? ceil(size / alignment) * alignment : size;
    return acquireFrom(storeSize(rounded), size, alignment > 1 ? alignment : 0, zero);
  }

  /**
   * Allocates a buffer that is meant to be released, of any size: memory that
   * was released before, and then the next from C. Its contents are arbitrary.
   *
   * @param {number} size in bytes
   * @param {{ zero?: boolean, alignment?: number }} [options] `zero`: all bytes
   *   are zero; `alignment`: a power of two, at most 2 MiB
   * @returns {Buffer} with `[Symbol.dispose]`; the caller releases it
   * @throws as Buffer.allocUnsafeSlow does for a bad size; ERR_INVALID_ARG_VALUE
   *   for a bad option
   */
  return function acquire(size, options) {
    if (options === undefined && isInteger(size) && size > 0 && size <= MAX_LENGTH) {
      return acquireFrom(storeSize(size), size, 0, false);
    }
    return acquireUnusual(size, options);
  };
}

module.exports = { createAcquire, release, dispose };
