'use strict';

/*
 * mirror: the built-in's allocating functions over our own stores.
 *
 * Each function serves the usual arguments itself and hands anything else to
 * the built-in's function of the same name, so that errors, and what becomes of
 * odd input, are those of the running version. Memory that the built-in made is
 * `adopt`ed: counted by the default stores, copied by an arena's.
 */

const {
  FastBuffer,
  MAX_LENGTH,
  bufferFill,
  hostAlloc,
  hostAllocUnsafe,
  hostAllocUnsafeSlow,
  isInteger,
  isView,
} = require('./host');
const { createAligned, hostAligns, isAlignedRequest } = require('./alignment');
const { createConcat } = require('./concat');
const { createFrom } = require('./from');
const { Slab } = require('./slab');

/**
 * What to fill with, read before there is anything to fill: the runtime finds the
 * memory first and then asks an object for its value, which may have the memory
 * released meanwhile.
 */
function readFill(fill) {
  const isObject = (typeof fill === 'object' && fill !== null) || typeof fill === 'function';
  return isObject && !isView(fill) ? +fill : fill;
}

/**
 * Where the mirror's memory comes from.
 *
 * @typedef {object} Provider
 * @property {{ nativeMin: number }} limits
 * @property {(size: number) => ArrayBuffer} takeSlab
 * @property {(size: number, alignment: number, zero: boolean) => ArrayBuffer|undefined} takeDedicated
 * @property {(buffer: Buffer, own?: boolean) => Buffer} adopt takes in memory of the
 *   runtime's; `own`: its store is no other buffer's
 * @property {(buffer: Buffer, own?: boolean) => Buffer} adoptUnfilled the same, of
 *   arbitrary contents
 */

/**
 * Makes the functions.
 *
 * @param {Provider} provider
 * @param {{ poolSize: number }} owner whose poolSize rules, in bytes
 */
function createMirror(provider, owner) {
  const { nativeMin } = provider.limits;
  const slab = new Slab(owner, provider.takeSlab);
  const aligned = createAligned(slab, provider);

  /** Whether a buffer of its own is to come from C, if that can be. */
  const isNative = (size) => size >= nativeMin && size > 0 && size <= MAX_LENGTH && isInteger(size);

  /** A buffer of its own; contents are arbitrary. `size` is an integer above 0. */
  function allocateDedicated(size) {
    const store = isNative(size) ? provider.takeDedicated(size, 0, false) : undefined;
    return store === undefined
      ? provider.adoptUnfilled(hostAllocUnsafeSlow(size))
      : new FastBuffer(store, 0, size);
  }

  /** Cut from the slab, or a buffer of its own when it is too large for that. */
  function allocate(size) {
    return size < slab.limit ? slab.allocate(size) : allocateDedicated(size);
  }

  function allocNative(size, given, encoding) {
    const fill = readFill(given);
    const plain = fill === undefined || fill === 0;
    const store = provider.takeDedicated(size, 0, plain);
    if (store === undefined) return provider.adopt(hostAlloc(size, fill, encoding));
    const buffer = new FastBuffer(store, 0, size);
    return plain ? buffer : bufferFill(buffer, fill, 0, size, encoding);
  }

  function alloc(size, fill, encoding) {
    if (typeof size === 'number' && isNative(size)) return allocNative(size, fill, encoding);
    return provider.adopt(hostAlloc(size, fill, encoding));
  }

  function allocUnsafe(size, alignment) {
    if (typeof size === 'number' && size > 0 && alignment === undefined) {
      return size < slab.limit ? slab.allocate(size) : allocateDedicated(size);
    }
    return allocUnsafeUnusual(size, alignment);
  }

  function allocUnsafeUnusual(size, alignment) {
    if (isAlignedRequest(size, alignment)) return aligned.allocatePooled(size, alignment);
    if (!hostAligns && typeof size === 'number' && size > 0) return allocUnsafe(size);
    return provider.adoptUnfilled(hostAllocUnsafe(size, alignment));
  }

  function allocUnsafeSlow(size, alignment) {
    if (isAlignedRequest(size, alignment)) return aligned.allocateDedicated(size, alignment);
    if (typeof size === 'number' && isNative(size) && (alignment === undefined || !hostAligns)) {
      return allocateDedicated(size);
    }
    return provider.adoptUnfilled(hostAllocUnsafeSlow(size, alignment));
  }

  const functions = {
    alloc,
    allocUnsafe,
    allocUnsafeSlow,
    concat: createConcat(allocate, provider),
    ...createFrom(slab, provider, allocateDedicated),
  };
  return { functions, slab };
}

module.exports = { createMirror, readFill };
