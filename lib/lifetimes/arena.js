'use strict';

/*
 * arena: a region of memory for a request, a frame, a batch. Buffers are cut from the arena's own
 * slabs; `reset` empties all of them at once and gives the memory back to the heap, which has it
 * ready for the next round; after `close` nothing more can be allocated.
 *
 * Everything an arena hands out lies in a store of its own, the runtime's memory included, as it could
 * not be emptied otherwise. Resetting while the system is still reading or writing one of the buffers
 * hands that memory to someone else, as free() would.
 */

const { createMirror, readFill } = require('../mirror/mirror');
const {
  bufferFill,
  builtinAllocUnsafeSlow,
  createList,
  dispose,
  FastBuffer,
  isolate,
  MAX_LENGTH,
  NumberIsInteger,
  TypedArrayPrototypeFill,
  TypedArrayPrototypeGetLength,
  TypedArrayPrototypeSet,
} = require('../runtime/builtin');
const { arenaFull, closedError } = require('../runtime/errors');
const { ARENA, checkOptions } = require('../options');
const { KIND } = require('../stores/record');

/** How many arenas were made without a name. */
let unnamed = 0;

/** The stores of one arena: what the mirror is given as its provider. */
class ArenaStores {
  constructor(
    supply,
    events,
    {
      name = `arena-${++unnamed}`,
      slabSize = ARENA.slabSize.initial(),
      maxBytes = ARENA.maxBytes.initial(),
    },
  ) {
    this.supply = supply;
    this.events = events;
    this.name = name;
    this.kind = 'arena';
    this.slabs = createList();
    this.slabSize = slabSize;
    this.maxBytes = maxBytes;
    /* Every size comes from the arena: the mirror asks the runtime for nothing. */
    this.nativeMin = 0;
    this.used = createList();
    this.usedCount = 0;
    this.usedBytes = 0;
    this.resets = 0;
    this.closed = false;
    /* Slab takes it as a function of its own. */
    this.takeSlab = (size) => this.take(size, 0, false);
    events.made(this);
  }

  /** A store that is emptied at the next reset. */
  take(size, alignment, zero) {
    if (this.closed) throw closedError('arena');
    if (size > this.maxBytes - this.usedBytes) throw arenaFull(size, this.maxBytes);
    const store = this.supply.take(KIND.ARENA, size, alignment, zero);
    this.used[this.usedCount++] = store;
    this.usedBytes += size;
    return store;
  }

  /** A request too large for a slab; what no buffer can be long gives the built-in's error. */
  dedicated(size, alignment, zero) {
    if (!(size <= MAX_LENGTH && NumberIsInteger(size))) {
      return this.admit(builtinAllocUnsafeSlow(size));
    }
    const store = this.take(size, alignment, zero);
    return new FastBuffer(store, this.supply.recordOf(store).offset, size);
  }

  /** Takes in what the built-in made, by copying it: others may share its store. */
  admit(buffer) {
    const length = TypedArrayPrototypeGetLength(buffer);
    if (length === 0) return buffer;
    const copy = this.dedicated(length, 0, false);
    TypedArrayPrototypeSet(copy, buffer, 0);
    return copy;
  }

  /**
   * Empties everything in use. What a program has marked as untransferable cannot be emptied: the
   * arena lets go of it, and never uses its memory again. Should it be interrupted, the next reset
   * goes on with what is left.
   */
  reset() {
    const { used, supply } = this;
    while (this.usedCount > 0) {
      const store = used[this.usedCount - 1];
      supply.takeBack(store, supply.recordOf(store));
      used[--this.usedCount] = undefined;
    }
    this.usedBytes = 0;
    this.resets++;
  }

  close() {
    if (this.closed) return;
    this.reset();
    this.events.ended(this);
    this.closed = true;
  }

  describe() {
    const { name, usedBytes, usedCount, resets, closed } = this;
    return { name, usedBytes, stores: usedCount, resets, closed };
  }
}
isolate(ArenaStores);

/**
 * Opens an arena: a region of memory with the mirror's functions, `alloc`, `allocUnsafe`, `allocUnsafeSlow`,
 * `from`, `concat`, `copyBytesFrom`.
 *
 * @param {import('../stores/supply').Supply} supply
 * @param {object} events lib/insight/events.js
 * @param {{ name?: string, slabSize?: number, maxBytes?: number }} [options] `name`: what it is for; in
 *   bytes, `slabSize`: of one slab (64 KiB), `maxBytes`: most that the arena may hand out between two
 *   resets (no limit)
 * @returns {import('../index').Arena} whose functions may be taken off it
 * @throws {TypeError} ERR_INVALID_ARG_VALUE for a bad option
 */
function createArena(supply, events, options) {
  const stores = new ArenaStores(supply, events, checkOptions(ARENA, options));
  const { functions, slab } = createMirror(stores, { poolSize: stores.slabSize });

  /** Zeroed or filled, and cut from the slab when small, unlike the built-in's. */
  function alloc(size, given, encoding) {
    if (!(NumberIsInteger(size) && size > 0 && size < slab.limit)) {
      return functions.alloc(size, given, encoding);
    }
    const fill = readFill(given);
    const buffer = slab.allocate(size);
    return fill === undefined || fill === 0
      ? TypedArrayPrototypeFill(buffer, 0)
      : bufferFill(buffer, fill, 0, size, encoding);
  }

  /**
   * Empties every buffer that was allocated since the last reset: they read `undefined`, and writes to
   * them are lost. Their memory serves the next ones.
   */
  function reset() {
    slab.leave();
    stores.reset();
  }

  /** Resets, and gives all memory back. Allocating throws from then on. */
  function close() {
    slab.close();
    stores.close();
  }

  /** Bytes in use, in stores as a whole; how many stores are in use; how often it was reset. */
  const stats = () => stores.describe();

  /* By name: an object that another is spread into takes microseconds to make. */
  const { allocUnsafe, allocUnsafeSlow, concat, from, copyBytesFrom } = functions;
  return {
    alloc,
    allocUnsafe,
    allocUnsafeSlow,
    concat,
    from,
    copyBytesFrom,
    reset,
    close,
    [dispose]: close,
    stats,
  };
}

module.exports = { createArena };
