'use strict';

// `npm run bench`: measures bufalloc against the built-in Buffer. Parses the command line, picks the jobs, hands them to the
// schedule one by one, and prints and stores what came out. The method is described in README.md beside this file.

const { randomInt } = require('node:crypto');
const { mkdirSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { UsageError } = require('./core/errors');
const { checkWritable } = require('./core/files');
const { describeMachine } = require('./core/machine');
const { pack } = require('./core/package');
const { preparePeers } = require('./core/peers');
const { raisePriority } = require('./core/process');
const { createCountdown } = require('./core/progress');
const { resolveRuntimes } = require('./core/runtimes');
const { measureJob } = require('./core/schedule');
const { backendOn, labelOf } = require('./core/sides');
const { createTerminal } = require('./core/terminal');
const { judge } = require('./report/judge');
const { render } = require('./report/terminal');

const suiteNames = ['micro', 'mixed', 'macro', 'programs', 'lifetimes', 'peers', 'huge', 'load'];

const backends = ['v8', 'napi', 'host'];

const help = `Usage: bufalloc bench [suite...] [options]    (in a clone: npm run bench -- ...)

Suites: micro      one call at a time, 8 bytes to 16 MiB
        mixed      all calls in one process; filled buffers among young objects
        macro      small programs: time, event-loop delay, peak RSS
        programs   servers under the preload: requests, p99, RSS, processor time
        lifetimes  acquire and release, arenas, compact
        peers      beside jemalloc, mimalloc and pools from npm: time, RSS
        huge       huge pages: filled, read at random, hardly touched
        load       the time of require('bufalloc')
Without a suite: a short run over micro, mixed, macro and load, two minutes.

  --full            every suite and size (half an hour for each runtime; with
                    --runs 2 eleven minutes)
  --quick           fewer sizes, shorter regions, 3 runs: not for quoting
  --filter TEXT     only cells whose name contains TEXT, as in "allocUnsafe/64K"
  --runtimes LIST   Node versions, as in 20,22,24,26; all but the running one
                    come from npm
  --runs N          processes a side for each cell (default 7)
  --seed N          the order of the cells in mixed; by default a random one,
                    which the report shows
  --backend NAME    the way our side makes its stores: v8, napi or host
  --targets         hold the figures against the project's own targets; exit
                    with 1 if one is missed
  --json FILE       write every figure
  --report DIR      write report.md and its charts
  --self            the built-in against itself: the noise of the method here
  --help

Exit status: 0 measured, 1 something failed on the way, 2 wrong usage.
`;

const options = {
  full: { type: 'boolean' },
  quick: { type: 'boolean' },
  filter: { type: 'string' },
  runtimes: { type: 'string' },
  runs: { type: 'string' },
  seed: { type: 'string' },
  backend: { type: 'string' },
  targets: { type: 'boolean' },
  json: { type: 'string' },
  report: { type: 'string' },
  self: { type: 'boolean' },
  help: { type: 'boolean' },
};

function countOf(option, text) {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new UsageError(`--${option}: "${text}" is no count`);
  return count;
}

function scopeOf({ quick, full }, suites) {
  if (quick && full) throw new UsageError('--quick and --full exclude each other');
  if (quick) return 'quick';
  return full || suites.length > 0 ? 'full' : 'summary';
}

function readArguments(argv) {
  let parsed;
  try {
    parsed = parseArgs({ args: argv, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error.message.split(/\. |\.?\n/)[0]);
  }
  const { values, positionals } = parsed;
  const unknown = positionals.find((name) => !suiteNames.includes(name));
  if (unknown !== undefined) throw new UsageError(`there is no suite "${unknown}"`);
  if (values.backend !== undefined && !backends.includes(values.backend))
    throw new UsageError(`--backend: there is no "${values.backend}", but ${backends.join(', ')}`);
  if (values.json !== undefined) checkWritable(values.json);
  const filter = (values.filter ?? '').toLowerCase();
  return {
    ...values,
    suites:
      positionals.length > 0 ? suiteNames.filter((name) => positionals.includes(name)) : suiteNames,
    scope: scopeOf(values, positionals),
    runs: values.runs === undefined ? (values.quick ? 3 : 7) : countOf('runs', values.runs),
    seed: values.seed === undefined ? randomInt(1, 1e6) : countOf('seed', values.seed),
    matches: (id) => id.toLowerCase().includes(filter),
  };
}

function loadPackage() {
  try {
    return require('../');
  } catch (error) {
    throw new Error(`bufalloc does not load (is it built? npm install): ${error.message}`, {
      cause: error,
    });
  }
}

const comparesItself = new Set(['micro', 'mixed', 'macro', 'programs']);

function jobsOf(settings, say) {
  return settings.suites.flatMap((name) => {
    if (settings.self && !comparesItself.has(name)) return [];
    const suite = require(`./suites/${name}`);
    const jobs = suite.jobs(settings);
    if (jobs.length === 0) return [];
    const reason = suite.unavailable?.();
    if (reason) {
      say(`leaving out ${name}: ${reason}`);
      return [];
    }
    suite.prepare?.(say);
    return jobs.map((job) => ({ ...job, self: settings.self, backend: settings.backend }));
  });
}

/** The jobs without the sides that are not to be had here. */
function withSides(jobs, say) {
  const wanted = [...new Set(jobs.flatMap(({ sides }) => sides))];
  const there = new Set(preparePeers(wanted, say));
  return jobs.map((job) => ({ ...job, sides: job.sides.filter((side) => there.has(side)) }));
}

async function measureAll(jobs, runtimes, settings, terminal) {
  const place = createCountdown(jobs.length * runtimes.length);
  const records = [];
  const failures = [];
  let done = 0;
  for (const runtime of runtimes) {
    for (const job of jobs) {
      const runs = Math.max(settings.runs, job.leastRuns ?? 0);
      const at = `[${place(done++)}] Node ${runtime.version}`;
      terminal.part(`${at}  ${job.id}`);
      const tell = ({ what, side, round, count }) =>
        terminal.now(`${at}  ${what}  ${labelOf(side)} ${round}/${count}`);
      try {
        records.push(...(await measureJob(job, runtime, runs, tell)));
      } catch (error) {
        failures.push({ job: job.id, runtime: runtime.version, message: error.message });
        terminal.note(error.message);
      }
    }
  }
  terminal.settle();
  return { records, failures };
}

/** @param {(spec: object) => Promise<string>} draw of report/draw.js */
async function writeReport(directory, result, draw) {
  const { markdown } = require('./report/markdown');
  const { charts } = require('./report/charts');
  const specs = charts(result);
  for (const [name, spec] of Object.entries(specs))
    writeFileSync(path.join(directory, name), await draw(spec));
  writeFileSync(path.join(directory, 'report.md'), markdown(result, Object.keys(specs)));
}

function writeJson(file, result) {
  writeFileSync(
    file,
    `${JSON.stringify({ ...result, targets: judge(result.records) }, null, 1)}\n`,
  );
}

/** By runtime: how our side makes its stores. */
function backendsOf(runtimes, { self, backend }) {
  if (self) return {};
  return Object.fromEntries(
    runtimes.map(({ version, execPath }) => [version, backendOn(execPath, backend)]),
  );
}

async function main(argv) {
  const settings = readArguments(argv);
  if (settings.help) {
    process.stdout.write(help);
    return 0;
  }
  const terminal = createTerminal();
  const say = terminal.note;
  if (!settings.self) {
    loadPackage();
    pack(say);
  }
  const draw = settings.report ? await require('./report/draw').loadDrawing() : undefined;
  const runtimes = resolveRuntimes(settings.runtimes, say);
  const jobs = withSides(jobsOf(settings, say), say);
  if (jobs.length === 0) throw new UsageError('no cell is left to measure');
  if (settings.report) mkdirSync(settings.report, { recursive: true });
  const used = backendsOf(runtimes, settings);
  raisePriority();
  const { records, failures } = await measureAll(jobs, runtimes, settings, terminal);
  const result = {
    machine: describeMachine(),
    scope: settings.scope,
    self: settings.self ?? false,
    runs: settings.runs,
    seed: settings.seed,
    runtimes: runtimes.map(({ version }) => version),
    backends: used,
    suites: settings.suites,
    records,
    failures,
  };
  if (settings.json) writeJson(settings.json, result);
  if (settings.report) await writeReport(settings.report, result, draw);
  const verdicts = settings.targets ? judge(records) : [];
  terminal.print(render(result, terminal, verdicts));
  return failures.length > 0 || verdicts.some(({ met }) => met === false) ? 1 : 0;
}

main(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status;
  },
  (error) => {
    const isUsage = error instanceof UsageError || error instanceof RangeError;
    const hint = isUsage ? ". Try 'bufalloc bench --help'." : '';
    process.stderr.write(`bufalloc: ${error.message}${hint}\n`);
    process.exitCode = isUsage ? 2 : 1;
  },
);
