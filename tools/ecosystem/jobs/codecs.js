'use strict';

/* iconv-lite, bson, avsc, sha.js and split2: small packages that turn Buffers into something. */

const { createRandom } = require('../data');

async function charsets({ load, digest, turn }) {
  const iconv = (await load('iconv-lite')).default;
  const random = createRandom(17);
  const texts = Array.from(
    { length: 300 },
    () => `${random.words(random.between(2, 400))} 漢字かな`,
  );
  for (let round = 0; round < 3; round++) {
    for (const charset of ['utf16-be', 'windows-1252', 'shift_jis', 'gb18030', 'utf-7']) {
      await turn();
      for (const text of texts) {
        const encoded = iconv.encode(text, charset);
        digest.update(encoded).update(iconv.decode(encoded, charset));
      }
    }
    const decoder = iconv.getDecoder('gb18030');
    for (const piece of random.pieces(iconv.encode(texts.join(''), 'gb18030'), 999)) {
      digest.update(decoder.write(piece));
    }
  }
}

async function documents({ load, digest, turn }) {
  const { Binary, ObjectId, serialize, deserialize } = await load('bson');
  const random = createRandom(18);
  const documentOf = (i) => ({
    _id: new ObjectId(Uint8Array.from({ length: 12 }, (_, k) => i >> k)),
    name: random.words(3),
    values: Array.from({ length: 10 }, () => random.next() / 3),
    at: new Date(random.next()),
    picture: new Binary(random.bytes(random.between(0, 3000))),
  });
  const all = Array.from({ length: 1000 }, (_, i) => documentOf(i));
  for (let round = 0; round < 40; round++) {
    for (const [i, document] of all.entries()) {
      if (i % 100 === 0) await turn();
      const written = serialize(document);
      const read = deserialize(written, { promoteBuffers: true });
      if (round % 10 === 0)
        digest.update(written).update(read.picture).update(read._id.toHexString());
    }
  }
}

async function avro({ load, digest }) {
  const avsc = (await load('avsc')).default;
  const type = avsc.Type.forSchema({
    type: 'record',
    name: 'Event',
    fields: [
      { name: 'id', type: 'int' },
      { name: 'kind', type: 'string' },
      { name: 'values', type: { type: 'array', items: 'double' } },
      { name: 'body', type: 'bytes' },
    ],
  });
  const random = createRandom(19);
  const events = Array.from({ length: 2000 }, (_, id) => ({
    id,
    kind: random.words(2),
    values: Array.from({ length: 6 }, () => random.next() / 3),
    body: random.bytes(random.between(0, 3000)),
  }));
  for (let round = 0; round < 5; round++) {
    const encoder = new avsc.streams.BlockEncoder(type, {
      codec: 'deflate',
      blockSize: 2 ** 18,
      syncMarker: Buffer.alloc(16, round),
    });
    const decoder = encoder.pipe(new avsc.streams.BlockDecoder());
    const writing = (async () => {
      for (const event of events) {
        if (!encoder.write(event)) await new Promise((resolve) => encoder.once('drain', resolve));
      }
      encoder.end();
    })();
    for await (const { id, body } of decoder) digest.update(`${id}`).update(body);
    await writing;
  }
}

async function hashes({ load, digest, turn }) {
  const sha = (await load('sha.js')).default;
  const random = createRandom(20);
  const source = random.bytes(400_000);
  for (const algorithm of ['sha1', 'sha256', 'sha512']) {
    for (let round = 0; round < 6; round++) {
      const hash = sha(algorithm);
      for (const piece of random.pieces(source, 5000)) hash.update(piece);
      await turn();
      digest.update(hash.digest());
    }
    for (let i = 0; i < 6000; i++) {
      if (i % 100 === 0) await turn();
      digest.update(sha(algorithm).update(`message ${i}`).digest());
    }
  }
}

async function lines({ load, digest, turn }) {
  const split = (await load('split2')).default;
  const random = createRandom(21);
  const text = Array.from({ length: 20_000 }, () => random.words(random.between(1, 20))).join('\n');
  const splitter = split((line) => Buffer.from(line.toUpperCase()));
  const source = Buffer.from(text.repeat(10));
  const writing = (async () => {
    for (const piece of random.pieces(source, 60_000)) {
      await turn();
      if (!splitter.write(piece)) await new Promise((resolve) => splitter.once('drain', resolve));
    }
    splitter.end();
  })();
  for await (const line of splitter) digest.update(line);
  await writing;
}

module.exports = [
  { package: 'iconv-lite', jobs: { '4,500 texts in five charsets': charsets } },
  { package: 'bson', jobs: { '40,000 documents': documents } },
  { package: 'avsc', jobs: { '10,000 records in container files': avro } },
  { package: 'sha.js', jobs: { '18,000 short and 18 long hashes': hashes } },
  { package: 'split2', jobs: { '200,000 lines': lines } },
];
