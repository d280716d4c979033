'use strict';

/*
 * Runs a script of test/fixtures in a process of its own, with this pass's environment. Used where
 * a test needs its own command line, limits or memory, or might end the process.
 */

const { spawn } = require('node:child_process');
const path = require('node:path');
const { nodeMajor } = require('./subject');

const fixtures = path.join(__dirname, '..', 'fixtures');

/**
 * How long a process with many workers may take; undefined: it ends. From Node.js 24 on a worker that ends may
 * hang, and the process with it, whoever's Buffer it has (nodejs/node#54918): it is killed then, and run
 * again, up to twice.
 */
const WORKERS_LIMIT_MS = nodeMajor >= 24 ? 40_000 : undefined;

/** Runs `node <args>` to its end, or for `limitMs`. */
function runOnce(args, env, cwd, limitMs) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limitMs,
      killSignal: 'SIGKILL',
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8');
      child[name].on('data', (text) => (output[name] += text));
    }
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...output }));
  });
}

/**
 * Runs `node <args>` to its end.
 *
 * @param {string[]} args
 * @param {{ env?: object, cwd?: string, limitMs?: number }} [options] env: added to this process's
 *   environment; limitMs: WORKERS_LIMIT_MS where many workers end
 * @returns {Promise<{ code: number|null, signal: string|null, stdout: string, stderr: string }>}
 */
async function runNode(args, { env = {}, cwd, limitMs } = {}) {
  let result = await runOnce(args, env, cwd, limitMs);
  for (let again = 0; again < 2 && limitMs > 0 && result.signal === 'SIGKILL'; again++) {
    result = await runOnce(args, env, cwd, limitMs);
  }
  return result;
}

/**
 * What a fixture has printed: one JSON value. Where it ends a worker in which a context is just being made, V8
 * prints a file of Node.js's own besides, in pieces, before and behind that: then it is an object with a name.
 */
function parseResult(stdout) {
  if (!stdout.includes('Failing script:')) return JSON.parse(stdout);
  const start = stdout.indexOf('{"');
  for (let end = start; end >= 0; end = stdout.indexOf('}', end + 1)) {
    try {
      return JSON.parse(stdout.slice(start, end + 1));
    } catch {
      /* It goes on. */
    }
  }
  throw new Error(`no result in ${stdout}`);
}

/**
 * Runs a fixture that prints one JSON value and must end well.
 *
 * @param {string} name file in test/fixtures, without `.js`
 * @param {string[]} [args]
 * @param {{ env?: object, nodeArgs?: string[], limitMs?: number }} [options] limitMs: see runNode
 * @returns {Promise<any>} what it printed
 */
async function runFixture(name, args = [], { env, nodeArgs = [], limitMs } = {}) {
  const script = path.join(fixtures, `${name}.js`);
  const options = { env, limitMs };
  const { code, signal, stdout, stderr } = await runNode([...nodeArgs, script, ...args], options);
  if (code !== 0) throw new Error(`${name} ended with ${code ?? signal}:\n${stderr}`);
  return parseResult(stdout);
}

/**
 * Runs a fixture once with each Buffer: its first argument says which to use.
 *
 * @param {string} name file in test/fixtures, without `.js`
 * @param {string[]} [args]
 * @param {{ env?: object, nodeArgs?: string[] }} [options]
 * @returns {Promise<{ ours: any, builtin: any }>}
 */
async function runBoth(name, args = [], options) {
  const ours = await runFixture(name, ['ours', ...args], options);
  const builtin = await runFixture(name, ['builtin', ...args], options);
  return { ours, builtin };
}

module.exports = { WORKERS_LIMIT_MS, fixtures, parseResult, runNode, runFixture, runBoth };
