'use strict';

/*
 * lists: objects and arrays of ours that inherit nothing, or nothing that could be in the way.
 * Object.prototype and Array.prototype are anybody's to change: a setter there would be handed what we
 * store.
 */

const { ObjectDefineProperty, ObjectKeys, ObjectSetPrototypeOf } = require('./primordials');

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
 * What few programs use is loaded when it is used: every file costs a tenth of a millisecond of each
 * program's start. `require` itself takes a while to find what it has loaded before.
 *
 * @template T
 * @param {() => T} load
 * @returns {() => T} loads once
 */
function lazily(load) {
  let loaded;
  return () => (loaded ??= load());
}

module.exports = { assignOwn, createList, defineOwn, isolate, lazily, sliceList };
