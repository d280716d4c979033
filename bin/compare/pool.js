'use strict';

/*
 * The same pool on both sides, whatever the host's `poolSize`: statements about the pool are made
 * at 8 KiB, with the slab in use full, so that the next pooled buffer begins a slab.
 *
 * From Node 26.8 on the host's slab is up to 64 bytes longer than `poolSize` and begins at the first
 * aligned of them. So slabs are measured in whole KiB here, and offsets from where the slab begins.
 */

const { KiB } = require('../../bench/core/format');

const POOL_SIZE = 8 * KiB;
/** The largest buffer that such a pool serves: less than half of it. */
const LARGEST_POOLED = POOL_SIZE / 2 - 1;
/** Buffers of that size that surely fill a slab of any host (64 KiB at most) and begin another. */
const TRIES = 64;

/** The size of a buffer's store in whole KiB. */
const storeKib = ({ buffer }) => Math.floor(buffer.byteLength / KiB);

/** Makes the pool one of 8 KiB and leaves no room in its slab. */
function fillSlab(Buffer) {
  Buffer.poolSize = POOL_SIZE;
  let before = Buffer.allocUnsafe(LARGEST_POOLED);
  for (let tries = 0; tries < TRIES; tries++) {
    const buffer = Buffer.allocUnsafe(LARGEST_POOLED);
    if (buffer.buffer !== before.buffer && storeKib(buffer) === POOL_SIZE / KiB) {
      // 4 KiB are gone, rounded up to 8 bytes; these take the rest.
      Buffer.allocUnsafe(LARGEST_POOLED - 7);
      Buffer.allocUnsafe(8);
      return;
    }
    before = buffer;
  }
  throw new Error(`no slab of ${POOL_SIZE} bytes began in ${TRIES} buffers`);
}

/**
 * Calls `run` with such a pool and restores `poolSize` after it.
 *
 * @param {Function} Buffer the built-in's or ours
 * @param {() => T} run synchronous
 * @returns {T}
 * @template T
 */
function freshPool(Buffer, run) {
  const { poolSize } = Buffer;
  try {
    fillSlab(Buffer);
    return run();
  } finally {
    Buffer.poolSize = poolSize;
  }
}

/** Where a buffer's memory is: in a slab of so many KiB, or in a store of exactly its length. */
function storeOf(buffer) {
  const { byteLength } = buffer.buffer;
  return byteLength === buffer.length ? `own, ${byteLength}` : `slab, ${storeKib(buffer)} KiB`;
}

module.exports = { freshPool, storeKib, storeOf, POOL_SIZE };
