'use strict';

/*
 * The program of `npm run test:runtimes`: runs the suite with one and the same binary, the one that
 * is in build/, on several versions of Node and, as far as they can, on Bun and Deno. What cannot
 * run somewhere is named with its reason in exclusions.js; one that matches no test is an error.
 * Ends with a table, and exits with 1 if anything failed.
 */

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { findRuntime } = require('../../bench/core/runtimes');
const { backendsOf, exclusions } = require('./exclusions');

const root = path.join(__dirname, '..', '..');
const mocha = path.join(path.dirname(require.resolve('mocha/package.json')), 'bin', 'mocha.js');
const DEFAULT = '20,22,24,26,bun,deno';
/** A pass that takes longer hangs; on a busy machine the whole suite takes four minutes. */
const LIMIT_MS = 20 * 60 * 1000;

const HELP = `Usage: node test/runtimes/run.js [options] [-- arguments of mocha]

Runs the test suite on several runtimes with the binary that is in build/. Those that are not
there are fetched from npm, once.

  --runtimes <list>  versions of Node, bun, deno (default: ${DEFAULT})
  --backend <list>   v8, napi, host: with BUFALLOC_BACKEND set to each (default: v8 and napi; on Bun
                     napi, on Deno host)
  --jobs <n>         so many at a time, each shown when it has ended (default: one a processor)
  --help             shows this`;

const BACKENDS = ['v8', 'napi', 'host'];

/* How each runtime is told to run a script of Node's. */
const COMMANDS = {
  node: ['--expose-gc'],
  bun: [],
  deno: ['run', '-A', '--no-lock', '--node-modules-dir=manual', '--v8-flags=--expose-gc'],
};

/** The environment without settings of bufalloc's: the tests are of the defaults. */
function cleanEnvironment() {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith('BUFALLOC_'));
  return { ...Object.fromEntries(entries), NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' };
}

function checkBuilt() {
  const binaries = ['build/Release/bufalloc.node', 'test/addon/build/Release/test_addon.node'];
  const missing = binaries.find((file) => !fs.existsSync(path.join(root, file)));
  if (missing !== undefined) {
    throw new Error(`${missing} is missing: \`npm run build\` and \`npm test\` make them`);
  }
}

/**
 * From Node.js 24 on a worker that ends may hang, and the process with it, whoever's Buffer it has
 * (nodejs/node#54918). A test that meets that is run once more, and named; the process may be killed when
 * it has run them all.
 */
const mayHang = ({ name, version }) => name === 'node' && parseInt(version, 10) >= 24;
const END_LIMIT_MS = 60 * 1000;

/**
 * Runs a command to its end, to the limit, or to END_LIMIT_MS after `isDone()` holds. Gives its exit code or
 * signal, `done` for one that did not end by itself then, and what it printed.
 */
function runToEnd(command, args, env, isDone) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    }
    const start = performance.now();
    let doneAt;
    const timer = setInterval(() => {
      if (isDone()) doneAt ??= performance.now();
      const late = performance.now() - start > LIMIT_MS;
      if (late || performance.now() - doneAt > END_LIMIT_MS) child.kill('SIGKILL');
    }, 1000);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearInterval(timer);
      resolve({ code: code ?? (doneAt === undefined ? signal : 'done'), output });
    });
  });
}

/** Calls `work` on every item, `jobs` at a time. */
async function forEachAtOnce(items, jobs, work) {
  const queue = [...items];
  const next = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: jobs }, next));
}

/**
 * Runs the suite once on one runtime.
 *
 * @returns {Promise<object>} the row of the table, and what the reporter counted
 */
async function runSuite(runtime, backend, mochaArgs, scratch) {
  const { name, version, execPath } = runtime;
  const title = `${name} ${version}, ${backend}`;
  console.log(`${title}: begun`);
  const result = path.join(scratch, `${name}-${version}-${backend}.json`);
  const files = mochaArgs.some((arg) => arg.endsWith('.js')) ? [] : ['test/*.test.js'];
  const reporter = path.join(__dirname, 'reporter.js');
  const options = [`runtime=${name}`, `backend=${backend}`, `result=${result}`];
  const reporting = ['--reporter', reporter, '--reporter-option', options.join(',')];
  const retrying = mayHang(runtime) ? ['--retries', '1'] : [];
  const start = performance.now();
  const none = { passed: 0, failed: 0, skipped: 0, excluded: {}, isWhole: false };
  const readCounts = () =>
    fs.existsSync(result) ? JSON.parse(fs.readFileSync(result, 'utf8')) : none;
  const { code, output } = await runToEnd(
    execPath,
    [...COMMANDS[name], mocha, ...reporting, ...retrying, ...files, ...mochaArgs],
    { ...cleanEnvironment(), BUFALLOC_BACKEND: backend },
    () => readCounts().isWhole,
  );
  const seconds = (performance.now() - start) / 1000;
  console.log(`\n${title}\n${output}`);
  const counts = readCounts();
  return { title, name, version, backend, seconds, code, ...counts };
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** Rows in columns, the first two of text, the rest of numbers. */
function table(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const cell = (text, i) => (i < 3 ? text.padEnd(widths[i]) : text.padStart(widths[i]));
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}

function showTable(runs) {
  const header = ['runtime', 'version', 'backend', 'passed', 'failed', 'excluded', 'seconds'];
  const rows = runs.map((run) => [
    run.name,
    run.version,
    run.backend,
    ...[run.passed, run.failed, sum(Object.values(run.excluded))].map(String),
    run.seconds.toFixed(0),
  ]);
  console.log(`\n${table([header, ...rows])}`);
}

/** Why tests were left out, with how many on which runtime. */
function showExclusions(runs) {
  console.log('\nExcluded:');
  exclusions.forEach(({ file, title, reason }, index) => {
    const counts = runs
      .filter((run) => run.excluded[index] > 0)
      .map((run) => `${run.name} ${run.version}: ${run.excluded[index]}`);
    if (counts.length === 0) return;
    const what = title === undefined ? file : `${file}, ${title}`;
    console.log(`- ${what} (${counts.join(', ')})\n  ${reason}`);
  });
}

/** Exclusions that applied to whole runs of a runtime and matched nothing in any of them. */
function staleExclusions(runs) {
  const stale = [];
  for (const name of new Set(runs.map((run) => run.name))) {
    const own = runs.filter((run) => run.name === name);
    exclusions.forEach(({ file, title = '' }, index) => {
      const counts = own.map((run) => run.excluded[index]).filter((count) => count !== undefined);
      if (counts.length > 0 && sum(counts) === 0) stale.push(`${name}: ${file} ${title}`);
    });
  }
  return stale;
}

/** Says what is wrong beside failed tests; returns whether anything is. */
function showProblems(runs, isWhole) {
  const hung = runs.filter(({ code }) => code === 'done');
  for (const { title } of hung)
    console.log(`${title}: killed, as it did not end after the last test`);
  const died = runs.filter(({ code, failed }) => code !== 0 && code !== 'done' && failed === 0);
  for (const { title, code } of died) console.log(`${title}: ended with ${code}`);
  const empty = runs.filter(({ code, passed }) => code === 0 && passed === 0);
  for (const { title } of empty) console.log(`${title}: no test was run`);
  const stale = isWhole ? staleExclusions(runs) : [];
  for (const text of stale) console.log(`an exclusion that matches nothing: ${text}`);
  return died.length + empty.length + stale.length > 0;
}

function readArguments() {
  const { values, positionals } = parseArgs({
    options: {
      runtimes: { type: 'string', default: DEFAULT },
      backend: { type: 'string' },
      jobs: { type: 'string', default: String(os.availableParallelism()) },
      help: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const backends = values.backend?.split(',');
  const wrong = backends?.find((name) => !BACKENDS.includes(name));
  if (wrong !== undefined) throw new RangeError(`--backend: "${wrong}" is not one of ${BACKENDS}`);
  const jobs = Number(values.jobs);
  if (!(Number.isInteger(jobs) && jobs > 0)) throw new RangeError(`--jobs: "${values.jobs}"?`);
  const specs = values.runtimes.split(',');
  return { help: values.help, specs, backends, jobs, mochaArgs: positionals };
}

/** Which runtime is to run with which backend. */
function planRuns(specs, backends) {
  return specs.flatMap((spec) => {
    const runtime = findRuntime(spec.trim(), console.log);
    if (runtime === undefined) {
      console.log(`${spec}: skipped, npm has no package for ${process.platform}-${process.arch}`);
      return [];
    }
    return (backends ?? backendsOf(runtime.name)).map((backend) => ({ runtime, backend }));
  });
}

async function main() {
  const { help, specs, backends, jobs, mochaArgs } = readArguments();
  if (help) return console.log(HELP);
  checkBuilt();
  const runs = [];
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-runtimes-'));
  try {
    await forEachAtOnce(planRuns(specs, backends), jobs, async ({ runtime, backend }) => {
      runs.push(await runSuite(runtime, backend, mochaArgs, scratch));
    });
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
  showTable(runs);
  showExclusions(runs);
  const isWrong = showProblems(runs, mochaArgs.length === 0);
  const failed = sum(runs.map((run) => run.failed));
  console.log(`\n${sum(runs.map((run) => run.passed))} passed, ${failed} failed`);
  if (failed > 0 || isWrong || runs.length === 0) process.exitCode = 1;
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
