'use strict';

/*
 * counters: what a supply counts, by name, in one list. They are doubles in memory of their own, as
 * numbers in fields would be allocated anew past 2^31.
 */

const { Float64Array, ObjectKeys } = require('../runtime/primordials');

/** Places of the counters. The first are in pairs, of stores and bytes, in the order of KIND. */
const COUNTERS = {
  __proto__: null,
  slabCount: 0,
  slabBytes: 1,
  dedicatedCount: 2,
  dedicatedBytes: 3,
  acquiredCount: 4,
  acquiredBytes: 5,
  arenaCount: 6,
  arenaBytes: 7,
  /** What the runtime served, for whatever purpose. */
  hostCount: 8,
  hostBytes: 9,
  refusedBudget: 10,
  refusedTurn: 11,
  refusedMemory: 12,
  refusedUnsupported: 13,
  acquired: 14,
  released: 15,
};

const createCounters = () => new Float64Array(ObjectKeys(COUNTERS).length);

module.exports = { COUNTERS, createCounters };
