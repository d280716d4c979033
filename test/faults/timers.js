'use strict';

/*
 * Timers that run when a test says so: maintenance holds on to an allocator until its rounds are
 * over, which would take seconds. To be loaded before the package.
 */

const timers = new Set();

globalThis.setTimeout = (callback) => {
  const timer = { callback, unref: () => timer };
  timers.add(timer);
  return timer;
};
globalThis.clearTimeout = (timer) => timers.delete(timer);

/** Runs those that wait; what one throws does not keep the others from running. */
function runTimers() {
  for (const timer of [...timers]) {
    timers.delete(timer);
    try {
      timer.callback();
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  }
}

module.exports = { runTimers };
