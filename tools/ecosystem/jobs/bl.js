'use strict';

/* bl: a queue of Buffers, filled in odd pieces and read in frames. */

const { createRandom } = require('../data');

/** Frames of a length and as many bytes, taken from the queue as they are complete. */
function takeFrames(list, digest) {
  while (list.length >= 4) {
    const length = list.readUInt32BE(0);
    if (list.length < 4 + length) return;
    digest.update(list.slice(4, 4 + length));
    list.consume(4 + length);
  }
}

async function frames({ load, digest, turn }) {
  const { BufferList } = await load('bl');
  const random = createRandom(10);
  const payload = random.bytes(200_000);
  const list = new BufferList();
  for (let i = 0; i < 60_000; i++) {
    const length = i % 100 === 0 ? 150_000 : random.between(0, 6000);
    const head = Buffer.allocUnsafe(4);
    head.writeUInt32BE(length);
    const frame = Buffer.concat([head, payload.subarray(0, length)]);
    for (const piece of random.pieces(frame, 1500)) list.append(piece);
    if (i % 3 === 0) takeFrames(list, digest);
    if (i % 60 === 0) await turn();
    if (i % 1000 === 0) digest.update(`${list.indexOf(payload.subarray(100, 108))}`);
  }
  takeFrames(list, digest);
  digest.update(`${list.length}`);
}

module.exports = { package: 'bl', jobs: { '60,000 frames': frames } };
