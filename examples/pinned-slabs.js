'use strict';

/*
 * Small buffers that each keep a slab alive. A cache keeps 4 bytes for each of many messages, as
 * mqttjs/mqtt-packet#163 describes: Buffer.allocUnsafe(4) cuts them from the slab that everything small is
 * cut from. By the time of the next entry other pieces have used the slab up, so that each entry has one of
 * its own: 8 KiB, or 64 KiB from Node.js 24 on, for 4 bytes.
 *
 * The same cache, twice: as it is, and with compact(), which copies what is to be kept into memory of its
 * own size. What stays alive is counted by census().
 */

const { Buffer, census, compact } = require('bufalloc');

const ENTRIES = 500;
const MIB = 1024 * 1024;

/** Everything else that a program does between two entries: small buffers that are dropped. */
function passTime() {
  for (let bytes = 0; bytes < Buffer.poolSize; bytes += 512) Buffer.allocUnsafe(512);
}

/** @param {(entry: Buffer) => Buffer} keep what is done to an entry before it is kept */
function fillCache(keep) {
  const cache = {};
  for (let length = 0; length < ENTRIES; length++) {
    const entry = Buffer.allocUnsafe(4);
    entry.writeUInt32BE(length);
    cache[length] = keep(entry);
    passTime();
  }
  return cache;
}

function show(title, keep) {
  const before = census().totals;
  const cache = fillCache(keep);
  const after = census().totals;
  const grown = (name) =>
    Object.keys(after).reduce((sum, kind) => sum + after[kind][name] - before[kind][name], 0);
  const bytes = Object.keys(cache).length * 4;
  const all = (grown('bytes') / MIB).toFixed(2);
  const pinned = (grown('pinnedBytes') / MIB).toFixed(2);
  console.log(
    `${title}: ${bytes} bytes kept, ${all} MiB alive, ${pinned} MiB of it pinned for nothing`,
  );
}

console.log(`slabs of ${Buffer.poolSize} bytes`);
show('as it is    ', (entry) => entry);
show('with compact', (entry) => compact(entry));
