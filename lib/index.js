'use strict';

/*
 * bufalloc: everything that `node:buffer` exports, with a `Buffer` whose memory
 * comes from our own heap, and the functions that show and steer it.
 */

const host = require('./host');
const { createMirror } = require('./mirror');
const { readLimits } = require('./policy');
const { readStats } = require('./stats');
const { createStores } = require('./stores');

const { Buffer: HostBuffer } = host;
const { defineProperties, defineProperty, getOwnPropertyDescriptors, setPrototypeOf } = Object;

/**
 * The mirror. As a bound function it calls the built-in's constructor without a
 * frame of ours on the stack: the runtime looks at its caller to decide on the
 * deprecation warning. What is not ours comes from the built-in by inheritance.
 */
const Buffer = HostBuffer.bind(undefined);
setPrototypeOf(Buffer, HostBuffer);

const stores = createStores(readLimits());

defineProperties(Buffer, {
  name: { value: HostBuffer.name, configurable: true },
  length: { value: HostBuffer.length, configurable: true },
  prototype: { value: HostBuffer.prototype },
  poolSize: { value: HostBuffer.poolSize, writable: true, enumerable: true, configurable: true },
});

for (const [name, value] of Object.entries(createMirror(stores, Buffer))) {
  defineProperty(value, 'length', { value: HostBuffer[name].length, configurable: true });
  defineProperty(Buffer, name, { value, writable: true, enumerable: true, configurable: true });
}

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

module.exports = defineProperties(
  {},
  {
    ...getOwnPropertyDescriptors(host.buffer),
    Buffer: { value: Buffer, writable: true, enumerable: true, configurable: true },
    stats: { value: stats, writable: true, enumerable: true, configurable: true },
    trim: { value: trim, writable: true, enumerable: true, configurable: true },
  },
);
