'use strict';

/* msgpackr: packs and unpacks records such as a service keeps in a cache. */

const { createRandom } = require('../data');

function makeRecord(random, id) {
  return {
    id,
    name: random.words(3),
    tags: Array.from({ length: 4 }, () => random.words(1)),
    score: random.next() / 1e6,
    active: random.between(0, 1) === 1,
    address: { street: random.words(2), zip: random.between(10_000, 99_999), note: null },
    avatar: random.bytes(random.between(0, 2000)),
  };
}

/** Records one by one, each with its length in front, as a socket would carry them. */
async function single({ load, digest, turn }) {
  const { Packr } = await load('msgpackr');
  const random = createRandom(3);
  const records = Array.from({ length: 2000 }, (_, i) => makeRecord(random, i));
  const packr = new Packr({ structures: [] });
  for (let round = 0; round < 40; round++) {
    for (const record of records) {
      if (record.id % 100 === 0) await turn();
      const packed = packr.pack(record);
      const head = Buffer.allocUnsafe(4);
      head.writeUInt32BE(packed.length);
      const frame = Buffer.concat([head, packed]);
      const { id, avatar } = packr.unpack(frame.subarray(4));
      if (round % 10 === 0) digest.update(frame).update(`${id}`).update(avatar);
    }
  }
}

/** All of them in one message, as between processes. */
async function batch({ load, digest, turn }) {
  const { pack, unpack } = await load('msgpackr');
  const random = createRandom(4);
  const records = Array.from({ length: 4000 }, (_, i) => makeRecord(random, i));
  for (let round = 0; round < 25; round++) {
    await turn();
    const packed = pack(records);
    digest.update(packed);
    for (const { avatar } of unpack(packed)) digest.update(avatar);
  }
}

module.exports = {
  package: 'msgpackr',
  jobs: { '80,000 records, one by one': single, '25 messages of 4,000 records': batch },
};
