'use strict';

/*
 * stats: the counters as a plain object, the public form of what lib/stores.js
 * and the C heap count.
 */

const binding = require('./binding');
const { Float64Array, defineProperty } = require('./host');
const { COUNTERS } = require('./stores');

const { HEAP_FIELDS, PROCESS_FIELDS } = binding;

/** An object of `fields` with the values from `start` on. */
function pick(fields, values, start) {
  const object = {};
  for (let i = 0; i < fields.length; i++) {
    defineProperty(object, fields[i], {
      __proto__: null,
      value: values[start + i],
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return object;
}

/**
 * Reads the counters of one set of stores. See docs/api.md for every field.
 *
 * @param {import('./stores').Stores} stores
 * @param {number} poolSize in bytes, as the next slab will have it
 */
function readStats(stores, poolSize) {
  const raw = new Float64Array(binding.STATS_COUNT);
  if (!stores.closed && stores.heap >= 0) binding.readStats(stores.heap, raw);
  const { counters, limits, warm } = stores;
  const of = (name) => counters[COUNTERS[name]];
  const heap = pick(HEAP_FIELDS, raw, 0);
  return {
    external: stores.external,
    closed: stores.closed,
    stores: {
      slab: { count: of('slabCount'), bytes: of('slabBytes') },
      dedicated: { count: of('dedicatedCount'), bytes: of('dedicatedBytes') },
      host: { count: of('hostCount'), bytes: of('hostBytes') },
    },
    lifetimes: {
      acquired: of('acquired'),
      released: of('released'),
      warmHits: of('warmHits'),
      warmCount: warm.count,
      warmBytes: warm.bytes,
    },
    fallbacks: {
      budget: of('refusedBudget'),
      turn: of('refusedTurn'),
      memory: of('refusedMemory'),
      unpaced: of('refusedUnpaced'),
      unsupported: of('refusedUnsupported'),
    },
    debug: stores.debug === undefined ? { state: 'off' } : stores.debug.stats(),
    pacer: stores.pacer === undefined ? { state: 'off' } : stores.pacer.stats(),
    heap: { ...heap, zeroedBytes: heap.zeroedBytes + of('clearedBytes') },
    process: pick(PROCESS_FIELDS, raw, HEAP_FIELDS.length),
    limits: {
      poolSize,
      nativeMin: limits.nativeMin,
      maxBytes: limits.maxBytes,
      maxCachedBytes: limits.maxCachedBytes,
      maxWarmBytes: limits.maxWarmBytes,
      maxBytesPerTurn: limits.maxBytesPerTurn,
      zeroOnRelease: limits.zeroOnRelease === true,
    },
  };
}

module.exports = { readStats };
