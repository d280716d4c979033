'use strict';

/*
 * primordials: the intrinsics that the rest of lib/ uses, under the names that Node.js has for them,
 * captured once when the package is loaded.
 *
 * A name is made by rule: `TypedArrayPrototypeGetLength` is the getter `length` of
 * %TypedArray%.prototype, `TypedArrayPrototypeSet` the method `set`, both taking `this` as
 * their first argument. What programs do to globals and prototypes afterwards does not reach them.
 *
 * Below them is what makes objects and arrays of ours that inherit nothing, or nothing that could be in
 * the way. Object.prototype and Array.prototype are anybody's to change: a setter there would be
 * handed what we store.
 */

const { getOwnPropertyDescriptor } = Object;
const TypedArray = Object.getPrototypeOf(Uint8Array);

/** Turns a method into a function that takes `this` as its first argument. */
const uncurryThis = Function.prototype.bind.bind(Function.prototype.call);

const property = (object, key) => ({
  __proto__: null,
  ...getOwnPropertyDescriptor(object, key),
});

const getter = (object, key) => uncurryThis(getOwnPropertyDescriptor(object, key).get);

const primordials = {
  uncurryThis,

  ArrayBuffer,
  ArrayBufferIsView: ArrayBuffer.isView,
  ArrayBufferPrototypeGetByteLength: getter(ArrayBuffer.prototype, 'byteLength'),
  ArrayBufferPrototypeGetResizable: getter(ArrayBuffer.prototype, 'resizable'),
  /** Undefined where the runtime has none: Node.js 20. */
  ArrayBufferPrototypeTransfer:
    ArrayBuffer.prototype.transfer && uncurryThis(ArrayBuffer.prototype.transfer),
  ArrayFrom: Array.from,
  ArrayIsArray: Array.isArray,
  DataViewPrototype: DataView.prototype,
  DataViewPrototypeGetBuffer: getter(DataView.prototype, 'buffer'),
  DataViewPrototypeGetByteLength: getter(DataView.prototype, 'byteLength'),
  DataViewPrototypeGetByteOffset: getter(DataView.prototype, 'byteOffset'),
  Error,
  ErrorCaptureStackTrace: Error.captureStackTrace,
  FinalizationRegistry,
  FinalizationRegistryPrototypeRegister: uncurryThis(FinalizationRegistry.prototype.register),
  FinalizationRegistryPrototypeUnregister: uncurryThis(FinalizationRegistry.prototype.unregister),
  Float64Array,
  Map,
  MapPrototypeGet: uncurryThis(Map.prototype.get),
  MapPrototypeSet: uncurryThis(Map.prototype.set),
  MathCeil: Math.ceil,
  MathExpm1: Math.expm1,
  MathLog: Math.log,
  MathMax: Math.max,
  MathMin: Math.min,
  MathRound: Math.round,
  NumberIsInteger: Number.isInteger,
  NumberIsSafeInteger: Number.isSafeInteger,

  ObjectDefineProperty: Object.defineProperty,
  ObjectGetOwnPropertyDescriptor: getOwnPropertyDescriptor,
  ObjectGetPrototypeOf: Object.getPrototypeOf,
  ObjectHasOwn: Object.hasOwn,
  ObjectKeys: Object.keys,
  ObjectSetPrototypeOf: Object.setPrototypeOf,
  RangeError,
  /** Undefined where there is none: in windows of Electron. */
  SharedArrayBufferPrototypeGetByteLength:
    globalThis.SharedArrayBuffer && getter(SharedArrayBuffer.prototype, 'byteLength'),
  StringPrototypeCharCodeAt: uncurryThis(String.prototype.charCodeAt),
  StringPrototypeReplace: uncurryThis(String.prototype.replace),
  StringPrototypeStartsWith: uncurryThis(String.prototype.startsWith),
  StringPrototypeToLowerCase: uncurryThis(String.prototype.toLowerCase),
  /** Not the language's; undefined where a test environment hides it. */
  StructuredClone: globalThis.structuredClone,
  SymbolSpecies: Symbol.species,
  SymbolToPrimitive: Symbol.toPrimitive,
  TypeError,
  TypedArrayPrototypeFill: uncurryThis(TypedArray.prototype.fill),
  TypedArrayPrototypeGetBuffer: getter(TypedArray.prototype, 'buffer'),
  TypedArrayPrototypeGetByteLength: getter(TypedArray.prototype, 'byteLength'),
  TypedArrayPrototypeGetByteOffset: getter(TypedArray.prototype, 'byteOffset'),
  TypedArrayPrototypeGetLength: getter(TypedArray.prototype, 'length'),
  /** 'Uint8Array' and the like for a typed array, undefined for all else. */
  TypedArrayPrototypeGetSymbolToStringTag: getter(TypedArray.prototype, Symbol.toStringTag),
  /* The properties themselves, for other objects to have. */
  TypedArrayPrototypeByteLength: property(TypedArray.prototype, 'byteLength'),
  TypedArrayPrototypeLength: property(TypedArray.prototype, 'length'),
  TypedArrayPrototypeSet: uncurryThis(TypedArray.prototype.set),
  Uint8Array,
  WeakRef,
  WeakRefPrototypeDeref: uncurryThis(WeakRef.prototype.deref),
};

/* --- what inherits nothing ------------------------------------------------------------------------ */

const { ObjectDefineProperty, ObjectKeys, ObjectSetPrototypeOf } = primordials;

/** Cuts a class of ours off Object.prototype. */
function isolate(Class) {
  ObjectSetPrototypeOf(Class.prototype, null);
  return Class;
}

/** Gives an object that inherits from Object.prototype a property, whatever that has of the name. */
const defineOwn = (object, name, value) =>
  ObjectDefineProperty(object, name, {
    __proto__: null,
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });

/** The same for all properties of `source`. */
function assignOwn(object, source) {
  const names = ObjectKeys(source);
  for (let i = 0; i < names.length; i++) defineOwn(object, names[i], source[names[i]]);
}

/** An array with nothing to inherit: to be used by index and length alone. */
const createList = () => ObjectSetPrototypeOf([], null);

/** The elements from `start` on, up to `end`, as a list of their own. */
function sliceList(list, start, end) {
  const slice = createList();
  for (let i = start; i < end; i++) slice[i - start] = list[i];
  return slice;
}

/**
 * What few programs use is loaded when it is used: every file costs up to a quarter of a millisecond of
 * each program's start. `require` itself takes a while to find what it has loaded before.
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
  __proto__: primordials,
  assignOwn,
  createList,
  defineOwn,
  isolate,
  lazily,
  sliceList,
};
