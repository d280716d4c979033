'use strict';

/*
 * collector: V8's own `gc`, by which a minor collection can be had. It comes from a fresh context that
 * has V8's extension of that name; where that cannot be made, as test tools get hold of it: the flag
 * --expose-gc shows it to contexts made while it is set. Threads share that flag, so that it is set
 * under a lock, for as short as can be, and never taken back from a program that set it itself.
 *
 * A `gc` among the globals may be the program's own: it is not used.
 */

const binding = require('../stores/binding');

/** What is called; with nothing to inherit, as it is asked for more properties than it has. */
const MINOR = { __proto__: null, type: 'minor' };

const FIND = 'typeof gc === "function" ? gc : undefined';

function findByFlag() {
  /* Loaded when they are needed: most of the time of a require is theirs. */
  const v8 = require('node:v8');
  const { runInNewContext } = require('node:vm');
  return binding.withFlagLock(() => {
    const exposed = runInNewContext(FIND);
    if (exposed !== undefined) return exposed;
    v8.setFlagsFromString('--expose-gc');
    try {
      return runInNewContext(FIND);
    } finally {
      v8.setFlagsFromString('--no-expose-gc');
    }
  });
}

/** @returns {Function|undefined} undefined where the runtime has none */
function findCollector() {
  try {
    return binding.obtainCollector?.() ?? findByFlag();
  } catch {
    return undefined;
  }
}

/**
 * Gets hold of the two kinds of collection.
 *
 * @returns {{ minor(): void, full(): void }|undefined} undefined where there are none to be had
 */
function obtainCollector() {
  const gc = findCollector();
  if (gc === undefined) return undefined;
  /* Only without any argument is a collection full on every version. */
  return { __proto__: null, minor: () => gc(MINOR), full: () => gc() };
}

module.exports = { obtainCollector };
