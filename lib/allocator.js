'use strict';

/*
 * allocator: one supply with everything that can be asked of it. The module itself is one, with the
 * default settings; `createAllocator` makes others, which share no memory with it or with each other.
 */

const { createAcquire, ofSize, release, show } = require('./lifetimes/acquire');
const events = require('./insight/events');
const { createMirror } = require('./mirror/mirror');
const { SlabBytes } = require('./mirror/slab');
const { binding, defineOwn, isPooling, lazily } = require('./runtime/builtin');
const idle = require('./reclaim/idle');
const { readSettings } = require('./settings');
const backend = require('./stores/backend');
const { KIND, recordOf, secrets } = require('./stores/record');
const { Supply } = require('./stores/supply');

const getAllocator = lazily(() =>
  require('./private').defineAllocator(settings, createSupply, createFunctions),
);
const getArena = lazily(() => require('./lifetimes/arena'));
const getCensus = lazily(() => require('./insight/census'));
const getCompact = lazily(() => require('./lifetimes/compact'));
const getDebug = lazily(() => require('./insight/debug'));
const getExplain = lazily(() => require('./insight/explain'));
const getGuard = lazily(() => require('./insight/guard'));
const getMetrics = lazily(() => require('./insight/metrics'));
const getProfile = lazily(() => require('./insight/profile'));
const getSecret = lazily(() => require('./lifetimes/secret'));
const getStats = lazily(() => require('./insight/stats'));

const settings = readSettings(backend.name);

/** Whose poolSize has every buffer in memory of its own. */
const UNPOOLED = { __proto__: null, poolSize: 0 };

/** Whether a store is a secret's. */
const isSecret = (store) => recordOf(store)?.kind === KIND.SECRET;

function createSupply(ownSettings, kind, openHeap) {
  const supply = new Supply(ownSettings, kind, openHeap);
  if (ownSettings.debugGuard >= 1) getGuard().guard(supply, ownSettings.debugGuard);
  if (ownSettings.debug) getDebug().debug(events, supply);
  return supply;
}

/** The environment's own supply, behind all that the module exports. */
const defaultSupply = createSupply(settings, 'default', binding.openDefaultHeap);

/** What other addons use, and bufalloc_load takes. An import of the module reads it, used or not. */
const openCapi = lazily(() => {
  /* What they free wakes the clock, which has to be there. */
  idle.begin();
  return binding.openCapi(
    (store, size) => getCalls().show(store, size),
    (size, zero) => getCalls().make(size, zero),
    (value) => getCalls().find(value),
    defaultSupply.isNative,
  );
});
const getCalls = lazily(() => require('./lifetimes/addons').createCalls(defaultSupply));

/**
 * Makes every allocating function over a supply.
 *
 * @param {Supply} supply
 * @param {{ poolSize: number }} owner whose poolSize rules, in bytes
 */
function createFunctions(supply, owner) {
  const { functions, slab } = createMirror(supply, isPooling ? owner : UNPOOLED);
  const stats = (options) => getStats().readStats(supply, owner.poolSize, options);
  supply.describe = stats;
  return {
    slab,
    mirror: functions,
    lifetimes: {
      acquire: createAcquire(supply),
      release,
      /** A buffer for a key or a password: see lib/lifetimes/secret.js. */
      allocSecret(size) {
        supply.allocSecret ??= getSecret().createAllocSecret(supply, show, ofSize, secrets);
        return supply.allocSecret(size);
      },
      /** A right-sized copy of what pins a larger store: see lib/lifetimes/compact.js. */
      compact: (buffer) => getCompact().compact(functions.allocUnsafeSlow, isSecret, buffer),
      /**
       * Opens an arena: see lib/lifetimes/arena.js for its options and methods.
       *
       * @returns {import('./index').Arena}
       * @throws {TypeError} ERR_INVALID_ARG_VALUE for a bad option
       */
      createArena: (options) => getArena().createArena(supply, events, options),
    },
    /**
     * What the supply holds and has done, in this environment (this thread); `process` is of all of
     * them. Every field is described in index.d.ts.
     *
     * @param {{ all?: boolean }} [options] `all`: with `environments`, all of the process
     * @returns {object} a new plain object; sizes in bytes
     */
    stats,
    /**
     * Gives all cached memory back to the operating system.
     *
     * @returns {number} the bytes given back
     */
    trim: () => supply.trim(),
  };
}

/**
 * Makes a private allocator: its own heap, slab, limits and counters. See lib/private.js.
 *
 * @param {object} [options] those of lib/settings.js that are options
 * @returns {import('./index').Allocator}
 * @throws {TypeError} ERR_INVALID_ARG_VALUE for an unknown option or a bad value
 */
const createAllocator = (options) => new (getAllocator())(options);

/**
 * The allocators and arenas of this environment that are there: not closed, and not collected.
 *
 * @returns {{ name: string, kind: 'default'|'allocator'|'arena', stats: () => object }[]} in the order in
 *   which they were made, as far as places are not taken again; to hold one keeps what it shows
 */
function allocators() {
  const list = [];
  events.each((provider) => {
    const { name, kind } = provider;
    defineOwn(list, list.length, { name, kind, stats: (options) => provider.describe(options) });
  });
  return list;
}

/* --- insight: how the whole environment is looked at ---------------------------------------------- */

const MADE = {
  __proto__: null,
  recordOf,
  cursor: SlabBytes.prototype,
  getProfiler: () => getProfile().getProfiler(),
  cool: () => defaultSupply.cool(),
};

const census = (options) => getCensus().takeCensus(MADE, options);

const explain = (options) =>
  getExplain().explain(() => defaultSupply.describe({ all: true }), census, options);

/** Stats of the allocators of this environment, the module's first. */
function describeAll() {
  const all = [defaultSupply.describe()];
  events.each((provider) => {
    if (provider.kind === 'allocator') defineOwn(all, all.length, provider.describe());
  });
  return all;
}

const metrics = (options) => getMetrics().showMetrics(describeAll(), options);

/** See the files in lib/insight/ of those names. */
const insight = {
  allocators,
  census,
  explain,
  metrics,
  startProfile: (options) => getProfile().start(events, options),
  takeProfile: (options) => getProfile().take(options),
  stopProfile: () => getProfile().stop(),
};

if (settings.profile !== undefined) {
  require('./insight/profile-file').profileToFile(events, settings.profile);
}

module.exports = {
  createAllocator,
  createFunctions,
  defaultSupply,
  insight,
  openCapi,
  settings,
};
