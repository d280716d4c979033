'use strict';

/*
 * collector: by which a minor collection can be had, and a full one.
 *
 * The addon asks V8 for them (src/addon/collect_v8.cc). Where it cannot, it is V8's own `gc`, got hold of
 * as test tools do: the flag --expose-gc shows it to contexts that are made while it is set. That takes 2 to 10 ms
 * and a megabyte. Threads share the flag, so that it is set under a lock, for as long as it takes to make a context,
 * and never taken back from a program that set it itself. (A context made by V8 alone, with its extension of
 * that name, needs no flag; but Node.js has no environment for it, and another addon's destructors may
 * ask for one.)
 *
 * A `gc` among the globals may be the program's own: it is not used.
 */

const { binding } = require('../runtime/builtin');

/** What is called; with nothing to inherit, as it is asked for more properties than it has. */
const MINOR = { __proto__: null, type: 'minor' };

const FIND = 'typeof gc === "function" ? gc : undefined';

function findByFlag() {
  /* Loaded when it is needed. */
  const { setFlagsFromString } = require('node:v8');
  const { createContext, runInContext, runInNewContext } = require('node:vm');
  return binding.withFlagLock(() => {
    const exposed = runInNewContext(FIND);
    if (exposed !== undefined) return exposed;
    let context;
    setFlagsFromString('--expose-gc');
    try {
      context = createContext();
    } finally {
      setFlagsFromString('--no-expose-gc');
    }
    return runInContext(FIND, context);
  });
}

/** With this option, in either spelling, V8 ends a process in which a flag is set. */
const FROZEN = ['--freeze-flags-after-init', '--freeze_flags_after_init'];

function isFrozen() {
  const { execArgv } = process;
  for (let i = 0; i < execArgv.length; i++) {
    if (execArgv[i] === FROZEN[0] || execArgv[i] === FROZEN[1]) return true;
  }
  return false;
}

function findCollector() {
  if (isFrozen()) return undefined;
  if (binding.canCollect()) {
    return {
      __proto__: null,
      minor: () => binding.collect(false),
      full: () => binding.collect(true),
    };
  }
  const gc = findByFlag();
  /* Only without any argument is a collection full on every version. */
  return gc && { __proto__: null, minor: () => gc(MINOR), full: () => gc() };
}

/**
 * Gets hold of the two kinds of collection.
 *
 * @returns {{ minor(): void, full(): void }|undefined} undefined where there are none to be had
 */
function obtainCollector() {
  let collector;
  try {
    collector = findCollector();
  } catch {
    return undefined;
  }
  /* What core has from malloc(3) is freed more often then, and less at a time: what went back to the
   * system each time would be faulted in again. */
  if (collector !== undefined) binding.keepFreed();
  return collector;
}

module.exports = { obtainCollector };
