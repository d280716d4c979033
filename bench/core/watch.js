'use strict';

// A stopwatch for the main thread that leaves out the time it stood in the run queue: ready to run, while the system ran somebody
// else. On a machine shared with other work that is most of the noise, and none of it is the measured program's doing. What the
// thread waits for itself (a page fault, a collection's helpers) stays in. Linux accounts for it (`schedstat`, nanoseconds); elsewhere
// the stopwatch shows the plain time.

const { readFileSync } = require('node:fs');

const file = `/proc/self/task/${process.pid}/schedstat`;

/** Milliseconds the main thread has stood in the run queue since it began; 0 where that is not known. */
function queuedMs() {
  try {
    return Number(readFileSync(file, 'latin1').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

/**
 * Starts a stopwatch.
 * @returns {() => {ms: number, queued: number}} reads it: time without the queue, and the time in the queue, both in ms
 */
function startWatch() {
  const queuedBefore = queuedMs();
  const start = performance.now();
  return () => {
    const wall = performance.now() - start;
    const queued = Math.min(wall, queuedMs() - queuedBefore);
    return { ms: wall - queued, queued };
  };
}

module.exports = { startWatch };
