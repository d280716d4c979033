'use strict';

/* Runs a job's processes, without and with the preload in turn, and sums them up. */

const path = require('node:path');
const { root } = require('../../bench/core/machine');
const { runTask } = require('../../bench/core/process');
const { takeTurns } = require('../../bench/core/schedule');
const { sides } = require('../../bench/core/sides');
const { median } = require('../../bench/core/stats');

const REGISTER = path.join(root, 'lib', 'register.js');
const CHILD = path.join(__dirname, 'child.js');

const FIGURES = ['ms', 'cpuMs', 'peakMiB', 'stores', 'bytes'];

/** One process of a job's. @throws {Error} with its last words when it fails */
async function runOnce({ id }, directory, preload) {
  const flags = preload ? ['--require', REGISTER] : [];
  const result = await runTask(process.execPath, CHILD, { id, directory }, { flags });
  if (result.preloaded !== preload) {
    throw new Error(`the preload was ${preload ? 'not ' : ''}in effect`);
  }
  if (preload && result.stores === 0) {
    throw new Error('nothing was allocated through bufalloc');
  }
  return result;
}

const summarize = (runs) => ({
  ...Object.fromEntries(FIGURES.map((name) => [name, median(runs.map((run) => run[name]))])),
  hashes: [...new Set(runs.map(({ hash }) => hash))],
  runs,
});

/**
 * Runs a job `count` times on each side.
 *
 * @returns {Promise<object>} the job's names with `same` (one and the same hash in all runs) and
 *   the medians of both sides; or with `error`, and `side` as the one that failed
 */
async function measureJob(job, directory, count, onRun) {
  const { id, package: name, with: others, title } = job;
  const names = { id, package: name, with: others, title };
  const plan = { sides, rounds: count };
  const run = (_, side) => runOnce(job, directory, side === 'bufalloc');
  const { measured } = await takeTurns([job], plan, run, onRun);
  const [{ side, error, ...runs }] = measured;
  if (error) {
    const said = `${error.message}\n${error.stderr ?? ''}`.trim();
    return { ...names, same: false, side, error: said };
  }
  const builtin = summarize(runs.builtin);
  const bufalloc = summarize(runs.bufalloc);
  const same = new Set([...builtin.hashes, ...bufalloc.hashes]).size === 1;
  return { ...names, same, builtin, bufalloc };
}

module.exports = { REGISTER, measureJob };
