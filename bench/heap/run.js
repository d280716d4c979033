'use strict';
/*
 * run: the bare heap against mimalloc, jemalloc and glibc, on two recorded traces (trace.js).
 *
 * Records the traces and builds one program per allocator (build.js) in a temporary directory, then
 * runs them in turn, each run in a process of its own and each round in another order, so that
 * whatever else the machine does falls on all of them alike. Linux only: the resident set is read
 * from /proc.
 *
 *   node bench/heap/run.js --help
 */

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { describeMachine, machineLine } = require('../core/machine');
const { createTerminal } = require('../core/terminal');
const { ALLOCATORS, build, debianVersion, installPackages } = require('./build');
const { renderTable, summarize } = require('./report');
const { recordTrace } = require('./trace');

const MODES = [
  {
    ...{ name: 'untouched', trace: 'local' },
    text: 'blocks allocated and freed by one thread, their bytes never touched',
  },
  {
    ...{ name: 'touched', trace: 'local' },
    text: 'the first byte of every 4 KiB page written after each allocation',
  },
  {
    ...{ name: 'remote-untouched', trace: 'remote' },
    text: 'blocks freed by another thread, in bulk, their bytes never touched',
  },
  {
    ...{ name: 'remote-touched', trace: 'remote' },
    text: 'blocks freed by another thread, in bulk, every page touched before',
  },
];
const TRACES = ['local', 'remote'];
/** What everything else is set against. */
const ALWAYS = ['bufalloc', 'bufalloc-shipped', 'harness'];

const HELP = `Usage: node bench/heap/run.js [options]

Replays traces of allocations and frees on bufalloc's heap, mimalloc, jemalloc and glibc malloc,
each in processes of its own, and prints medians and ratios (theirs over ours: above 1, we are
faster or smaller).

  --runs N       processes per allocator and mode (default 7, the least that is worth reading)
  --filter TEXT  only what has TEXT in "allocator/mode", such as "mimalloc" or "/touched"
  --keep         have the others keep freed memory too, rather than use their defaults
  --json FILE    write every run, the medians and the ratios to FILE
  --help         show this

Times are processor time, user and system. "bufalloc" is the heap without limits: it gives nothing
back to the system. "bufalloc-shipped" has the package's limit on what is kept for reuse, without
the ticks that the package adds. The others give some memory back by default, which costs time and
saves memory at the end: --keep compares like with like. Debian's libmimalloc-dev and
libjemalloc-dev are installed when they are missing and this is run by root.
`;

const OPTIONS = {
  runs: { type: 'string', default: '7' },
  filter: { type: 'string', default: '' },
  keep: { type: 'boolean', default: false },
  json: { type: 'string' },
  help: { type: 'boolean', default: false },
};

/** The processes of one round: who runs, and in which mode. */
function selectCases(filter) {
  const cases = MODES.flatMap((mode) =>
    ALLOCATORS.map(({ name }) => ({ allocator: name, mode: mode.name })),
  );
  const wanted = cases.filter(({ allocator, mode }) => `${allocator}/${mode}`.includes(filter));
  const modes = new Set(wanted.map(({ mode }) => mode));
  return cases.filter(
    (one) => wanted.includes(one) || (modes.has(one.mode) && ALWAYS.includes(one.allocator)),
  );
}

/** The options, or an Error that says what is wrong with them. */
function readOptions() {
  const { values } = parseArgs({ options: OPTIONS });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs takes a whole number above 0');
  const cases = selectCases(values.filter);
  if (cases.length === 0) throw new Error(`--filter: no "allocator/mode" has "${values.filter}"`);
  return { ...values, runs, cases };
}

const terminal = createTerminal();

const modeNamed = (name) => MODES.find((mode) => mode.name === name);

/** One process; the environment is bare, so that no allocator is tuned by what this shell has. */
function replay(program, trace, mode, tuning) {
  const env = { PATH: process.env.PATH, ...tuning };
  const touch = mode.endsWith('untouched') ? 'untouched' : 'touched';
  return JSON.parse(execFileSync(program, [trace, touch], { env, encoding: 'utf8' }));
}

/** All rounds, each beginning with another allocator than the last. */
function runAll(cases, rounds, programs, traces, keep) {
  const tuning = new Map(
    ALLOCATORS.map(({ name, env, keep: keeping }) => [name, { ...env, ...(keep ? keeping : {}) }]),
  );
  const results = [];
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < cases.length; i++) {
      const { allocator, mode } = cases[(i + round) % cases.length];
      terminal.now(`round ${round + 1} of ${rounds}: ${allocator}, ${mode}`);
      const { file } = traces[modeNamed(mode).trace];
      const printed = replay(programs.get(allocator), file, mode, tuning.get(allocator));
      results.push({ allocator, mode, round, ...printed });
    }
  }
  terminal.settle();
  return results;
}

function firstLine(command, args) {
  return execFileSync(command, args, { encoding: 'utf8' }).split('\n')[0];
}

/** What the figures were taken on. */
function describeAll(allocators) {
  const packages = {};
  for (const { name, debian } of allocators) {
    if (debian) packages[name] = `${debian} ${debianVersion(debian) ?? '(not from Debian)'}`;
  }
  const hugePages = fs.readFileSync('/sys/kernel/mm/transparent_hugepage/enabled', 'utf8');
  return {
    ...describeMachine(),
    transparentHugePages: /\[(\w+)\]/.exec(hugePages)[1],
    compiler: firstLine('cc', ['--version']),
    packages,
  };
}

function printReport(machine, summaries, traces, { rounds, keep }) {
  const { kernel, transparentHugePages, compiler, packages } = machine;
  console.log(machineLine(machine));
  console.log(`Kernel: ${kernel}, transparent huge pages: ${transparentHugePages}`);
  console.log(`Compiler: ${compiler}, -O2\nAllocators: ${Object.values(packages).join(', ')}`);
  console.log(`Medians of ${rounds}. Processor time, less the harness's own (last column).`);
  console.log('In parentheses: theirs over ours; above 1, ours is faster or smaller.');
  console.log(
    keep
      ? 'All but bufalloc-shipped keep what is freed.'
      : 'bufalloc keeps what is freed; the others run with their defaults (see --help).',
  );
  for (const summary of summaries) {
    const { text, trace } = modeNamed(summary.mode);
    console.log(
      `\n${summary.mode}: ${text}\n${renderTable(summary, traces[trace].phases, terminal)}`,
    );
  }
}

function runBenchmark({ runs: rounds, cases, keep, json }) {
  const used = ALLOCATORS.filter(({ name }) => cases.some((one) => one.allocator === name));
  installPackages(used.flatMap(({ debian }) => debian ?? []));

  // An interrupt ends the child, which ends the loop, so that the directory is removed all the same.
  process.once('SIGINT', () => {});
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-heap-'));
  try {
    terminal.part('building');
    const programs = build(directory, used);
    const traces = {};
    for (const name of TRACES) {
      const file = path.join(directory, `trace-${name}`);
      traces[name] = { file, phases: recordTrace(name, file) };
    }
    const runs = runAll(cases, rounds, programs, traces, keep);
    const machine = describeAll(used);
    const summaries = summarize(runs, (mode) => traces[modeNamed(mode).trace].phases);
    printReport(machine, summaries, traces, { rounds, keep });
    if (json) {
      fs.writeFileSync(
        json,
        `${JSON.stringify({ machine, keep, traces, summaries, runs }, null, 2)}\n`,
      );
    }
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

/** Exit status: 0, 1 when something failed, 2 for wrong usage. */
function main() {
  let options;
  try {
    options = readOptions();
  } catch (error) {
    console.error(`${error.message}\n\n${HELP}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  try {
    if (process.platform !== 'linux') throw new Error('runs on Linux only');
    runBenchmark(options);
    return 0;
  } catch (error) {
    console.error(`bench/heap: ${error.message}`);
    return 1;
  }
}

process.exitCode = main();
