'use strict';

/*
 * guard: stores that fault where native code goes astray. On with BUFALLOC_DEBUG_GUARD=N; when it is off
 * nothing of this file is loaded.
 *
 * One dedicated or acquired store in N, of those from C, is a guarded block (src/heap/guarded.h): it ends
 * at a page that faults, and when its memory was given back that faults for a while. So what writes beyond
 * a buffer, or too late, stops at the instruction that does it, and a system call gets EFAULT.
 *
 * Such a buffer ends where its page does, and its store begins at a multiple of 8: it may have a
 * byteOffset of up to 7.
 */

const { isolate } = require('../runtime/builtin');
const { takeGuarded } = require('../stores/guarded');
const { KIND } = require('../stores/record');

/** The guard of one supply. */
class Guard {
  /** @param {number} every one store in so many, 1 at least */
  constructor(every) {
    this.every = every;
    this.passed = 0;
    this.stores = 0;
    this.refused = 0;
  }

  /**
   * Takes a guarded store if it is the turn of one.
   *
   * @param {import('../stores/supply').Supply} supply
   * @param {number} kind of KIND
   * @param {number} size in bytes, above 0
   * @param {number} alignment as asked for; with any, none is guarded
   * @returns {ArrayBuffer|undefined} with a record; undefined: an ordinary one is to be taken
   */
  take(supply, kind, size, alignment) {
    if (alignment !== 0 || (kind !== KIND.DEDICATED && kind !== KIND.ACQUIRED)) return undefined;
    if (++this.passed % this.every !== 0) return undefined;
    const store = takeGuarded(supply, kind, size);
    if (store === undefined) this.refused++;
    else this.stores++;
    return store;
  }

  stats() {
    const { every, stores, refused } = this;
    return { state: 'on', every, stores, refused };
  }
}
isolate(Guard);

/** Has a supply guard one store in `every`. */
function guard(supply, every) {
  supply.guard = new Guard(Math.floor(every));
}

module.exports = { guard };
