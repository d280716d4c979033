'use strict';

/* A thread that comlink exposes a function of: its answers are transferred. */

const { parentPort, workerData: loader } = require('node:worker_threads');
const { scramble } = require('./scramble');

async function main() {
  const { default: load } = await import(loader);
  const { expose, transfer } = await load('comlink');
  const { default: adapter } = await load('comlink/dist/esm/node-adapter.mjs');
  const answer = (bytes) => {
    const out = scramble(bytes);
    return transfer(out, [out.buffer]);
  };
  expose(answer, adapter(parentPort));
}

main();
