'use strict';

// One worker of the scaling scenario: in each turn a few written 64 KiB buffers and many small ones.

const { parentPort, workerData } = require('node:worker_threads');
const { loadSide } = require('../../core/sides');

const { Buffer } = loadSide(workerData.side, workerData.self);
const turn = () => new Promise((resolve) => setImmediate(resolve));
let last = null;

function batch() {
  for (let i = 0; i < 8; i++) {
    last = Buffer.allocUnsafe(64 * 1024);
    for (let offset = 0; offset < last.length; offset += 4096) last[offset] = i;
  }
  for (let i = 0; i < 400; i++) {
    last = Buffer.allocUnsafe(20 + i);
    last[0] = i & 255;
  }
}

parentPort.on('message', async (count) => {
  for (let i = 0; i < count; i++) {
    batch();
    await turn();
  }
  parentPort.postMessage('done');
});

parentPort.postMessage('ready');
