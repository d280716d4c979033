'use strict';

/*
 * Runs child programs, one measurement each, and takes their results.
 *
 * The task goes to the child as JSON in its first argument; the child prints its result as JSON.
 * A child gets the options of this process (except a debugger's port), so that both sides are
 * compared as the user started us.
 */

const { execFile } = require('node:child_process');
const { readFileSync } = require('node:fs');

/** No child takes a tenth of this; one that does hangs, in milliseconds. */
const TIMEOUT = 120_000;

/**
 * @param {string} program path of the child program
 * @param {object} task what it shall do
 * @param {string[]} [options] more options for the runtime
 * @returns {Promise<object>} what the child printed; rejects, saying how it ended, if it failed
 */
function runChild(program, task, options = []) {
  const inherited = process.execArgv.filter((option) => !option.startsWith('--inspect'));
  const args = [...inherited, ...options, program, JSON.stringify(task)];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { timeout: TIMEOUT }, (error, stdout, stderr) => {
      if (error) return reject(new Error(describeEnd(error, stderr)));
      try {
        resolve(JSON.parse(stdout));
      } catch {
        reject(new Error(`printed no result but '${stdout.slice(0, 60)}'`));
      }
    });
  });
}

/** How a child ended, in one line. */
function describeEnd(error, stderr) {
  const said = stderr.split('\n').find((line) => /^\w*Error\b/.test(line));
  if (error.signal) return `ended by ${error.signal}`;
  return said ? said.trim() : `ended with status ${error.code}`;
}

/** In a child: does the task with `work(task)` and prints the result. */
async function serve(work) {
  const result = await work(JSON.parse(process.argv[2]));
  process.stdout.write(JSON.stringify(result));
}

/**
 * In a child: the most memory it held, in bytes. On Linux the kernel counts into `maxRSS` what the
 * parent held when it forked, so its per-program figure is read instead.
 */
function peakRss() {
  try {
    const [, kib] = /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'));
    return Number(kib) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

module.exports = { runChild, serve, peakRss };
