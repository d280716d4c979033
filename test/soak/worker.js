'use strict';

/*
 * A worker of the soak: runs the load, answers what is posted to it, and ends as its main thread
 * says, with buffers out: by itself, by `process.exit`, or when it is terminated.
 */

const { parentPort, workerData } = require('node:worker_threads');
const { setTimeout: sleep } = require('node:timers/promises');
const { Buffer, acquire, release } = require('../..');
const { fillPattern } = require('../model/pattern');
const { Load, check } = require('./load');

const MAX_BYTES = 4 * 1024 * 1024;
/** The code of a worker that ends by `process.exit`. */
const EXIT_CODE = 3;
const { seed, fate, ms } = workerData;

const load = new Load({ seed, maxBytes: MAX_BYTES });

parentPort.on('message', ({ bytes, seed: pattern }) => {
  check(bytes, pattern, 'posted to a worker');
  const isAcquired = pattern % 2 === 0;
  const copy = isAcquired ? acquire(bytes.length) : Buffer.allocUnsafe(bytes.length);
  copy.set(bytes);
  parentPort.postMessage({ bytes: copy, seed: pattern });
  load.acquired += isAcquired ? 1 : 0;
  load.released += release(copy) ? 1 : 0;
});

async function main() {
  const end = performance.now() + ms;
  while (performance.now() < end || fate === 'terminate') {
    const rest = performance.now() + 50;
    await load.work(() => performance.now() >= rest);
    parentPort.postMessage({ bytes: fillPattern(Buffer.alloc(1000 + seed), seed), seed });
    await sleep(50);
  }
  parentPort.postMessage({ operations: load.operations });
  if (fate === 'exit') setImmediate(() => process.exit(EXIT_CODE));
  else parentPort.close();
}

main();
