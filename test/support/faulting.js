'use strict';

/* For tests of memory that faults: scripts in a process of their own, which may end it. */

const { spawnSync } = require('node:child_process');
const path = require('node:path');

const root = path.join(__dirname, '..', '..');

/**
 * Runs a script that has the package (`ours`) and the tests' addon (`addon`), without a core dump should
 * it fault.
 *
 * @param {string} script
 * @param {object} [env] added to this process's environment
 */
function runScript(script, env = {}) {
  const prelude = `
    const ours = require('.');
    const addon = require('./test/addon/build/Release/test_addon.node');`;
  const args = ['-c', 'ulimit -c 0 && exec "$0" --expose-gc -e "$1"'];
  return spawnSync('sh', [...args, process.execPath, `${prelude}\n${script}`], {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
}

/** Whether a process ended by a fault. A sanitizer tells of it and ends the process itself. */
const hasFaulted = ({ signal, stderr }) =>
  ['SIGSEGV', 'SIGBUS'].includes(signal) || /AddressSanitizer: (SEGV|BUS)/.test(stderr);

module.exports = { hasFaulted, runScript };
