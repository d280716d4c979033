'use strict';

/*
 * `bufalloc bench`: the benchmark suite of bench/, in a process of its own, which takes the options.
 */

const { spawn } = require('node:child_process');
const path = require('node:path');

const script = path.join(__dirname, '..', 'bench', 'run.js');

/**
 * Runs the command.
 *
 * @param {string[]} args as they were given
 * @returns {Promise<number>} the exit status
 */
function run(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

module.exports = { takesAll: true, run };
