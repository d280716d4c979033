'use strict';

/* A child program: one job on a file with one of the Buffers. */

const fs = require('node:fs/promises');
const { createHash } = require('node:crypto');
const { peakRss, serve } = require('./child');
const { jobs, CHUNK } = require('./real-data-jobs');
const { loadSide } = require('./sides');

/** A stopwatch, in nanoseconds. */
function createClock() {
  let total = 0n;
  let since = 0n;
  return {
    start() {
      since = process.hrtime.bigint();
    },
    stop() {
      total += process.hrtime.bigint() - since;
    },
    read: () => Number(total),
  };
}

/** The first `bytes` of a file, each chunk in a Buffer of its own. */
async function* chunksOf(Buffer, file, bytes) {
  const handle = await fs.open(file);
  try {
    for (let at = 0; at < bytes;) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK, bytes - at));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) throw new Error(`the file ended at ${at} of ${bytes} bytes`);
      at += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

serve(async ({ side, job, file, bytes }) => {
  const { Buffer } = loadSide(side);
  const clock = createClock();
  const sum = createHash('sha256');
  const result = { digest: undefined, update: (part) => sum.update(part) };
  const chunks = () => chunksOf(Buffer, file, bytes);
  await jobs[job].work({ Buffer, bytes, chunks, clock, result });
  return { ns: clock.read(), digest: result.digest ?? sum.digest('hex'), rss: peakRss() };
});
