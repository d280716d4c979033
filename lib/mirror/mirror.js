'use strict';

/*
 * mirror: the built-in's allocating functions over our own memory.
 *
 * Each function serves the usual arguments itself and hands anything else to the built-in's function
 * of the same name, so that errors, and what becomes of odd input, are those of the running version.
 * What the built-in made is `admit`ted: counted by a supply, copied by an arena.
 *
 * Node 26.8 takes an alignment as the second argument of `allocUnsafe` and `allocUnsafeSlow`. On a runtime
 * that does not, a power of two is honoured all the same, and anything else is ignored, as that
 * runtime's built-in ignores it: `sizes.map(Buffer.allocUnsafe)` passes an index there. Without the addon
 * nothing tells an address there, and any alignment is ignored.
 */

const {
  ArrayBufferIsView,
  binding,
  bufferFill,
  builtinAligns,
  builtinAlloc,
  builtinAllocUnsafe,
  builtinAllocUnsafeSlow,
  FastBuffer,
  MAX_LENGTH,
  NumberIsInteger,
  TypedArrayPrototypeFill,
} = require('../runtime/builtin');
const events = require('../insight/events');
const { createConcat } = require('./concat');
const { createFrom } = require('./from');
const { Slab } = require('./slab');

/** The largest alignment that the built-in accepts: 1 GiB. */
const MAX_ALIGNMENT = 2 ** 30;
/** What slabs, and all C blocks, are aligned to. */
const SLAB_ALIGNMENT = 64;

/** Up to so many bytes, clearing them before they are filled costs less than the built-in's way to fill. */
const FILLED_HERE = 1024;

const canAlign = builtinAligns || !binding.origin.isMissing;

/** Whether a request with an alignment is one that is served here. */
function isAlignedRequest(size, alignment) {
  return (
    canAlign &&
    NumberIsInteger(alignment) &&
    alignment >= 1 &&
    alignment <= MAX_ALIGNMENT &&
    (alignment & (alignment - 1)) === 0 &&
    NumberIsInteger(size) &&
    size > 0 &&
    size <= MAX_LENGTH - MAX_ALIGNMENT
  );
}

/** Whether it is one that a buffer can have, without a word of the built-in's. */
const isSize = (size) => NumberIsInteger(size) && size >= 0 && size <= MAX_LENGTH;

/**
 * What to fill with, read before there is anything to fill: the runtime finds the memory first and
 * then asks an object for its value, which may have the memory released meanwhile. It makes a byte of
 * an object's number in another way than of a number.
 */
function readFill(fill) {
  const isObject = (typeof fill === 'object' && fill !== null) || typeof fill === 'function';
  return isObject && !ArrayBufferIsView(fill) ? builtinAlloc(1, fill)[0] : fill;
}

/**
 * Where the mirror's memory comes from: a supply (lib/stores/supply.js) or an arena.
 *
 * @typedef {object} Provider
 * @property {number} nativeMin from which size on it has memory of its own, in bytes
 * @property {Slab[]} slabs a list, of those that are cut for it
 * @property {(size: number) => ArrayBuffer} takeSlab
 * @property {(size: number, alignment: number, zero: boolean) => Buffer} dedicated a buffer with
 *   memory of its own
 * @property {(buffer: Buffer, size?: number) => Buffer} admit takes in what the built-in made; its
 *   size, where that is known
 */

/**
 * Makes the functions.
 *
 * @param {Provider} provider
 * @param {{ poolSize: number }} owner whose poolSize rules, in bytes
 */
function createMirror(provider, owner) {
  const { nativeMin } = provider;
  const slab = new Slab(owner, provider.takeSlab);
  provider.slabs[provider.slabs.length] = slab;
  slab.tell(events.cutOf(provider));

  const isNative = (size) => isSize(size) && size >= nativeMin && size > 0;
  const isSmall = (size) => isSize(size) && size < nativeMin;

  /** A request with an alignment: cut from the slab when it is small and the slab is aligned enough. */
  function allocateAligned(size, alignment) {
    if (alignment <= SLAB_ALIGNMENT && size < slab.limit) {
      slab.align(alignment);
      slab.reserve(size);
      /* A slab that the runtime had to serve may start anywhere. */
      if (binding.misalignment(slab.store, alignment) === 0) return slab.allocate(size);
    }
    return provider.dedicated(size, alignment, false);
  }

  function alloc(size, given, encoding) {
    const isPlain = given === undefined || given === 0;
    if (isSmall(size)) {
      if (isPlain) return provider.admit(new FastBuffer(size), size);
      /* What becomes of a number's encoding is the runtime's affair: Deno refuses one that is no string. */
      if (typeof given === 'number' && encoding === undefined && size <= FILLED_HERE) {
        return provider.admit(TypedArrayPrototypeFill(new FastBuffer(size), given), size);
      }
    }
    if (!isNative(size)) return provider.admit(builtinAlloc(size, given, encoding));
    if (isPlain) return provider.dedicated(size, 0, true);
    const fill = readFill(given);
    return bufferFill(provider.dedicated(size, 0, false), fill, 0, size, encoding);
  }

  function allocUnsafe(size, alignment) {
    if (typeof size === 'number' && size > 0 && alignment === undefined) {
      return size < slab.limit ? slab.allocate(size) : provider.dedicated(size, 0, false);
    }
    return allocUnsafeUnusual(size, alignment);
  }

  function allocUnsafeUnusual(size, alignment) {
    if (isAlignedRequest(size, alignment)) return allocateAligned(size, alignment);
    if (!builtinAligns && typeof size === 'number' && size > 0) return allocUnsafe(size);
    return provider.admit(builtinAllocUnsafe(size, alignment));
  }

  function allocUnsafeSlow(size, alignment) {
    if (alignment === undefined) {
      if (isNative(size)) return provider.dedicated(size, 0, false);
      if (isSmall(size)) return provider.admit(builtinAllocUnsafeSlow(size), size);
    }
    return allocUnsafeSlowUnusual(size, alignment);
  }

  function allocUnsafeSlowUnusual(size, alignment) {
    if (isAlignedRequest(size, alignment)) return provider.dedicated(size, alignment, false);
    if (!builtinAligns && isNative(size)) return provider.dedicated(size, 0, false);
    return provider.admit(builtinAllocUnsafeSlow(size, alignment));
  }

  const functions = {
    alloc,
    allocUnsafe,
    allocUnsafeSlow,
    concat: createConcat(slab, allocUnsafe, provider),
    ...createFrom(slab, provider),
  };
  return { functions, slab };
}

module.exports = { createMirror, readFill };
