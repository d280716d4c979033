'use strict';

/*
 * Why the preload costs a job more; said on the page when it does. Each was found by running the job with
 * and without what is named, or is said not to have been.
 */

const compiling =
  'V8 compiles what stands in for the built-in’s functions, 20 to 50 ms of a process: a second run of the job in the same process takes no longer ' +
  'than without';
const itsThreads =
  'Each of its two threads loads the preload; with that in the main thread alone the ratios are 0.98 to 1.07';

/** More processor time, by job. */
const cpuMs = {
  'fflate: consumes buffers of 1 KiB to 3 MiB':
    'It starts 33 threads, one a call, and each loads the preload; with that in the main thread alone the ratio is 0.98 on Node 20 and 1.00 on 26',
  'iconv-lite: 4,500 texts in five charsets': compiling,
  'pdf-parse: 12 files of 1 KiB to 4 MB read': compiling,
  'piscina: 84 buffers by move()': itsThreads,
  'piscina: 84 buffers in transfer lists': itsThreads,
  'readable-stream: 60 MiB through four transforms':
    'Not so when it ran again alone: 0.99 ±0.03 on Node 26',
  'sha.js: 18,000 short and 18 long hashes': compiling,
  'split2: 200,000 lines': compiling,
  'tar-stream: 9,000 entries written and read': compiling,
  'unpdf: 12 files of 1 KiB to 4 MB read': compiling,
  'workerpool: 84 buffers there and back': itsThreads,
  'yazl: 1,500 entries written and read':
    'Not found: when it ran again alone it was 0.95 ±0.03 on Node 26, and 1.04 ±0.11 without the pacer',
};

/** A higher peak, by job. */
const peakMiB = {
  'fflate: consumes buffers of 1 KiB to 3 MiB':
    'Each of the threads that are alive at once has the package; with the preload in the main thread alone it is 0.97 on Node 26',
  'redis-parser: 120,000 replies in odd pieces':
    'Nearly all its buffers of 2 to 12 MB differ in size. This was read before a larger freed one was cut down to serve a smaller request; since then 0.85 and 0.92, ' +
    'read alone (`--filter redis-parser --runtimes 20,26 --runs 3`)',
  'msgpackr: 25 messages of 4,000 records':
    'A few buffers of 10 MB each outlive the minor collections that the pacer has run, and then wait for V8’s next full one; ' +
    '`BUFALLOC_PACING=0` leaves 0.94 on Node 20',
  'undici: 448 fetches of 500 B to 1 MiB':
    'Not found: it is 0.88 without the pacer and 0.91 with nothing kept for reuse',
  'unpdf: 12 files of 1 KiB to 4 MB read':
    'Half of it is memory that is kept for reuse, the rest the package itself: `BUFALLOC_MAX_CACHED_BYTES=0` leaves 0.96',
  'bson: 40,000 documents':
    'V8’s young generation grows by a step more, from 4 to 8 MiB, beside what the package itself takes',
};

/** Where the ratio is no further than twice its spread from 1. */
const chance = 'Chance, as far as the spread tells';

/** Where the peak is higher by no more than `packageMiB` of costs.js. */
const packageItself =
  'The package itself takes [4 MiB on Node 20 and 7 on Node 26](performance.md#the-fixed-cost), and what V8 compiles of it some more';

const unknown = 'Cause unknown';

module.exports = { cpuMs, peakMiB, chance, packageItself, unknown };
