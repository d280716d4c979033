'use strict';

/*
 * private: allocators of a program's own, each with its own heap, slab, limits and counters. It is loaded with the
 * first of them, and given what makes them: where a program has emptied require.cache, allocator.js would be another.
 */

const {
  assignOwn,
  binding,
  Buffer: BuiltinBuffer,
  dispose,
  ObjectDefineProperty,
} = require('./runtime/builtin');
const { ALLOCATOR, checkOptions } = require('./options');

/** How many were made without a name. */
let unnamed = 0;

/** The class, over the settings of the environment's own supply and two functions of allocator.js. */
function defineAllocator(settings, createSupply, createFunctions) {
  /** An allocator. Its functions may be taken from it: `const { allocUnsafe } = createAllocator()`. */
  return class Allocator {
    #supply;
    #slab;

    constructor(options) {
      const given = checkOptions(ALLOCATOR, options);
      const name = given.name ?? `allocator-${++unnamed}`;
      this.#supply = createSupply(
        { __proto__: null, ...settings, ...given, name },
        'allocator',
        binding.createHeap,
      );
      /** What it is for; shown wherever it is. */
      ObjectDefineProperty(this, 'name', {
        __proto__: null,
        get: () => this.#supply.name,
        set: (value) => (this.#supply.name = `${value}`),
        enumerable: true,
        configurable: true,
      });
      /** Bytes of the next slab, as in Buffer.poolSize. */
      assignOwn(this, { poolSize: given.poolSize ?? BuiltinBuffer.poolSize });
      const { mirror, lifetimes, slab, stats, trim } = createFunctions(this.#supply, this);
      this.#slab = slab;
      assignOwn(this, {
        ...mirror,
        ...lifetimes,
        stats,
        trim,
        close: () => this.#close(),
      });
    }

    /**
     * Ends the allocator: allocating from it throws ERR_BUFALLOC_CLOSED from then on. Buffers that are
     * out stay valid, and their memory is freed after them.
     */
    #close() {
      this.#slab.close();
      this.#supply.close();
    }

    [dispose]() {
      this.#close();
    }
  };
}

module.exports = { defineAllocator };
