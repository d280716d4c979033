'use strict';

/*
 * host: what the runtime serves to a supply, how that is had, and how it is counted.
 *
 * To know what of it is live some stores are watched: every one from WATCH_BYTES on, and of smaller ones one in so many
 * bytes. With all that the runtime does for it to watch one takes up to 10 us; what is live in small ones is known to
 * within 10 % from 100 MiB on. The others, most of them small and many, are counted in small integers, which are put to the
 * counters when someone looks there.
 */

const {
  binding,
  builtinAligns,
  builtinAlloc,
  builtinAllocUnsafeSlow,
  FastBuffer,
  isolate,
  lazily,
  TypedArrayPrototypeFill,
  TypedArrayPrototypeGetBuffer,
} = require('../runtime/builtin');
const { COUNTERS } = require('./record');

const getMemory = lazily(() => require('./memory'));

const WATCH_BYTES = 1024 * 1024;

/** The runtime's memory at a multiple of `alignment`, where the runtime itself aligns nothing. */
function allocateAligned(allocate, size, alignment) {
  const store = TypedArrayPrototypeGetBuffer(allocate(size + alignment));
  const past = binding.misalignment(store, alignment);
  return new FastBuffer(store, past === 0 ? 0 : alignment - past, size);
}

/**
 * The runtime's memory, in a store of its own. Nothing that lies in the store, outside the buffer too, is
 * old when it must be zero.
 *
 * @param {number} size in bytes
 * @param {number} alignment a power of two, or 0
 * @param {boolean} zero whether it must be zero
 * @returns {Buffer}
 */
function takeHostMemory(size, alignment, zero) {
  if (alignment <= 1) return zero ? builtinAlloc(size) : builtinAllocUnsafeSlow(size);
  if (!builtinAligns) {
    return allocateAligned(zero ? builtinAlloc : builtinAllocUnsafeSlow, size, alignment);
  }
  const buffer = builtinAllocUnsafeSlow(size, alignment);
  if (zero) TypedArrayPrototypeFill(new FastBuffer(TypedArrayPrototypeGetBuffer(buffer)), 0);
  return buffer;
}

/** Counts what a supply had from the runtime. */
class HostCount {
  /** @param {import('./supply').Supply} supply */
  constructor(supply) {
    this.supply = supply;
    /** What is not put to the counters yet, in small integers. */
    this.served = 0;
    this.servedBytes = 0;
    /** At so many of these bytes a store is watched: memory.js. Below 0 once the supply is closed. */
    this.watchAt = WATCH_BYTES;
  }

  /**
   * Counts a buffer of `size` bytes.
   *
   * @returns {object|undefined} by which to let it go, if it is one that is watched
   * @throws where the supply is closed
   */
  add(buffer, size) {
    if (size < WATCH_BYTES && (this.servedBytes += size) < this.watchAt) {
      this.served++;
      return undefined;
    }
    return this.watch(buffer, size);
  }

  watch(buffer, size) {
    const { supply } = this;
    if (supply.closed) {
      this.servedBytes = 0;
      supply.refuse();
    }
    this.settle();
    supply.counters[COUNTERS.hostCount]++;
    if (size >= WATCH_BYTES) supply.counters[COUNTERS.hostBytes] += size;
    else this.watchAt = WATCH_BYTES;
    try {
      return supply.heap < 0 ? undefined : getMemory().watch(this, buffer, size, WATCH_BYTES);
    } catch {
      /* With no stack left for that, or no file to be loaded any more, it is not watched. */
      return undefined;
    }
  }

  /** Puts to the counters what was served. */
  settle() {
    const { counters } = this.supply;
    counters[COUNTERS.hostCount] += this.served;
    counters[COUNTERS.hostBytes] += this.servedBytes;
    this.watchAt -= this.servedBytes;
    this.served = 0;
    this.servedBytes = 0;
  }

  /** The same for good: whatever comes after it is refused. */
  close() {
    this.settle();
    this.watchAt = -1;
  }
}
isolate(HostCount);

module.exports = { HostCount, takeHostMemory, getMemory };
