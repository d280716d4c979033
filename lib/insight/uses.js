'use strict';

/*
 * uses: what core still works on. Loaded by the debugging mode alone (debug.js), which is told that a store
 * is in use, from the call that was given a buffer to that call's callback or promise, and that a call was
 * given a buffer that was released before.
 *
 * For that the entry points of core that take buffers and are done with them later are wrapped, in this
 * thread: write and end of streams, sockets and HTTP messages, and what fs, zlib, crypto and dgram do by
 * callback or promise. A wrapper has the name, the length and the properties of what it wraps, and calls
 * it with the same arguments but for the callback. Who took a function from its module before is not seen.
 */

const {
  ArrayIsArray,
  createList,
  ObjectDefineProperty,
  ObjectGetOwnPropertyDescriptor,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetSymbolToStringTag,
} = require('../runtime/builtin');

const { getPrototypeOf } = Object;
const { apply, ownKeys } = Reflect;
const { then } = Promise.prototype;

/** How many elements of a list of buffers are looked at. */
const MOST_PARTS = 64;

/**
 * Who is told, once uses are watched.
 *
 * @type {(store: ArrayBuffer, name: string, wrapper: Function, isOver?: () => boolean) => object|undefined}
 *   has a use begin: `isOver` says that it has ended in another way; undefined if the store is none of ours
 */
let beginUse;

function beginOne(value, name, wrapper, isOver, uses) {
  if (TypedArrayPrototypeGetSymbolToStringTag(value) === undefined) return uses;
  const use = beginUse(TypedArrayPrototypeGetBuffer(value), name, wrapper, isOver);
  if (use === undefined) return uses;
  const list = uses ?? createList();
  list[list.length] = use;
  return list;
}

/**
 * Has uses begin of all buffers among arguments: by themselves, in a list, or as the `buffer` of options.
 *
 * @returns {object[]|undefined} undefined if there are none of ours
 */
function begin(args, name, wrapper, isOver) {
  let uses;
  try {
    for (let i = 0; i < args.length; i++) {
      const value = args[i];
      if (typeof value !== 'object' || value === null) continue;
      if (ArrayIsArray(value)) {
        for (let k = 0; k < value.length && k < MOST_PARTS; k++) {
          uses = beginOne(value[k], name, wrapper, isOver, uses);
        }
      } else {
        uses = beginOne(value, name, wrapper, isOver, uses);
        const option = ObjectGetOwnPropertyDescriptor(value, 'buffer')?.value;
        if (option !== undefined) uses = beginOne(option, name, wrapper, isOver, uses);
      }
    }
  } catch {
    /* A proxy, or what has no stack left: the call itself says so. */
  }
  return uses;
}

function end(uses) {
  for (let i = 0; i < uses.length; i++) uses[i].hasEnded = true;
}

/** Calls `call`; if that throws, nothing is in use. */
function during(uses, call) {
  try {
    return call();
  } catch (error) {
    end(uses);
    throw error;
  }
}

/** Has the callback at a place among the arguments, or one in its place, end the uses. */
function endAtCallback(args, at, uses) {
  const callback = args[at];
  args[at] = function (...results) {
    end(uses);
    return typeof callback === 'function' ? apply(callback, this, results) : undefined;
  };
}

function lastFunction(args) {
  for (let i = args.length - 1; i >= 0; i--) if (typeof args[i] === 'function') return i;
  return -1;
}

/* --- the wrappers ----------------------------------------------------------------------------------- */

/** Of a function that takes its callback last. Without one there is no telling, or an error. */
const byCallback = (original, name) =>
  function wrapper(...args) {
    const at = lastFunction(args);
    const uses = at < 0 ? undefined : begin(args, name, wrapper);
    if (uses === undefined) return apply(original, this, args);
    endAtCallback(args, at, uses);
    return during(uses, () => apply(original, this, args));
  };

/** Of a method that gives a promise. */
const byPromise = (original, name) =>
  function wrapper(...args) {
    const uses = begin(args, name, wrapper);
    if (uses === undefined) return apply(original, this, args);
    const promise = during(uses, () => apply(original, this, args));
    return apply(then, promise, [
      (value) => {
        end(uses);
        return value;
      },
      (error) => {
        end(uses);
        throw error;
      },
    ]);
  };

/** What the class of a stream is called; it is the program's, and its name may be anything. */
function classOf(stream) {
  try {
    const { name } = stream.constructor;
    return typeof name === 'string' ? name : 'stream';
  } catch {
    return 'stream';
  }
}

/** Of write(chunk[, encoding][, callback]) and end, of which a stream calls back whoever asks or not. */
const ofStream = (original, name) =>
  function wrapper(...args) {
    const isOver = () => this.destroyed === true;
    const uses = begin(args, `${classOf(this)}.${name}`, wrapper, isOver);
    if (uses === undefined) return apply(original, this, args);
    const at = lastFunction(args);
    endAtCallback(args, at < 0 ? (args.length < 2 ? 1 : 2) : at, uses);
    return during(uses, () => apply(original, this, args));
  };

/** Puts a wrapper in a method's place. */
function wrap(object, name, make, label = name) {
  const descriptor = ObjectGetOwnPropertyDescriptor(object, name);
  if (typeof descriptor?.value !== 'function' || !descriptor.configurable) return;
  const original = descriptor.value;
  const wrapper = make(original, label);
  const keys = ownKeys(original);
  for (let i = 0; i < keys.length; i++) {
    const property = ObjectGetOwnPropertyDescriptor(original, keys[i]);
    if (keys[i] !== 'prototype') ObjectDefineProperty(wrapper, keys[i], property);
  }
  ObjectDefineProperty(object, name, { __proto__: null, ...descriptor, value: wrapper });
}

/* --- what is wrapped --------------------------------------------------------------------------------- */

const FS = ['read', 'readv', 'write', 'writev', 'writeFile', 'appendFile'];
const ZLIB = [
  ...['deflate', 'deflateRaw', 'gzip', 'inflate', 'inflateRaw', 'gunzip', 'unzip'],
  ...['brotliCompress', 'brotliDecompress', 'zstdCompress', 'zstdDecompress'],
];

function wrapAll(object, names, make, prefix) {
  for (let i = 0; i < names.length; i++) wrap(object, names[i], make, `${prefix}.${names[i]}`);
}

/** The class of file handles is had from the first of them. */
function wrapHandles(promises) {
  const { open } = promises;
  let isWrapped = false;
  const watchOpen = () =>
    function wrapper(...args) {
      return apply(then, apply(open, this, args), [
        (handle) => {
          if (!isWrapped) wrapAll(getPrototypeOf(handle), FS, byPromise, 'FileHandle');
          isWrapped = true;
          return handle;
        },
      ]);
    };
  wrap(promises, 'open', watchOpen);
}

function wrapCore() {
  const { Duplex, Writable } = require('node:stream');
  const { OutgoingMessage } = require('node:http');
  for (const { prototype } of [Writable, Duplex, OutgoingMessage]) {
    wrap(prototype, 'write', ofStream);
    wrap(prototype, 'end', ofStream);
  }
  const promises = require('node:fs/promises');
  wrapAll(require('node:fs'), FS, byCallback, 'fs');
  wrapAll(promises, ['writeFile', 'appendFile'], byPromise, 'fs.promises');
  wrapHandles(promises);
  wrapAll(require('node:zlib'), ZLIB, byCallback, 'zlib');
  wrapAll(require('node:crypto'), ['randomFill'], byCallback, 'crypto');
  wrapAll(require('node:dgram').Socket.prototype, ['send'], byCallback, 'Socket');
  /* For who imports them by name. */
  require('node:module').syncBuiltinESMExports();
}

/** Core's modules have emitters of their own, which would hold the domain for ever that they are loaded in. */
function outsideOfDomains(work) {
  if (!process.domain) {
    work();
    return;
  }
  const domain = require('node:domain');
  const { active } = domain;
  domain.active = null;
  try {
    work();
  } finally {
    domain.active = active;
  }
}

/**
 * Begins to watch, once for the thread.
 *
 * @param {typeof beginUse} onUse
 */
function watchUses(onUse) {
  const isFirst = beginUse === undefined;
  beginUse ??= onUse;
  if (isFirst) outsideOfDomains(wrapCore);
}

module.exports = { watchUses };
