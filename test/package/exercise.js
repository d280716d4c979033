'use strict';

/*
 * Uses a binary a little, in the main thread and in a worker: `node exercise.js ROOT RESULT` loads the
 * package in ROOT and writes what came of it to the file RESULT, as wine gives a program no pipes.
 */

const fs = require('node:fs');
const { Worker, isMainThread } = require('node:worker_threads');

const [root, result] = process.argv.slice(2);
const bufalloc = require(root);
const { Buffer, acquire, createAllocator, createArena, release, stats, trim } = bufalloc;

const ROUNDS = 500;
/* Compared by one call: under an emulator a loop over all bytes takes minutes. */
const ZEROES = new Uint8Array(1000 + ROUNDS * 997);

function useLifetimes() {
  for (let i = 0; i < ROUNDS; i++) {
    const chunk = acquire(1000 + i * 997, { zero: i % 2 === 0, alignment: i % 3 === 0 ? 4096 : 1 });
    if (i % 2 === 0 && !chunk.equals(ZEROES.subarray(0, chunk.length))) {
      throw new Error('memory that is not zero');
    }
    chunk.fill(i);
    if (!release(chunk)) throw new Error('a buffer that was not released');
  }
}

function useArena() {
  const arena = createArena();
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < ROUNDS; i++) arena.allocUnsafe(256).fill(round);
    arena.reset();
  }
  arena.close();
}

function work() {
  useLifetimes();
  useArena();
  const allocator = createAllocator({ nativeMin: 0, zeroOnRelease: true });
  allocator.alloc(5000, 'a');
  allocator.close();
  const kept = Buffer.alloc(1_000_000, 'b');
  trim();
  return { length: kept.length, ...stats() };
}

const { backend, lifetimes, stores } = work();
if (isMainThread) {
  const worker = new Worker(__filename, { argv: [root, result] });
  worker.on('exit', (code) => {
    const { version } = process;
    const { released } = lifetimes;
    const acquired = stores.acquired.count;
    fs.writeFileSync(
      result,
      JSON.stringify({ version, backend, released, acquired, worker: code }),
    );
  });
}
