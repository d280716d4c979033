'use strict';

/* Runs a job's processes, without and with the preload in turn, and sums them up. */

const { registerFile } = require('../../bench/core/package');
const { runTask } = require('../../bench/core/process');
const { takeTurns } = require('../../bench/core/schedule');
const { sides } = require('../../bench/core/sides');
const { ratio, summarize } = require('../../bench/core/stats');

const CHILD = require.resolve('./child');

const FIGURES = ['ms', 'cpuMs', 'peakMiB', 'stores', 'bytes'];

/** One process of a job's. @throws {Error} with its last words when it fails */
async function runOnce({ id }, { directory, execPath, preload }) {
  const flags = preload ? ['--require', registerFile()] : [];
  const result = await runTask(execPath, CHILD, { id, directory }, { flags });
  if (result.preloaded !== preload) {
    throw new Error(`the preload was ${preload ? 'not ' : ''}in effect`);
  }
  if (preload && result.stores === 0) {
    throw new Error('nothing was allocated through bufalloc');
  }
  return result;
}

/** Of each figure the median and the extremes on both sides, and what is without over with. */
function compare(runs) {
  const compareOne = (name) => {
    const [builtin, bufalloc] = sides.map((side) => runs[side].map((run) => run[name]));
    const gain = ratio(builtin, bufalloc);
    return { builtin: summarize(builtin), bufalloc: summarize(bufalloc), ratio: gain };
  };
  return Object.fromEntries(FIGURES.map((name) => [name, compareOne(name)]));
}

/**
 * Runs a job `count` times on each side.
 *
 * @param {object} job of jobs.js
 * @param {{ directory: string, execPath: string, count: number }} where the packages are, and the Node
 * @param {Function} onRun see takeTurns
 * @returns {Promise<object>} the job's names with `same` (one and the same hash in all runs) and
 *   the figures of both sides; or with `error`, and `side` as the one that failed
 */
async function measureJob(job, { directory, execPath, count }, onRun) {
  const { id, package: name, with: others, title } = job;
  const names = { id, package: name, with: others, title };
  const plan = { sides, rounds: count };
  const run = (_, side) => runOnce(job, { directory, execPath, preload: side === 'bufalloc' });
  const { measured } = await takeTurns([job], plan, run, onRun);
  const [{ side, error, ...runs }] = measured;
  if (error) {
    const said = `${error.message}\n${error.stderr ?? ''}`.trim();
    return { ...names, same: false, side, error: said };
  }
  const hashes = sides.map((one) => [...new Set(runs[one].map(({ hash }) => hash))]);
  const same = new Set(hashes.flat()).size === 1;
  return { ...names, same, hashes, figures: compare(runs) };
}

module.exports = { measureJob };
