'use strict';

/*
 * alignment: the second argument of `allocUnsafe` and `allocUnsafeSlow`.
 *
 * Node 26 has it. On a runtime that has not, a power of two is honoured all the
 * same, and anything else is ignored, as that runtime's built-in ignores it:
 * `sizes.map(Buffer.allocUnsafe)` passes an index there.
 */

const binding = require('./binding');
const { Buffer, FastBuffer, MAX_LENGTH, hostAllocUnsafeSlow, isInteger } = require('./host');

/** The largest alignment that the built-in accepts: 1 GiB. */
const MAX_ALIGNMENT = 2 ** 30;
/** The largest that a C block can have: a chunk (BA_ALIGNMENT_MAX in src/heap/heap.h). */
const MAX_BLOCK_ALIGNMENT = 4 * 1024 * 1024;
/** What slabs, and all C blocks, are aligned to. */
const SLAB_ALIGNMENT = 64;

const hostAligns = Buffer.allocUnsafeSlow.length > 1;

/** Whether a request with an alignment is one that these functions serve. */
function isAlignedRequest(size, alignment) {
  return (
    isInteger(alignment) &&
    alignment >= 1 &&
    alignment <= MAX_ALIGNMENT &&
    (alignment & (alignment - 1)) === 0 &&
    isInteger(size) &&
    size > 0 &&
    size <= MAX_LENGTH - MAX_ALIGNMENT
  );
}

/**
 * Memory from the runtime, aligned. Where the runtime cannot do that itself,
 * more is allocated and the first bytes are skipped.
 */
function allocateHostAligned(size, alignment) {
  if (hostAligns) return hostAllocUnsafeSlow(size, alignment);
  const store = hostAllocUnsafeSlow(size + alignment).buffer;
  const past = binding.misalignment(store, alignment);
  return new FastBuffer(store, past === 0 ? 0 : alignment - past, size);
}

/**
 * Makes the functions that serve a request for which `isAlignedRequest` holds:
 * `size` bytes at an address that is a multiple of `alignment`.
 *
 * @param {import('./slab').Slab} slab
 * @param {import('./mirror').Provider} provider
 */
function createAligned(slab, provider) {
  /** A buffer of its own, from C at any size. */
  function allocateDedicated(size, alignment) {
    const store =
      alignment <= MAX_BLOCK_ALIGNMENT ? provider.takeDedicated(size, alignment, false) : undefined;
    return store === undefined
      ? provider.adoptUnfilled(allocateHostAligned(size, alignment), true)
      : new FastBuffer(store, 0, size);
  }

  /** Cut from the slab when it is small and the slab is aligned enough. */
  function allocatePooled(size, alignment) {
    if (alignment > SLAB_ALIGNMENT || size >= slab.limit) return allocateDedicated(size, alignment);
    slab.align(alignment);
    slab.reserve(size);
    /* A slab that the runtime had to serve may start anywhere. */
    return binding.misalignment(slab.store, alignment) === 0
      ? slab.allocate(size)
      : allocateDedicated(size, alignment);
  }

  return { allocateDedicated, allocatePooled };
}

module.exports = { allocateHostAligned, createAligned, hostAligns, isAlignedRequest };
