'use strict';

/* readable-stream: a pipeline that changes, cuts and gathers what flows through it. */

const { createRandom } = require('../data');

/** Every byte XORed, in a chunk of its own. */
const scramble = (Transform) =>
  new Transform({
    transform(chunk, _encoding, done) {
      const out = Buffer.allocUnsafe(chunk.length);
      for (let i = 0; i < chunk.length; i++) out[i] = chunk[i] ^ 0x5a;
      done(null, out);
    },
  });

/** Blocks of equal length, whatever comes in. */
function reblock(Transform, size) {
  let rest = [];
  let length = 0;
  return new Transform({
    transform(chunk, _encoding, done) {
      rest.push(chunk);
      length += chunk.length;
      if (length < size) return done();
      const all = Buffer.concat(rest);
      let at = 0;
      for (; at + size <= all.length; at += size) this.push(all.subarray(at, at + size));
      rest = [Buffer.from(all.subarray(at))];
      length = rest[0].length;
      return done();
    },
    flush(done) {
      done(null, Buffer.concat(rest));
    },
  });
}

async function pipeline({ load, digest, turn }) {
  const { Readable, Transform, Writable, promises } = (await load('readable-stream')).default;
  const random = createRandom(11);
  const source = random.bytes(4 * 2 ** 20);
  async function* produce() {
    for (let round = 0; round < 15; round++) {
      for (const piece of random.pieces(source, 40_000)) {
        if (random.between(0, 15) === 0) await turn();
        yield piece;
      }
    }
  }
  const sink = new Writable({
    write(chunk, _encoding, done) {
      digest.update(chunk);
      done();
    },
    writev(chunks, done) {
      digest.update(Buffer.concat(chunks.map(({ chunk }) => chunk)));
      done();
    },
  });
  await promises.pipeline(
    Readable.from(produce(), { objectMode: false }),
    scramble(Transform),
    reblock(Transform, 9000),
    scramble(Transform),
    reblock(Transform, 150_000),
    sink,
  );
}

module.exports = {
  package: 'readable-stream',
  jobs: { '60 MiB through four transforms': pipeline },
};
