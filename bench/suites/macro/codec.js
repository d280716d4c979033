'use strict';

// (e) Encodes and decodes messages of 20 to 2,000 bytes and keeps one in a hundred, as a cache or a log would. Besides time it
// reports what the survivors hold once everything else is collected and what is free had the time to go back: the resident memory
// above the start, and the bytes of the stores they keep alive.

const { setTimeout: sleep } = require('node:timers/promises');
const { collect, turn } = require('../../core/collect');
const { residentMiB } = require('../../core/memory');
const { integers } = require('../../core/random');

const messages = 400_000;
const keepEvery = 100;
const messagesPerTurn = 100;
const headerBytes = 8;
// bufalloc gives back what has idled for 1 to 3 seconds.
const idleMs = 3_500;

function encode(Buffer, id, payload) {
  const message = Buffer.allocUnsafe(headerBytes + payload.length);
  message.writeUInt32LE(id, 0);
  message.writeUInt32LE(payload.length, 4);
  payload.copy(message, headerBytes);
  return message;
}

function decode(Buffer, message) {
  const length = message.readUInt32LE(4);
  return Buffer.from(message.subarray(headerBytes, headerBytes + length));
}

async function exchange(Buffer, count, kept) {
  const sizes = integers(1, 20 - headerBytes, 2_000 - headerBytes);
  const source = Buffer.alloc(2_000, 'payload ');
  for (let i = 0; i < count; i++) {
    const message = encode(Buffer, i, source.subarray(0, sizes()));
    const payload = decode(Buffer, message);
    if (i % keepEvery === 0) kept.push(payload);
    if (i % messagesPerTurn === 0) await turn();
  }
}

function storeMiB(kept) {
  const stores = new Set(kept.map((buf) => buf.buffer));
  return [...stores].reduce((sum, store) => sum + store.byteLength, 0) / 2 ** 20;
}

async function run({ Buffer, scale, timed }) {
  await exchange(Buffer, messages * 0.05, []);
  await collect();
  const before = residentMiB();
  const kept = [];
  await timed(() => exchange(Buffer, messages * scale, kept));
  await collect();
  await sleep(idleMs);
  return { heldRss: residentMiB() - before, heldStores: storeMiB(kept) };
}

module.exports = { run };
