'use strict';

/*
 * allocator: one heap with everything that can be asked of it. The module itself
 * is one, with the default limits; `createAllocator` makes others, which share
 * no memory with it or with each other.
 */

const { Buffer: HostBuffer, lazily } = require('./host');
const { createAcquire, dispose, release } = require('./lifetimes');
const { createMirror } = require('./mirror');
const { readLimits } = require('./policy');
const { readStats } = require('./stats');
const { Stores } = require('./stores');

const getArena = lazily(() => require('./arena'));
const getCompact = lazily(() => require('./compact'));
const getOptions = lazily(() => require('./options'));

/**
 * Makes every allocating function over one set of stores.
 *
 * @param {Stores} stores
 * @param {{ poolSize: number }} owner whose poolSize rules, in bytes
 */
function createFunctions(stores, owner) {
  const { functions, slab } = createMirror(stores, owner);
  return {
    slab,
    mirror: functions,
    lifetimes: {
      acquire: createAcquire(stores),
      release,
      /** A right-sized copy of what pins a larger store: see lib/compact.js. */
      compact: (buffer) => getCompact().compact(functions.allocUnsafeSlow, buffer),
      /**
       * Opens an arena: see lib/arena.js for its options and methods.
       *
       * @returns {import('./arena').Arena}
       * @throws {TypeError} ERR_INVALID_ARG_VALUE for a bad option
       */
      createArena(options) {
        const { Arena } = getArena();
        return new Arena(stores, options);
      },
    },
  };
}

/**
 * A private allocator. Its functions may be taken from it:
 * `const { allocUnsafe } = createAllocator()`.
 */
class Allocator {
  #stores;
  #slab;

  constructor(options) {
    const { ALLOCATOR, checkOptions } = getOptions();
    const {
      name = '',
      poolSize = HostBuffer.poolSize,
      ...limits
    } = checkOptions(ALLOCATOR, options);
    /** What it is for; shown in stats(). */
    this.name = name;
    /** Bytes of the next slab, as in Buffer.poolSize. */
    this.poolSize = poolSize;
    this.#stores = new Stores({ __proto__: null, ...readLimits(), ...limits });
    const { mirror, lifetimes, slab } = createFunctions(this.#stores, this);
    this.#slab = slab;
    Object.assign(this, mirror, lifetimes);
    this.stats = () => ({ name: this.name, ...readStats(this.#stores, this.poolSize) });
    this.trim = () => this.#stores.trim();
    this.close = () => this.#close();
  }

  /**
   * Ends the allocator: allocating from it throws ERR_BUFALLOC_CLOSED from then
   * on. Buffers that are out stay valid, and their memory is freed after them.
   */
  #close() {
    this.#slab.close();
    this.#stores.close();
  }

  [dispose]() {
    this.#close();
  }
}

/**
 * Makes a private allocator: its own heap, slab, limits and counters.
 *
 * @param {object} [options] sizes in bytes
 * @param {string} [options.name] what it is for; shown in stats()
 * @param {number} [options.poolSize] of one slab; half of it is the limit of what
 *   is pooled (Buffer.poolSize)
 * @param {number} [options.nativeMin] from which size on a buffer of its own comes
 *   from C; 0 for every size
 * @param {number} [options.maxBytes] most in C memory
 * @param {number} [options.maxCachedBytes] most freed memory kept for reuse
 * @param {number} [options.maxWarmBytes] most in released stores kept for reuse
 * @param {number} [options.maxBytesPerTurn] most handed out in one turn of the
 *   event loop
 * @param {boolean} [options.zeroOnRelease] clear memory before anyone can have it
 *   again
 * @param {boolean} [options.pacing] whether minor collections are run to have its
 *   memory back early (true)
 * @param {boolean} [options.debug] whether writes after release and buffers that
 *   are never released are looked for (what BUFALLOC_DEBUG says)
 * @returns {Allocator}
 * @throws {TypeError} ERR_INVALID_ARG_VALUE for an unknown option or a bad value
 */
const createAllocator = (options) => new Allocator(options);

module.exports = { Allocator, createAllocator, createFunctions };
