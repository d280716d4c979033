'use strict';

// (h) The same churn in one worker and then in two at once. `ms` is the time of the two, `scaling` how many times the one's
// throughput they reach together (2 is perfect).

const path = require('node:path');
const { Worker } = require('node:worker_threads');

const turns = 4_000;

function start(side, self) {
  const worker = new Worker(path.join(__dirname, 'workers-churn.js'), {
    workerData: { side, self },
  });
  const message = () =>
    new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  return {
    ready: message(),
    churn(count) {
      const done = message();
      worker.postMessage(count);
      return done;
    },
    end: () => worker.terminate(),
  };
}

async function together(workers, count) {
  const begin = performance.now();
  await Promise.all(workers.map((worker) => worker.churn(count)));
  return performance.now() - begin;
}

async function run({ side, self, scale, timed }) {
  const workers = [start(side, self), start(side, self)];
  await Promise.all(workers.map((worker) => worker.ready));
  await together(workers, turns * 0.2);
  const one = await together(workers.slice(0, 1), turns * scale);
  let two = 0;
  await timed(async () => {
    two = await together(workers, turns * scale);
  });
  await Promise.all(workers.map((worker) => worker.end()));
  return { scaling: (2 * one) / two };
}

module.exports = { run };
