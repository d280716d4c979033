'use strict';

/*
 * clock: one timer, unreferenced, which belongs to no request of the program's. On Node.js it is the
 * event loop's own, from C: it runs in no asynchronous context, keeps none alive, and is nobody's
 * fake; memory that another thread frees while it stands still starts it. Elsewhere it is the
 * runtime's timer, and does not stand still for longer than POLL_MS.
 */

const { clearTimeout, runtime, setTimeout } = require('../runtime/builtin');
const binding = require('../runtime/binding');

const POLL_MS = 5000;

/**
 * @param {() => number} onTime what it is for; returns in how many milliseconds to come again, 0 to
 *   stand still
 * @returns {{ start(ms: number): void }} has it come in that time
 */
function createClock(onTime) {
  if (runtime === 'node' && binding.openClock(onTime))
    return { __proto__: null, start: binding.startClock };
  let timer;
  function start(ms) {
    clearTimeout(timer);
    timer = setTimeout(run, ms);
    timer.unref?.();
  }
  const run = () => start(onTime() || POLL_MS);
  return { __proto__: null, start };
}

module.exports = { createClock };
