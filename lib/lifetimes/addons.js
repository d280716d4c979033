'use strict';

/*
 * addons: what other addons' calls of the C API (include/bufalloc.h) have to do with JavaScript's objects.
 * The rest is in src/addon/capi.c, which calls these functions. The module's own supply serves them.
 */

const {
  builtinAllocUnsafeSlow,
  FastBuffer,
  MAX_LENGTH,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetSymbolToStringTag,
} = require('../runtime/builtin');
const { KIND } = require('../stores/record');

/** What src/addon/capi.c knows as ba_capi_find_t. */
const FIND = { __proto__: null, NO_BUFFER: -1, OTHER: 0, BLOCK: 1 };

/**
 * Makes the functions that capi.c calls.
 *
 * @param {import('../stores/supply').Supply} supply
 */
function createCalls(supply) {
  /** A Buffer over a block that was given. */
  const show = (store, size) => new FastBuffer(supply.adopt(store, size), 0, size);

  /** A Buffer with memory of its own, which `release` takes back however small it is. */
  function make(size, zero) {
    supply.lookAfter();
    if (size === 0) return new FastBuffer(0);
    /* The built-in's error. */
    if (size > MAX_LENGTH) return builtinAllocUnsafeSlow(size);
    return new FastBuffer(supply.take(KIND.DEDICATED, size, 0, zero), 0, size);
  }

  /** What is known of a Buffer's memory, which is then pinned. */
  function find(value) {
    if (TypedArrayPrototypeGetSymbolToStringTag(value) !== 'Uint8Array') return FIND.NO_BUFFER;
    const record = supply.recordOf(TypedArrayPrototypeGetBuffer(value));
    if (record !== undefined) record.wasPinned = true;
    if (record?.isNative) return FIND.BLOCK;
    /* What holds it may end on another thread: the clock has to be there to be woken. */
    supply.lookAfter();
    return FIND.OTHER;
  }

  return { __proto__: null, show, make, find };
}

module.exports = { createCalls };
