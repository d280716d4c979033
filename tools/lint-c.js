#!/usr/bin/env node
'use strict';

/*
 * Checks the C code: its layout (clang-format), and what clang-tidy and cppcheck see in it.
 *
 *   node tools/lint-c.js [--strict] [--fix]
 *
 * A tool that is not installed is left out with a word, so that `npm run lint` works without; with
 * --strict that is a failure. --fix lays the code out and checks nothing. Exits with 1 if a tool
 * found something.
 */

const { spawn, spawnSync } = require('node:child_process');
const os = require('node:os');
const { parseArgs } = require('node:util');

const { ROOT, allFiles, nodeHeaders, posixSources } = require('./sources');

function isInstalled(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Runs a program; resolves to its exit status and all it printed. */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output }));
  });
}

async function format(fix) {
  const how = fix ? ['-i'] : ['--dry-run', '-Werror'];
  return [await run('clang-format', ['--style=file', ...how, ...allFiles()])];
}

/** The flags a file is compiled with, for clang-tidy. */
function compilerFlags() {
  const headers = nodeHeaders();
  return [
    ...['-std=c11', '-DBA_FAULT_INJECTION', '-DBA_WITH_V8'],
    ...['-DNAPI_VERSION=8', '-DNODE_GYP_MODULE_NAME=bufalloc', '-Iinclude'],
    ...(headers ? ['-isystem', headers] : []),
  ];
}

/** The sources that can be compiled here: the addon's only where Node's headers are. */
function compilable() {
  const withAddon = nodeHeaders() !== undefined;
  return posixSources().filter((file) => withAddon || !file.startsWith('src/addon/'));
}

/** One clang-tidy a file: it works through them one after the other otherwise. */
async function tidy() {
  const waiting = compilable();
  const results = [];
  const work = async () => {
    for (let file; (file = waiting.shift());) {
      results.push(await run('clang-tidy', ['--quiet', file, '--', ...compilerFlags()]));
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, work));
  return results;
}

async function check() {
  const args = [
    ...['--quiet', '--std=c11', '--enable=warning,style,performance,portability'],
    ...['--error-exitcode=1', '--inline-suppr', '--suppress=missingIncludeSystem'],
    // Both platforms' files are read; a macro that only a compiler knows is not worth a report.
    ...['--suppress=unmatchedSuppression', '--suppress=preprocessorErrorDirective'],
    // It looks at one allocator's shim at a time, where some of them cannot fail.
    '--suppress=knownConditionTrueFalse:bench/heap/replay.c',
    ...['-DBA_FAULT_INJECTION', ...allFiles().filter((file) => file.endsWith('.c'))],
  ];
  return [await run('cppcheck', args)];
}

const TOOLS = { 'clang-format': () => format(false), 'clang-tidy': tidy, cppcheck: check };

/** Runs one tool and says what it found. Returns whether all is well. */
async function report(name, strict) {
  if (!isInstalled(name)) {
    console.log(`${name}: not installed${strict ? '' : ', left out'}`);
    return !strict;
  }
  const failed = (await TOOLS[name]()).filter(({ status }) => status !== 0);
  for (const { output } of failed)
    console.log(output.replace(/^\d+ warnings? generated\.\n/gm, ''));
  console.log(`${name}: ${failed.length === 0 ? 'nothing found' : 'failed'}`);
  return failed.length === 0;
}

async function main() {
  const { values } = parseArgs({
    options: { strict: { type: 'boolean' }, fix: { type: 'boolean' } },
  });
  if (values.fix) {
    if (isInstalled('clang-format')) await format(true);
    return;
  }
  for (const name of Object.keys(TOOLS)) {
    if (!(await report(name, values.strict))) process.exitCode = 1;
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
