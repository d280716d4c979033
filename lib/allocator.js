'use strict';

/*
 * allocator: one supply with everything that can be asked of it. The module itself is one, with the
 * default settings; `createAllocator` makes others, which share no memory with it or with each other.
 */

const { createAcquire, release } = require('./lifetimes/acquire');
const { createMirror } = require('./mirror/mirror');
const { SlabBytes } = require('./mirror/slab');
const { assignOwn, binding, Buffer: BuiltinBuffer, dispose, lazily } = require('./runtime/builtin');
const { ALLOCATOR, checkOptions, readSettings } = require('./settings');
const backend = require('./stores/backend');
const { recordOf } = require('./stores/record');
const { Supply } = require('./stores/supply');

const getCensus = lazily(() => require('./insight/census'));
const getArena = lazily(() => require('./lifetimes/arena'));
const getDebug = lazily(() => require('./insight/debug'));
const getCompact = lazily(() => require('./lifetimes/compact'));
const getStats = lazily(() => require('./insight/stats'));

const settings = readSettings(backend.name);

function createSupply(ownSettings, openHeap) {
  const debug = ownSettings.debug ? getDebug().createDebugger(ownSettings) : undefined;
  return new Supply(ownSettings, openHeap, debug);
}

/** The environment's own supply, behind all that the module exports. */
const defaultSupply = createSupply(settings, binding.openDefaultHeap);

/**
 * Makes every allocating function over a supply.
 *
 * @param {Supply} supply
 * @param {{ poolSize: number }} owner whose poolSize rules, in bytes
 */
function createFunctions(supply, owner) {
  const { functions, slab } = createMirror(supply, owner);
  return {
    slab,
    mirror: functions,
    lifetimes: {
      acquire: createAcquire(supply),
      release,
      /** A right-sized copy of what pins a larger store: see lib/lifetimes/compact.js. */
      compact: (buffer) => getCompact().compact(functions.allocUnsafeSlow, buffer),
      /**
       * Opens an arena: see lib/lifetimes/arena.js for its options and methods.
       *
       * @returns {import('./lifetimes/arena').Arena}
       * @throws {TypeError} ERR_INVALID_ARG_VALUE for a bad option
       */
      createArena: (options) => getArena().createArena(supply, options),
    },
    /**
     * What the supply holds and has done, in this environment (this thread); `process` is of all of
     * them. Every field is described in docs/api.md.
     *
     * @returns {object} a new plain object; sizes in bytes
     */
    stats: () => getStats().readStats(supply, owner.poolSize),
    /**
     * Gives all cached memory back to the operating system.
     *
     * @returns {number} the bytes given back
     */
    trim: () => supply.trim(),
  };
}

/**
 * A private allocator. Its functions may be taken from it:
 * `const { allocUnsafe } = createAllocator()`.
 */
class Allocator {
  #supply;
  #slab;

  constructor(options) {
    const given = checkOptions(ALLOCATOR, options);
    assignOwn(this, {
      /** What it is for; shown in stats(). */
      name: given.name ?? '',
      /** Bytes of the next slab, as in Buffer.poolSize. */
      poolSize: given.poolSize ?? BuiltinBuffer.poolSize,
    });
    this.#supply = createSupply({ __proto__: null, ...settings, ...given }, binding.createHeap);
    const { mirror, lifetimes, slab, stats, trim } = createFunctions(this.#supply, this);
    this.#slab = slab;
    assignOwn(this, {
      ...mirror,
      ...lifetimes,
      stats: () => ({ name: this.name, ...stats() }),
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
}

/**
 * Makes a private allocator: its own heap, slab, limits and counters.
 *
 * @param {object} [options] those of lib/settings.js that are options
 * @returns {Allocator}
 * @throws {TypeError} ERR_INVALID_ARG_VALUE for an unknown option or a bad value
 */
const createAllocator = (options) => new Allocator(options);

const MADE = { __proto__: null, recordOf, cursor: SlabBytes.prototype };

/** Every live store of this environment: see lib/insight/census.js. */
const census = (options) => getCensus().takeCensus(MADE, options);

module.exports = { Allocator, census, createAllocator, createFunctions, defaultSupply, settings };
