'use strict';

/*
 * A service whose memory grows. It takes messages, draws previews of them, and writes a trace of what it
 * does; it has three faults. docs/memory-grows.md finds them without a look at this file, and so can you:
 *
 *   node --require bufalloc/inspect examples/leaky-server/server.js
 *   node examples/leaky-server/load.js        in another terminal
 *
 * Options: --port (8125; 0 for any that is free).
 */

const http = require('node:http');
const { parseArgs } = require('node:util');
const { Buffer, acquire, createArena, release } = require('bufalloc');

const KIB = 1024;
const PREVIEW_BYTES = 256 * KIB;
const SENDER_BYTES = 10;
const TRACES_BEFORE_FLUSH = 8;

/* --- messages ----------------------------------------------------------------------------------- */

/** By sender, who stands in the first bytes of a message. */
const senders = new Map();
let messages = 0;

async function readMessage(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

function rememberSender(message) {
  const sender = message.subarray(0, SENDER_BYTES);
  senders.set(messages++, sender);
  return sender;
}

async function takeMessage(request, response) {
  const message = await readMessage(request);
  const sender = rememberSender(message);
  response.end(`${message.length} bytes from ${sender}\n`);
}

/* --- previews ------------------------------------------------------------------------------------- */

/** Those that are being sent. */
const pictures = new Set();

function drawPreview() {
  const picture = acquire(PREVIEW_BYTES).fill('#');
  pictures.add(picture);
  return picture;
}

function sendPreview(request, response) {
  const picture = drawPreview();
  if (request.headers['if-none-match'] === '"1"') {
    response.statusCode = 304;
    response.end();
    return;
  }
  response.setHeader('ETag', '"1"');
  response.end(picture, () => {
    pictures.delete(picture);
    release(picture);
  });
}

/* --- traces ------------------------------------------------------------------------------------------ */

const arena = createArena({ name: 'traces' });
let traces = [];

function encodeTrace(request) {
  const { method, url, rawHeaders } = request;
  const trace = { method, url, rawHeaders, at: new Array(200).fill(performance.now()) };
  return arena.from(JSON.stringify(trace));
}

/** Here would be a write to a file, and after it the arena can be used anew. */
function flushTraces() {
  const bytes = traces.reduce((sum, { length }) => sum + length, 0);
  traces = [];
  return bytes;
}

function trace(request) {
  traces.push(encodeTrace(request));
  if (traces.length >= TRACES_BEFORE_FLUSH) flushTraces();
}

/* --- the server -------------------------------------------------------------------------------------- */

function onRequest(request, response) {
  trace(request);
  if (request.method === 'POST') return takeMessage(request, response).catch(() => {});
  return sendPreview(request, response);
}

const { values } = parseArgs({ options: { port: { type: 'string', default: '8125' } } });
const server = http.createServer(onRequest);
server.listen(Number(values.port), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
