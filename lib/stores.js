'use strict';

/*
 * stores: the memory behind buffers, from one C heap or from the runtime.
 *
 * A store is an ArrayBuffer. It comes from C unless a limit stands against it
 * (lib/policy.js), the system has no memory, or the runtime allows no external
 * ArrayBuffers; then the caller takes the runtime's own memory, and the reason
 * is counted. Memory returns to C when it is released (lib/lifetimes.js), or
 * when the ArrayBuffer was collected and the event loop has turned.
 */

const binding = require('./binding');
const {
  FastBuffer,
  FinalizationRegistry,
  Float64Array,
  bufferBytes,
  hostAllocUnsafeSlow,
  isolate,
  objectKeys,
  registryRegister,
  registryUnregister,
  setImmediate,
  typedArrayFill,
} = require('./host');
const { createMaintenance, IDLE_TICKS, SLOW_TICK_MS, TICK_MS } = require('./maintenance');
const { Pacer } = require('./pacer');
const { debugSettings, hostStoresOnly, pacingPercent, zeroFillRequested } = require('./policy');
const { freeStore, watchStores } = require('./recycle');
const { readStamp, stamp } = require('./stamp');
const { WarmList } = require('./warm');

const { HEAP_FIELDS, STATS_COUNT, STATUS } = binding;
const LIVE_BYTES = HEAP_FIELDS.indexOf('liveBytes');
const CACHED_BYTES = HEAP_FIELDS.indexOf('cachedBytes');

/** C memory in use by a quiet program that is worth a collection. */
const IDLE_BYTES = 32 * 1024 * 1024;

/** Below this, what is handed out in a turn is not worth an immediate of its own. */
const ARM_BYTES = 4 * 1024 * 1024;

/* Slots of `counters`. They are doubles in memory of their own, as numbers in
 * variables would be allocated anew past 2^31. */
const COUNTERS = {
  slabCount: 0,
  slabBytes: 1,
  dedicatedCount: 2,
  dedicatedBytes: 3,
  hostCount: 4,
  hostBytes: 5,
  refusedBudget: 6,
  refusedTurn: 7,
  refusedMemory: 8,
  refusedUnsupported: 9,
  refusedUnpaced: 10,
  acquired: 11,
  released: 12,
  warmHits: 13,
  clearedBytes: 14,
};

const zeroFill = binding.zeroFill(zeroFillRequested());
const hostOnly = hostStoresOnly();

/* One for the environment: it is the environment's garbage that is collected. */
const percent = pacingPercent();
const pacer = percent > 0 ? new Pacer(percent) : undefined;

/** Which counter a status of the addon belongs to. */
function reasonOf(status) {
  if (status === STATUS.BUDGET) return COUNTERS.refusedBudget;
  if (status === STATUS.UNSUPPORTED) return COUNTERS.refusedUnsupported;
  return COUNTERS.refusedMemory;
}

/* A heap whose allocator was dropped without close() ends with it. */
const heapRegistry = new FinalizationRegistry((heap) => binding.destroyHeap(heap));

/** What is known of a C store that one buffer has for itself; stamped on it. */
class StoreInfo {
  constructor(stores, byteLength, length) {
    this.stores = stores;
    /** Bytes of the store. */
    this.byteLength = byteLength;
    /** Bytes of the buffer over it, from its start. */
    this.length = length;
  }
}
isolate(StoreInfo);

/** One heap and the ways to take memory from it. */
class Stores {
  /** @param {object} limits as lib/policy.js gives them, in bytes */
  constructor(limits) {
    this.limits = limits;
    this.counters = new Float64Array(objectKeys(COUNTERS).length);
    this.heap = binding.createHeap(
      limits.maxBytes,
      limits.maxCachedBytes,
      limits.zeroOnRelease === true,
    );
    this.external = this.heap >= 0 && !hostOnly;
    this.closed = false;
    this.watched = false;
    this.pacer = limits.pacing === false ? undefined : pacer;
    this.warm = new WarmList(limits.maxWarmBytes);
    this.debug = limits.debug ? this.createDebugger() : undefined;
    this.turnBytes = 0;
    /* Bytes handed out before the next turn is waited for. */
    this.armAt = limits.maxBytesPerTurn < ARM_BYTES ? limits.maxBytesPerTurn : ARM_BYTES;
    this.armed = false;
    /** Memory was taken or released since the last round of maintenance. */
    this.used = false;
    /** Garbage was collected since then because nothing else was to be done. */
    this.collected = false;
    this.scratch = new Float64Array(STATS_COUNT);
    this.maintenance = createMaintenance(() => this.look());
    this.onTurn = () => {
      this.armed = false;
      this.turnBytes = 0;
    };
    /* Slab takes it as a function of its own. */
    this.takeSlab = (size) => this.takeSlabStore(size);
    if (this.heap >= 0) registryRegister(heapRegistry, this, this.heap, this);
  }

  createDebugger() {
    const { Debugger } = require('./debug');
    return new Debugger(debugSettings(), (store, info) => this.keep(store, info));
  }

  /** One round of maintenance; returns the delay before the next, in ms. */
  look() {
    this.debug?.tick();
    this.warm.dropIdle();
    binding.tick(this.heap, IDLE_TICKS);
    const { liveBytes, cachedBytes } = this.readHeap();
    const { used } = this;
    this.used = false;
    if (used || cachedBytes > 0 || this.warm.count > 0 || this.debug?.bytes > 0) return TICK_MS;
    if (liveBytes < IDLE_BYTES) return 0;
    /* What is out may be garbage that nothing has V8 collect. */
    if (!this.collected && this.pacer?.collectIdle()) {
      this.collected = true;
      return TICK_MS;
    }
    return SLOW_TICK_MS;
  }

  readHeap() {
    binding.readStats(this.heap, this.scratch);
    return { liveBytes: this.scratch[LIVE_BYTES], cachedBytes: this.scratch[CACHED_BYTES] };
  }

  /** Has the next turn of the event loop noticed, and idle memory looked after. */
  arm() {
    this.armed = true;
    setImmediate(this.onTurn).unref?.();
    this.touch();
  }

  /** Has idle memory looked after. */
  touch() {
    this.used = true;
    this.collected = false;
    this.maintenance.touch();
  }

  watch() {
    watchStores();
    this.watched = true;
  }

  /**
   * Takes a block from C.
   *
   * @param {number} size in bytes, an integer above 0
   * @param {number} alignment a power of two, or 0 for the heap's own (64)
   * @param {boolean} zero whether the memory must be zero
   * @returns {ArrayBuffer|undefined} of just that size; undefined when refused
   */
  allocate(size, alignment, zero) {
    if (this.closed) this.refuse();
    if (!this.external) return undefined;
    if (!this.watched) this.watch();
    /* Whatever its size, the first that a turn asks for is served. */
    if (this.armed && this.turnBytes + size > this.limits.maxBytesPerTurn) {
      this.counters[COUNTERS.refusedTurn]++;
      return undefined;
    }
    const { pacer } = this;
    if (pacer !== undefined) {
      pacer.account(size);
      if (pacer.holdsBack) {
        this.counters[COUNTERS.refusedUnpaced]++;
        return undefined;
      }
    }
    const result = binding.allocate(this.heap, size, alignment, zero || zeroFill);
    if (typeof result === 'number') {
      this.counters[reasonOf(result)]++;
      if (result === STATUS.UNSUPPORTED) this.external = false;
      return undefined;
    }
    this.turnBytes += size;
    if (!this.armed && this.turnBytes >= this.armAt) this.arm();
    return result;
  }

  /** Notes that memory handed out came back, so that a turn may use it again. */
  giveBack(size) {
    this.turnBytes = size < this.turnBytes ? this.turnBytes - size : 0;
  }

  refuse() {
    throw require('./errors').closedError('allocator');
  }

  /**
   * Keeps a store that was released for the next request of its size, or gives
   * its memory back.
   *
   * @param {ArrayBuffer} store that no program has seen
   * @param {StoreInfo} [info] none for one that only the heap can use
   */
  keep(store, info) {
    const { warm } = this;
    if (info === undefined || this.closed || !warm.hasRoom(info.byteLength)) {
      freeStore(store);
      return;
    }
    /* What goes back to the heap, the heap clears. */
    if (this.limits.zeroOnRelease) this.clear(store);
    stamp(store, info);
    warm.push(store, info.byteLength);
    if (!this.used) this.touch();
  }

  /** Clears memory that was used before. */
  clear(store) {
    typedArrayFill(new FastBuffer(store), 0);
    this.counters[COUNTERS.clearedBytes] += bufferBytes(store);
  }

  /** Counts a buffer that the runtime served, and returns it. */
  adopt(buffer) {
    if (this.closed) this.refuse();
    this.counters[COUNTERS.hostCount]++;
    this.counters[COUNTERS.hostBytes] += buffer.length;
    return buffer;
  }

  /** The same for one whose contents are arbitrary: some other part's old bytes. */
  adoptUnfilled(buffer) {
    if (this.limits.zeroOnRelease) typedArrayFill(buffer, 0);
    return this.adopt(buffer);
  }

  /**
   * One buffer's own memory: a store released before, or a new one.
   *
   * @returns {ArrayBuffer|undefined} undefined when the runtime is to serve it
   */
  takeDedicated(size, alignment, zero) {
    let store = alignment === 0 ? this.warm.pop(size) : undefined;
    if (store !== undefined) {
      this.counters[COUNTERS.warmHits]++;
      readStamp(store).length = size;
      if (zero || zeroFill) this.clear(store);
    } else {
      store = this.allocate(size, alignment, zero);
      if (store === undefined) return undefined;
      stamp(store, new StoreInfo(this, size, size));
    }
    if (this.debug !== undefined) this.debug.onAllocate(store, readStamp(store), false);
    this.counters[COUNTERS.dedicatedCount]++;
    this.counters[COUNTERS.dedicatedBytes] += size;
    return store;
  }

  /**
   * Memory for many small buffers.
   *
   * @returns {ArrayBuffer} of just `size` bytes
   */
  takeSlabStore(size) {
    const store = this.allocate(size, 0, false);
    if (store === undefined) return this.adoptUnfilled(hostAllocUnsafeSlow(size)).buffer;
    this.counters[COUNTERS.slabCount]++;
    this.counters[COUNTERS.slabBytes] += size;
    return store;
  }

  /** Gives all cached memory back to the system; returns the bytes. */
  trim() {
    if (this.closed || this.heap < 0) return 0;
    this.debug?.flush();
    this.warm.clear();
    return binding.trim(this.heap);
  }

  /** Ends the heap. Buffers already out stay valid. */
  close() {
    if (this.closed) return;
    this.debug?.close();
    this.warm.clear();
    this.maintenance.stop();
    this.closed = true;
    if (this.heap < 0) return;
    binding.destroyHeap(this.heap);
    registryUnregister(heapRegistry, this);
  }
}
isolate(Stores);

module.exports = { Stores, StoreInfo, COUNTERS, zeroFill };
