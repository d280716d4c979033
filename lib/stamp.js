'use strict';

/*
 * stamp: what we know of an ArrayBuffer, written on it where nobody else can
 * read or forge it: a private field, added by a constructor that returns the
 * object it was given. A lookup costs a few nanoseconds, a tenth of a WeakMap's.
 */

class Given {
  constructor(object) {
    return object;
  }
}

class Stamp extends Given {
  #info;

  constructor(object, info) {
    super(object);
    this.#info = info;
  }

  static read(object) {
    return #info in object ? object.#info : undefined;
  }
}

/**
 * Writes `info` on an ArrayBuffer that has no stamp yet.
 *
 * @template T
 * @param {ArrayBuffer} store
 * @param {T} info
 */
const stamp = (store, info) => new Stamp(store, info);

/** What `stamp` wrote on it, or undefined. */
const readStamp = Stamp.read;

module.exports = { stamp, readStamp };
