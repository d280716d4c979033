'use strict';

/*
 * The model's worker: has the bytes that it is sent copied by its own allocator, in one of several
 * ways, and posts the copy back.
 */

const { parentPort } = require('node:worker_threads');
const { Buffer, acquire, release } = require('../..');

const WAYS = [
  (bytes) => Buffer.from(bytes),
  (bytes) => Buffer.concat([bytes]),
  (bytes) => Buffer.copyBytesFrom(bytes),
  (bytes) => {
    const copy = acquire(bytes.length);
    copy.set(bytes);
    return copy;
  },
];

parentPort.on('message', ({ bytes, way }) => {
  const copy = WAYS[way % WAYS.length](bytes);
  parentPort.postMessage(copy);
  release(copy);
});
