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
 *   cut(piece, size, provider)     a piece of a slab went out
 *   returning(store, record)       a store is about to be emptied and its memory to be had back. A listener
 *                                  that returns true has emptied it and has the memory; one that throws has
 *                                  changed nothing, and the store stays as it is
 *   returned(record, size)         that was done: released, reset or closed by the program
 *   fellBack(supply, reason, size) the runtime has to serve, because of a name in stats().fallbacks
 *   trimmed(supply)                cached memory is about to be given back
 *   collected(milliseconds, full)  a collection was run to have memory back
 *   leaked(name, size, place)      the debugger of an allocator of that name found that an acquired buffer was never released
 *
 * But for `returning`, what a listener throws is dropped: the program never dies of being looked at. A
 * listener may allocate; what it allocates it is told of like anything else.
 *
 * `listen(listener)` and `ignore(listener)` begin and end that. `each(visit)` goes over the supplies and
 * arenas that are there: each has `name`, `kind` ('default', 'allocator', 'arena'), `slabs` and a
 * `describe()` that gives its stats. Files that are loaded later are given this object and do not load
 * it: where a program has emptied require.cache they would have another.
 */

const { binding, createList, lazily } = require('../runtime/builtin');

const getChannels = lazily(() => require('./channels'));

let listeners = createList();

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
  if (isCutHeard === events.isCutHeard) return;
  events.isCutHeard = isCutHeard;
  /* Loaded by whoever makes slabs. */
  const { tellOfPieces } = require('../mirror/slab');
  events.each((provider) => {
    const onCut = isCutHeard ? events.cutOf(provider) : undefined;
    for (let i = 0; i < provider.slabs.length; i++) tellOfPieces(provider.slabs[i], onCut);
  });
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

  cutOf: (provider) => (piece, size) => tell('cut', piece, size, provider),

  /* --- who is there: listed weakly, so that what was dropped is collected ------------------------- */

  made(provider) {
    provider.place = binding.weakly(provider);
    if (events.isHeard) tell('made', provider);
  },

  ended(provider) {
    if (provider.place >= 0) binding.leave(provider.place);
    provider.place = -1;
    if (events.isHeard) tell('ended', provider);
  },

  each(visit) {
    const providers = binding.listed();
    for (let i = 0; i < providers.length; i++) visit(providers[i]);
  },
};

module.exports = events;
