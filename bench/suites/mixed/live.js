'use strict';

// Filled buffers among live young objects, which the program replaces all the while. A process measures one size with one number of
// objects: a fixed amount of work, with a turn of the event loop after every 4 MiB of buffers, inside the time.

const { turn } = require('../../core/collect');
const { size: sizeName, KiB, MiB } = require('../../core/format');
const { figuresOf, timeSlice } = require('../../core/measure');
const { peakMiB } = require('../../core/memory');
const { keepYoung } = require('../young');

const sizes = [64 * KiB, MiB];
const counts = [0, 1_000, 20_000, 200_000];
const quickCounts = [0, 20_000];
const batchBytes = 4 * MiB;
const warmBytes = 32 * MiB;
const sliceBytes = 32 * MiB;
const slices = { full: 16, quick: 4 };
// The C library of the built-in's side gives memory back or keeps it, process by process: few of them would make a poor median.
const leastRuns = { full: 15 };

function cellOf(bytes, objects) {
  const id = `allocUnsafe/${sizeName(bytes)}/filled, ${objects} objects`;
  return [
    id,
    { part: 'live', call: 'allocUnsafe', use: `filled, ${objects} objects`, bytes, objects },
  ];
}

/** A job a cell. @param {{scope: string, matches: (id: string) => boolean}} options */
function jobs({ scope, matches }) {
  const wanted = scope === 'quick' ? quickCounts : counts;
  return sizes
    .flatMap((bytes) => wanted.map((objects) => cellOf(bytes, objects)))
    .filter(([id]) => matches(`mixed/${id}`))
    .map(([id, cell]) => ({
      id: `mixed/${id}`,
      cells: [id],
      describe: { [id]: cell },
      leastRuns: leastRuns[scope],
    }));
}

function createBatch(Buffer, bytes, objects) {
  const replaceSome = objects > 0 ? keepYoung(objects, bytes) : () => {};
  const fill = Uint8Array.prototype.fill;
  return function batch() {
    for (let done = 0; done < batchBytes; done += bytes) {
      fill.call(Buffer.allocUnsafe(bytes), 1);
      replaceSome();
    }
  };
}

/** Measures a job's one cell; inside a child. */
async function measure(job, { Buffer }) {
  const [id] = job.cells;
  const { bytes, objects } = job.describe[id];
  const batch = createBatch(Buffer, bytes, objects);
  const work = async (total) => {
    for (let done = 0; done < total; done += batchBytes) {
      batch();
      await turn();
    }
    return total / bytes;
  };
  await work(warmBytes);
  const all = [];
  for (let i = 0; i < slices[job.budget]; i++) all.push(await timeSlice(() => work(sliceBytes)));
  return { [id]: { ...figuresOf(all), peakRss: peakMiB() } };
}

module.exports = { jobs, measure };
