'use strict';

/*
 * profile-file: BUFALLOC_PROFILE=FILE, a profile from the start that is written when the environment ends, and on SIGUSR2
 * where the program itself has no handler of that. The end of the name tells the format; `%p` in it is the
 * process's number; a worker's file has its thread's before the end.
 *
 * What cannot be written is a line on stderr, and nothing more.
 */

const { writeFileSync } = require('node:fs');
const path = require('node:path');
const { isMainThread, threadId } = require('node:worker_threads');
const { formatOf } = require('./formats');
const profile = require('./profile');
const { print } = require('./stderr');

const SIGNAL = 'SIGUSR2';

/** A file's whole path: the program may change its folder until then. */
function resolve(file) {
  try {
    return path.resolve(file);
  } catch {
    /* The folder is no longer there. */
    return file;
  }
}

/** The name of this environment's file. */
function nameFile(given) {
  const file = resolve(given.replaceAll('%p', String(process.pid)));
  if (isMainThread) return file;
  const { dir, base } = path.parse(file);
  /* A name may begin with a dot, and may end in two parts. */
  const dot = base.indexOf('.', 1);
  const stem = dot < 0 ? base : base.slice(0, dot);
  return path.join(dir, `${stem}-${threadId}${base.slice(stem.length)}`);
}

/** Writes what was sampled, unless the program has ended that. */
function write(file) {
  try {
    if (profile.getProfiler() === undefined) return;
    writeFileSync(file, profile.take({ format: formatOf(file) }));
  } catch ({ message }) {
    print(`(bufalloc) BUFALLOC_PROFILE: ${message}\n`);
  }
}

/**
 * Has the file written on each signal, until the program has a handler of its own: that of some ends, too, when it
 * sends itself the signal a second time.
 */
function onSignal(file) {
  const handle = () => {
    if (process.listenerCount(SIGNAL) === 1) write(file);
  };
  function onListener(name) {
    if (name !== SIGNAL) return;
    process.removeListener('newListener', onListener);
    /* Not at once: the signal is heard for as long as there is a listener, and theirs is about to be. */
    process.nextTick(() => process.removeListener(SIGNAL, handle));
  }
  if (process.listenerCount(SIGNAL) > 0) return;
  try {
    process.on(SIGNAL, handle);
    process.on('newListener', onListener);
  } catch {
    /* Not every platform has it. */
  }
}

/**
 * @param {object} events lib/insight/events.js
 * @param {string} given the variable's value
 */
function profileToFile(events, given) {
  const file = nameFile(given);
  profile.start(events);
  process.on('exit', () => write(file));
  if (isMainThread) onSignal(file);
}

module.exports = { profileToFile };
