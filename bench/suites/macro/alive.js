'use strict';

// (f) Keeps everything: 4,000 buffers of 64 KiB and 50,000 small ones, all written, none let go. Nothing can be reused here, so
// whatever is spent on reclaiming is spent for nothing.

const { turn } = require('../../core/collect');

const largeCount = 4_000;
const smallPerLarge = 12;
const largePerTurn = 16;

async function fill(Buffer, count, kept) {
  for (let i = 0; i < count; i++) {
    kept.push(Buffer.allocUnsafe(64 * 1024).fill(i & 255));
    for (let j = 0; j < smallPerLarge; j++) kept.push(Buffer.allocUnsafe(200).fill(j));
    if (i % largePerTurn === 0) await turn();
  }
}

async function run({ Buffer, scale, timed }) {
  await fill(Buffer, largeCount * 0.05, []);
  const kept = [];
  await timed(() => fill(Buffer, largeCount * scale, kept));
  // Read after the measured part, so that nothing could be collected within it.
  if (kept.some((buf) => buf.length === 0)) throw new Error('a kept buffer was emptied');
}

module.exports = { run };
