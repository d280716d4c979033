'use strict';

/*
 * fflate, piscina, comlink and workerpool: buffers moved to threads, which answer with buffers that
 * they move back.
 */

const path = require('node:path');
const { createRandom } = require('../data');

const MIB = 2 ** 20;
const SIZES = [1024, 5000, 16_384, 70_000, 300_000, MIB, 3 * MIB];
const ROUNDS = 12;

const script = (name) => path.join(__dirname, '..', 'threads', `${name}.js`);

/** With memory of its own. */
const own = (bytes) => Buffer.alloc(bytes.length, bytes);

/** How a buffer to send comes about; small ones as pieces of the pool too. */
const MAKERS = [own, (bytes) => Buffer.from(bytes), (bytes) => Buffer.concat([bytes])];

/**
 * Sends buffers of all sizes, some at a time, and hashes what comes of each: the answer, or how it was
 * refused, as pieces of the pool are; and what is left of the buffer.
 */
async function sendAll({ digest, turn }, send, makers = MAKERS) {
  const random = createRandom(22);
  const contents = SIZES.map(random.textBytes);
  for (let round = 0; round < ROUNDS; round++) {
    const buffers = contents.map((bytes, i) => makers[(round + i) % makers.length](bytes));
    const answers = buffers.map((buffer) =>
      Promise.resolve()
        .then(() => send(buffer))
        .catch(({ name }) => name),
    );
    for (const [i, answer] of (await Promise.all(answers)).entries()) {
      digest.update(answer).update(`${buffers[i].length}`);
    }
    await turn();
  }
}

/** A call that ends with a callback, as a promise. */
const promised = (call) =>
  new Promise((resolve, reject) => {
    call((error, result) => (error ? reject(error) : resolve(result)));
  });

async function compress(tools) {
  const { deflate, gunzip, gzip, inflate, unzip, zip } = await tools.load('fflate');
  const options = { consume: true, level: 1, mtime: '2000-01-01T12:00:00Z' };
  const random = createRandom(23);
  const contents = SIZES.map(random.textBytes);
  const hash = (bytes, given) => tools.digest.update(bytes).update(`${given.length}`);
  for (const bytes of contents) {
    for (const [pack, unpack] of [
      [gzip, gunzip],
      [deflate, inflate],
    ]) {
      const given = own(bytes);
      const packed = await promised((done) => pack(given, options, done));
      hash(packed, given);
      const again = own(packed);
      hash(await promised((done) => unpack(again, { consume: true }, done)), again);
    }
    await tools.turn();
  }
  const entries = Object.fromEntries(contents.map((bytes, i) => [`${i}.txt`, own(bytes)]));
  const archive = await promised((done) => zip(entries, options, done));
  tools.digest.update(archive);
  Object.values(entries).forEach(({ length }) => tools.digest.update(`${length}`));
  const found = await promised((done) => unzip(own(archive), { consume: true }, done));
  contents.forEach((_, i) => tools.digest.update(found[`${i}.txt`]));
}

/** @param {(Piscina: object, buffer: Buffer) => unknown[]} wrap gives the arguments of `run` */
async function withPiscina(tools, wrap) {
  const { Piscina } = await tools.load('piscina');
  const pool = new Piscina({
    filename: script('piscina'),
    ...{ minThreads: 2, maxThreads: 2, workerData: tools.loader },
  });
  await sendAll(tools, (buffer) => pool.run(...wrap(Piscina, buffer)));
  await pool.destroy();
}

const transferList = (tools) =>
  withPiscina(tools, (_, buffer) => [buffer, { transferList: [buffer.buffer] }]);

const moved = (tools) => withPiscina(tools, (Piscina, buffer) => [Piscina.move(buffer)]);

async function comlink(tools) {
  const { Worker } = require('node:worker_threads');
  const { transfer, wrap } = await tools.load('comlink');
  const { default: adapter } = await tools.load('comlink/dist/esm/node-adapter.mjs');
  const worker = new Worker(script('comlink'), { workerData: tools.loader });
  const scramble = wrap(adapter(worker));
  await sendAll(tools, (buffer) => scramble(transfer(buffer, [buffer.buffer])));
  await worker.terminate();
}

async function workerpool(tools) {
  const { pool: createPool } = (await tools.load('workerpool')).default;
  const pool = createPool(script('workerpool'), {
    ...{ workerType: 'thread', minWorkers: 2, maxWorkers: 2 },
    workerThreadOpts: { workerData: tools.loader },
  });
  const send = (buffer) => pool.exec('scramble', [buffer], { transfer: [buffer.buffer] });
  /* What is refused while its threads start, it never answers. */
  await sendAll(tools, send, [own]);
  await pool.terminate();
}

const count = ROUNDS * SIZES.length;

module.exports = [
  { package: 'fflate', jobs: { 'consumes buffers of 1 KiB to 3 MiB': compress } },
  {
    package: 'piscina',
    jobs: {
      [`${count} buffers in transfer lists`]: transferList,
      [`${count} buffers by move()`]: moved,
    },
  },
  { package: 'comlink', jobs: { [`${count} buffers there and back`]: comlink } },
  { package: 'workerpool', jobs: { [`${count} buffers there and back`]: workerpool } },
];
