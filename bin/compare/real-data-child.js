'use strict';

/*
 * A child program: one job on a file with one of the Buffers; or with ours, and chunks that are acquired
 * and released, or an arena's that is reset.
 */

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

/**
 * How a side comes by chunks, and gives them back when the job asks for the next.
 *
 * @returns {{ Buffer: BufferConstructor, take: (size: number) => Buffer, giveBack: (chunk: Buffer) => void }}
 */
function openSide(side) {
  const { Buffer, module } = loadSide(side === 'builtin' ? side : 'bufalloc');
  if (side === 'acquire') return { Buffer, take: module.acquire, giveBack: module.release };
  if (side === 'arena') {
    const arena = module.createArena();
    return { Buffer, take: arena.allocUnsafe, giveBack: () => arena.reset() };
  }
  return { Buffer, take: Buffer.allocUnsafe, giveBack() {} };
}

/** The first `bytes` of a file, each chunk in a Buffer of its own. */
async function* chunksOf({ take, giveBack }, file, bytes) {
  const handle = await fs.open(file);
  try {
    for (let at = 0; at < bytes;) {
      const chunk = take(Math.min(CHUNK, bytes - at));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) throw new Error(`the file ended at ${at} of ${bytes} bytes`);
      at += bytesRead;
      yield chunk.subarray(0, bytesRead);
      giveBack(chunk);
    }
  } finally {
    await handle.close();
  }
}

serve(async ({ side, job, file, bytes }) => {
  const way = openSide(side);
  const { Buffer } = way;
  const clock = createClock();
  const sum = createHash('sha256');
  const result = { digest: undefined, update: (part) => sum.update(part) };
  const chunks = () => chunksOf(way, file, bytes);
  await jobs[job].work({ Buffer, bytes, chunks, clock, result });
  return { ms: clock.read(), digest: result.digest ?? sum.digest('hex'), peakMiB: peakMiB() };
});
