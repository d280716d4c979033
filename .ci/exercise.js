'use strict';

/*
 * For the valgrind step of .ci/run: every kind of store, collected over some turns of the event
 * loop, trimmed, and dropped with a worker and with the process. Needs --expose-gc.
 */

const { Worker, isMainThread } = require('node:worker_threads');

const { Buffer, stats, trim } = require('..');

const ROUNDS = 4;
const BUFFERS = 200;

function allocate(round) {
  const buffers = [];
  for (let i = 0; i < BUFFERS; i++) {
    buffers.push(
      Buffer.alloc(20_000 + i, round),
      Buffer.allocUnsafe(100),
      Buffer.from('text '.repeat(i)),
      Buffer.concat([Buffer.from([1, 2, 3]), Buffer.allocUnsafeSlow(9_000)]),
    );
  }
  buffers.push(Buffer.alloc(3 * 1024 * 1024));
  return buffers;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function exercise() {
  for (let round = 0; round < ROUNDS; round++) {
    allocate(round);
    globalThis.gc?.();
    await turn();
    await turn();
  }
  trim();
  // Out when the environment ends.
  globalThis.kept = allocate(ROUNDS);
}

async function main() {
  await exercise();
  if (!isMainThread) return;
  await new Promise((resolve, reject) => {
    new Worker(__filename).on('exit', resolve).on('error', reject);
  });
  const { heap } = stats();
  console.log(`${heap.allocatedBlocks} blocks handed out, ${heap.liveBlocks} of them out at exit`);
}

main();
