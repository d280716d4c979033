'use strict';

/*
 * arena: a region of memory for a request, a frame, a batch. Buffers are cut
 * from the arena's own slabs; `reset` empties all of them at once and keeps the
 * memory for the next round, `close` gives it back.
 *
 * Everything an arena hands out lies in a store of its own, the runtime's
 * memory included, as it could not be emptied otherwise. Resetting while the
 * system is still reading or writing one of the buffers hands that memory to
 * someone else, as free() would.
 */

const { arenaFull, closedError } = require('./errors');
const {
  FastBuffer,
  bufferBytes,
  bufferFill,
  createList,
  hostAlloc,
  hostAllocUnsafeSlow,
  isInteger,
  isolate,
  typedArrayBuffer,
  typedArrayFill,
  typedArraySet,
} = require('./host');
const { dispose } = require('./lifetimes');
const { createMirror, readFill } = require('./mirror');
const { ARENA, checkOptions } = require('./options');
const { recycleStore } = require('./recycle');
const { zeroFill } = require('./stores');

const KIB = 1024;
/** Room for a request's worth of small buffers; the pool of later Node versions. */
const SLAB_SIZE = 64 * KIB;
/** Most memory kept by reset() for the next round. */
const KEEP_BYTES = 1024 * KIB;

/* A store that a program has marked as untransferable cannot be emptied: the
 * arena lets go of it, and never uses its memory again. */
function tryRecycle(store, keep) {
  try {
    return recycleStore(store, keep);
  } catch {
    return undefined;
  }
}

/** The stores of one arena: those in use, and those kept for the next round. */
class ArenaStores {
  constructor(stores, { slabSize = SLAB_SIZE, maxBytes = Infinity, keepBytes = KEEP_BYTES }) {
    this.stores = stores;
    this.slabSize = slabSize;
    this.maxBytes = maxBytes;
    this.keepBytes = keepBytes;
    /* Every size comes from the arena: the mirror asks the runtime for nothing. */
    this.limits = { __proto__: null, nativeMin: 0 };
    this.used = createList();
    this.usedCount = 0;
    this.kept = createList();
    this.keptCount = 0;
    this.usedBytes = 0;
    this.keptBytes = 0;
    this.resets = 0;
    this.closed = false;
    /* Slab takes it as a function of its own. */
    this.takeSlab = (size) => this.takeSlabStore(size);
  }

  /** A store of just `size` bytes, from C or else from the runtime; or undefined. */
  take(size, alignment, zero) {
    this.makeRoom(size);
    let store = this.stores.allocate(size, alignment, zero);
    const external = store !== undefined;
    if (!external && alignment !== 0) return undefined;
    if (!external) {
      const buffer = zero
        ? this.stores.adopt(hostAlloc(size))
        : this.stores.adoptUnfilled(hostAllocUnsafeSlow(size));
      store = buffer.buffer;
    }
    return this.enter(store, external);
  }

  makeRoom(size) {
    if (this.closed) throw closedError('arena');
    const room = this.maxBytes - this.usedBytes;
    if (size > room) throw arenaFull(size, this.maxBytes);
    if (size > room - this.keptBytes) this.dropKept();
  }

  /** Has a store emptied at the next reset. */
  enter(store, external) {
    const entry = { __proto__: null, store, external };
    if (external && this.stores.debug !== undefined) entry.trace = this.stores.debug.trace(store);
    this.used[this.usedCount++] = entry;
    this.usedBytes += bufferBytes(store);
    return store;
  }

  takeSlabStore(size) {
    if (this.keptCount === 0 || this.stores.closed) return this.take(size, 0, false);
    const kept = this.kept[--this.keptCount];
    this.kept[this.keptCount] = undefined;
    this.keptBytes -= bufferBytes(kept.store);
    this.used[this.usedCount++] = kept;
    this.usedBytes += bufferBytes(kept.store);
    return kept.store;
  }

  /**
   * A request too large for a slab.
   *
   * @returns {ArrayBuffer|undefined} undefined if the runtime must serve it,
   *   which aligns nothing: the mirror then asks for more and adopts that
   */
  takeDedicated(size, alignment, zero) {
    return this.take(size, alignment, zero);
  }

  /** Takes in what the runtime made, by copying it if others may share its store. */
  adopt(buffer, own) {
    if (buffer.length === 0) return buffer;
    if (own) {
      const store = typedArrayBuffer(buffer);
      this.makeRoom(bufferBytes(store));
      this.stores.adopt(buffer);
      this.enter(store, false);
      return buffer;
    }
    const copy = new FastBuffer(this.take(buffer.length, 0, false), 0, buffer.length);
    typedArraySet(copy, buffer, 0);
    return copy;
  }

  adoptUnfilled(buffer, own) {
    if (this.stores.limits.zeroOnRelease) typedArrayFill(buffer, 0);
    return this.adopt(buffer, own);
  }

  /** Empties everything in use; keeps slabs, as far as they may be kept. */
  reset() {
    const { used, usedCount } = this;
    this.usedCount = 0;
    this.usedBytes = 0;
    for (let i = 0; i < usedCount; i++) {
      const entry = used[i];
      used[i] = undefined;
      this.empty(entry);
    }
    this.resets++;
  }

  empty(entry) {
    const size = bufferBytes(entry.store);
    if (size === 0) return;
    const keep =
      entry.external &&
      !this.stores.closed &&
      size === this.slabSize &&
      this.keptBytes + size <= this.keepBytes;
    const wipe = this.stores.limits.zeroOnRelease === true;
    if (wipe && !entry.external) this.stores.clear(entry.store);
    const { debug } = this.stores;
    const isWatched = debug !== undefined && entry.external && !this.stores.closed;
    const fresh = tryRecycle(entry.store, keep || isWatched);
    if (isWatched) debug.onReset(fresh, entry.trace);
    if (entry.external && (isWatched || fresh === undefined)) this.stores.giveBack(size);
    if (isWatched || fresh === undefined) return;
    if (wipe || zeroFill) this.stores.clear(fresh);
    entry.store = fresh;
    this.kept[this.keptCount++] = entry;
    this.keptBytes += size;
  }

  dropKept() {
    const { kept, keptCount } = this;
    this.keptCount = 0;
    this.keptBytes = 0;
    for (let i = 0; i < keptCount; i++) {
      const { store } = kept[i];
      kept[i] = undefined;
      tryRecycle(store, false);
    }
  }

  close() {
    if (this.closed) return;
    this.reset();
    this.dropKept();
    this.closed = true;
  }
}
isolate(ArenaStores);

/** The mirror's functions, over the stores of one arena. */
function createFunctions(arenaStores) {
  const { functions, slab } = createMirror(arenaStores, { poolSize: arenaStores.slabSize });

  /** Zeroed or filled, and cut from the slab when small, unlike the built-in's. */
  function alloc(size, given, encoding) {
    if (!(isInteger(size) && size > 0 && size < slab.limit)) {
      return functions.alloc(size, given, encoding);
    }
    const fill = readFill(given);
    const buffer = slab.allocate(size);
    return fill === undefined || fill === 0
      ? typedArrayFill(buffer, 0)
      : bufferFill(buffer, fill, 0, size, encoding);
  }

  return { functions: { ...functions, alloc }, slab };
}

/**
 * A region of memory with the mirror's functions: `alloc`, `allocUnsafe`,
 * `allocUnsafeSlow`, `from`, `concat`, `copyBytesFrom`.
 */
class Arena {
  #stores;
  #slab;

  /**
   * @param {import('./stores').Stores} stores
   * @param {{ slabSize?: number, maxBytes?: number, keepBytes?: number }} [options]
   *   in bytes: `slabSize`, of one slab (64 KiB); `maxBytes`, most that the arena
   *   may hand out between two resets (no limit); `keepBytes`, most that reset()
   *   keeps for the next round (1 MiB)
   */
  constructor(stores, options) {
    this.#stores = new ArenaStores(stores, checkOptions(ARENA, options));
    const { functions, slab } = createFunctions(this.#stores);
    this.#slab = slab;
    Object.assign(this, functions);
  }

  /**
   * Empties every buffer that was allocated since the last reset: they read
   * `undefined`, and writes to them are lost. Their memory serves the next ones.
   */
  reset() {
    this.#slab.leave();
    this.#stores.reset();
  }

  /** Resets, and gives all memory back. Allocating throws from then on. */
  close() {
    this.#slab.close();
    this.#stores.close();
  }

  [dispose]() {
    this.close();
  }

  /**
   * @returns {{ usedBytes: number, keptBytes: number, stores: number, resets: number,
   *   closed: boolean }} bytes in use and kept for the next round, in stores as a
   *   whole; how many stores are in use; how often it was reset
   */
  stats() {
    const { usedBytes, keptBytes, usedCount, resets, closed } = this.#stores;
    return { usedBytes, keptBytes, stores: usedCount, resets, closed };
  }
}

module.exports = { Arena };
