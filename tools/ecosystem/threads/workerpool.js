'use strict';

/* A thread of workerpool's: its answers are transferred. */

const { workerData: loader } = require('node:worker_threads');
const { scramble } = require('./scramble');

async function main() {
  const { default: load } = await import(loader);
  const { Transfer, worker } = (await load('workerpool')).default;
  const answer = (bytes) => {
    const out = scramble(bytes);
    return new Transfer(out, [out.buffer]);
  };
  worker({ scramble: answer });
}

main();
