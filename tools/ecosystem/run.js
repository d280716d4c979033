#!/usr/bin/env node
'use strict';

/*
 * Proof on other people's code: runs well-known packages with the built-in Buffer as it is, and
 * with `--require bufalloc/register`, and compares results, time and memory. See --help.
 *
 * What is preloaded is a package made of the clone: bench/core/package.js.
 */

const { writeFileSync } = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { describeMachine, root } = require('../../bench/core/machine');
const { pack } = require('../../bench/core/package');
const { raisePriority } = require('../../bench/core/process');
const { resolveRuntimes } = require('../../bench/core/runtimes');
const { createTerminal } = require('../../bench/core/terminal');
const { install } = require('./install');
const { jobs } = require('./jobs');
const { measureJob } = require('./measure');
const { markdown, terminalText } = require('./report');
const { runSuite, suites } = require('./suites');

const PAGE = path.join(root, 'docs', 'ecosystem.md');

const usage = `Usage: node tools/ecosystem/run.js [options]

Installs packages that live on Buffers into a cache folder outside the tree, runs a job with each
without and with the preload bufalloc/register, and the tests that they bring along.

Options:
      --filter TEXT    only jobs and tests whose name holds TEXT
      --runtimes LIST  Node versions, as in 20,26; by default the running one
      --runs N         processes a side for each job (7)
      --write          write docs/ecosystem.md (all jobs and tests only)
      --json FILE      write all figures there
  -h, --help           this text

Exit status: 0 if every result is the same, 1 if one differs or fails, 2 for wrong usage.
`;

const options = {
  filter: { type: 'string', default: '' },
  runtimes: { type: 'string' },
  runs: { type: 'string', default: '7' },
  write: { type: 'boolean', default: false },
  json: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
};

/** The options, or undefined after a word on what is wrong with them. */
function readOptions(complain) {
  try {
    const { values } = parseArgs({ options });
    if (!/^[1-9]\d*$/.test(values.runs)) throw new Error('--runs: not a number above 0');
    if (values.write && values.filter) throw new Error('--write: not together with --filter');
    return { ...values, runs: Number(values.runs) };
  } catch (error) {
    complain(error.message);
    return undefined;
  }
}

/** What --filter looks at. */
const nameOf = (one) => one.id ?? one.package;

/** All jobs and tests on one version of Node. */
async function runOn({ version, major, execPath }, directory, { matches, runs }, terminal) {
  const found = { version, major, jobs: [], tests: [] };
  const chosenJobs = jobs.filter(matches);
  for (const [i, job] of chosenJobs.entries()) {
    terminal.part(`Node ${version}, job ${i + 1} of ${chosenJobs.length}: ${job.id}`);
    const tell = ({ done, total, side }) => terminal.progress(done, total, side);
    found.jobs.push(await measureJob(job, { directory, execPath, count: runs }, tell));
  }
  const chosenSuites = suites.filter(matches);
  for (const [i, suite] of chosenSuites.entries()) {
    terminal.part(`Node ${version}, tests ${i + 1} of ${chosenSuites.length}: ${suite.package}`);
    found.tests.push(await runSuite(suite, { directory, execPath }));
  }
  return found;
}

async function runAll({ filter, runtimes, runs }, terminal) {
  const machine = describeMachine();
  const chosen = resolveRuntimes(runtimes, terminal.note);
  const directory = install((text) => terminal.part(text));
  pack(terminal.note);
  const matches = (one) => nameOf(one).includes(filter);
  const found = [];
  for (const runtime of chosen) {
    found.push(await runOn(runtime, directory, { matches, runs }, terminal));
  }
  terminal.settle();
  return { machine, runs, directory, command: commandOf({ runtimes, runs }), runtimes: found };
}

/** What has the page made again. */
function commandOf({ runtimes, runs }) {
  const given = [runtimes && `--runtimes ${runtimes}`, `--runs ${runs}`, '--write'];
  return `npm run ecosystem -- ${given.filter(Boolean).join(' ')}`;
}

/** Says what went wrong on a version of Node, in full. Returns whether anything did. */
function complainAll({ version, jobs: done, tests }, terminal) {
  const wrong = done.filter(({ same }) => !same);
  for (const { id, side, error, hashes } of wrong) {
    if (error) terminal.complain(`${id} fails (Node ${version}, ${side}): ${error}`);
    else terminal.complain(`${id} differs (Node ${version}): ${hashes.join(' and ')}`);
  }
  const differing = tests.filter(({ same }) => !same);
  for (const { package: name, bufalloc } of differing) {
    terminal.complain(
      `tests of ${name} differ (Node ${version}):\n${bufalloc.output.slice(-4000)}`,
    );
  }
  return wrong.length + differing.length > 0;
}

/** Lays the page out as the repository's formatter would. */
async function writePage(found) {
  const prettier = require('prettier');
  const config = await prettier.resolveConfig(PAGE);
  writeFileSync(PAGE, await prettier.format(markdown(found), { ...config, parser: 'markdown' }));
}

async function main() {
  const terminal = createTerminal();
  const values = readOptions((text) => terminal.complain(text));
  if (values === undefined) return 2;
  if (values.help) {
    terminal.print(usage.trimEnd());
    return 0;
  }
  if (![...jobs, ...suites].some((one) => nameOf(one).includes(values.filter))) {
    terminal.complain(`--filter: nothing has '${values.filter}' in its name`);
    return 2;
  }
  raisePriority();
  const found = await runAll(values, terminal);
  found.runtimes.forEach((one) => terminal.print(terminalText(one, terminal)));
  if (values.json) {
    writeFileSync(values.json, `${JSON.stringify({ ...found, directory: undefined }, null, 2)}\n`);
  }
  if (values.write) await writePage(found);
  const wrong = found.runtimes.filter((one) => complainAll(one, terminal));
  return wrong.length > 0 ? 1 : 0;
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
