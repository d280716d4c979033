'use strict';

// (i) Requests in flight: each holds five filled buffers of 16 to 240 KiB and 200 small objects until as many others as are in flight
// have begun, as those of a server do that waits for a database. What a collection meets alive is not garbage yet; one that comes too
// soon makes it old. The event loop turns after every eighth. Besides the time it reports the 99th percentile over single requests.
//
// V8 starts full collections by its own limits only where more than 8 MB of the heap are old. These programs are at that edge; one with a
// framework is far beyond it, and so are those that keep 100,000 objects besides, some 14 MB.

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

const keep = (count) =>
  Array.from({ length: count }, (_, i) => ({ i, text: `kept ${i}`, list: [i] }));

async function run({ Buffer, variant: { inFlight, kept }, scale, timed }) {
  const program = keep(kept);
  await serve(Buffer, requests * 0.05, inFlight);
  await timed(() => serve(Buffer, requests * scale, inFlight));
  program.length = 0;
}

module.exports = { run };
