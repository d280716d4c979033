'use strict';

/*
 * stats: the counters as a plain object, the public form of what a supply and its C heap count.
 */

const { binding, defineOwn, Float64Array } = require('../runtime/builtin');
const backend = require('../stores/backend');
const { COUNTERS } = require('../stores/record');

const { heap: HEAP_FIELDS, process: PROCESS_FIELDS } = binding.counters;

/** An object of `fields` with the values from `start` on. */
function pick(fields, values, start) {
  const object = {};
  for (let i = 0; i < fields.length; i++) defineOwn(object, fields[i], values[start + i]);
  return object;
}

/**
 * Reads the counters of one supply. See docs/api.md for every field.
 *
 * @param {import('../stores/supply').Supply} supply
 * @param {number} poolSize in bytes, as the next slab will have it
 */
function readStats(supply, poolSize) {
  const raw = new Float64Array(HEAP_FIELDS.length + PROCESS_FIELDS.length);
  if (!supply.closed && supply.heap >= 0) binding.readStats(supply.heap, raw);
  const { closed, counters, debug, isNative, pacer, settings } = supply;
  const of = (name) => counters[COUNTERS[name]];
  const stores = (kind) => ({ count: of(`${kind}Count`), bytes: of(`${kind}Bytes`) });
  const { nativeMin, maxBytes, maxCachedBytes, zeroOnRelease } = settings;
  return {
    backend: { name: backend.name, reason: backend.reason },
    external: isNative,
    closed,
    stores: {
      slab: stores('slab'),
      dedicated: stores('dedicated'),
      acquired: stores('acquired'),
      arena: stores('arena'),
      host: stores('host'),
    },
    lifetimes: { acquired: of('acquired'), released: of('released') },
    fallbacks: {
      budget: of('refusedBudget'),
      turn: of('refusedTurn'),
      memory: of('refusedMemory'),
      unsupported: of('refusedUnsupported'),
    },
    debug: debug === undefined ? { state: 'off' } : debug.stats(),
    pacer: pacer === undefined ? { state: 'off' } : pacer.stats(),
    heap: pick(HEAP_FIELDS, raw, 0),
    process: pick(PROCESS_FIELDS, raw, HEAP_FIELDS.length),
    limits: { poolSize, nativeMin, maxBytes, maxCachedBytes, zeroOnRelease },
  };
}

module.exports = { readStats };
