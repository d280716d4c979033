'use strict';

// Suite `huge`: when huge pages pay. A process has one size and one use of fresh memory:
//
//   filled    written from its first to its last byte: page faults
//   random    read at random places, after it was filled and outside of that time: misses of the TLB
//   sparse    one byte written in each 64 KiB: where a page has 2 MiB, all of it becomes resident
//
// Beside the built-in: bufalloc as it is, and an allocator with `hugePages`. What is done with is released, or collected, and given back to
// the system outside the time, so that the next begins with fresh memory. Reported: time a buffer and peak RSS.

const { collect } = require('../core/collect');
const { size: sizeName, KiB, MiB } = require('../core/format');
const { figuresOf, timeSlice } = require('../core/measure');
const { peakMiB, resetPeak } = require('../core/memory');
const { packageFolder } = require('../core/package');

const sizes = [2 * MiB, 16 * MiB, 256 * MiB];
const uses = ['filled', 'random', 'sparse'];
const sides = ['builtin', 'bufalloc', 'huge'];
const sparseStep = 64 * KiB;
const reads = 1e6;
const rounds = { full: 8, quick: 3 };

const idOf = (bytes, use) => `${sizeName(bytes)}/${use}`;

/** A job a size and use; none in the short run. @param {{scope: string, matches: (id: string) => boolean}} options */
function jobs({ scope, matches }) {
  if (scope === 'summary') return [];
  return sizes.flatMap((bytes) =>
    uses
      .filter((use) => matches(`huge/${idOf(bytes, use)}`))
      .map((use) => ({
        suite: 'huge',
        id: `huge/${idOf(bytes, use)}`,
        sides,
        cells: [idOf(bytes, use)],
        describe: { [idOf(bytes, use)]: { call: 'acquire', use, bytes } },
        main: 'ns',
        budget: scope === 'quick' ? 'quick' : 'full',
      })),
  );
}

/** How a side makes a buffer of fresh memory, and gives it back. */
function makerOf({ name, Buffer }, bytes) {
  if (name === 'builtin') {
    return { make: () => Buffer.allocUnsafeSlow(bytes), done: () => collect() };
  }
  const { createAllocator } = require(packageFolder());
  const allocator = createAllocator({ hugePages: name === 'huge' });
  return {
    make: () => allocator.acquire(bytes),
    done(buffer) {
      allocator.release(buffer);
      allocator.trim();
    },
  };
}

function touch(buffer) {
  for (let offset = 0; offset < buffer.length; offset += sparseStep) buffer[offset] = 1;
}

/** Reads at places that a linear congruence gives (Numerical Recipes'). */
function readAtRandom(buffer) {
  let at = 1;
  let sum = 0;
  for (let i = 0; i < reads; i++) {
    at = (Math.imul(at, 1664525) + 1013904223) >>> 0;
    sum += buffer[at % buffer.length];
  }
  return sum;
}

/** For each use: what is done to fresh memory, before the time and within it. */
const work = {
  filled: { before: () => {}, timed: (buffer) => buffer.fill(1) },
  random: { before: (buffer) => buffer.fill(1), timed: readAtRandom },
  sparse: { before: () => {}, timed: touch },
};

/** Measures a job's one cell with one side; inside a child. */
async function measure(job, side) {
  const [id] = job.cells;
  const { bytes, use } = job.describe[id];
  const { make, done } = makerOf({ ...side, name: job.side }, bytes);
  const { before, timed } = work[use];
  const all = [];
  for (let round = 0; round <= rounds[job.budget]; round++) {
    /* The first round is to warm up. */
    if (round === 1) resetPeak();
    let buffer;
    const prepare = () => before((buffer = make()));
    if (use === 'random') prepare();
    const slice = await timeSlice(async () => {
      if (use !== 'random') prepare();
      timed(buffer);
      return 1;
    });
    if (round > 0) all.push(slice);
    const used = buffer;
    buffer = undefined;
    await done(used);
  }
  return { [id]: { ...figuresOf(all), peakRss: peakMiB() } };
}

module.exports = { name: 'huge', jobs, measure };
