'use strict';

// Runs one measuring process to its end and reads its figures.
//
// The process gets the highest priority that the user may give it, so that less of the machine's other work lands in the figures.
// Linux may weigh whole sessions rather than processes (its autogroups): the process is therefore the leader of a session of its
// own, and that session's weight is raised. It is ended here if the run is broken off.

const { spawn } = require('node:child_process');
const { writeFileSync } = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { root } = require('./machine');

const child = path.join(__dirname, 'child.js');
const graceMs = 120_000;
const running = new Set();

process.on('exit', () => running.forEach((proc) => proc.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

/** Raises this process's priority where the user may; its children inherit it with all their threads. */
function raisePriority() {
  try {
    os.setPriority(os.constants.priority.PRIORITY_HIGH);
  } catch {
    // An ordinary user may not. core/watch.js leaves the time in the run queue out all the same.
  }
}

function raiseSession(pid) {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(os.constants.priority.PRIORITY_HIGH));
  } catch {
    // Not Linux, no autogroups, or not allowed.
  }
}

function lastJsonLine(text) {
  return JSON.parse(text.trimEnd().split('\n').pop());
}

/**
 * Starts a job's process on a runtime and waits for it.
 * @param {string} execPath the Node to run it on
 * @param {object} job what `child.js` (or the job's own `script`) takes
 * @returns {Promise<Record<string, Record<string, number>>>} figures by cell id and metric
 * @throws {Error} with the process's last words when it fails, or when it takes more than two minutes: it has
 *   `hung` then
 */
function runJob(execPath, job) {
  return new Promise((resolve, reject) => {
    const args = [...(job.flags ?? []), job.script ?? child, JSON.stringify(job)];
    const options = {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...job.env },
      detached: process.platform === 'linux',
    };
    const proc = spawn(execPath, args, options);
    running.add(proc);
    raiseSession(proc.pid);
    let out = '';
    let err = '';
    proc.stdout.setEncoding('utf8').on('data', (text) => (out += text));
    proc.stderr.setEncoding('utf8').on('data', (text) => (err = (err + text).slice(-4000)));
    let hung = false;
    const timer = setTimeout(() => {
      hung = true;
      proc.kill('SIGKILL');
    }, job.timeoutMs ?? graceMs);
    proc.on('error', reject);
    proc.on('close', (code, signal) => {
      clearTimeout(timer);
      running.delete(proc);
      if (code !== 0) {
        const error = new Error(`${job.id} (${job.side}) ended with ${signal ?? code}\n${err}`);
        return reject(Object.assign(error, { hung }));
      }
      resolve(lastJsonLine(out).cells);
    });
  });
}

module.exports = { runJob, raisePriority };
