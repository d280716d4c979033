'use strict';

/*
 * A child program: one job on a file with one of the Buffers; or with ours, and chunks that are acquired
 * and released, or an arena's that is reset. The job is done several times over: in the first the bytes are
 * looked at; while the engine still compiles the code the clock does not count.
 */

const fs = require('node:fs/promises');
const { createHash } = require('node:crypto');
const { peakMiB } = require('../../bench/core/memory');
const { serve } = require('../../bench/core/serve');
const { loadSide } = require('../../bench/core/sides');
const { median } = require('../../bench/core/stats');
const { startWatch } = require('../../bench/core/watch');
const { jobs, CHUNK } = require('./real-data-jobs');

/** So many chunks are read at a time: one alone, and what is measured is how long a sleeping thread takes to wake. */
const AT_ONCE = 8;

/** How often a process does its job after that: so often before the clock counts, and so often then. */
const COLD = 2;
const TIMED = 3;

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
 * How a side comes by chunks, and gives back those that were read at once when the job asks for the next.
 *
 * @returns {{ Buffer: BufferConstructor, take: (size: number) => Buffer, giveBack: (chunks: Buffer[]) => void }}
 */
function openSide(side) {
  const { Buffer, module } = loadSide(side === 'builtin' ? side : 'bufalloc');
  if (side === 'acquire') {
    const giveBack = (chunks) => chunks.forEach((chunk) => module.release(chunk));
    return { Buffer, take: module.acquire, giveBack };
  }
  if (side === 'arena') {
    const arena = module.createArena();
    return { Buffer, take: arena.allocUnsafe, giveBack: () => arena.reset() };
  }
  return { Buffer, take: Buffer.allocUnsafe, giveBack() {} };
}

/** The first `bytes` of a file, each chunk in a Buffer of its own. */
async function* chunksOf({ take, giveBack }, file, bytes) {
  const handle = await fs.open(file);
  const read = async (at) => {
    const chunk = take(Math.min(CHUNK, bytes - at));
    for (let have = 0; have < chunk.length;) {
      const { bytesRead } = await handle.read(chunk, have, chunk.length - have, at + have);
      if (bytesRead === 0) throw new Error(`the file ended at ${at + have} of ${bytes} bytes`);
      have += bytesRead;
    }
    return chunk;
  };
  try {
    for (let at = 0; at < bytes;) {
      const reads = [];
      for (; reads.length < AT_ONCE && at < bytes; at += CHUNK) reads.push(read(at));
      const chunks = await Promise.all(reads);
      yield* chunks;
      giveBack(chunks);
    }
  } finally {
    await handle.close();
  }
}

serve(async ({ side, job, file, bytes }) => {
  const way = openSide(side);
  const { Buffer } = way;
  const chunks = () => chunksOf(way, file, bytes);
  const runOnce = async (update) => {
    const clock = createClock();
    const result = { digest: undefined, update };
    await jobs[job].work({ Buffer, bytes, chunks, clock, result });
    return { ms: clock.read(), digest: result.digest };
  };
  const sum = createHash('sha256');
  const { digest = sum.digest('hex') } = await runOnce((part) => sum.update(part));
  const runs = [];
  while (runs.length < COLD + TIMED) runs.push(await runOnce(() => {}));
  const ms = median(runs.slice(COLD).map((run) => run.ms));
  return { ms, digest, peakMiB: peakMiB() };
});
