'use strict';

/*
 * concat: one buffer out of many, written straight into its final place.
 *
 * The list is the caller's: a getter or a proxy in it may run code between any
 * two steps. The result is therefore measured by what was really copied, and
 * what is left of it is cleared, so that old memory never shows.
 */

const {
  ArrayBufferPrototypeGetResizable,
  ArrayIsArray,
  builtinConcat,
  bytesOf,
  FastBuffer,
  isNodeBuffer,
  isSharedArrayBuffer,
  MathMin,
  MAX_LENGTH,
  NumberIsInteger,
  runtimeMajor,
  TypedArrayPrototypeFill,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetSymbolToStringTag,
  TypedArrayPrototypeSet,
} = require('../runtime/builtin');

/** From Node.js 26 on, what comes behind a part that was cut off is not looked at; Bun and Deno look at all. */
const STOPS_WHEN_CUT = runtimeMajor >= 26 && isNodeBuffer;

/** From Node.js 24 on, the parts are looked at before memory is asked for, and not believed about their length. */
const LOOKS_FIRST = runtimeMajor >= 24;

/** Lists up to this length are tried as small parts first. */
const SMALL_LIST = 8;
/** Up to so many bytes, a part is copied by a loop: the typed array's own `set` takes longer to begin. */
const LOOP_BYTES = 6;

/** What parts are copied to that are looked at alone. */
const NOTHING = new FastBuffer();

/**
 * What the elements say that they hold: a property, the cheapest there is to read,
 * which a program may have changed. The copy tells the truth.
 *
 * @returns {number} NaN if one of them says nothing of use
 */
function claimedLength(list) {
  let total = 0;
  try {
    for (let i = 0; i < list.length; i++) total += list[i].length;
  } catch {
    /* Nothing at all, or a property that throws: some versions do without it. */
    return NaN;
  }
  return total;
}

/**
 * The bytes of a Uint8Array, whatever it says itself. Once an element has been read, which runs no code, the
 * engine knows what it has before it, and sees through the getter.
 */
function sizeOf(item) {
  void item[0];
  return TypedArrayPrototypeGetByteLength(item);
}

/**
 * Whether an item that says it is empty may be so because its memory is gone: detached, or shrunk
 * below it. What becomes of such a one is the running version's affair.
 */
function mayBeGone(item) {
  const store = TypedArrayPrototypeGetBuffer(item);
  try {
    /* A shared one goes nowhere; a view can't be made of what is detached. */
    return (
      (!isSharedArrayBuffer(store) && ArrayBufferPrototypeGetResizable(store)) ||
      !new FastBuffer(store, 0, 0)
    );
  } catch {
    return true;
  }
}

/** Copies a whole part to where it fits. Its size is its own: reading its bytes runs no code. */
function copyPart(target, item, size, offset) {
  if (size > LOOP_BYTES) TypedArrayPrototypeSet(target, item, offset);
  else for (let i = 0; i < size; i++) target[offset + i] = item[i];
}

/**
 * Copies the elements one after the other, as many bytes as fit.
 *
 * @returns {number} the bytes of all elements; -1 if one of them is no Uint8Array, or may have lost
 *   its memory
 */
function copyAll(list, target, length) {
  let offset = 0;
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (TypedArrayPrototypeGetSymbolToStringTag(item) !== 'Uint8Array') return -1;
    const size = sizeOf(item);
    const rest = length - offset;
    if (size === 0) {
      if (!(STOPS_WHEN_CUT && rest < 0) && mayBeGone(item)) return -1;
      continue;
    }
    if (size <= rest) copyPart(target, item, size, offset);
    else if (rest > 0) TypedArrayPrototypeSet(target, bytesOf(item, 0, rest), offset);
    offset += size;
  }
  return offset;
}

/**
 * Makes `concat`.
 *
 * @param {import('./slab').Slab} slab
 * @param {(size: number) => Buffer} allocate for any integer above 0
 * @param {import('./mirror').Provider} provider
 */
function createConcat(slab, allocate, provider) {
  /** Leaves nothing of parts that were copied for nothing, up to `end`; but in what was cut meanwhile. */
  function clear(bytes, end) {
    const isThere = TypedArrayPrototypeGetBuffer(bytes) === slab.store && end <= bytes.length;
    if (isThere && slab.offset < end) TypedArrayPrototypeFill(bytes, 0, slab.offset, end);
  }

  /**
   * Small parts, copied behind what the slab has handed out, in one pass. What is unusual is left to
   * the other way: a part that is empty or no Uint8Array, code that takes of the slab meanwhile.
   *
   * @returns {Buffer|undefined}
   */
  function concatSmall(list) {
    const { limit, bytes, offset } = slab;
    const end = offset + limit - 1;
    let at = offset;
    try {
      for (let i = 0; i < list.length; i++) {
        const item = list[i];
        if (TypedArrayPrototypeGetSymbolToStringTag(item) !== 'Uint8Array') return clear(bytes, at);
        const size = sizeOf(item);
        if (size === 0 || size > MathMin(end, bytes.length) - at) return clear(bytes, at);
        if (slab.offset !== offset || slab.bytes !== bytes) return clear(bytes, at);
        copyPart(bytes, item, size, at);
        at += size;
      }
    } catch (error) {
      clear(bytes, at);
      throw error;
    }
    /* The list may have run code when it was asked for its length, too. */
    if (slab.offset !== offset || slab.bytes !== bytes || at > bytes.length)
      return clear(bytes, at);
    return slab.allocate(at - offset);
  }

  const byBuiltin = (list, length) => provider.admit(builtinConcat(list, length));

  /** What becomes of a list that there is no memory for: where a part is wrong, the version may say that first. */
  function withoutMemory(list, length, size, error) {
    if (!LOOKS_FIRST) throw error;
    const held = copyAll(list, NOTHING, 0);
    if (held >= 0 && (length !== undefined || held === size)) throw error;
    return byBuiltin(list, length);
  }

  return function concat(list, length) {
    if (!ArrayIsArray(list) || list.length === 0) return builtinConcat(list, length);
    if (length === undefined && list.length <= SMALL_LIST) {
      const small = concatSmall(list);
      if (small !== undefined) return small;
    }
    const size = length === undefined ? claimedLength(list) : length;
    if (!NumberIsInteger(size) || size <= 0 || size > MAX_LENGTH) return byBuiltin(list, length);
    let target;
    try {
      target = allocate(size);
    } catch (error) {
      return withoutMemory(list, length, size, error);
    }
    const copied = copyAll(list, target, size);
    if (copied < 0) return byBuiltin(list, length);
    if (length === undefined) return copied === size ? target : concat(list, copied);
    if (copied < size) TypedArrayPrototypeFill(target, 0, copied, size);
    return target;
  };
}

module.exports = { createConcat };
