'use strict';

/*
 * termination: being told of SIGTERM, a service's ordinary end, without changing it. While a program has
 * no listener of its own the signal ends the process without an `exit` event; so there is one of
 * ours then, which has the signal end the process after all. While the program has one, ours is not
 * there: neither it nor those who count listeners, as packages do that run at exit, see any.
 */

const { isMainThread } = require('node:worker_threads');
const { runtime } = require('../runtime/builtin');

/* A program's own in its place, as a test's, would have the signal do nothing. */
const { kill } = process;

const SIGNAL = 'SIGTERM';

/**
 * Has `callback` called before the signal ends the process. On Node.js alone: in other runtimes a listener
 * keeps the program alive.
 *
 * @param {() => void} callback
 */
function beforeTermination(callback) {
  if (!isMainThread || runtime !== 'node') return;
  let isDue = false;

  function onSignal(name, number) {
    /* Not emitted by hand, and not for someone who began to listen a moment ago. */
    if (number === undefined || process.listenerCount(SIGNAL) > 1) return;
    callback();
    process.removeListener(SIGNAL, onSignal);
    kill(process.pid, SIGNAL);
  }

  function settle() {
    isDue = false;
    const isThere = process.listeners(SIGNAL).includes(onSignal);
    const others = process.listenerCount(SIGNAL) - (isThere ? 1 : 0);
    if (others === 0 && !isThere) process.on(SIGNAL, onSignal);
    if (others > 0 && isThere) process.removeListener(SIGNAL, onSignal);
  }

  /* Not at once: the signal is heard for as long as there is a listener, and theirs is about to be. */
  function onChange(name) {
    if (name !== SIGNAL || isDue) return;
    isDue = true;
    process.nextTick(settle);
  }

  process.on('newListener', onChange);
  process.on('removeListener', onChange);
  settle();
}

module.exports = { beforeTermination };
