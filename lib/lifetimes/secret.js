'use strict';

/*
 * secret: buffers for keys and passwords. A secret has a guarded block of its own (src/heap/guarded.h):
 * locked into memory, out of core dumps and forks, between two pages that fault, wiped when it is
 * released, when it is collected, and when the process ends by itself. What of that the system refuses is
 * counted, and no error.
 *
 * Where there are no C stores it is the runtime's memory: wiped when it is released and when the process
 * ends, and nothing else; counted as unlocked.
 *
 * A secret ends where its page does and its store begins at a multiple of 8, so that up to 7 bytes of the
 * store may lie in front of it.
 */

const {
  ArrayBufferPrototypeGetByteLength,
  createList,
  FastBuffer,
  MAX_LENGTH,
  TypedArrayPrototypeFill,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetLength,
  TypedArrayPrototypeSet,
  WeakRef,
  WeakRefPrototypeDeref,
} = require('../runtime/builtin');
const { lastGot, takeGuarded } = require('../stores/guarded');
const { COUNTERS, KIND } = require('../stores/record');

/** What a block got of the system: src/heap/guarded.h. */
const LOCKED = 1;
const UNDUMPED = 2;
const UNFORKED = 4;

/* --- the runtime's memory ------------------------------------------------------------------------ */

/* Those that are out, weakly, and perhaps some that are no longer. */
let hosted = createList();
let pruneAt = 64;

function forEachHosted(visit) {
  const alive = createList();
  for (let i = 0; i < hosted.length; i++) {
    const store = WeakRefPrototypeDeref(hosted[i]);
    if (store === undefined || ArrayBufferPrototypeGetByteLength(store) === 0) continue;
    alive[alive.length] = hosted[i];
    visit(store);
  }
  hosted = alive;
}

/** Overwrites a store of whoever's with zeroes. */
const wipe = (store) => TypedArrayPrototypeFill(new FastBuffer(store), 0);

let isListening = false;

/** Has a store wiped when the process ends. */
function wipeAtExit(store) {
  if (!isListening) process.on('exit', () => forEachHosted(wipe));
  isListening = true;
  hosted[hosted.length] = new WeakRef(store);
  if (hosted.length < pruneAt) return;
  forEachHosted(() => {});
  pruneAt = 64 + 2 * hosted.length;
}

/* --- the function ---------------------------------------------------------------------------------- */

/** Counts what a secret got. */
function count(counters, traits) {
  counters[(traits & LOCKED) !== 0 ? COUNTERS.secretsLocked : COUNTERS.secretsUnlocked]++;
  if ((traits & UNDUMPED) === 0) counters[COUNTERS.secretsDumped]++;
  if ((traits & UNFORKED) === 0) counters[COUNTERS.secretsForked]++;
}

/**
 * Makes `allocSecret` over a supply. Loaded late, this is given what must be of the same loading as the
 * mirror: see Supply's recordOf.
 *
 * @param {import('../stores/supply').Supply} supply
 * @param {(store: ArrayBuffer, offset: number, size: number) => Buffer} show makes a buffer that `using`
 *   releases: lib/lifetimes/acquire.js
 * @param {(size: number, make: (size: number) => Buffer) => Buffer} ofSize of the same
 * @param {{ copy?: Function }} secrets of lib/stores/record.js
 */
function createAllocSecret(supply, show, ofSize, secrets) {
  const { counters, recordOf } = supply;
  secrets.copy ??= (view, length) => copySecret(recordOf, view, length);

  /** @param {number} size in bytes, from 1 to MAX_LENGTH */
  function take(size) {
    let store = size < MAX_LENGTH ? takeGuarded(supply, KIND.SECRET, size) : undefined;
    const isGuarded = store !== undefined;
    if (!isGuarded) {
      store = supply.takeHost(KIND.SECRET, size, 0, true);
      wipeAtExit(store);
    }
    count(counters, isGuarded ? lastGot() : 0);
    return show(store, recordOf(store).offset, size);
  }

  /**
   * Allocates a buffer for what must not get about, of zeroes.
   *
   * @param {number} size in bytes, 0 or more
   * @returns {Buffer} with `[Symbol.dispose]`; the caller releases it
   * @throws as Buffer.allocUnsafeSlow does for a bad size
   */
  return (size) => ofSize(size, take);
}

/**
 * A copy of a view of a secret's memory, which is a secret too, of the same supply; undefined for a view
 * of anything else, and for one that cannot be copied to so many bytes.
 *
 * @param {Uint8Array} view a typed array; each of its numbers becomes a byte
 * @param {number} length of the copy, in bytes; those that the view does not have are zero
 */
function copySecret(recordOf, view, length) {
  const record = recordOf(TypedArrayPrototypeGetBuffer(view));
  if (record === undefined || record.kind !== KIND.SECRET) return undefined;
  const count = TypedArrayPrototypeGetLength(view);
  if (count === 0 || count > length) return undefined;
  const copy = record.owner.allocSecret(length);
  TypedArrayPrototypeSet(copy, view, 0);
  return copy;
}

module.exports = { createAllocSecret };
