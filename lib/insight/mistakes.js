'use strict';

/*
 * mistakes: releases that come too early or do nothing, and uses of what was released, as the debugging
 * mode finds them: a store is in use from the call of core's that was given it to that call's end (uses.js).
 */

const {
  createList,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetLength,
} = require('../runtime/builtin');
const { KIND } = require('../stores/record');
const { capture, innermost, warn } = require('./warnings');

const IN_USE = 'BUFALLOC_RELEASE_IN_USE';
const AFTER = 'BUFALLOC_USE_AFTER_RELEASE';
const REFUSED = 'BUFALLOC_RELEASE_REFUSED';

const UNKNOWN = '    (unknown)';

const isPending = (use) => !use.hasEnded && use.isOver?.() !== true;

/** From how many uses of a store on those that have ended are looked for. */
const MANY = 16;

/** Adds a use to those of a store; what has ended goes when they have doubled. */
function addUse(site, use) {
  if (site.uses === undefined || site.uses.length >= site.manyUses) {
    const pending = createList();
    for (let i = 0; i < (site.uses?.length ?? 0); i++) {
      if (isPending(site.uses[i])) pending[pending.length] = site.uses[i];
    }
    site.uses = pending;
    site.manyUses = 2 * pending.length + MANY;
  }
  site.uses[site.uses.length] = use;
}

/** Why a release did nothing; undefined where there was nothing to do. */
function reasonOf(buffer, record) {
  const length = TypedArrayPrototypeGetLength(buffer);
  if (record === undefined) return length === 0 ? undefined : "its memory is not bufalloc's";
  if (record.length === 0) return 'it was released before';
  if (length === 0) return 'its memory was moved elsewhere';
  if (record.kind === KIND.SLAB) return 'it is a piece of a slab, which others share';
  if (record.kind === KIND.ARENA) return "it is an arena's, whose reset() takes it back";
  if (record.length !== length || record.offset !== TypedArrayPrototypeGetByteOffset(buffer)) {
    return 'it is a part of a buffer';
  }
  return record.wasPinned ? 'an addon has pinned it' : 'it is marked as untransferable';
}

/**
 * What one debugger knows of mistakes.
 *
 * @param {(code: string, place: string) => boolean} isKnown whether that was reported before; counts it
 */
function createMistakes(isKnown) {
  const counts = { __proto__: null, releasesInUse: 0, usesAfterRelease: 0, refusedReleases: 0 };

  /** Core was given a store: returns what is to be told when it is done with it. */
  function onUse(record, name, wrapper, isOver) {
    const { site } = record;
    if (record.length === 0) return onUseAfter(site, name, wrapper);
    if (site === undefined) return undefined;
    const use = { __proto__: null, name, place: capture(wrapper), isOver, hasEnded: false };
    addUse(site, use);
    return use;
  }

  function onUseAfter(site, name, wrapper) {
    counts.usesAfterRelease++;
    const place = capture(wrapper);
    if (isKnown(AFTER, innermost(place))) return undefined;
    warn(
      `Use after release: ${name} was given a buffer that had been released. It is empty.`,
      AFTER,
      `Given:\n${place}\nReleased:\n${site?.released ?? UNKNOWN}`,
    );
    return undefined;
  }

  /** A store was released, or reset, or closed. */
  function onRelease({ site }, released) {
    if (site === undefined) return;
    site.released = released;
    const uses = site.uses ?? createList();
    site.uses = undefined;
    for (let i = 0; i < uses.length; i++) {
      if (isPending(uses[i])) onReleaseInUse(uses[i], site, released);
      uses[i].hasEnded = true;
    }
  }

  function onReleaseInUse({ name, place }, site, released) {
    counts.releasesInUse++;
    if (isKnown(IN_USE, `${innermost(place)}\n${innermost(released)}`)) return;
    warn(
      `Release in use: a buffer was released while ${name} still had it. What that reads from now on is ` +
        "nothing, or the next owner's; what it writes is in the next owner's memory. Release it in the callback.",
      IN_USE,
      `Allocated:\n${site.place}\nGiven to ${name}:\n${place}\nReleased:\n${released}`,
    );
  }

  /** release() returned false. */
  function onRefusal(buffer, record) {
    const reason = reasonOf(buffer, record);
    if (reason === undefined) return;
    counts.refusedReleases++;
    const place = capture(onRefusal);
    if (isKnown(REFUSED, innermost(place))) return;
    const before =
      record?.length === 0 ? `\nReleased before:\n${record.site?.released ?? UNKNOWN}` : '';
    warn(`Release refused: ${reason}.`, REFUSED, `Released:\n${place}${before}`);
  }

  return { __proto__: null, counts, onUse, onRelease, onRefusal };
}

module.exports = { createMistakes };
