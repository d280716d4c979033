'use strict';

/* A child program: one job on a file with one of the Buffers. */

const fs = require('node:fs/promises');
const { createHash } = require('node:crypto');
const { peakMiB } = require('../../bench/core/memory');
const { serve } = require('../../bench/core/serve');
const { loadSide } = require('../../bench/core/sides');
const { startWatch } = require('../../bench/core/watch');
const { jobs, CHUNK } = require('./real-data-jobs');

/** A stopwatch that is started and stopped many times, in milliseconds. */
function createClock() {
  let total = 0;
  let read;
  return {
    start() {
      read = startWatch();
    },
    stop() {
      total += read().ms;
    },
    read: () => total,
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
  return { ms: clock.read(), digest: result.digest ?? sum.digest('hex'), peakMiB: peakMiB() };
});
