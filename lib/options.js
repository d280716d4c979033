'use strict';

/*
 * options: what the functions that take an options object accept. An unknown
 * name or a bad value throws, naming the option.
 */

const { invalidOption, invalidType } = require('./errors');
const { hasOwn, isInteger, isSafeInteger, objectKeys } = require('./host');

const isBytes = (value) => value === Infinity || (isSafeInteger(value) && value >= 0);
const isPowerOfTwo = (value) => isInteger(value) && value >= 1 && (value & (value - 1)) === 0;

/** The largest alignment of an acquired buffer. */
const MAX_ACQUIRE_ALIGNMENT = 2 * 1024 * 1024;

const bytes = { valid: isBytes, must: 'must be a number of bytes, 0 or more' };
const flag = { valid: (value) => typeof value === 'boolean', must: 'must be true or false' };
const slabSize = {
  valid: (value) => isSafeInteger(value) && value > 0,
  must: 'must be a number of bytes, 1 or more',
};

const ACQUIRE = {
  zero: flag,
  alignment: {
    valid: (value) => isPowerOfTwo(value) && value <= MAX_ACQUIRE_ALIGNMENT,
    must: `must be a power of two, at most ${MAX_ACQUIRE_ALIGNMENT}`,
  },
};

const ALLOCATOR = {
  name: { valid: (value) => typeof value === 'string', must: 'must be a string' },
  poolSize: bytes,
  nativeMin: bytes,
  maxBytes: bytes,
  maxCachedBytes: bytes,
  maxWarmBytes: bytes,
  maxBytesPerTurn: bytes,
  zeroOnRelease: flag,
  pacing: flag,
  debug: flag,
};

const ARENA = {
  slabSize,
  maxBytes: bytes,
  keepBytes: bytes,
};

/**
 * Checks an options object against a table.
 *
 * @param {object} table of { valid, must }, by name
 * @param {object} [options]
 * @returns {object} the options; an empty object for undefined
 * @throws {TypeError} ERR_INVALID_ARG_TYPE or ERR_INVALID_ARG_VALUE
 */
function checkOptions(table, options) {
  if (options === undefined) return { __proto__: null };
  if (typeof options !== 'object' || options === null) {
    throw invalidType('options', 'of type object', options);
  }
  const checked = { __proto__: null };
  const names = objectKeys(options);
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    const value = options[name];
    if (!hasOwn(table, name)) {
      const known = objectKeys(table).join(', ');
      throw invalidOption(name, value, `is unknown; known are ${known}`);
    }
    if (value === undefined) continue;
    if (!table[name].valid(value)) throw invalidOption(name, value, table[name].must);
    checked[name] = value;
  }
  return checked;
}

module.exports = { ACQUIRE, ALLOCATOR, ARENA, checkOptions };
