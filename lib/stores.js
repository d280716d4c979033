'use strict';

/*
 * stores: the memory behind buffers, from one C heap or from the runtime.
 *
 * A store is an ArrayBuffer. It comes from C unless a limit stands against it
 * (lib/policy.js), the system has no memory, or the runtime allows no external
 * ArrayBuffers; then the caller takes the runtime's own memory, and the reason
 * is counted. Memory returns to C when the ArrayBuffer was collected and the
 * event loop has turned.
 */

const { Float64Array } = globalThis;
const binding = require('./binding');
const { ArrayBuffer, setImmediate, setInterval, clearInterval } = require('./host');
const { hostStoresOnly, zeroFillRequested } = require('./policy');

const { STATUS } = binding;

/** How often idle memory is looked at, and how many looks it stays: 2 to 3 s. */
const TICK_MS = 1000;
const IDLE_TICKS = 2;

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
};
const { hostCount, hostBytes } = COUNTERS;

const zeroFill = binding.zeroFill(zeroFillRequested());

/** Which counter a status of the addon belongs to. */
function reasonOf(status) {
  if (status === STATUS.BUDGET) return COUNTERS.refusedBudget;
  if (status === STATUS.UNSUPPORTED) return COUNTERS.refusedUnsupported;
  return COUNTERS.refusedMemory;
}

/**
 * Opens a heap and returns the functions that take memory from it.
 *
 * @param {object} limits as lib/policy.js gives them, in bytes
 */
function createStores(limits) {
  const counters = new Float64Array(Object.keys(COUNTERS).length);
  const { maxBytesPerTurn } = limits;
  /* Below this, handing out is not worth an immediate of its own. */
  const armAt = maxBytesPerTurn / 8;

  const heap = binding.createHeap(limits.maxBytes, limits.maxCachedBytes);
  let external = heap >= 0 && !hostStoresOnly();
  let turnBytes = 0;
  let armed = false;
  let timer;
  let idleLooks = 0;

  function onTurn() {
    armed = false;
    turnBytes = 0;
  }

  /* Gives back what has been idle; ends once there is nothing to look at. */
  function onTick() {
    const purged = binding.tick(heap, IDLE_TICKS);
    idleLooks = purged === 0 && turnBytes === 0 ? idleLooks + 1 : 0;
    if (idleLooks <= IDLE_TICKS + 1) return;
    clearInterval(timer);
    timer = undefined;
  }

  /* Has the next turn of the event loop noticed, and idle memory looked after. */
  function arm() {
    armed = true;
    setImmediate(onTurn).unref();
    if (timer !== undefined) return;
    idleLooks = 0;
    timer = setInterval(onTick, TICK_MS);
    timer.unref();
  }

  /**
   * Takes a block from C.
   *
   * @param {number} size in bytes, an integer above 0
   * @param {number} alignment a power of two, or 0 for the heap's own (64)
   * @param {boolean} zero whether the memory must be zero
   * @returns {ArrayBuffer|undefined} of just that size; undefined when refused
   */
  function allocate(size, alignment, zero) {
    if (turnBytes + size > maxBytesPerTurn) {
      counters[COUNTERS.refusedTurn]++;
      return undefined;
    }
    const result = binding.allocate(heap, size, alignment, zero);
    if (typeof result === 'number') {
      counters[reasonOf(result)]++;
      if (result === STATUS.UNSUPPORTED) external = false;
      return undefined;
    }
    turnBytes += size;
    if (!armed && turnBytes > armAt) arm();
    return result;
  }

  /** Counts a store of `size` bytes that the runtime serves. */
  function countHost(size) {
    counters[hostCount]++;
    counters[hostBytes] += size;
  }

  /**
   * One buffer's own memory.
   *
   * @returns {ArrayBuffer|undefined} undefined when the runtime is to serve it;
   *   that is counted already
   */
  function takeDedicated(size, alignment, zero) {
    const store = external ? allocate(size, alignment, zero || zeroFill) : undefined;
    if (store === undefined) {
      countHost(size);
      return undefined;
    }
    counters[COUNTERS.dedicatedCount]++;
    counters[COUNTERS.dedicatedBytes] += size;
    return store;
  }

  /**
   * Memory for many small buffers.
   *
   * @returns {ArrayBuffer} of just `size` bytes
   */
  function takeSlab(size) {
    let store = external ? allocate(size, 0, zeroFill) : undefined;
    if (store === undefined) {
      countHost(size);
      store = new ArrayBuffer(size);
    } else {
      counters[COUNTERS.slabCount]++;
      counters[COUNTERS.slabBytes] += size;
    }
    return store;
  }

  return {
    counters,
    heap,
    limits,
    countHost,
    takeDedicated,
    takeSlab,
    isExternal: () => external,
    trim: () => binding.trim(heap),
  };
}

module.exports = { createStores, COUNTERS };
