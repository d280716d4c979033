'use strict';

/*
 * record: what is known of a store, an ArrayBuffer that memory was cut from C or had from the runtime
 * for. Every store has one: slabs, dedicated and acquired buffers' own, an arena's.
 *
 * It is written on the ArrayBuffer where nobody else can read or forge it: in a private field, added
 * by a constructor that returns the object it was given. A look-up costs a few nanoseconds, a tenth
 * of a WeakMap's.
 *
 * Stores are counted by their kind. What a supply counts is listed here, too: doubles in memory of
 * their own, as numbers in fields would be allocated anew past 2^31.
 *
 * KIND, COUNTERS and secrets inherit from Object.prototype on purpose: the engine takes a field of such a literal for
 * a constant, and has to search one that inherits nothing. They are looked up by names that are theirs.
 */

const { Float64Array, isolate, ObjectKeys } = require('../runtime/builtin');

/**
 * What a store is for; first what any Buffer may be in, then what is asked for to be released. Their
 * order is that of the counters, too.
 */
const KIND = { SLAB: 0, DEDICATED: 1, ACQUIRED: 2, ARENA: 3, SECRET: 4 };
const KIND_NAMES = ['slab', 'dedicated', 'acquired', 'arena', 'secret'];

/** Places of the counters, behind those of stores and bytes, in pairs in the order of KIND. */
const COUNTERS = {
  /** What the runtime served, for whatever purpose. */
  hostCount: 10,
  hostBytes: 11,
  /** Why the runtime had to: see Supply's fallBack. */
  budget: 12,
  turn: 13,
  memory: 14,
  unsupported: 15,
  acquired: 16,
  released: 17,
  /** Secrets, and those without a part of what they should have. */
  secretsLocked: 18,
  secretsUnlocked: 19,
  secretsDumped: 20,
  secretsForked: 21,
};

const createCounters = () => new Float64Array(2 * KIND_NAMES.length + ObjectKeys(COUNTERS).length);

class Record {
  constructor(owner, kind, isNative, offset, length, watch) {
    /** The supply that it came from. */
    this.owner = owner;
    this.kind = kind;
    /** Whether it is a block of the C heap, and not the runtime's memory. */
    this.isNative = isNative;
    /** Where in it the memory begins that was asked for: not at 0 where the runtime had to align. */
    this.offset = offset;
    /** Bytes of the memory in use, from there on; 0 if it was returned. */
    this.length = length;
    /** By which to let it go, if it is the runtime's and watched: see memory.js. */
    this.watch = watch;
    /** Whether it lies between pages that fault: see guarded.js. */
    this.isGuarded = false;
    /** Whether an addon has ever pinned it, and the binding is to be asked before it is taken back. */
    this.wasPinned = false;
    /** Where in the program it was asked for, and its sample, if anyone wants to know. */
    this.site = undefined;
    this.sample = undefined;
  }
}
isolate(Record);

class Given {
  constructor(object) {
    return object;
  }
}

class Stamp extends Given {
  #record;

  constructor(store, record) {
    super(store);
    this.#record = record;
  }

  static read(store) {
    return #record in store ? store.#record : undefined;
  }
}

/**
 * Writes a record on an ArrayBuffer that has none yet.
 *
 * @param {ArrayBuffer} store
 * @param {Record} record
 */
const stamp = (store, record) => new Stamp(store, record);

/** The record of an ArrayBuffer; undefined for one that is no store of ours. */
const recordOf = Stamp.read;

/**
 * What a copy of a secret is: `copy` takes a typed array and its length, and gives undefined for what shows no secret.
 * There is none before the first secret (lib/lifetimes/secret.js), so that nobody looks in vain.
 */
const secrets = { copy: undefined };

module.exports = { COUNTERS, KIND, KIND_NAMES, Record, createCounters, recordOf, secrets, stamp };
