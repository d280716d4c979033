'use strict';

/*
 * options: what the functions of the package take beside their arguments, and checking it. Each table has a
 * row for each option: what it may be, and its default. It is loaded when the first are given.
 */

const {
  ArrayIsArray,
  NumberIsInteger,
  NumberIsSafeInteger,
  ObjectHasOwn,
  ObjectKeys,
} = require('./runtime/builtin');
const { invalidOption, invalidType } = require('./runtime/errors');
const kinds = require('./kinds');
const { SETTINGS } = require('./settings');

const { bytes, flag, oneOf, text } = kinds;

const KIB = 1024;
const MIB = 1024 * KIB;

/* --- kinds of values, beside those of kinds.js -------------------------------------------------- */

const someOf = (most) => ({
  __proto__: null,
  valid: (value) => NumberIsInteger(value) && value >= 1 && value <= most,
  must: `must be a whole number from 1 to ${most}`,
});
const powerOfTwo = (most) => ({
  __proto__: null,
  valid: (value) =>
    NumberIsInteger(value) && value >= 1 && value <= most && (value & (value - 1)) === 0,
  must: `must be a power of two, at most ${most}`,
});
const someBytes = {
  __proto__: null,
  valid: (value) => NumberIsSafeInteger(value) && value > 0,
  must: 'must be a number of bytes, 1 or more',
};

/* --- the tables ---------------------------------------------------------------------------------- */

/** The largest alignment of an acquired buffer. */
const MAX_ACQUIRE_ALIGNMENT = 2 * MIB;

const ACQUIRE = {
  __proto__: null,
  zero: { kind: flag },
  alignment: { kind: powerOfTwo(MAX_ACQUIRE_ALIGNMENT) },
};

const ARENA = {
  __proto__: null,
  name: { kind: text },
  /** Room for a request's worth of small buffers; the pool of later Node versions. */
  slabSize: { kind: someBytes, initial: () => 64 * KIB },
  maxBytes: { kind: bytes, initial: () => Infinity },
};

/** What pprof's own tools and the allocators have that it knows; more frames than programs are deep. */
const PROFILE = {
  __proto__: null,
  interval: { kind: someBytes, initial: () => 512 * KIB },
  stackDepth: { kind: someOf(256), initial: () => 16 },
};

const TAKE = {
  __proto__: null,
  format: { kind: oneOf('pprof', 'heapprofile', 'collapsed'), initial: () => 'pprof' },
};

const STATS = { __proto__: null, all: { kind: flag } };
const CENSUS = { __proto__: null, quick: { kind: flag } };

const EXPLAIN = {
  __proto__: null,
  census: {
    kind: {
      __proto__: null,
      valid: (value) => typeof value === 'boolean' || ArrayIsArray(value?.stores),
      must: 'must be true, false or what census() has returned',
    },
  },
};

const METRICS = {
  __proto__: null,
  format: { kind: oneOf('openmetrics', 'prometheus') },
  eof: { kind: flag },
};

/** Of createAllocator: those of lib/settings.js that are options. */
const ALLOCATOR = { __proto__: null };
for (const name in SETTINGS) {
  const { option, kind } = SETTINGS[name];
  if (option) ALLOCATOR[name] = { __proto__: null, kind: kinds[kind] };
}

/**
 * Checks an options object against a table.
 *
 * @param {object} table of rows with a `kind`, by name
 * @param {object} [options]
 * @returns {object} the options; the defaults of the table where it has any
 * @throws {TypeError} ERR_INVALID_ARG_TYPE or ERR_INVALID_ARG_VALUE
 */
function checkOptions(table, options) {
  const checked = { __proto__: null };
  if (options === undefined) return checked;
  if (typeof options !== 'object' || options === null) {
    throw invalidType('options', 'of type object', options);
  }
  const names = ObjectKeys(options);
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    const value = options[name];
    if (!ObjectHasOwn(table, name)) {
      const known = ObjectKeys(table).join(', ');
      throw invalidOption(name, value, `is unknown; known are ${known}`);
    }
    if (value === undefined) continue;
    const { kind } = table[name];
    if (!kind.valid(value)) throw invalidOption(name, value, kind.must);
    checked[name] = value;
  }
  return checked;
}

module.exports = {
  ACQUIRE,
  ALLOCATOR,
  ARENA,
  CENSUS,
  EXPLAIN,
  METRICS,
  PROFILE,
  STATS,
  TAKE,
  checkOptions,
};
