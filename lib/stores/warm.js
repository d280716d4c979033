'use strict';

/*
 * warm: released stores that wait for the next request of just their length. A program that moves bytes by
 * chunks makes many of those in a row.
 *
 * Where they do come in a row, a released store is not freed: its block is shown by another ArrayBuffer at
 * once, which the next request has. That is one call of the addon for two, and the heap has nothing to do. C takes what is
 * warm for handed out. So it is cooled, which is to say freed, before anyone looks at what C has or C refuses
 * a request, and in every round of the clock.
 */

const { binding, createList, isolate } = require('../runtime/builtin');
const idle = require('../reclaim/idle');
const { KIND } = require('./record');

/** So many requests of one length in a row have stores of that length kept. */
const RUN = 8;
/** How many an allocator keeps at most. */
const MAX_STORES = 16;
/** How much an environment does, in bytes. */
const MAX_BYTES = 16 * 1024 * 1024;

/** What it keeps, in bytes. */
let kept = 0;
/** Those of which a length is kept, or would be; and how many may be, as they need not be alive. */
const all = createList();
const MAX_LISTED = 64;

class Warm {
  /** @param {boolean} isUsed whether any is to be kept */
  constructor(isUsed) {
    this.isUsed = isUsed;
    this.stores = createList();
    this.count = 0;
    /** How long those are that are kept, in bytes; 0 for none. */
    this.length = 0;
    /** The last other length that was asked for, and how often in a row. */
    this.missed = 0;
    this.run = 0;
    this.isListed = false;
  }

  /**
   * @returns {ArrayBuffer|undefined} a store of `length` bytes, without a record; undefined if none is kept
   */
  take(length) {
    if (length !== this.length) this.miss(length);
    else if (this.count > 0) {
      this.run = 0;
      const store = this.stores[--this.count];
      this.stores[this.count] = undefined;
      kept -= length;
      return store;
    }
    return undefined;
  }

  miss(length) {
    if (!this.isUsed) return;
    if (length !== this.missed) this.run = 0;
    this.missed = length;
    if (++this.run < RUN) return;
    this.cool();
    if (!this.isListed) {
      if (all.length === MAX_LISTED) coolAll();
      all[all.length] = this;
      this.isListed = true;
    }
    this.length = length;
  }

  /**
   * Empties a store and keeps its block, if that is to be kept; not if an operation holds it.
   *
   * @param {ArrayBuffer} store
   * @param {Record} record its own
   * @returns {boolean} whether that was done
   * @throws and nothing changed, if it cannot be emptied
   */
  keep(store, { kind, length, isGuarded }) {
    if (length !== this.length || kind !== KIND.ACQUIRED || isGuarded) return false;
    if (this.count === MAX_STORES || kept + length > MAX_BYTES) return false;
    const fresh = binding.recycle(store);
    if (fresh === undefined) return false;
    this.stores[this.count++] = fresh;
    kept += length;
    return true;
  }

  /**
   * Frees what is kept, and keeps none until there was another run.
   *
   * @returns {boolean} whether any was
   * @throws {RangeError} with no stack left for that; the rest is kept, and the next call goes on
   */
  cool() {
    const wasAny = this.count > 0;
    this.run = 0;
    while (this.count > 0) {
      binding.free(this.stores[this.count - 1]);
      this.stores[--this.count] = undefined;
      kept -= this.length;
    }
    this.length = 0;
    return wasAny;
  }

  /** The same for good. */
  end() {
    this.isUsed = false;
    this.cool();
  }
}
isolate(Warm);

/** Frees what is kept in this environment, likewise. */
function coolAll() {
  let wasAny = false;
  while (all.length > 0) {
    const warm = all[all.length - 1];
    if (warm.cool()) wasAny = true;
    warm.isListed = false;
    all.length--;
  }
  return wasAny;
}

idle.addTask(() => {
  coolAll();
  return false;
});

module.exports = { MAX_BYTES, Warm, coolAll };
