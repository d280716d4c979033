'use strict';

/*
 * A worker of the soak: runs the load, answers what is posted to it with what it got, moved back, or
 * with a copy, moved as well, or posted and released; and ends as its main thread says, with buffers out: by itself, by `process.exit`, or when it is terminated.
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

/** Posts a copy of what was received. */
function answer(bytes, pattern) {
  const isAcquired = load.random() < 0.5;
  const copy = isAcquired ? acquire(bytes.length) : Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  load.acquired += isAcquired ? 1 : 0;
  const isMoved = load.random() < 0.5;
  parentPort.postMessage({ bytes: copy, seed: pattern }, isMoved ? [copy.buffer] : []);
  load.released += release(copy) ? 1 : 0;
}

parentPort.on('message', ({ bytes, seed: pattern }) => {
  check(bytes, pattern, 'posted to a worker');
  if (load.random() < 0.5) answer(bytes, pattern);
  else parentPort.postMessage({ bytes, seed: pattern }, [bytes.buffer]);
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
