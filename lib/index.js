'use strict';

/*
 * bufalloc: everything that `node:buffer` exports, with a `Buffer` whose memory comes from our own
 * heap, and the functions that show and steer it.
 */

const {
  createAllocator,
  createFunctions,
  defaultSupply,
  insight,
  openCapi,
  settings,
} = require('./allocator');
const { binding, Buffer: BuiltinBuffer, buffer, defineOwn, lazily } = require('./runtime/builtin');

const { create, defineProperties, entries, getOwnPropertyDescriptor, setPrototypeOf } = Object;

const method = (value) => ({ value, writable: true, enumerable: true, configurable: true });

/**
 * The built-in's properties, as its own that can be changed: those of a frozen one are no longer. Of what is in
 * `late` the descriptor is that.
 */
function copyDescriptors(object, late = { __proto__: null }) {
  const descriptors = { __proto__: null };
  for (const name of Reflect.ownKeys(object)) {
    const descriptor = late[name] ?? getOwnPropertyDescriptor(object, name);
    descriptors[name] = descriptor;
    if (name === 'prototype') continue;
    descriptor.configurable = true;
    if ('value' in descriptor) descriptor.writable = true;
  }
  return descriptors;
}

/**
 * A class that the runtime loads, in 0.2 ms or more, when it or its descriptor is first read. So it is here; what is
 * assigned is a property of the object in question, the module or an heir.
 */
const FILE = {
  get: lazily(() => buffer.File),
  set(value) {
    defineOwn(this, 'File', value);
  },
  enumerable: true,
};

/**
 * The mirror: the built-in's properties, ours in place of those that allocate. As a bound function it
 * calls the built-in's constructor without a frame of ours on the stack: the runtime looks at its
 * caller to decide whether to warn of its deprecation.
 */
function createBuffer(allocate) {
  const Buffer = setPrototypeOf(BuiltinBuffer.bind(undefined), BuiltinBuffer);
  const descriptors = copyDescriptors(BuiltinBuffer);
  for (const [name, value] of entries(allocate(Buffer))) {
    const { length } = BuiltinBuffer[name];
    defineProperties(value, { length: { value: length, configurable: true } });
    descriptors[name] = method(value);
  }
  return optimize(defineProperties(Buffer, descriptors));
}

/**
 * V8 keeps an object whose properties were redefined as a hash table, at 5 ns for each look-up; one
 * that serves as a prototype it lays out flat again. Reads through an heir are what makes it do so.
 */
function optimize(object) {
  const heir = create(object);
  for (let i = 0; i < 32; i++) void heir.poolSize;
  return object;
}

let ours;
const Buffer = createBuffer((owner) => {
  ours = createFunctions(defaultSupply, owner);
  return ours.mirror;
});

const descriptors = copyDescriptors(buffer, { __proto__: null, File: FILE });
const { lifetimes, stats, trim } = ours;
for (const [name, value] of entries({
  Buffer,
  createAllocator,
  ...insight,
  ...lifetimes,
  stats,
  trim,
})) {
  descriptors[name] = method(value);
}
module.exports = defineProperties({}, descriptors);

/** The folder of the C header; '' in a bundle that has none beside it. */
function findInclude() {
  const { isThere, roots } = binding.origin;
  const { sep } = require('node:path');
  const folders = roots.map((root) => `${root}${sep}include`);
  return folders.find((folder) => isThere(`${folder}${sep}bufalloc.h`)) ?? '';
}

/* For other addons: see include/bufalloc.h. */
defineProperties(module.exports, {
  include: { get: findInclude, enumerable: true, configurable: true },
  capi: { get: openCapi, enumerable: true, configurable: true },
});

if (settings.stats !== undefined) {
  require('./insight/reports').startReports(settings.stats, stats, insight.explain);
}
