'use strict';

// (i) Requests in flight: each holds five filled buffers of 16 to 240 KiB and 200 small objects until as many others as are in flight
// have begun, as those of a server do that waits for a database. What a collection meets alive is not garbage yet; one that comes too
// soon makes it old. The event loop turns after every eighth. Besides the time it reports the 99th percentile over single requests.

const { turn } = require('../../core/collect');
const { integers } = require('../../core/random');
const { KiB } = require('../../core/format');

const requests = 6_000;
const buffersEach = 5;
const objectsEach = 200;
const unit = 16 * KiB;
const requestsPerTurn = 8;

function createRequest(Buffer, units) {
  const buffers = [];
  for (let i = 0; i < buffersEach; i++) buffers.push(Buffer.allocUnsafe(unit * units()).fill(1));
  const objects = [];
  for (let i = 0; i < objectsEach; i++) objects.push({ i, text: `item ${i}` });
  return { buffers, objects };
}

async function serve(Buffer, count, inFlight) {
  const units = integers(1, 1, 15);
  const held = new Array(inFlight).fill(null);
  const times = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    const request = createRequest(Buffer, units);
    if (inFlight > 0) held[i % inFlight] = request;
    times[i] = performance.now() - start;
    if (i % requestsPerTurn === 0) await turn();
  }
  times.sort();
  return { requestP99: times[Math.floor(count * 0.99)] };
}

async function run({ Buffer, variant: inFlight, scale, timed }) {
  await serve(Buffer, requests * 0.05, inFlight);
  await timed(() => serve(Buffer, requests * scale, inFlight));
}

module.exports = { run };
