'use strict';

/*
 * bufalloc: everything that `node:buffer` exports, with a `Buffer` whose memory
 * comes from our own heap, and the functions that show and steer it.
 */

const { createAllocator, createFunctions } = require('./allocator');
const { stores } = require('./default');
const host = require('./host');
const { readStats } = require('./stats');

const { Buffer: HostBuffer } = host;
const { defineProperties, getOwnPropertyDescriptors, setPrototypeOf } = Object;

const method = (value) => ({ value, writable: true, enumerable: true, configurable: true });

/**
 * The mirror: the built-in's properties, ours in place of those that allocate.
 * As a bound function it calls the built-in's constructor without a frame of
 * ours on the stack: the runtime looks at its caller to decide whether to warn
 * of its deprecation.
 */
function createBuffer(allocate) {
  const Buffer = setPrototypeOf(HostBuffer.bind(undefined), HostBuffer);
  defineProperties(Buffer, getOwnPropertyDescriptors(HostBuffer));
  for (const [name, value] of Object.entries(allocate(Buffer))) {
    Object.defineProperty(value, 'length', { value: HostBuffer[name].length, configurable: true });
    defineProperties(Buffer, { [name]: method(value) });
  }
  return optimize(Buffer);
}

/**
 * V8 keeps an object whose properties were redefined as a hash table, at 5 ns
 * for each look-up; one that serves as a prototype it lays out flat again. Reads
 * through an heir are what makes it do so.
 */
function optimize(object) {
  const heir = Object.create(object);
  for (let i = 0; i < 32; i++) void heir.poolSize;
  return object;
}

let lifetimes;
const Buffer = createBuffer((owner) => {
  const functions = createFunctions(stores, owner);
  ({ lifetimes } = functions);
  return functions.mirror;
});

/**
 * What the allocator holds and has done, in this environment (this thread);
 * `process` is of all of them. Every field is described in docs/api.md.
 *
 * @returns {object} a new plain object; sizes in bytes
 */
function stats() {
  return readStats(stores, Buffer.poolSize);
}

/**
 * Gives all cached memory back to the operating system.
 *
 * @returns {number} the bytes given back
 */
function trim() {
  return stores.trim();
}

const ours = { Buffer, createAllocator, ...lifetimes, stats, trim };

module.exports = defineProperties({}, getOwnPropertyDescriptors(host.buffer));
for (const [name, value] of Object.entries(ours)) {
  defineProperties(module.exports, { [name]: method(value) });
}

if (process.env.BUFALLOC_STATS === 'exit') require('./summary').printAtExit(stats);
