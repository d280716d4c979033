'use strict';

/* Runs a job's processes, without and with the preload in turn, and sums them up. */

const { spawn } = require('node:child_process');
const path = require('node:path');
const { median } = require('../../bench/core/stats');

const REGISTER = path.join(__dirname, '..', '..', 'lib', 'register.js');
const CHILD = path.join(__dirname, 'child.js');

const TIMEOUT_MS = 120_000;
const FIGURES = ['ms', 'cpuMs', 'peakMiB', 'stores', 'bytes'];

/** Runs this version of Node to its end; resolves to its exit code and all it printed. */
function runNode(args, { cwd, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: code ?? signal, stdout, stderr }));
  });
}

/** One process of a job's. @throws {Error} with its last words when it fails */
async function runOnce(job, directory, preload) {
  const flags = preload ? ['--require', REGISTER] : [];
  const { code, stdout, stderr } = await runNode([...flags, CHILD, job.id, directory]);
  if (code !== 0) throw new Error(`ended with ${code}: ${stderr.trim().slice(-2000)}`);
  const result = JSON.parse(stdout.trimEnd().split('\n').pop());
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
 * Runs a job `count` times on each side. Which side goes first changes from one to the next.
 *
 * @returns {Promise<object>} the job's names with `same` (one and the same hash in all runs) and
 *   the medians of both sides; or with `error`, and `side` as the one that failed
 */
async function measureJob(job, directory, count) {
  const { id, package: name, with: others, title } = job;
  const runs = { builtin: [], bufalloc: [] };
  for (let i = 0; i < count; i++) {
    const order = ['builtin', 'bufalloc'];
    if (i % 2 === 1) order.reverse();
    for (const side of order) {
      try {
        runs[side].push(await runOnce(job, directory, side === 'bufalloc'));
      } catch (error) {
        return { id, package: name, with: others, title, same: false, side, error: error.message };
      }
    }
  }
  const builtin = summarize(runs.builtin);
  const bufalloc = summarize(runs.bufalloc);
  const same = new Set([...builtin.hashes, ...bufalloc.hashes]).size === 1;
  return { id, package: name, with: others, title, same, builtin, bufalloc };
}

module.exports = { REGISTER, measureJob, runNode };
