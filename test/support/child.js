'use strict';

/*
 * Runs a script of test/fixtures in a process of its own, with this pass's environment. Used where
 * a test needs its own command line, limits or memory, or might end the process.
 */

const { spawn } = require('node:child_process');
const path = require('node:path');

const fixtures = path.join(__dirname, '..', 'fixtures');

/**
 * Runs `node <args>` to its end.
 *
 * @param {string[]} args
 * @param {{ env?: object, cwd?: string }} [options] env: added to this process's environment
 * @returns {Promise<{ code: number|null, signal: string|null, stdout: string, stderr: string }>}
 */
function runNode(args, { env = {}, cwd } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
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
 * Runs a fixture that prints one JSON value and must end well.
 *
 * @param {string} name file in test/fixtures, without `.js`
 * @param {string[]} [args]
 * @param {{ env?: object, nodeArgs?: string[] }} [options]
 * @returns {Promise<any>} what it printed
 */
async function runFixture(name, args = [], { env, nodeArgs = [] } = {}) {
  const script = path.join(fixtures, `${name}.js`);
  const { code, signal, stdout, stderr } = await runNode([...nodeArgs, script, ...args], { env });
  if (code !== 0) throw new Error(`${name} ended with ${code ?? signal}:\n${stderr}`);
  return JSON.parse(stdout);
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

module.exports = { fixtures, runNode, runFixture, runBoth };
