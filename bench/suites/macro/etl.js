'use strict';

// (k) A service that extracts, transforms and loads big buffers, as the one of nodejs/node#63290, of which Node 26.1 kept a gigabyte of
// ArrayBuffers. Four jobs at a time each fetch 1 to 8 MiB in pieces of 256 KiB, join them, copy what they want to keep, and send it off;
// the program has long-lived objects besides. Reported besides time and peak RSS: the most memory that all ArrayBuffers together held.

const { setTimeout: sleep } = require('node:timers/promises');
const { turn } = require('../../core/collect');
const { KiB, MiB } = require('../../core/format');
const { integers } = require('../../core/random');

const jobs = 320;
const atOnce = 4;
const pieceBytes = 256 * KiB;
const longLived = 400_000;

/** Bytes in all ArrayBuffers: the runtime counts its own, we count ours. */
const storesMiB = ({ stats }) =>
  (process.memoryUsage().arrayBuffers + (stats?.().heap.liveBytes ?? 0)) / MiB;

async function extract(Buffer, bytes) {
  const pieces = [];
  for (let done = 0; done < bytes; done += pieceBytes) {
    pieces.push(Buffer.allocUnsafe(pieceBytes).fill(done & 255));
    await turn();
  }
  return Buffer.concat(pieces);
}

async function transfer(Buffer, megabytes) {
  const whole = await extract(Buffer, megabytes * MiB);
  const wanted = Buffer.from(whole.subarray(0, whole.length >> 1));
  const sent = Buffer.concat([Buffer.from(`${wanted.length}\r\n`), wanted]);
  await sleep(1);
  return sent.length;
}

async function transferAll(Buffer, count, note) {
  const megabytes = integers(1, 1, 8);
  let begun = 0;
  const drive = async () => {
    while (begun++ < count) {
      await transfer(Buffer, megabytes());
      note();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, drive));
}

async function run({ Buffer, module, scale, timed }) {
  const kept = Array.from({ length: longLived }, (_, id) => ({ id, name: `item ${id}` }));
  let peakStores = 0;
  const note = () => (peakStores = Math.max(peakStores, storesMiB(module)));
  await transferAll(Buffer, jobs * 0.05, () => {});
  await timed(() => transferAll(Buffer, jobs * scale, note));
  if (kept.length !== longLived) throw new Error('the objects were let go');
  return { peakStores };
}

module.exports = { run };
