'use strict';

/*
 * Starts README's first example thousands of times, on each runtime, with this package and with the
 * built-in alone, turn about, and tells which of the processes hung, crashed or printed something else.
 * The built-in runs the same text with `node:buffer` in the place of the package, up to where the text
 * asks for more than that has.
 *
 * A process hangs if its threads have neither used the processor nor been switched to for a while, or
 * if it has used far more of the processor than any of them needs. The while is counted in checks of this
 * program, which come late if the machine is busy and not at all if all is frozen: slow is no hang. What
 * had been printed by then says whether it hung at its start or at its end. The stacks of its threads are
 * taken by gdb where that is installed. Needs /proc: Linux alone.
 */

const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { resolveRuntimes } = require('../../bench/core/runtimes');
const { runCommand } = require('./command');

const ROOT = path.join(__dirname, '..', '..');
const SIDES = ['with', 'without'];
const CHECK_MS = 1000;
/** So many checks in turn without a sign of life: a minute, if nothing else runs. */
const SILENT_CHECKS = 60;
/** A process takes 0.1 s of the processor; in clock ticks of 10 ms. */
const MOST_TICKS = 6000;
const STACKS_MS = 120_000;

const HELP = `Usage: node test/soak/starts.js [options]

Runs README's first example again and again, with bufalloc and with node:buffer in turn, and counts
the processes that hang, crash or print something else.

  --runs N         on each runtime, on each side (100)
  --runtimes LIST  versions of Node, as 20,24 (the running one)
  --jobs N         processes at a time (2)
  --every N        a line of progress after so many processes (1000)
  --keep           leaves processes that hang as they are, to be looked at, and says their ids
  --help           this

Exit status: 0 if all ended well, 1 if not, 2 for wrong usage.`;

function readOptions() {
  const options = {
    runs: { type: 'string', default: '100' },
    runtimes: { type: 'string' },
    jobs: { type: 'string', default: '2' },
    every: { type: 'string', default: '1000' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean' },
  };
  const { values } = parseArgs({ options });
  for (const name of ['runs', 'jobs', 'every']) {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1) {
      throw new Error(`--${name} must be a whole number from 1 on, not '${values[name]}'`);
    }
    values[name] = value;
  }
  return values;
}

/** The first JavaScript block of README.md, for each side, and what it says that it prints. */
function readExample() {
  const readme = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  const text = /^```js\n([^]*?)^```$/m.exec(readme)[1];
  const builtin = text
    .split(/^\/\/ 2\. /m)[0]
    .replace("require('bufalloc')", "require('node:buffer')");
  const example = (code) => ({
    code: `'use strict';\n${code}`,
    prints: [...code.matchAll(/^.*\); \/\/ (.*)$|^.*\bconsole\.log\(.*$/gm)]
      .map(([, said]) => `${said}\n`)
      .join(''),
  });
  if (builtin.includes("'bufalloc'") || example(builtin).prints === '') {
    throw new Error("README's first example is not one that the built-in can run the beginning of");
  }
  return { with: example(text), without: example(builtin) };
}

/** A folder with the example of each side, in which `require('bufalloc')` finds this package. */
function makeFolder(examples) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-starts-'));
  fs.mkdirSync(path.join(folder, 'node_modules'));
  fs.symlinkSync(ROOT, path.join(folder, 'node_modules', 'bufalloc'));
  for (const side of SIDES) fs.writeFileSync(path.join(folder, `${side}.js`), examples[side].code);
  return folder;
}

/** What each thread of a process has done: its switches, and in all its clock ticks. Undefined if it is gone. */
function lifeOf(pid) {
  try {
    const task = `/proc/${pid}/task`;
    const switches = fs.readdirSync(task).map((thread) => {
      const status = fs.readFileSync(`${task}/${thread}/status`, 'utf8');
      return `${thread}:${[...status.matchAll(/ctxt_switches:\s*(\d+)/g)].map(([, n]) => n)}`;
    });
    const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return { signs: switches.join(), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined;
  }
}

/** Calls `onHang(why)` once if a process hangs. Returns what ends the watch. */
function watch(pid, onHang) {
  let last = '';
  let silent = 0;
  const timer = setInterval(() => {
    const life = lifeOf(pid);
    if (life === undefined) return;
    const signs = `${life.signs} ${life.ticks}`;
    silent = signs === last ? silent + 1 : 0;
    last = signs;
    if (silent < SILENT_CHECKS && life.ticks < MOST_TICKS) return;
    clearInterval(timer);
    onHang(
      silent < SILENT_CHECKS ? `${life.ticks} ticks of the processor` : 'all its threads wait',
    );
  }, CHECK_MS);
  return () => clearInterval(timer);
}

/** The stacks of all threads of a process, into a file. Returns its name. */
function takeStacks(pid) {
  const file = path.join(os.tmpdir(), `bufalloc-starts-${pid}.txt`);
  const args = ['-p', String(pid), '-batch', '-ex', 'thread apply all bt'];
  const { stdout, error } = spawnSync('gdb', args, { encoding: 'utf8', timeout: STACKS_MS });
  fs.writeFileSync(file, error ? `${error.message}\n` : stdout);
  return file;
}

/**
 * Runs one process to its end.
 *
 * @returns {Promise<string | undefined>} what was wrong with it
 */
function runOnce(execPath, script, prints, keep) {
  return new Promise((resolve, reject) => {
    /* Of a group of its own: what a terminal interrupts is this program. */
    const options = { stdio: ['ignore', 'pipe', 'pipe'], detached: true };
    const child = spawn(execPath, [script], options);
    const output = { stdout: '', stderr: '' };
    for (const name of Object.keys(output)) {
      child[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
    }
    let hang;
    const stop = watch(child.pid, (why) => {
      const when = output.stdout === prints ? 'at its end' : 'before it had printed all';
      hang = `process ${child.pid} hung ${when}: ${why}; stacks in ${takeStacks(child.pid)}`;
      if (!keep) return child.kill('SIGKILL');
      child.unref();
      for (const name of Object.keys(output)) child[name].destroy();
      resolve(hang);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      stop();
      if (hang !== undefined) resolve(hang);
      else if (code !== 0) resolve(`ended with ${code ?? signal}: ${output.stderr}`);
      else if (output.stderr !== '') resolve(`said ${output.stderr}`);
      else if (output.stdout !== prints) resolve(`printed ${output.stdout}`);
      else resolve(undefined);
    });
  });
}

/** The kinds of processes: every runtime, on every side. */
function kindsOf(runtimes, examples, folder) {
  return runtimes.flatMap(({ version, execPath }) =>
    SIDES.map((side) => ({
      name: `Node ${version} ${side}`,
      execPath,
      script: path.join(folder, `${side}.js`),
      prints: examples[side].prints,
      started: 0,
      ended: 0,
      faults: 0,
    })),
  );
}

const summaryOf = (kinds) =>
  kinds.map(({ name, ended, faults }) => `${name}: ${ended} ended, ${faults} not well`).join('; ');

async function main({ runs, runtimes: list, jobs, every, keep }) {
  const runtimes = resolveRuntimes(list, console.log);
  const examples = readExample();
  const folder = makeFolder(examples);
  const kinds = kindsOf(runtimes, examples, folder);
  const total = runs * kinds.length;
  const start = performance.now();
  const report = () => {
    const seconds = Math.round((performance.now() - start) / 1000);
    console.log(`${seconds} s: ${summaryOf(kinds)}`);
  };
  let next = 0;
  let ended = 0;
  const work = async () => {
    while (next < total) {
      const kind = kinds[next++ % kinds.length];
      const run = ++kind.started;
      const fault = await runOnce(kind.execPath, kind.script, kind.prints, keep);
      kind.ended++;
      if (fault !== undefined) {
        kind.faults++;
        console.log(`${kind.name}, run ${run}: ${fault}`);
      }
      if (++ended % every === 0 && ended < total) report();
    }
  };
  process.once('SIGINT', () => (next = total));
  await Promise.all(Array.from({ length: jobs }, work));
  fs.rmSync(folder, { recursive: true, force: true });
  report();
  const faults = kinds.reduce((sum, kind) => sum + kind.faults, 0);
  console.log(`${ended - faults} passed, ${faults} failed`);
  process.exitCode = faults > 0 ? 1 : 0;
}

runCommand(readOptions, HELP, main);
