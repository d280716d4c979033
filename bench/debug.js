'use strict';

/*
 * What the debugging mode costs (docs/debugging.md): processor time of some calls, with it and without.
 *
 *   node bench/debug.js
 *
 * Each side is a process of its own; figures are medians of five.
 */

const { spawnSync } = require('node:child_process');
const path = require('node:path');

const ROOT = path.join(__dirname, '..');
const RUNS = 5;
const CALLS = 5000;

/** Microseconds of the processor's that a call of `work` takes. */
function measure(work) {
  for (let i = 0; i < CALLS; i++) work();
  const before = process.cpuUsage();
  for (let i = 0; i < CALLS; i++) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CALLS;
}

/** The child: prints microseconds by name, as JSON. */
function run() {
  const before = process.cpuUsage();
  const { acquire, Buffer: Ours, release } = require(ROOT);
  const { user, system } = process.cpuUsage(before);
  const { PassThrough } = require('node:stream');
  const stream = new PassThrough({ highWaterMark: 2 ** 40 }).resume();
  const own = Ours.alloc(70_000);
  const others = Buffer.alloc(100);
  const results = {
    "require('bufalloc')": user + system,
    'acquire(4096) and release': measure(() => release(acquire(4096))),
    'alloc(4096)': measure(() => Ours.alloc(4096)),
    "stream.write, bufalloc's": measure(() => stream.write(own)),
    "stream.write, another's": measure(() => stream.write(others)),
  };
  console.log(JSON.stringify(results));
  process.exit();
}

function runSide(BUFALLOC_DEBUG) {
  const env = { ...process.env, BUFALLOC_DEBUG };
  const { stdout } = spawnSync(process.execPath, [__filename, 'run'], { env, encoding: 'utf8' });
  return JSON.parse(stdout);
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

function compare() {
  const sides = ['0', '1'].map((debug) => Array.from({ length: RUNS }, () => runSide(debug)));
  console.log(`${'µs of processor time'.padEnd(30)}${'off'.padStart(12)}${'on'.padStart(12)}`);
  for (const name of Object.keys(sides[0][0])) {
    const shown = sides.map((runs) => median(runs.map((result) => result[name])).toFixed(1));
    console.log(name.padEnd(30) + shown.map((text) => text.padStart(12)).join(''));
  }
}

if (process.argv[2] === 'run') run();
else compare();
