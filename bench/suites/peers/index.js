'use strict';

// Suite `peers`: buffers that are touched, beside what people do today: the built-in over jemalloc and over mimalloc, and pools from
// npm. A process allocates one size all the time and keeps the latest for a while, as a server does with the data of its requests; what
// falls out of that window is dropped, or given back where a pool asks for it. A fixed amount of work, with a turn of the event loop
// after every MiB, inside the time. Reported: time a buffer and peak RSS.

const { turn } = require('../../core/collect');
const { size: sizeName, KiB, MiB } = require('../../core/format');
const { figuresOf, timeSlice } = require('../../core/measure');
const { peakMiB, resetPeak } = require('../../core/memory');

const sizes = [4 * KiB, 8 * KiB, 64 * KiB, MiB];
const sides = ['builtin', 'bufalloc', 'jemalloc', 'mimalloc', 'nbufpool', 'buffer-reuse-pool'];
const page = 4096;
const batchBytes = MiB;
const sliceBytes = 64 * MiB;
const warmSlices = 2;
const slices = { full: 32, quick: 6 };
// The window: this many bytes of buffers, and no more buffers than that.
const keptBytes = 16 * MiB;
const keptMost = 512;

const idOf = (bytes) => `${sizeName(bytes)}/touched`;

/** A job a size; none in the short run. @param {{scope: string, matches: (id: string) => boolean}} options */
function jobs({ scope, matches }) {
  if (scope === 'summary') return [];
  return sizes
    .filter((bytes) => matches(`peers/${idOf(bytes)}`))
    .map((bytes) => ({
      suite: 'peers',
      id: `peers/${idOf(bytes)}`,
      sides,
      cells: [idOf(bytes)],
      describe: { [idOf(bytes)]: { call: 'allocUnsafe', use: 'touched', bytes } },
      main: 'ns',
      budget: scope === 'quick' ? 'quick' : 'full',
    }));
}

const keepNothing = () => {};

/** How a side makes a buffer, and what it is told of one that is done with. */
const makers = {
  nbufpool: ({ peer: Pool }, bytes) => {
    const pool = new Pool(2 * MiB);
    return { make: () => pool.allocUnsafe(bytes), done: keepNothing };
  },
  'buffer-reuse-pool': ({ peer }, bytes) => {
    const pool = peer.pool(bytes);
    return { make: () => pool.alloc(), done: (buf) => peer.free(buf) };
  },
};
const plainMaker = ({ Buffer }, bytes) => ({
  make: () => Buffer.allocUnsafe(bytes),
  done: keepNothing,
});

function createBatch({ make, done }, bytes) {
  const kept = new Array(Math.min(keptMost, keptBytes / bytes)).fill(null);
  let next = 0;
  return function batch(count) {
    for (let i = 0; i < count; i++) {
      const buf = make();
      for (let offset = 0; offset < bytes; offset += page) buf[offset] = i & 255;
      if (kept[next] !== null) done(kept[next]);
      kept[next] = buf;
      next = next + 1 < kept.length ? next + 1 : 0;
    }
  };
}

/** Measures a job's one cell with one side; inside a child. */
async function measure(job, side) {
  const [id] = job.cells;
  const { bytes } = job.describe[id];
  const batch = createBatch((makers[side.name] ?? plainMaker)(side, bytes), bytes);
  const work = async () => {
    for (let done = 0; done < sliceBytes; done += batchBytes) {
      batch(batchBytes / bytes);
      await turn();
    }
    return sliceBytes / bytes;
  };
  for (let i = 0; i < warmSlices; i++) await work();
  resetPeak();
  const all = [];
  for (let i = 0; i < slices[job.budget]; i++) all.push(await timeSlice(work));
  return { [id]: { ...figuresOf(all), peakRss: peakMiB() } };
}

module.exports = { name: 'peers', jobs, measure };
