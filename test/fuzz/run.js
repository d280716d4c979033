#!/usr/bin/env node
'use strict';

/*
 * Fuzzes the C heap with libFuzzer, or replays inputs without it.
 *
 *   node test/fuzz/run.js [--seconds N] [--sanitizer asan|tsan]
 *   node test/fuzz/run.js --replay [FILE...] [--sanitizer asan|tsan]
 *
 * Fuzzing takes clang and its runtime ($CLANG, or `clang`; Debian: clang libclang-rt-14-dev). It starts
 * from test/fuzz/corpus, which it only reads: what it learns goes to build/fuzz/<sanitizer>/corpus and
 * serves the next run, a finding to build/fuzz/<sanitizer>/findings. A replay takes any compiler with
 * the sanitizer ($CC, or `cc`); without a file it runs the whole corpus, with files it prints what each
 * operation does. Exits with 0 if nothing was found, 1 if something was, 2 for wrong usage or if the
 * fuzzer cannot be built here.
 */

const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const { parseArgs } = require('node:util');

const { filesBelow, heapSources } = require('../../tools/sources');

const ROOT = path.join(__dirname, '..', '..');
const CORPUS = path.join(__dirname, 'corpus');
const USAGE = `usage: run.js [--seconds N] [--sanitizer asan|tsan]
       run.js --replay [FILE...] [--sanitizer asan|tsan]`;

const FLAGS = [
  ...['-std=c11', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-DBA_FAULT_INJECTION'],
  ...['-include', 'test/fuzz/faults.h', '-O2', '-g', '-pthread', '-fno-omit-frame-pointer'],
];
const SANITIZERS = {
  asan: ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
  tsan: ['-fsanitize=thread'],
};
// Without counters in what two threads run, see tsan-uncounted.txt: it goes by what the first does.
const FUZZER = {
  asan: ['-fsanitize=fuzzer'],
  tsan: ['-fsanitize=fuzzer', '-fsanitize-coverage-ignorelist=test/fuzz/tsan-uncounted.txt'],
};
const MAIN = 'replay.c';
// Long enough for a few hundred operations, short enough for a thousand runs a second.
const INPUT_BYTES_MAX = 1024;
const INPUT_SECONDS_MAX = 20;
const RSS_MIB_MAX = 2048;
const PROGRESS_MS = 10_000;
// A finding is shown with what the sanitizer says about it.
const REPORT_LINES = 60;

/** The C files of the fuzzer and of the heap for this platform; headers too, to see what changed. */
function listFiles(withMain) {
  const headers = ['src/heap', 'src/os'].flatMap(filesBelow).filter((file) => file.endsWith('.h'));
  const own = filesBelow('test/fuzz').filter((file) =>
    /^test\/fuzz\/[^/]+\.([ch]|txt)$/.test(file),
  );
  return [...heapSources(), ...headers, ...own].filter(
    (file) => withMain || path.basename(file) !== MAIN,
  );
}

function isFresh(binary, files) {
  const built = fs.statSync(binary, { throwIfNoEntry: false });
  return (
    Boolean(built) &&
    files.every((file) => fs.statSync(path.join(ROOT, file)).mtimeMs < built.mtimeMs)
  );
}

/**
 * Builds one of the two programs, unless no file changed since.
 * @param {{ name: string, cc: string, flags: string[], folder: string, withMain: boolean }} program
 * @returns {string} the binary
 * @throws {Error} with the compiler's output, if it fails
 */
function build({ name, cc, flags, folder, withMain }) {
  const files = listFiles(withMain);
  const binary = path.join(folder, name);
  if (isFresh(binary, files)) return binary;

  fs.mkdirSync(folder, { recursive: true });
  const sources = files.filter((file) => file.endsWith('.c'));
  const args = [...FLAGS, ...flags, ...sources, '-o', binary];
  const { error, status, stderr } = spawnSync(cc, args, { cwd: ROOT, encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${cc} ${args.join(' ')}\n${stderr}`);
  return binary;
}

/** The sanitizers of older compilers collide with widely randomized addresses. */
function launcher() {
  const { error, status } = spawnSync('setarch', ['-R', 'true'], { stdio: 'ignore' });
  return !error && status === 0 ? ['setarch', '-R'] : [];
}

function environment(extra) {
  return {
    ...process.env,
    UBSAN_OPTIONS: 'print_stacktrace=1',
    TSAN_OPTIONS: 'halt_on_error=1',
    ...extra,
  };
}

// --- Replaying -----------------------------------------------------------------------------------

function replay(files, sanitizer, folder) {
  const binary = build({
    name: 'replay',
    cc: process.env.CC || 'cc',
    flags: SANITIZERS[sanitizer],
    folder,
    withMain: true,
  });
  const inputs =
    files.length > 0 ? files : fs.readdirSync(CORPUS).map((name) => path.join(CORPUS, name));
  const [command, ...args] = [...launcher(), binary, ...inputs];
  const env = environment(files.length > 0 ? { HEAP_FUZZ_TRACE: '1' } : {});
  const { status, signal } = spawnSync(command, args, { env, stdio: 'inherit' });
  if (status === 0) return 0;
  console.log(`the replay failed: ${signal ?? `exit status ${status}`}`);
  return status === 2 ? 2 : 1;
}

// --- Fuzzing -------------------------------------------------------------------------------------

/** Builds the fuzzer, or says what is missing. Returns undefined then. */
function buildFuzzer(sanitizer, folder) {
  const cc = process.env.CLANG || 'clang';
  const flags = [...FUZZER[sanitizer], ...SANITIZERS[sanitizer]];
  try {
    return build({ name: 'heap-fuzz', cc, flags, folder, withMain: false });
  } catch (error) {
    const isMissing =
      error.code === 'ENOENT' ||
      /cannot find .*clang_rt|unrecognized argument .*fuzzer/.test(error.message);
    if (!isMissing) throw error;
    console.error(
      `fuzzing takes clang with its fuzzer runtime (Debian: clang libclang-rt-14-dev); ` +
        `\`${cc}\` ${error.code === 'ENOENT' ? 'was not found' : 'has none'}. --replay works without.`,
    );
    return undefined;
  }
}

/** Reads libFuzzer's output: its figures, and whatever is not progress. */
function createReader() {
  const figures = { executions: 0, operations: 0, edges: 0, corpus: 0, rate: 0 };
  const report = [];
  let finding;
  let reported = Date.now();

  const read = (line) => {
    const progress = /^#(\d+)\t.* cov: (\d+) .*corp: (\d+)\/.* exec\/s: (\d+)/.exec(line);
    const totals = /^heap_fuzz: \d+ inputs, (\d+) operations/.exec(line);
    const executed = /^stat::number_of_executed_units: (\d+)/.exec(line);
    const written = /Test unit written to (.*)$/.exec(line);
    if (progress) {
      const [executions, edges, corpus, rate] = progress.slice(1).map(Number);
      Object.assign(figures, { executions, edges, corpus, rate });
      if (Date.now() - reported >= PROGRESS_MS) {
        reported = Date.now();
        console.log(`${executions} executions, ${rate}/s, ${edges} edges, ${corpus} inputs kept`);
      }
      return;
    }
    if (totals) figures.operations = Number(totals[1]);
    if (executed) figures.executions = Number(executed[1]);
    if (written) finding = written[1];
    report.push(line);
  };
  return { figures, read, report, finding: () => finding };
}

/** Without libFuzzer's settings and its hints on dictionaries. */
function essence(lines) {
  const noise = /^(INFO:|"|#####|stat::|MS: |artifact_prefix|Base64|\s*$|(0x\w+,)+$)/;
  return lines.filter((line) => !noise.test(line)).slice(0, REPORT_LINES);
}

async function fuzz(seconds, sanitizer, folder) {
  const binary = buildFuzzer(sanitizer, folder);
  if (!binary) return 2;
  const learned = path.join(folder, 'corpus');
  // What one sanitizer's fuzzer has learned serves the other's; tsan's learns little by itself.
  const seeds = Object.keys(SANITIZERS)
    .map((name) => path.join(folder, '..', name, 'corpus'))
    .filter((name) => name !== learned && fs.existsSync(name));
  const findings = path.join(folder, 'findings');
  for (const name of [learned, findings]) fs.mkdirSync(name, { recursive: true });

  const started = Date.now();
  const [command, ...args] = [
    ...[...launcher(), binary, `-max_total_time=${seconds}`, `-artifact_prefix=${findings}/`],
    ...[`-max_len=${INPUT_BYTES_MAX}`, '-len_control=20', `-timeout=${INPUT_SECONDS_MAX}`],
    ...[`-rss_limit_mb=${RSS_MIB_MAX}`, '-reload=0', '-print_final_stats=1'],
    ...[learned, CORPUS, ...seeds],
  ];
  const child = spawn(command, args, {
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const { figures, read, report, finding } = createReader();
  readline.createInterface({ input: child.stderr }).on('line', read);
  const [status, signal] = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (...how) => resolve(how));
  });

  if (status !== 0) {
    for (const line of essence(report)) console.log(line);
    console.log(`the fuzzer ended with ${signal ?? `exit status ${status}`}`);
  }
  if (finding()) {
    const file = path.relative(process.cwd(), finding());
    const how = sanitizer === 'asan' ? '' : ` --sanitizer ${sanitizer}`;
    console.log(`finding: ${file}`);
    console.log(
      `reproduce: node ${path.relative(process.cwd(), __filename)} --replay ${file}${how}`,
    );
  }
  const took = ((Date.now() - started) / 1000).toFixed(1);
  const { executions, operations, edges } = figures;
  // A process that a finding ended has not counted its operations.
  const done = status === 0 ? `${operations} operations, ` : '';
  console.log(
    `${sanitizer}: ${executions} executions, ${done}${took} seconds, ${edges} edges covered`,
  );
  return status === 0 ? 0 : 1;
}

// --- The command line ----------------------------------------------------------------------------

function main() {
  const { values, positionals } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      sanitizer: { type: 'string', default: 'asan' },
      replay: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
    allowPositionals: true,
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const seconds = Number(values.seconds);
  const isValid =
    Object.hasOwn(SANITIZERS, values.sanitizer) &&
    Number.isInteger(seconds) &&
    seconds > 0 &&
    (values.replay || positionals.length === 0);
  if (!isValid) {
    console.error(USAGE);
    return 2;
  }
  const folder = path.join(ROOT, 'build', 'fuzz', values.sanitizer);
  return values.replay
    ? replay(positionals, values.sanitizer, folder)
    : fuzz(seconds, values.sanitizer, folder);
}

Promise.resolve()
  .then(main)
  .then(
    (code) => (process.exitCode = code),
    (error) => {
      console.error(error.message);
      process.exitCode = error.code?.startsWith('ERR_PARSE_ARGS') ? 2 : 1;
    },
  );
