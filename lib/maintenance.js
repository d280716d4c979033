'use strict';

/*
 * maintenance: looking after idle memory, without a thread and without keeping
 * the process alive.
 *
 * An unreferenced timer runs only while there is something to look at: whoever
 * uses memory calls `touch`, and the timer ends when `look` has found nothing to
 * do for a few rounds.
 */

const { setInterval, clearInterval } = require('./host');

/** How often idle memory is looked at. */
const TICK_MS = 1000;
/** How many looks memory must have idled before it is given back: 2 to 3 s. */
const IDLE_TICKS = 2;
/** Rounds without work after which the timer ends. */
const QUIET_ROUNDS = IDLE_TICKS + 1;

/**
 * @param {() => boolean} look gives idle memory back; returns whether anything
 *   was used or given back since it was last called
 */
function createMaintenance(look) {
  let timer;
  let quiet = 0;

  function stop() {
    clearInterval(timer);
    timer = undefined;
  }

  function onTick() {
    quiet = look() ? 0 : quiet + 1;
    if (quiet >= QUIET_ROUNDS) stop();
  }

  function touch() {
    quiet = 0;
    if (timer !== undefined) return;
    timer = setInterval(onTick, TICK_MS);
    timer.unref?.();
  }

  return { touch, stop };
}

module.exports = { createMaintenance, IDLE_TICKS };
