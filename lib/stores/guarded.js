'use strict';

/*
 * guarded: stores between two pages that fault (src/heap/guarded.h), beside a supply's heap: secrets
 * (lib/lifetimes/secret.js), and what is watched for native code that goes astray (lib/insight/guard.js),
 * which load this file.
 *
 * Such a store ends where its page does and begins at a multiple of 8: up to 7 bytes of it may lie in front
 * of the memory that was asked for. What has written in front of one is found by C when it is freed, and
 * told of at the next release.
 */

const { binding, Float64Array } = require('../runtime/builtin');
const { KIND } = require('./record');

/** What src/heap/guarded.h knows as ba_guarded_kind_t. */
const SECRET = 1;
const WATCHED = 2;

/** What the system gave the last one. */
const got = new Float64Array(1);

/** Damaged ones that were told of. */
let told = binding.damagedBlocks();

/** Warns if there are any that were not told of. Where that cannot be done, the counter says so all the same. */
function tellOfDamage() {
  const count = binding.damagedBlocks();
  if (count === told) return;
  told = count;
  process.emitWarning(
    'Damage: something has written in front of a guarded buffer, where no memory of its is. ' +
      'That was native code. It was found when the buffer was freed.',
    { type: 'BufallocWarning', code: 'BUFALLOC_DAMAGE' },
  );
}

/**
 * Takes a guarded store, of zeroes.
 *
 * @param {import('./supply').Supply} supply
 * @param {number} kind of KIND
 * @param {number} size in bytes, above 0
 * @returns {ArrayBuffer|undefined} with a record; undefined if there is none, and for a secret a reason
 *   counted
 */
function takeGuarded(supply, kind, size) {
  if (supply.closed) supply.refuse();
  if (!supply.isNative) return undefined;
  const isSecret = kind === KIND.SECRET;
  const pad = -size & 7;
  const store = supply.mayTake(size)
    ? binding.allocateGuarded(supply.heap, size + pad, isSecret ? SECRET : WATCHED, kind, got)
    : undefined;
  if (typeof store !== 'object') {
    if (supply.makeRoom(store)) return takeGuarded(supply, kind, size);
    return isSecret ? supply.fallBack(store, size) : undefined;
  }
  supply.tellOfDamage = tellOfDamage;
  supply.enter(store, kind, true, pad, size, undefined);
  supply.recordOf(store).isGuarded = true;
  return store;
}

/** What the system gave the last secret that was taken: see BA_GOT_LOCKED and the like. */
const lastGot = () => got[0];

module.exports = { lastGot, takeGuarded };
