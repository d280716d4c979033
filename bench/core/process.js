'use strict';

// Runs processes to their end: any program (`runProcess`), or a script that takes a task and gives a result (`runTask`; serve.js is
// its end of the wire).
//
// A process gets the highest priority that the user may give it, so that less of the machine's other work lands in the figures.
// Linux may weigh whole sessions rather than processes (its autogroups): a process is therefore the leader of a session of its own,
// and that session's weight is raised. It is ended here, with all that it started, if it hangs or if the run is broken off.

const { spawn } = require('node:child_process');
const { writeFileSync } = require('node:fs');
const os = require('node:os');
const { root } = require('./machine');
const { END } = require('./serve');

const graceMs = 120_000;
// What has given its result ends at once, but for Node 24, once in hundreds of processes on a busy machine, with the
// built-in as with ours: exiting waits for a thread that compiles, and that waits for a collection.
const endMs = 5_000;
const tailLength = 4000;
const onLinux = process.platform === 'linux';
const running = new Set();

function end(proc) {
  try {
    // As the leader of a session it is that of a group too: clients that it started end with it.
    if (onLinux) process.kill(-proc.pid, 'SIGKILL');
    else proc.kill('SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

let isWatching = false;

/** Sees to it, once, that no process outlives this one. */
function watchExit() {
  if (isWatching) return;
  isWatching = true;
  process.on('exit', () => running.forEach(end));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
}

/** Raises this process's priority where the user may; its children inherit it with all their threads. */
function raisePriority() {
  try {
    os.setPriority(os.constants.priority.PRIORITY_HIGH);
  } catch {
    // An ordinary user may not. watch.js leaves the time in the run queue out all the same.
  }
}

function raiseSession(pid) {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(os.constants.priority.PRIORITY_HIGH));
  } catch {
    // Not Linux, no autogroups, or not allowed.
  }
}

/**
 * Runs a program to its end.
 * @param {string} execPath
 * @param {string[]} args
 * @param {{cwd?: string, env?: object, timeoutMs?: number, lastMs?: number}} [options] `env` is added to this process's; `timeoutMs`
 *   (two minutes) is when the process has hung, `lastMs` how long it may take to end once it has printed END
 * @returns {Promise<{code: number | null, signal: string | null, hung: boolean, stdout: string, stderr: string}>}
 */
function runProcess(execPath, args, { cwd = root, env, timeoutMs = graceMs, lastMs = endMs } = {}) {
  return new Promise((resolve, reject) => {
    watchExit();
    const proc = spawn(execPath, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      detached: onLinux,
    });
    running.add(proc);
    raiseSession(proc.pid);
    const output = { stdout: '', stderr: '' };
    for (const name of Object.keys(output))
      proc[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
    let hung = false;
    let timer = setTimeout(() => {
      hung = true;
      end(proc);
    }, timeoutMs);
    proc.stdout.on('data', (text) => {
      if (!text.endsWith(END)) return;
      clearTimeout(timer);
      timer = setTimeout(end, lastMs, proc);
    });
    const done = (settle, value) => {
      clearTimeout(timer);
      running.delete(proc);
      settle(value);
    };
    proc.on('error', (error) => done(reject, error));
    proc.on('close', (code, signal) => done(resolve, { code, signal, hung, ...output }));
  });
}

/** How a process ended, in one line. */
function describeEnd({ code, signal, hung, stderr }) {
  if (hung) return 'hung, and was ended';
  if (signal) return `ended by ${signal}`;
  const said = stderr.split('\n').find((line) => /^\w*Error\b/.test(line));
  return said ? said.trim() : `ended with status ${code}`;
}

function failure(ended, message) {
  const { hung, stderr } = ended;
  return Object.assign(new Error(message), { hung, stderr: stderr.slice(-tailLength) });
}

/**
 * Gives a task to a script in a process of its own.
 * @param {string} execPath the Node to run it on
 * @param {string} script one that calls `serve`
 * @param {object} task
 * @param {{flags?: string[], env?: object, cwd?: string, timeoutMs?: number}} [options] `flags` go to Node itself
 * @returns {Promise<any>} the result
 * @throws {Error} that says in one line how the process ended, if not well: with its last words in `stderr`, and `hung` where it did
 *   not end by itself
 */
async function runTask(execPath, script, task, { flags = [], ...options } = {}) {
  const ended = await runProcess(execPath, [...flags, script, JSON.stringify(task)], options);
  const isWhole = ended.stdout.endsWith(END);
  // One that was ended for not ending is none that failed.
  const hasEnded = ended.code === 0 || (isWhole && ended.signal === 'SIGKILL');
  if (!hasEnded) throw failure(ended, describeEnd(ended));
  const line = ended.stdout.trimEnd().split('\n').pop();
  try {
    return JSON.parse(isWhole ? line.slice(0, -END.length) : line);
  } catch {
    throw failure(ended, `printed no result but '${line.slice(0, 60)}'`);
  }
}

/** The flags that this process was started with, but a debugger's port, which only one process can have. */
const inheritedFlags = () => process.execArgv.filter((flag) => !flag.startsWith('--inspect'));

module.exports = {
  watchExit,
  runProcess,
  runTask,
  raisePriority,
  inheritedFlags,
};
