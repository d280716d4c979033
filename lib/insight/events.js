'use strict';

/*
 * events: what happens in the allocators of an environment, told to whoever listens: the debugger, the
 * profiler, the metrics. While nobody does, an event costs the comparison of `events.isHeard`, and a
 * piece of a slab nothing at all.
 *
 * A listener is an object with some of these methods, each called as it happens:
 *
 *   made(provider)                 a supply or an arena was made
 *   ended(provider)                it was closed
 *   handedOut(store, record)       memory went out in a store of its own, a slab, an arena's included. The
 *                                  record (lib/stores/record.js) has kind, isNative, length and owner, the
 *                                  supply; `site` is the debugger's, `sample` the profiler's
 *   served(buffer, size, supply)   the runtime served a buffer that has no record and cannot be released
 *   cut(piece, size, provider, isFirst)  a piece of a slab went out, the first of that slab's or not; returns
 *                                  after how many bytes it wants to be told again, or nothing for of the next
 *   returning(store, record)       a store is about to be emptied and its memory to be had back. A listener
 *                                  that returns true has emptied it and has the memory; one that throws has
 *                                  changed nothing, and the store stays as it is
 *   returned(record, size)         that was done: released, reset or closed by the program
 *   refused(buffer, record)        release() returned false; the record of its store, if it has one
 *   fellBack(supply, reason, size) the runtime has to serve, because of a name in stats().fallbacks
 *   trimmed(supply)                cached memory is about to be given back
 *   collected(milliseconds, full)  a collection was run to have memory back
 *   leaked(name, size, place)      the debugger of an allocator of that name found that an acquired buffer was never released
 *
 * But for `returning`, what a listener throws is dropped: the program never dies of being looked at. A
 * listener may allocate; it is told of that like of anything else.
 *
 * `listen(listener)` and `ignore(listener)` begin and end that. `each(visit)` goes over the supplies and
 * arenas that are there: each has `name`, `kind` ('default', 'allocator', 'arena'), `slabs` and a
 * `describe()` that gives its stats. Files that are loaded later are given this object and do not load
 * it: where a program has emptied require.cache they would have another.
 */

const { binding, createList, MathMin, lazily } = require('../runtime/builtin');

const getChannels = lazily(() => require('./channels'));

let listeners = createList();

/** The list of allocators and arenas among C's weak lists. */
const PROVIDERS = 0;
/** How many were made since that was last looked through, and how many may be. */
let made = 0;
let mostMade = 64;

/** Those that are there; what was collected leaves the list. */
function listProviders() {
  const providers = binding.listed(PROVIDERS);
  mostMade = providers.length + 64;
  made = 0;
  return providers;
}

/** Calls a method of all listeners that have it. */
function tell(name, a, b, c) {
  for (let i = 0; i < listeners.length; i++) {
    try {
      listeners[i][name]?.(a, b, c);
    } catch {
      /* Its own affair. */
    }
  }
}

/** Has slabs tell of their pieces, or no longer. */
function setCutHeard() {
  let isCutHeard = false;
  for (let i = 0; i < listeners.length; i++) {
    if (listeners[i].cut !== undefined) isCutHeard = true;
  }
  if (!isCutHeard && !events.isCutHeard) return;
  events.isCutHeard = isCutHeard;
  events.each((provider) => {
    for (let i = 0; i < provider.slabs.length; i++) provider.slabs[i].tell(events.cutOf(provider));
  });
}

/** Tells of a piece; returns after how many bytes someone wants to be told again. */
function tellOfPiece(piece, size, provider, isFirst) {
  let next = Infinity;
  for (let i = 0; i < listeners.length; i++) {
    const listener = listeners[i];
    try {
      const wanted = listener.cut?.(piece, size, provider, isFirst) ?? 0;
      if (listener.cut !== undefined) next = MathMin(next, wanted);
    } catch {
      next = 0;
    }
  }
  return next;
}

const events = {
  __proto__: null,

  /** Whether anyone listens. */
  isHeard: false,
  /** Whether anyone wants to know of pieces. */
  isCutHeard: false,

  listen(listener) {
    listeners[listeners.length] = listener;
    events.isHeard = true;
    setCutHeard();
  },

  ignore(listener) {
    const others = createList();
    for (let i = 0; i < listeners.length; i++) {
      if (listeners[i] !== listener) others[others.length] = listeners[i];
    }
    listeners = others;
    events.isHeard = others.length > 0;
    setCutHeard();
  },

  tell,

  /** Tells of what happens seldom: channels.js passes it on, whoever listens here. */
  tellAll(name, a, b, c) {
    if (events.isHeard) tell(name, a, b, c);
    try {
      getChannels()[name](a, b, c);
    } catch {
      /* There was no stack left for that. */
    }
  },

  /** @returns {boolean} whether a listener has emptied the store */
  returning(store, record) {
    for (let i = 0; i < listeners.length; i++) {
      if (listeners[i].returning?.(store, record) === true) return true;
    }
    return false;
  },

  /* Told of often: by name, which the engine sees through. */

  handedOut(store, record) {
    for (let i = 0; i < listeners.length; i++) {
      try {
        listeners[i].handedOut?.(store, record);
      } catch {
        /* Its own affair. */
      }
    }
  },

  served(buffer, size, supply) {
    for (let i = 0; i < listeners.length; i++) {
      try {
        listeners[i].served?.(buffer, size, supply);
      } catch {
        /* Its own affair. */
      }
    }
  },

  /** What one slab of a provider's tells of its pieces; undefined for nobody. */
  cutOf(provider) {
    if (!events.isCutHeard) return undefined;
    let isFirst = true;
    return (piece, size) => {
      const next = tellOfPiece(piece, size, provider, isFirst);
      isFirst = false;
      return next;
    };
  },

  /* --- who is there: listed weakly, so that what was dropped is collected ------------------------- */

  made(provider) {
    if (++made > mostMade) listProviders();
    provider.place = binding.weakly(PROVIDERS, provider);
    if (events.isHeard) tell('made', provider);
  },

  ended(provider) {
    if (provider.place >= 0) binding.leave(PROVIDERS, provider.place);
    provider.place = -1;
    if (events.isHeard) tell('ended', provider);
  },

  each(visit) {
    const providers = listProviders();
    for (let i = 0; i < providers.length; i++) visit(providers[i]);
  },
};

module.exports = events;
