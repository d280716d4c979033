#!/usr/bin/env node
'use strict';

/*
 * Builds the C tests and runs them, each in a process of its own, so that a crash takes one test
 * with it and the resident size starts afresh.
 *
 *   node test/c/run.js [plain|asan|tsan|mingw] [--only TEXT] [--compile]
 *
 * `--only` runs the tests whose "suite: title" contains TEXT; `--compile` stops after the build. The
 * binaries go to build/c/<mode>. The compiler is $CC, or `cc`; for mingw, $MINGW_CC. Mingw binaries
 * run under wine where there is one, all tests in one process: wine takes seconds to start. Exits
 * with 0 if all passed, 1 if not, 2 for wrong usage.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { filesBelow, heapSources } = require('../../tools/sources');

const ROOT = path.join(__dirname, '..', '..');
const WARNINGS = ['-std=c11', '-Wall', '-Wextra', '-Wpedantic', '-Werror'];
const DEFINES = ['-DBA_FAULT_INJECTION'];
// The slowest test takes half a minute under a sanitizer on a busy machine; what takes this long hangs.
const TIMEOUT_MS = 300_000;

const POSIX_CC = process.env.CC || 'cc';
const MODES = {
  plain: { cc: POSIX_CC, flags: ['-O2', '-g', '-pthread'] },
  asan: {
    cc: POSIX_CC,
    flags: [
      ...['-O1', '-g', '-pthread', '-fno-omit-frame-pointer'],
      ...['-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
    ],
    fixedAddresses: true,
  },
  tsan: {
    cc: POSIX_CC,
    flags: ['-O1', '-g', '-pthread', '-fno-omit-frame-pointer', '-fsanitize=thread'],
    fixedAddresses: true,
  },
  mingw: {
    cc: process.env.MINGW_CC || 'x86_64-w64-mingw32-gcc',
    flags: ['-O2', '-g', '-static'],
    windows: true,
    together: true,
  },
};

/** Tells whether a program can be started. */
function exists(command, args = ['--version']) {
  const { error, status } = spawnSync(command, args, { stdio: 'ignore' });
  return !error && status === 0;
}

/** The files that make up the tests: the heap without the addon or the other platform. */
function listFiles(windows) {
  const headers = ['src/heap', 'src/os'].flatMap(filesBelow).filter((file) => file.endsWith('.h'));
  const tests = filesBelow('test/c').filter((file) => /\.[ch]$/.test(file));
  return [...heapSources(windows), ...headers, ...tests].map((file) => path.join(ROOT, file));
}

function isFresh(binary, files) {
  const built = fs.statSync(binary, { throwIfNoEntry: false });
  return Boolean(built) && files.every((file) => fs.statSync(file).mtimeMs < built.mtimeMs);
}

/**
 * Builds the tests, unless no file changed since.
 * @param {keyof typeof MODES} mode
 * @returns {string} the binary
 * @throws {Error} with the compiler's output, if it fails
 */
function build(mode) {
  const { cc, flags, windows } = MODES[mode];
  const folder = path.join(ROOT, 'build', 'c', mode);
  const binary = path.join(folder, windows ? 'heap-tests.exe' : 'heap-tests');
  const files = listFiles(windows);
  if (isFresh(binary, files)) return binary;

  fs.mkdirSync(folder, { recursive: true });
  const sources = files.filter((file) => file.endsWith('.c')).map((f) => path.relative(ROOT, f));
  const args = [...WARNINGS, ...DEFINES, ...flags, ...sources, '-o', binary];
  const result = spawnSync(cc, args, { cwd: ROOT, env: environment(mode), encoding: 'utf8' });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`${cc} ${args.join(' ')}\n${result.stderr}`);
  return binary;
}

/** The environment of compiler and tests: without what a sanitized node preloads. */
function environment(mode) {
  const env = { ...process.env, WINEDEBUG: '-all', UBSAN_OPTIONS: 'print_stacktrace=1' };
  delete env.LD_PRELOAD;
  if (MODES[mode].windows) env.WINEPREFIX = path.join(ROOT, 'build', 'c', 'wine');
  return env;
}

/**
 * What must stand before the binary to run it: nothing, wine, or setarch, since the
 * sanitizers of older compilers collide with widely randomized addresses.
 * @returns {string[] | null} null if it cannot be run here
 */
function launcher(mode) {
  if (MODES[mode].windows && process.platform !== 'win32') {
    const wine = ['wine', 'wine64', '/usr/lib/wine/wine64'].find((name) => exists(name));
    return wine ? [wine] : null;
  }
  return MODES[mode].fixedAddresses && exists('setarch', ['-R', 'true']) ? ['setarch', '-R'] : [];
}

function spawnTests(mode, before, binary, args) {
  const [command, ...rest] = [...before, binary, ...args];
  return spawnSync(command, rest, {
    cwd: ROOT,
    env: environment(mode),
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
}

/**
 * Builds the tests and lists them.
 * @param {keyof typeof MODES} mode
 * @returns {{ suite: string, title: string, run: () => Outcome }[] | null}
 *   null if they were built but cannot be run here
 * @typedef {{ result: 'ok' | 'not ok' | 'skip', ms: number, detail: string }} Outcome
 */
function load(mode) {
  const binary = build(mode);
  const before = launcher(mode);
  if (!before) return null;
  const start = (args) => spawnTests(mode, before, binary, args);
  const list = start(['--list']);
  if (list.status !== 0) throw new Error(`the list of tests failed: ${list.stderr}`);

  let everything;
  const runAll = () => (everything ??= parse(start([])));
  return linesOf(list.stdout).map((line) => {
    const [suite, title] = line.split('\t');
    const run = MODES[mode].together ? runAll : () => parse(start([suite, title]));
    return { suite, title, run: () => run()(suite, title) };
  });
}

function linesOf(text) {
  return text.split(/\r?\n/).filter(Boolean);
}

/**
 * Reads the output of the test program (see main.c).
 * @returns {(suite: string, title: string) => Outcome}
 */
function parse({ stdout, stderr, status, signal, error }) {
  if (stdout === null) throw error;
  const outcomes = new Map();
  let failures = [];
  for (const line of linesOf(stdout)) {
    const [result, suite, title, ms, reason] = line.split('\t');
    if (ms === undefined) {
      failures.push(line);
    } else {
      outcomes.set(`${suite}\t${title}`, { result, ms: Number(ms), detail: reason, failures });
      failures = [];
    }
  }
  // A sanitizer may speak up at exit, after a test has said that all is well.
  const failed = [...outcomes.values()].some(({ result }) => result === 'not ok');
  const endedWell = status === 0 || (status === 1 && failed);
  const how = error?.code ?? signal ?? `exit status ${status}`;

  return (suite, title) => {
    const outcome = outcomes.get(`${suite}\t${title}`);
    const detail = [...(outcome?.failures ?? failures), stderr].join('\n').trimEnd();
    if (!outcome)
      return { result: 'not ok', ms: 0, detail: `ended without a result: ${how}\n${detail}` };
    if (outcome.result === 'not ok') return { ...outcome, detail };
    return endedWell ? outcome : { ...outcome, result: 'not ok', detail: `${how}\n${detail}` };
  };
}

function main() {
  const { values, positionals } = parseArgs({
    options: { only: { type: 'string', default: '' }, compile: { type: 'boolean' } },
    allowPositionals: true,
  });
  const [mode = 'plain'] = positionals;
  if (!Object.hasOwn(MODES, mode) || positionals.length > 1) {
    console.error(`usage: run.js [${Object.keys(MODES).join('|')}] [--only TEXT] [--compile]`);
    return 2;
  }
  if (values.compile) {
    build(mode);
    return 0;
  }
  const tests = load(mode);
  if (!tests) {
    console.log(`${mode}: compiled; nothing here can run it`);
    return 0;
  }
  return report(tests.filter(({ suite, title }) => `${suite}: ${title}`.includes(values.only)));
}

function report(tests) {
  const counts = { ok: 0, 'not ok': 0, skip: 0 };
  for (const { suite, title, run } of tests) {
    const { result, ms, detail } = run();
    counts[result]++;
    console.log(
      `${result} - ${suite}: ${title} (${ms} ms)${result === 'skip' ? `: ${detail}` : ''}`,
    );
    if (result === 'not ok') console.log(detail);
  }
  console.log(`${counts.ok} passed, ${counts['not ok']} failed, ${counts.skip} skipped`);
  return counts['not ok'] > 0 || tests.length === 0 ? 1 : 0;
}

module.exports = { load, exists, compiler: POSIX_CC };

if (require.main === module) {
  try {
    process.exitCode = main();
  } catch (error) {
    console.error(error.message);
    process.exitCode = error.code?.startsWith('ERR_PARSE_ARGS') ? 2 : 1;
  }
}
