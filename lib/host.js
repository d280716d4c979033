'use strict';

/*
 * host: the built-in `node:buffer`, and the intrinsics that the rest of lib/
 * uses, captured once when the package is loaded.
 *
 * What programs do to globals and prototypes afterwards cannot reach the
 * allocator through these: what allocates, releases or copies reads no global
 * when it is called.
 */

const types = require('node:util/types');

const buffer = require('node:buffer');
const { hrtime } = process;

const { Buffer } = buffer;
const { getPrototypeOf, getOwnPropertyDescriptor } = Reflect;
const { setPrototypeOf } = Object;

/** Turns a method into a function that takes `this` as its first argument. */
const uncurryThis = Function.prototype.bind.bind(Function.prototype.call);

const TypedArray = getPrototypeOf(Uint8Array);

const getterOf = (object, key) => uncurryThis(getOwnPropertyDescriptor(object, key).get);

/**
 * The class of ordinary Buffers: a Uint8Array with Buffer's prototype. Its
 * constructor makes a view over (arrayBuffer, byteOffset, length), or zeroed
 * memory of its own.
 */
const FastBuffer = Buffer[Symbol.species];

/**
 * Cuts a class of ours off Object.prototype, which is anybody's to change: a
 * setter there would be handed our objects as they are made.
 */
function isolate(Class) {
  setPrototypeOf(Class.prototype, null);
  return Class;
}

/** An array with nothing to inherit: to be used by index and length alone. */
const createList = () => setPrototypeOf([], null);

/** The elements from `start` on, up to `end`, as a list of their own. */
function sliceList(list, start, end) {
  const slice = createList();
  for (let i = start; i < end; i++) slice[i - start] = list[i];
  return slice;
}

/**
 * What few programs use is loaded when it is used: every file costs a tenth of a
 * millisecond of each program's start. `require` itself takes a while to find
 * what it has loaded before.
 *
 * @template T
 * @param {() => T} load
 * @returns {() => T} loads once
 */
function lazily(load) {
  let loaded;
  return () => (loaded ??= load());
}

module.exports = {
  createList,
  isolate,
  lazily,
  sliceList,
  buffer,
  Buffer,
  /* The built-in's own, whatever is put in their place later (lib/register.js). */
  hostAlloc: Buffer.alloc,
  hostAllocUnsafe: Buffer.allocUnsafe,
  hostAllocUnsafeSlow: Buffer.allocUnsafeSlow,
  hostConcat: Buffer.concat,
  hostCopyBytesFrom: Buffer.copyBytesFrom,
  hostFrom: Buffer.from,
  FastBuffer,
  FinalizationRegistry,
  registryRegister: uncurryThis(FinalizationRegistry.prototype.register),
  registryUnregister: uncurryThis(FinalizationRegistry.prototype.unregister),
  Float64Array,
  MAX_LENGTH: buffer.constants.MAX_LENGTH,
  ArrayBuffer,
  uncurryThis,
  isArray: Array.isArray,
  isView: ArrayBuffer.isView,
  bufferBytes: getterOf(ArrayBuffer.prototype, 'byteLength'),
  isInteger: Number.isInteger,
  isSafeInteger: Number.isSafeInteger,
  toPrimitive: Symbol.toPrimitive,
  max: Math.max,
  min: Math.min,
  isAnyArrayBuffer: types.isAnyArrayBuffer,
  setImmediate,
  /** Milliseconds, with fractions. */
  now() {
    const [seconds, nanoseconds] = hrtime();
    return seconds * 1e3 + nanoseconds / 1e6;
  },
  cpuUsage: process.cpuUsage,
  Map,
  mapGet: uncurryThis(Map.prototype.get),
  mapSet: uncurryThis(Map.prototype.set),
  mapDelete: uncurryThis(Map.prototype.delete),
  mapForEach: uncurryThis(Map.prototype.forEach),
  arrayFrom: Array.from,
  ceil: Math.ceil,
  defineProperty: Object.defineProperty,
  setPrototypeOf,
  Uint8Array,
  hasOwn: Object.hasOwn,
  objectKeys: Object.keys,
  setTimeout,
  clearTimeout,

  /** 'Uint8Array' and the like for a typed array, undefined for all else. */
  typedArrayName: getterOf(TypedArray.prototype, Symbol.toStringTag),
  typedArrayBuffer: getterOf(TypedArray.prototype, 'buffer'),
  typedArrayByteLength: getterOf(TypedArray.prototype, 'byteLength'),
  typedArrayByteOffset: getterOf(TypedArray.prototype, 'byteOffset'),
  typedArrayLength: getterOf(TypedArray.prototype, 'length'),
  typedArraySet: uncurryThis(TypedArray.prototype.set),
  typedArrayFill: uncurryThis(TypedArray.prototype.fill),
  bufferFill: uncurryThis(Buffer.prototype.fill),
  stringToLowerCase: uncurryThis(String.prototype.toLowerCase),
};
