'use strict';

/*
 * mirror: the built-in's allocating functions over our own stores.
 *
 * Each function serves the usual arguments itself and hands anything else to
 * the built-in's function of the same name, so that errors, and what becomes of
 * odd input, are those of the running version.
 */

const { Buffer: HostBuffer, FastBuffer, MAX_LENGTH, bufferFill, isInteger } = require('./host');
const { createAligned, hostAligns, isAlignedRequest } = require('./alignment');
const { createConcat } = require('./concat');
const { createFrom } = require('./from');
const { Slab } = require('./slab');

const hostAlloc = HostBuffer.alloc;
const hostAllocUnsafe = HostBuffer.allocUnsafe;
const hostAllocUnsafeSlow = HostBuffer.allocUnsafeSlow;

/**
 * Makes the functions.
 *
 * @param {ReturnType<import('./stores').createStores>} stores
 * @param {{ poolSize: number }} owner whose poolSize rules, in bytes
 */
function createMirror(stores, owner) {
  const { nativeMin } = stores.limits;
  const slab = new Slab(owner, stores.takeSlab);
  const aligned = createAligned(slab, stores);

  /** Whether a buffer of its own is to come from C, if that can be. */
  const isNative = (size) => size >= nativeMin && size > 0 && size <= MAX_LENGTH && isInteger(size);

  /** A buffer of its own; contents are arbitrary. `size` is an integer above 0. */
  function allocateDedicated(size) {
    if (isNative(size)) {
      const store = stores.takeDedicated(size, 0, false);
      if (store !== undefined) return new FastBuffer(store, 0, size);
    } else {
      stores.countHost(size);
    }
    return hostAllocUnsafeSlow(size);
  }

  /** Cut from the slab, or a buffer of its own when it is too large for that. */
  function allocate(size) {
    return size < slab.limit ? slab.allocate(size) : allocateDedicated(size);
  }

  function allocNative(size, fill, encoding) {
    const plain = fill === undefined || fill === 0;
    const store = stores.takeDedicated(size, 0, plain);
    if (store === undefined) return hostAlloc(size, fill, encoding);
    const buffer = new FastBuffer(store, 0, size);
    return plain ? buffer : bufferFill(buffer, fill, 0, size, encoding);
  }

  function alloc(size, fill, encoding) {
    if (typeof size === 'number' && size > 0) {
      if (isNative(size)) return allocNative(size, fill, encoding);
      stores.countHost(size);
    }
    return hostAlloc(size, fill, encoding);
  }

  function allocUnsafe(size, alignment) {
    if (typeof size === 'number' && size > 0 && alignment === undefined) {
      if (size < slab.limit) return slab.allocate(size);
      if (isNative(size)) return allocateDedicated(size);
      stores.countHost(size);
      return hostAllocUnsafeSlow(size);
    }
    return allocUnsafeUnusual(size, alignment);
  }

  function allocUnsafeUnusual(size, alignment) {
    if (isAlignedRequest(size, alignment)) return aligned.allocatePooled(size, alignment);
    if (hostAligns || !(size > 0)) return hostAllocUnsafe(size, alignment);
    return typeof size === 'number' ? allocUnsafe(size) : hostAllocUnsafe(size);
  }

  function allocUnsafeSlow(size, alignment) {
    if (typeof size === 'number' && size > 0) {
      if (isAlignedRequest(size, alignment)) return aligned.allocateDedicated(size, alignment);
      if (isNative(size) && (alignment === undefined || !hostAligns)) {
        return allocateDedicated(size);
      }
      stores.countHost(size);
    }
    return hostAllocUnsafeSlow(size, alignment);
  }

  return {
    alloc,
    allocUnsafe,
    allocUnsafeSlow,
    concat: createConcat(allocate),
    ...createFrom(slab, stores, allocateDedicated),
  };
}

module.exports = { createMirror };
