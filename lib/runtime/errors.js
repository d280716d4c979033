'use strict';

/*
 * errors: those that the built-in has no occasion to throw, in its style: a
 * class by what went wrong, a `code` by which to tell it, a message that says
 * what was expected and what was found.
 */

const { defineOwn, Error, RangeError, StringPrototypeReplace, TypeError } = require('./builtin');

/** Makes an error with a code, shown in its stack as the runtime's own are. */
function makeError(Base, code, message) {
  const error = defineOwn(new Base(message), 'code', code);
  /* A program may have made something else of it: Error.prepareStackTrace. */
  if (typeof error.stack === 'string') {
    error.stack = StringPrototypeReplace(error.stack, Base.name, `${Base.name} [${code}]`);
  }
  return error;
}

/* `node:util` takes a millisecond to load, and errors are rare. */
const show = (value) =>
  require('node:util').inspect(value, { depth: 0, maxStringLength: 64, breakLength: Infinity });

/** "Received type number (5)", "Received an instance of Foo", as the runtime says it. */
function describe(value) {
  if (value == null) return `Received ${value}`;
  if (typeof value === 'function') return `Received function ${value.name}`;
  if (typeof value !== 'object') return `Received type ${typeof value} (${show(value)})`;
  const name = value.constructor?.name;
  return name ? `Received an instance of ${name}` : `Received ${show(value)}`;
}

/** An argument of the wrong type: `expected` completes "must be …". */
const invalidType = (name, expected, value) =>
  makeError(
    TypeError,
    'ERR_INVALID_ARG_TYPE',
    `The "${name}" argument must be ${expected}. ${describe(value)}`,
  );

/** An option that is unknown or whose value makes no sense. */
const invalidOption = (name, value, reason) =>
  makeError(
    TypeError,
    'ERR_INVALID_ARG_VALUE',
    `The property 'options.${name}' ${reason}. Received ${show(value)}`,
  );

/** A use of what was closed. */
const closedError = (what) =>
  makeError(
    Error,
    'ERR_BUFALLOC_CLOSED',
    `The ${what} is closed: nothing can be allocated from it`,
  );

/** A request beyond an arena's `maxBytes`. */
const arenaFull = (size, maxBytes) =>
  makeError(
    RangeError,
    'ERR_BUFALLOC_ARENA_FULL',
    `The arena's maxBytes (${maxBytes}) leaves no room for another ${size} bytes`,
  );

/** A backend that BUFALLOC_BACKEND asks for and that cannot be had. */
const backendError = (name, reason) =>
  makeError(
    Error,
    'ERR_BUFALLOC_BACKEND',
    `BUFALLOC_BACKEND=${name} cannot be had: ${reason}. Without it the best there is serves`,
  );

/** What needs V8's inspector, where that is not to be had or does not do it. */
const inspectorError = (cause) => {
  const error = makeError(
    Error,
    'ERR_BUFALLOC_INSPECTOR',
    `The runtime has no inspector that finds live objects: ${cause.message}`,
  );
  return defineOwn(error, 'cause', cause);
};

/** A profile that is asked for at the wrong time. */
const profileError = (message) => makeError(Error, 'ERR_BUFALLOC_PROFILE', message);

module.exports = {
  invalidType,
  invalidOption,
  closedError,
  arenaFull,
  backendError,
  inspectorError,
  profileError,
};
