'use strict';

/*
 * alignment: the second argument of `allocUnsafe` and `allocUnsafeSlow`.
 *
 * Node 26 has it. On a runtime that has not, a power of two is honoured all the same, and anything
 * else is ignored, as that runtime's built-in ignores it: `sizes.map(Buffer.allocUnsafe)` passes an
 * index there.
 */

const { MAX_LENGTH } = require('../runtime/builtin');
const { NumberIsInteger } = require('../runtime/primordials');
const binding = require('../runtime/binding');

/** The largest alignment that the built-in accepts: 1 GiB. */
const MAX_ALIGNMENT = 2 ** 30;
/** What slabs, and all C blocks, are aligned to. */
const SLAB_ALIGNMENT = 64;

/** Whether a request with an alignment is one that is served here. */
function isAlignedRequest(size, alignment) {
  return (
    NumberIsInteger(alignment) &&
    alignment >= 1 &&
    alignment <= MAX_ALIGNMENT &&
    (alignment & (alignment - 1)) === 0 &&
    NumberIsInteger(size) &&
    size > 0 &&
    size <= MAX_LENGTH - MAX_ALIGNMENT
  );
}

/**
 * Makes the function that serves a request of `allocUnsafe` for which `isAlignedRequest` holds.
 *
 * @param {import('./slab').Slab} slab
 * @param {import('./mirror').Provider} provider
 */
function createAligned(slab, provider) {
  /** Cut from the slab when it is small and the slab is aligned enough. */
  function allocatePooled(size, alignment) {
    if (alignment <= SLAB_ALIGNMENT && size < slab.limit) {
      slab.align(alignment);
      slab.reserve(size);
      /* A slab that the runtime had to serve may start anywhere. */
      if (binding.misalignment(slab.store, alignment) === 0) return slab.allocate(size);
    }
    return provider.dedicated(size, alignment, false);
  }

  return { allocatePooled };
}

module.exports = { createAligned, isAlignedRequest };
