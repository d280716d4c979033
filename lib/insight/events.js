'use strict';

/*
 * events: what happens in the allocators of an environment, told to whoever listens: the debugger, the
 * profiler, the metrics. While nobody does, an event costs the comparison of `events.isHeard`; a piece
 * of a slab costs nothing until it is told of.
 *
 * A listener is an object with some of these methods, each called as it happens:
 *
 *   made(provider)                 a supply or an arena was made
 *   ended(provider)                it was closed
 *   handedOut(store, record)       memory went out in a store of its own, a slab, an arena's included. The
 *                                  record (lib/stores/record.js) has kind, isNative, length and owner, the
 *                                  supply; `site` is the debugger's
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
 * A sampler, of which there may be one, is told of memory by its bytes, the rest of which costs a subtraction
 * for a store and nothing for a piece. Its methods return after how many bytes of the same, 1 or more, they want to be told again:
 *
 *   began()                        stores are counted from then on
 *   cut(piece, size, provider)     a piece of a slab went out. Each slab counts for itself, a piece up to the next
 *                                  multiple of eight; it begins with a call that has no piece
 *   took(store, record)            memory went out in a store of its own, an arena's slabs included. It may put
 *                                  a `sample` on the record, whose end() is called when that was returned
 *   served(buffer, size, supply)   the runtime served a buffer that has no record and cannot be released. It
 *                                  counts with the stores
 *
 * `listen(listener)` and `ignore(listener)` begin and end that, `sampleBy(sampler)` has another sampler or none. `each(visit)` goes over the supplies and
 * arenas that are there: each has `name`, `kind` ('default', 'allocator', 'arena'), `slabs` and a
 * `describe()` that gives its stats. Files that are loaded later are given this object and do not load
 * it: where a program has emptied require.cache they would have another.
 */

const { binding, createList, isolate, lazily, MathMax } = require('../runtime/builtin');
const {
  KIND: { SLAB },
} = require('../stores/record');

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

/** A class, as the engine sees through its objects; a literal that inherits nothing it has to search. */
class Events {
  constructor() {
    /** Whether anyone listens. */
    this.isHeard = false;
    this.sampler = undefined;
    /** After how many bytes of stores the sampler is told of one. */
    this.untold = Infinity;
  }

  listen(listener) {
    listeners[listeners.length] = listener;
    this.isHeard = true;
  }

  ignore(listener) {
    const others = createList();
    for (let i = 0; i < listeners.length; i++) {
      if (listeners[i] !== listener) others[others.length] = listeners[i];
    }
    listeners = others;
    this.isHeard = others.length > 0 || this.sampler !== undefined;
  }

  /** Calls a method of all listeners that have it. */
  tell(name, a, b, c) {
    for (let i = 0; i < listeners.length; i++) {
      try {
        listeners[i][name]?.(a, b, c);
      } catch {
        /* Its own affair. */
      }
    }
  }

  /** Tells of what happens seldom: channels.js passes it on, whoever listens here. */
  tellAll(name, a, b, c) {
    if (this.isHeard) this.tell(name, a, b, c);
    try {
      getChannels()[name](a, b, c);
    } catch {
      /* There was no stack left for that. */
    }
  }

  /** @returns {boolean} whether a listener has emptied the store */
  returning(store, record) {
    for (let i = 0; i < listeners.length; i++) {
      if (listeners[i].returning?.(store, record) === true) return true;
    }
    return false;
  }

  handedOut(store, record) {
    /* Of a slab the pieces count. */
    if (record.kind !== SLAB && (this.untold -= record.length) <= 0) {
      this.untold = this.tellSampler('took', store, record);
    }
    /* By name, which the engine sees through. */
    for (let i = 0; i < listeners.length; i++) {
      try {
        listeners[i].handedOut?.(store, record);
      } catch {
        /* Its own affair. */
      }
    }
  }

  returned(record, size) {
    this.tell('returned', record, size);
    record.sample?.end();
  }

  served(buffer, size, supply) {
    if ((this.untold -= size) <= 0) this.untold = this.tellSampler('served', buffer, size, supply);
  }

  /* --- the sampler --------------------------------------------------------------------------------- */

  /** Has another sampler, or none. */
  sampleBy(sampler) {
    this.sampler = sampler;
    this.isHeard = listeners.length > 0 || sampler !== undefined;
    this.untold = sampler === undefined ? Infinity : this.tellSampler('began');
    this.each((provider) => {
      for (let i = 0; i < provider.slabs.length; i++) provider.slabs[i].tell(this.cutOf(provider));
    });
  }

  /** @returns {number} after how many bytes it wants to be told again */
  tellSampler(name, a, b, c) {
    let distance = 1;
    try {
      distance = MathMax(this.sampler[name](a, b, c), 1);
    } catch {
      /* Its own affair. */
    }
    /* A program that is asked for a stack may have ended it meanwhile. */
    return this.sampler === undefined ? Infinity : distance;
  }

  /** What a slab of a provider's tells of its pieces; undefined for nobody. */
  cutOf(provider) {
    if (this.sampler === undefined) return undefined;
    return (piece, size) => this.tellSampler('cut', piece, size, provider);
  }

  /* --- who is there: listed weakly, so that what was dropped is collected ------------------------- */

  made(provider) {
    if (++made > mostMade) listProviders();
    provider.place = binding.weakly(PROVIDERS, provider);
    if (this.isHeard) this.tell('made', provider);
  }

  ended(provider) {
    if (provider.place >= 0) binding.leave(PROVIDERS, provider.place);
    provider.place = -1;
    if (this.isHeard) this.tell('ended', provider);
  }

  each(visit) {
    const providers = listProviders();
    for (let i = 0; i < providers.length; i++) visit(providers[i]);
  }
}
isolate(Events);

module.exports = new Events();
