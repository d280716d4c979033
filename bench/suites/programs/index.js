'use strict';

// Suite `programs`: servers as people write them, unchanged, without and with `--require bufalloc/register`; their clients are in another
// process. Each reports what its clients see (requests a second, the slowest of a hundred), the processor time of the work, peak RSS,
// RSS after some seconds of idleness, and with the preload, which part of the program's buffers came from us.

const { setTimeout: sleep } = require('node:timers/promises');
const { startClient } = require('../../core/client');
const { peakMiB, residentMiB, resetPeak } = require('../../core/memory');
const { registerFile } = require('../../core/package');
const { fetchPackages } = require('./packages');
const programs = require('./programs');

const warmShare = 0.1;
const sampleMs = 50;
// Of the programs' own number of requests. In full a job takes 2 to 7 s, of which the engine compiles in the first half second, and V8's new
// space has its size on either side: peak RSS of a second's work says which side reached it.
const scales = { full: 3, quick: 0.2 };
// bufalloc gives back what has idled for 1 to 3 seconds.
const idleMs = { full: 5_000, quick: 1_000 };

/** The suite's jobs, one a program; none in the short run. @param {{scope: string, matches: (id: string) => boolean}} options */
function jobs({ scope, matches }) {
  if (scope === 'summary') return [];
  return Object.entries(programs)
    .filter(([name, { title }]) => matches(`programs/${name} ${title}`))
    .map(([name, { title }]) => ({
      suite: 'programs',
      id: `programs/${name}`,
      sides: ['builtin', 'bufalloc'],
      flags: { bufalloc: ['--require', registerFile()] },
      cells: [name],
      describe: { [name]: { title } },
      main: 'ms',
      scale: scales[scope],
      idleMs: idleMs[scope],
      recheck: false,
    }));
}

/**
 * Samples which part of the memory of all ArrayBuffers is ours, while a program runs.
 * @param {() => number} liveBytes what we have handed out
 * @returns {() => number} ends it and gives the share, 0 to 1
 */
function sampleShare(liveBytes) {
  let ours = 0;
  let all = 0;
  const timer = setInterval(() => {
    const live = liveBytes();
    ours += live;
    // The runtime counts only what it allocated itself.
    all += live + process.memoryUsage().arrayBuffers;
  }, sampleMs);
  return () => {
    clearInterval(timer);
    return ours / all;
  };
}

/** Bytes in our stores; none where the preload is not there. */
function liveBytesOf({ name, module }) {
  if (name !== 'bufalloc' || !module.stats) return () => 0;
  return () => module.stats().heap.liveBytes;
}

function cpuMsSince(before) {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e3;
}

/** Measures a job's one program; inside a child. */
async function measure(job, side) {
  const [name] = job.cells;
  const { serve, connections, requests } = programs[name];
  const client = await startClient(require.resolve('./client'));
  const { upstream } = await client.order({ program: name });
  const { port, close } = await serve(upstream);
  const ask = (count) => client.order({ program: name, port, connections, count });
  const count = Math.ceil(requests * job.scale);
  await ask(Math.ceil(count * warmShare));
  resetPeak();
  const endShare = sampleShare(liveBytesOf(side));
  const cpu = process.cpuUsage();
  const figures = await ask(count);
  figures.cpuMs = cpuMsSince(cpu);
  const share = endShare();
  figures.peakRss = peakMiB();
  await sleep(job.idleMs);
  figures.idleRss = residentMiB();
  client.close();
  close();
  return { [name]: side.name === 'bufalloc' ? { ...figures, share } : figures };
}

module.exports = { name: 'programs', jobs, measure, prepare: fetchPackages };
