'use strict';

/*
 * Runs one job in a process of its own and prints one line of JSON: the hash over its results, its
 * time, the process's peak memory, and with the preload what was allocated through bufalloc.
 *
 *   node [--require lib/register.js] child.js <job> <folder with the packages>
 */

const { createHash } = require('node:crypto');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { peakMiB } = require('../../bench/core/memory');
const { startWatch } = require('../../bench/core/watch');
const { jobs } = require('./jobs');
const { LOADER } = require('./install');

const preloaded = Object.hasOwn(Buffer, Symbol.for('bufalloc.register'));

/** What the preload has served from its own memory so far, in this process. */
function readTaken() {
  if (!preloaded) return { count: 0, bytes: 0 };
  const { slab, dedicated, host } = require('../../lib/index').stats().stores;
  const sum = (field) => slab[field] + dedicated[field];
  return { count: sum('count'), bytes: sum('bytes'), hostBytes: host.bytes };
}

/** Lets the event loop turn, as a server's does between its requests. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

async function main([id, directory]) {
  const job = jobs.find((one) => one.id === id);
  const digest = createHash('sha256');
  const loader = pathToFileURL(path.join(directory, LOADER)).href;
  const { default: load } = await import(loader);

  const before = readTaken();
  const cpuBefore = process.cpuUsage();
  const stop = startWatch();
  await job.run({ load, loader, digest, turn });
  const { ms } = stop();
  const { user, system } = process.cpuUsage(cpuBefore);
  const after = readTaken();

  return {
    preloaded,
    hash: digest.digest('hex'),
    ms,
    cpuMs: (user + system) / 1e3,
    peakMiB: peakMiB(),
    stores: after.count - before.count,
    bytes: after.bytes - before.bytes,
    hostBytes: after.hostBytes - before.hostBytes,
  };
}

main(process.argv.slice(2)).then(
  (result) => process.stdout.write(`\n${JSON.stringify(result)}\n`, () => process.exit(0)),
  (error) => process.stderr.write(`${error.stack}\n`, () => process.exit(1)),
);
