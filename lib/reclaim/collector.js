'use strict';

/*
 * collector: V8's own `gc`, by which a minor collection can be had, got hold of as test tools do: the
 * flag --expose-gc shows it to contexts that are made while it is set. Threads share that flag, so that
 * it is set under a lock, for as long as it takes to make a context, and never taken back from a program
 * that set it itself. (A context made by V8 alone, with its extension of that name, needs no flag; but
 * Node.js has no environment for it, and another addon's destructors may ask for one.)
 *
 * A `gc` among the globals may be the program's own: it is not used, nor is one that every object inherits, which
 * a context of an ordinary object would find first.
 */

const { binding, StringPrototypeReplace } = require('../runtime/builtin');

/** What is called; with nothing to inherit, as it is asked for more properties than it has. */
const MINOR = { __proto__: null, type: 'minor' };

const FIND = 'typeof gc === "function" ? gc : undefined';

/**
 * Sets the flag. V8 does not tell its value, but code that it caches is good for the same flags alone.
 *
 * @returns {boolean} whether it was not so before
 */
function exposeGc(exposed) {
  const changed = binding.exposeGc(exposed);
  if (changed !== undefined) return changed;
  /* The module is slow to load. */
  const { cachedDataVersionTag, setFlagsFromString } = require('node:v8');
  const before = cachedDataVersionTag();
  setFlagsFromString(exposed ? '--expose-gc' : '--no-expose-gc');
  return cachedDataVersionTag() !== before;
}

/** With one context alone: to make it takes as long as some collections, and a full one if V8 is near it. */
function findByFlag() {
  /* Loaded when it is needed. */
  const { createContext, runInContext } = require('node:vm');
  return binding.withFlagLock(() => {
    let context;
    const isOurs = exposeGc(true);
    try {
      context = createContext({ __proto__: null });
    } finally {
      if (isOurs) exposeGc(false);
    }
    return runInContext(FIND, context);
  });
}

/** With this option, for itself or for any thread, V8 ends a process that sets a flag. */
const FROZEN = /--freeze[-_]flags[-_]after[-_]init/;

/** Whether the process was given that: Linux knows, whatever this thread was given. */
function isFrozen() {
  try {
    const line = require('node:fs').readFileSync('/proc/self/cmdline', 'latin1');
    return StringPrototypeReplace(line, FROZEN, '') !== line;
  } catch {
    return false;
  }
}

/**
 * Gets hold of the two kinds of collection.
 *
 * @returns {{ minor(): void, full(): void }|undefined} undefined where there are none to be had
 * @throws whatever goes wrong with that
 */
function obtainCollector() {
  const gc = isFrozen() ? undefined : findByFlag();
  if (gc === undefined) return undefined;
  /* What core has from malloc(3) is freed more often then, and less at a time: what went back to the
   * system each time would be faulted in again. */
  binding.keepFreed();
  /* Only without any argument is a collection full on every version. */
  return { __proto__: null, minor: () => gc(MINOR), full: () => gc() };
}

module.exports = { obtainCollector };
