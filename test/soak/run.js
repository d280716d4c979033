'use strict';

/*
 * The program of `npm run soak`: a mixed load for minutes or hours, on each backend that stores can be
 * made by, side by side, each in a process of its own (soak.js). Exits with 1 if one of them failed.
 */

const { spawn } = require('node:child_process');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { runCommand } = require('./command');

const script = path.join(__dirname, 'soak.js');
const BACKENDS = ['v8', 'napi'];

const HELP = `Usage: node test/soak/run.js [options]

Allocates, releases, posts, moves and checks buffers for a while, with workers that come and go, and
fails if memory grows, a counter does not add up, a byte is wrong, or a worker dies that should not.

  --minutes N     how long (1)
  --seconds N     in seconds, added to the minutes if both are given
  --backend LIST  of ${BACKENDS.join(', ')}: each in a process of its own, all at a time (all)
  --seed N        of the load, to have the same mix again (any)
  --json FILE     writes all samples and figures; the backend's name is put before its extension
  --help          this

Exit status: 0 if all is well, 1 if not, 2 for wrong usage.`;

function readOptions() {
  const options = {
    minutes: { type: 'string' },
    seconds: { type: 'string' },
    backend: { type: 'string', default: BACKENDS.join() },
    seed: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean' },
  };
  const { values } = parseArgs({ options });
  const number = (name) => {
    const value = Number(values[name] ?? 0);
    if (value >= 0 && value < Infinity) return value;
    throw new Error(`--${name} must be a number, not '${values[name]}'`);
  };
  const backends = values.backend.split(',');
  const unknown = backends.find((name) => !BACKENDS.includes(name));
  if (unknown !== undefined) throw new Error(`--backend: '${unknown}' is not one of ${BACKENDS}`);
  const isGiven = values.minutes !== undefined || values.seconds !== undefined;
  return {
    help: values.help,
    json: values.json,
    backends,
    seconds: isGiven ? number('minutes') * 60 + number('seconds') : 60,
    seed: values.seed === undefined ? Date.now() % 2 ** 31 : number('seed'),
  };
}

/** The file for one backend's figures: `soak.json` becomes `soak.v8.json`. */
function fileFor(backend, json) {
  const { dir, name, ext } = path.parse(json);
  return path.join(dir, `${name}.${backend}${ext}`);
}

/** Runs the soak on one backend, with its name before every line. Gives the exit code or signal. */
function start(backend, { seconds, seed, json }) {
  const args = [script, String(seconds), String(seed)];
  if (json !== undefined) args.push(path.resolve(fileFor(backend, json)));
  const env = { ...process.env, BUFALLOC_BACKEND: backend };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ]) {
    let rest = '';
    from.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) to.write(`${backend}: ${line}\n`);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
}

async function main(options) {
  const codes = await Promise.all(options.backends.map((name) => start(name, options)));
  const failed = options.backends.filter((_, i) => codes[i] !== 0);
  failed.forEach((name) => console.log(`${name}: FAILED`));
  console.log(`${codes.length - failed.length} passed, ${failed.length} failed`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

runCommand(readOptions, HELP, main);
