'use strict';

/*
 * stats: the counters as a plain object, the public form of what a supply and its C heap count. What is
 * live is counted by C: its stores as they come back, on whatever thread, and the runtime's memory by
 * what is watched of it (lib/stores/memory.js).
 */

const { binding, defineOwn, Float64Array, MathRound } = require('../runtime/builtin');
const { STATS, checkOptions } = require('../options');
const backend = require('../stores/backend');
const { COUNTERS } = require('../stores/record');

const { heap: HEAP_FIELDS, process: PROCESS_FIELDS } = binding.counters;

/** What stores are counted by: in the order of KIND, and of what C has live. */
const STORE_FIELDS = ['slab', 'dedicated', 'acquired', 'arena', 'secret', 'host'];
const LIVE_START = HEAP_FIELDS.length + PROCESS_FIELDS.length;
const LENGTH = LIVE_START + 2 * STORE_FIELDS.length;

/** An object of `fields` with the values from `start` on. */
function pick(fields, values, start) {
  const object = {};
  for (let i = 0; i < fields.length; i++) defineOwn(object, fields[i], values[start + i]);
  return object;
}

/**
 * Stores and bytes by kind, from `start` on.
 *
 * @param {ArrayLike<number>} [waiting] what of it waits in a debugger's quarantine, likewise
 */
function pickPairs(values, start, waiting) {
  const object = {};
  for (let i = 0; i < STORE_FIELDS.length; i++) {
    const at = 2 * i;
    defineOwn(object, STORE_FIELDS[i], {
      count: MathRound(values[start + at]) - (waiting?.[at] ?? 0),
      bytes: values[start + at + 1] - (waiting?.[at + 1] ?? 0),
    });
  }
  return object;
}

function readLive(raw, supply) {
  const { waiting, count = 0, bytes = 0 } = supply.debugger ?? {};
  const quarantine = { count, bytes };
  return { ...pickPairs(raw, LIVE_START, waiting), quarantine };
}

/* --- all of the process ------------------------------------------------------------------------ */

/**
 * What C keeps of every allocator of every environment, by environment. Of others than this one the heaps'
 * counters are as they were when their clock ticked last: once a second, unless nothing happens there or
 * their event loop is blocked.
 */
function readEnvironments() {
  binding.setThread(require('node:worker_threads').threadId);
  const environments = [];
  const rows = binding.readAll();
  /* By an environment's number: its allocators need not stand together. */
  const byNumber = { __proto__: null };
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    const { 0: environment, 1: threadId, 2: name } = row;
    let found = byNumber[environment];
    if (found === undefined) {
      found = byNumber[environment] = { threadId, allocators: [] };
      defineOwn(environments, environments.length, found);
    }
    defineOwn(found.allocators, found.allocators.length, {
      name,
      heap: pick(HEAP_FIELDS, row, 3),
      live: pickPairs(row, 3 + HEAP_FIELDS.length),
    });
  }
  return environments;
}

/* --- one ------------------------------------------------------------------------------------------ */

/**
 * Reads the counters of one supply. See index.d.ts for every field.
 *
 * @param {import('../stores/supply').Supply} supply
 * @param {number} poolSize in bytes, as the next slab will have it
 * @param {{ all?: boolean }} [options]
 */
function readStats(supply, poolSize, options) {
  const { all = false } = checkOptions(STATS, options);
  const raw = new Float64Array(LENGTH);
  supply.cool();
  if (!supply.closed && supply.heap >= 0) binding.readStats(supply.heap, raw);
  supply.host.settle();
  const { name, closed, counters, isNative, pacer, settings } = supply;
  const of = (field) => counters[COUNTERS[field]];
  const { nativeMin, maxBytes, maxCachedBytes, zeroOnRelease } = settings;
  return {
    name,
    backend: { name: backend.name, reason: backend.reason },
    external: isNative,
    closed,
    stores: pickPairs(counters, 0),
    live: readLive(raw, supply),
    lifetimes: { acquired: of('acquired'), released: of('released') },
    fallbacks: {
      budget: of('budget'),
      turn: of('turn'),
      memory: of('memory'),
      unsupported: of('unsupported'),
    },
    secrets: {
      isLocked: of('secretsUnlocked') === 0,
      locked: of('secretsLocked'),
      unlocked: of('secretsUnlocked'),
      dumped: of('secretsDumped'),
      forked: of('secretsForked'),
    },
    debug: supply.debugger === undefined ? { state: 'off' } : supply.debugger.stats(),
    guard: supply.guard === undefined ? { state: 'off' } : supply.guard.stats(),
    pacer: pacer === undefined ? { state: 'off' } : pacer.stats(),
    hugePages: settings.hugePages
      ? { state: 'on', bytes: require('./huge-pages').readBytes() }
      : { state: 'off' },
    heap: pick(HEAP_FIELDS, raw, 0),
    process: pick(PROCESS_FIELDS, raw, HEAP_FIELDS.length),
    limits: { poolSize, nativeMin, maxBytes, maxCachedBytes, zeroOnRelease },
    ...(all ? { environments: readEnvironments() } : undefined),
  };
}

module.exports = { readStats };
