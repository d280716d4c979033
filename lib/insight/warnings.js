'use strict';

/*
 * warnings: how the debugging mode says what it found: as process warnings, on stderr when the process
 * ends; and the places in the program that it names.
 */

const path = require('node:path');
const {
  binding,
  Error,
  ErrorCaptureStackTrace,
  ObjectGetOwnPropertyDescriptor,
} = require('../runtime/builtin');
const { print } = require('./stderr');

/* In whose frames nobody is interested: ours. */
const { home } = binding.origin;
const OWN_FOLDER = path.join(home, 'lib') + path.sep;
const OWN_BUNDLE = path.join(home, 'dist') + path.sep;

/** How many frames of ours there are at most between the program and what is told of. */
const OWN_FRAMES = 12;

const isOwn = (line) => line.includes(OWN_FOLDER) || line.includes(OWN_BUNDLE);

/**
 * A stack in which there is room for ours beside the `limit` frames that the program wants of its own, if that can
 * be had. The limit is not read where that would run code of the program, which may lead here again.
 */
function readStack(from, { value: limit, writable }) {
  const mayRaise = typeof limit === 'number' && writable;
  try {
    if (mayRaise) Error.stackTraceLimit = limit + OWN_FRAMES;
    const place = { __proto__: null, stack: undefined };
    ErrorCaptureStackTrace(place, from);
    /* Formatting is the program's to change: Error.prepareStackTrace. */
    return String(place.stack);
  } finally {
    if (mayRaise) Error.stackTraceLimit = limit;
  }
}

/**
 * Where the program is: its own frames, indented; ours say nothing of use. They are formatted at once,
 * as frames hold what their functions and receivers hold.
 *
 * @param {Function} from which of ours is the outermost one that is known: there are only so many frames
 */
function capture(from) {
  try {
    const limit = ObjectGetOwnPropertyDescriptor(Error, 'stackTraceLimit') ?? {};
    const lines = readStack(from, limit).split('\n').slice(1);
    const all = lines.filter((line) => !isOwn(line)).map((line) => line.trim());
    const frames = all.slice(0, limit.value);
    if (frames.length > 0) return frames.map((frame) => `    ${frame}`).join('\n');
  } catch {
    /* It is not to be had. */
  }
  return '    (unknown)';
}

/** The innermost of a place's frames: those around it differ from one call to the next. */
const innermost = (place) => place.split('\n', 1)[0];

/* Reports that are to be shown in the next tick. */
const pending = new Set();

function warn(message, code, detail) {
  const report = { message, code, detail };
  pending.add(report);
  try {
    process.emitWarning(message, { type: 'BufallocWarning', code, detail });
    process.nextTick(() => pending.delete(report));
  } catch {
    /* It is printed at exit. */
  }
}

/* When the process ends there is no next tick. */
const printReport = (message, code, detail) =>
  print(`(bufalloc) [${code}] BufallocWarning: ${message}\n${detail}\n`);

/** Prints what there was no tick for. */
function printPending() {
  for (const { message, code, detail } of pending) printReport(message, code, detail);
}

module.exports = { capture, innermost, printPending, printReport, warn };
