'use strict';

/*
 * Runs one job in a process of its own and prints one line of JSON: the hash over its results, its
 * time, the process's peak memory, and with the preload what was allocated through bufalloc.
 *
 *   node [--require bufalloc/register] child.js '{ "id": <job>, "directory": <the packages> }'
 */

const { createHash } = require('node:crypto');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { setImmediate: turn } = require('node:timers/promises');
const { peakMiB } = require('../../bench/core/memory');
const { packageFolder } = require('../../bench/core/package');
const { serve } = require('../../bench/core/serve');
const { startWatch } = require('../../bench/core/watch');
const { jobs } = require('./jobs');
const { LOADER } = require('./install');

const preloaded = Object.hasOwn(Buffer, Symbol.for('bufalloc.register'));

/** What the preload has served from its own memory so far, in this process. */
function readTaken() {
  if (!preloaded) return { count: 0, bytes: 0 };
  const { slab, dedicated, host } = require(packageFolder()).stats().stores;
  const sum = (field) => slab[field] + dedicated[field];
  return { count: sum('count'), bytes: sum('bytes'), hostBytes: host.bytes };
}

serve(async ({ id, directory }) => {
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
});
