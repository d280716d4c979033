'use strict';

/*
 * maintenance: looking after idle memory, without a thread and without keeping
 * the process alive.
 *
 * An unreferenced timer runs only while there is something to look at: whoever
 * uses memory calls `touch`, and `look` says when it wants to look again.
 */

const { setTimeout, clearTimeout } = require('./host');

/** How often memory is looked at that is or was just in use. */
const TICK_MS = 1000;
/** How often when all of it is held by the program, and may yet be collected. */
const SLOW_TICK_MS = 5000;
/** How many looks memory must have idled before it is given back: 1 to 3 s. */
const IDLE_TICKS = 2;

/**
 * @param {() => number} look gives idle memory back; returns in how many
 *   milliseconds to look again, 0 for not at all
 */
function createMaintenance(look) {
  let timer;
  let delay = 0;

  function schedule(ms) {
    delay = ms;
    timer = ms === 0 ? undefined : setTimeout(onTick, ms);
    timer?.unref?.();
  }

  function onTick() {
    /* Should `look` throw, `touch` begins anew. */
    stop();
    schedule(look());
  }

  function stop() {
    clearTimeout(timer);
    timer = undefined;
    delay = 0;
  }

  function touch() {
    if (delay === TICK_MS) return;
    stop();
    schedule(TICK_MS);
  }

  return { touch, stop };
}

module.exports = { createMaintenance, TICK_MS, SLOW_TICK_MS, IDLE_TICKS };
