'use strict';

/*
 * The tests that packages bring along in what npm installs, run as they are, without and with the
 * preload. The preload comes by NODE_OPTIONS, so that processes which the tests start have it too.
 */

const { readdirSync } = require('node:fs');
const path = require('node:path');
const { registerFile } = require('../../bench/core/package');
const { runProcess } = require('../../bench/core/process');

/** Abstract-level has its tests for all packages of its kind; this runs them on one. */
const LEVEL_RUNNER = path.join(__dirname, 'level-suite.js');

const inPackage = (name, folder, pattern) => (directory) => {
  const full = path.join(directory, 'node_modules', name, folder);
  const files = readdirSync(full).filter((file) => pattern.test(file));
  return files.sort().map((file) => [path.join(full, file)]);
};

/**
 * `commands(directory)` gives the arguments of each Node process to run. `unit` is what is counted:
 * assertions, as their output in TAP says, or files that end well.
 */
const suites = [
  { package: 'bl', unit: 'assertions', commands: inPackage('bl', 'test', /^test\.js$/) },
  { package: 'busboy', unit: 'files', commands: inPackage('busboy', 'test', /^test-.*\.js$/) },
  {
    package: 'classic-level',
    unit: 'assertions',
    commands: (directory) => [[LEVEL_RUNNER, 'classic-level', directory]],
  },
  {
    package: 'memory-level',
    unit: 'assertions',
    commands: (directory) => [[LEVEL_RUNNER, 'memory-level', directory]],
  },
  {
    package: 'safer-buffer',
    unit: 'assertions',
    commands: inPackage('safer-buffer', '.', /^tests\.js$/),
  },
  { package: 'sha.js', unit: 'assertions', commands: inPackage('sha.js', 'test', /\.js$/) },
  { package: 'split2', unit: 'assertions', commands: inPackage('split2', '.', /^test\.js$/) },
  { package: 'streamsearch', unit: 'files', commands: inPackage('streamsearch', 'test', /\.js$/) },
];

/** The sum of all `# pass 12` (or `# fail 1`) lines. */
function sumOf(word, tap) {
  const lines = tap.matchAll(new RegExp(`^# ${word} +(\\d+)$`, 'gm'));
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}

function countPassed(unit, { code, stdout }) {
  return unit === 'files' ? Number(code === 0) : sumOf('pass', stdout);
}

/** What failed, by its title; the numbers in front depend on what ran before. */
function failuresOf({ code, signal, stdout }, file) {
  const titles = [...stdout.matchAll(/^not ok \d+ ?(.*)$/gm)].map(([, title]) => title);
  return code !== 0 && titles.length === 0
    ? [`${path.basename(file)} ended with ${code ?? signal}`]
    : titles;
}

/** Runs all of a suite's processes on one side. */
async function runSide(suite, { directory, execPath }, preload) {
  const options = `${process.env.NODE_OPTIONS ?? ''} --require=${JSON.stringify(registerFile())}`;
  const env = preload ? { NODE_OPTIONS: options, BUFALLOC_STATS: 'exit' } : {};
  const result = { passed: 0, failures: [], output: '' };
  for (const args of suite.commands(directory)) {
    const ended = await runProcess(execPath, args, { cwd: path.dirname(args[0]), env });
    if (preload && !ended.stderr.includes('bufalloc: process')) {
      throw new Error(`${suite.package}: its tests ran without the preload\n${ended.stderr}`);
    }
    const failures = failuresOf(ended, args[0]);
    result.passed += countPassed(suite.unit, ended);
    result.failures.push(...failures);
    if (failures.length > 0) result.output += ended.stdout + ended.stderr;
  }
  return result;
}

/**
 * Runs a package's tests on both sides.
 *
 * @param {object} suite
 * @param {{ directory: string, execPath: string }} where the packages are, and the Node
 * @returns {Promise<{ package: string, unit: string, same: boolean, builtin: object,
 *   bufalloc: object }>} `same`: as many passed, and the same ones failed
 */
async function runSuite(suite, where) {
  const builtin = await runSide(suite, where, false);
  const bufalloc = await runSide(suite, where, true);
  const same =
    builtin.passed === bufalloc.passed &&
    builtin.failures.join('\n') === bufalloc.failures.join('\n');
  return { package: suite.package, unit: suite.unit, same, builtin, bufalloc };
}

module.exports = { suites, runSuite };
