'use strict';

/*
 * The jobs of the second part, as data: what a program does with the bytes of a file.
 *
 * A job asks its context for chunks of the file (each in a Buffer of its own from the side that is
 * measured), does its work, and hands the bytes that come out to `result`, of which the digest is taken.
 * The clock runs all the time but for that: what one side does in its calls, collections say, the other
 * may leave to the turn of the event loop. Where core makes the buffers itself (zlib's output, a socket's data),
 * the job copies them with the side's Buffer, as a program that keeps them must.
 */

const net = require('node:net');
const { createHash } = require('node:crypto');
const { once } = require('node:events');
const { Readable } = require('node:stream');
const zlib = require('node:zlib');
const { KiB } = require('../../bench/core/format');
const { integers } = require('../../bench/core/random');

const CHUNK = 64 * KiB;
/** Small pieces are of 16 to 511 bytes: the records and frames of the usual protocols. */
const PIECE_MIN = 16;
const PIECE_MAX = 511;
/** Pieces of so many chunks are kept for a while, as a program with work in hand does. */
const WINDOW = 16;
/** Chunks that are joined to one buffer. */
const JOINED = 4;

/** Sizes of pieces, the same in every run. */
const createSizes = () => integers(1, PIECE_MIN, PIECE_MAX);

/** Copies a chunk into small buffers. */
function split(Buffer, chunk, nextSize) {
  const pieces = [];
  for (let at = 0; at < chunk.length;) {
    const end = Math.min(at + nextSize(), chunk.length);
    pieces.push(Buffer.from(chunk.subarray(at, end)));
    at = end;
  }
  return pieces;
}

async function read({ chunks, clock, result }) {
  clock.start();
  for await (const chunk of chunks()) {
    clock.stop();
    result.update(chunk);
    clock.start();
  }
  clock.stop();
}

async function hash({ chunks, clock, result }) {
  clock.start();
  const sum = createHash('sha256');
  for await (const chunk of chunks()) sum.update(chunk);
  result.digest = sum.digest('hex');
  clock.stop();
}

async function splitFile({ Buffer, chunks, clock, result }) {
  const nextSize = createSizes();
  const window = new Array(WINDOW);
  let turn = 0;
  clock.start();
  for await (const chunk of chunks()) {
    const pieces = split(Buffer, chunk, nextSize);
    window[turn++ % WINDOW] = pieces;
    clock.stop();
    for (const piece of pieces) result.update(piece);
    clock.start();
  }
  clock.stop();
}

async function concat({ Buffer, chunks, clock, result }) {
  const nextSize = createSizes();
  let pieces = [];
  const join = () => {
    const joined = Buffer.concat(pieces);
    clock.stop();
    result.update(joined);
    clock.start();
    pieces = [];
  };
  let turn = 0;
  clock.start();
  for await (const chunk of chunks()) {
    for (const piece of split(Buffer, chunk, nextSize)) pieces.push(piece);
    if (++turn % JOINED === 0) join();
  }
  join();
  clock.stop();
}

/** Sends chunks through a zlib stream and joins copies of what it gives. */
async function throughZlib({ Buffer, chunks, clock, result }, stream) {
  clock.start();
  const parts = [];
  for await (const part of Readable.from(chunks(), { objectMode: true }).pipe(stream)) {
    parts.push(Buffer.from(part));
  }
  const all = Buffer.concat(parts);
  clock.stop();
  result.update(all);
}

const gzip = (context) => throughZlib(context, zlib.createGzip());
const gunzip = (context) => throughZlib(context, zlib.createGunzip());

/** A server that sends a copy of what it gets, and a client that reads into buffers of its own. */
async function echo({ Buffer, bytes, chunks, clock, result }) {
  const server = net.createServer((socket) => {
    socket.on('data', (data) => {
      if (!socket.write(Buffer.from(data))) socket.pause();
    });
    socket.on('drain', () => socket.resume());
    socket.on('end', () => socket.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  clock.start();
  let received = 0;
  const onread = {
    buffer: () => Buffer.allocUnsafe(CHUNK),
    callback(length, buffer) {
      received += length;
      result.update(buffer.subarray(0, length));
      return true;
    },
  };
  const client = net.connect({ port: server.address().port, host: '127.0.0.1', onread });
  const closed = once(client, 'close');
  for await (const chunk of chunks()) {
    if (!client.write(chunk)) await once(client, 'drain');
  }
  client.end();
  await closed;
  clock.stop();
  server.close();
  if (received !== bytes) throw new Error(`${received} of ${bytes} bytes came back`);
}

/**
 * `work` is what is done; `isDone` that it is done with a chunk when it asks for the next, so that the
 * chunk can be released; `input` says which bytes go in (the file's, fewer of them where the work
 * is slow, or those gzipped) and `output` which must come out, if that is known beforehand.
 */
const jobs = {
  read: { title: 'read, 64 KiB each', input: 'file', output: 'file', isDone: true, work: read },
  hash: {
    title: 'read, then SHA-256',
    input: 'file',
    output: 'file',
    isDone: true,
    work: hash,
  },
  split: {
    title: 'split into pieces',
    input: 'file',
    output: 'file',
    isDone: true,
    work: splitFile,
  },
  concat: { title: 'concat the pieces', input: 'file', output: 'file', isDone: true, work: concat },
  gzip: { title: 'gzip', input: 'less', work: gzip },
  gunzip: { title: 'gunzip', input: 'gzipped', output: 'less', work: gunzip },
  echo: { title: 'echo through TCP', input: 'file', output: 'file', work: echo },
};

module.exports = { jobs, CHUNK };
