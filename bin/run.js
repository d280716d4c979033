'use strict';

/*
 * `bufalloc run`: a program with the built-in Buffer allocating through bufalloc, in every process and
 * thread that it starts: NODE_OPTIONS has it load register.js by an absolute path, which is right in
 * whatever folder they are started.
 */

const { spawn } = require('node:child_process');
const os = require('node:os');
const path = require('node:path');
const { isatty } = require('node:tty');

const { UsageError } = require('../bench/core/errors');

const REGISTER = path.join(__dirname, '..', 'dist', 'register.js');

const usage = `Usage: bufalloc run [--print] <script.js or command> [arguments]

Runs a program with bufalloc behind the built-in Buffer, and with it every
Node.js process and worker thread that it starts, in whatever folder. A script
is run by this Node.js; anything else, such as npm, npx or a program in
node_modules/.bin, is run as it is.

Options:
  --print     print the setting of NODE_OPTIONS that does it, and run nothing
  -h, --help  this text

Exit status: the program's own; 2 for wrong usage.
`;

/** A value as NODE_OPTIONS takes it: quoted where it holds a space. */
const quote = (text) =>
  /[\s"\\]/.test(text) ? `"${text.replace(/["\\]/g, (character) => `\\${character}`)}"` : text;

/** NODE_OPTIONS with bufalloc in it, beside what is in it already. */
function nodeOptions(given) {
  const ours = `--require ${quote(REGISTER)}`;
  return given ? `${given} ${ours}` : ours;
}

const isScript = (name) => /\.[cm]?[jt]s$/.test(name);

/** The command as it is started: a script by this very Node.js. */
const commandOf = ([name, ...args]) =>
  isScript(name) ? [process.execPath, [name, ...args]] : [name, args];

/* What a terminal sends, on Ctrl-C and when it is closed, it sends to the program as well, which must not hear it twice. */
const FROM_TERMINAL = ['SIGINT', 'SIGHUP'];
const hasTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor));
const hearsAlone = (signal) => !(hasTerminal && FROM_TERMINAL.includes(signal));

function start(args) {
  const [command, rest] = commandOf(args);
  const env = { ...process.env, NODE_OPTIONS: nodeOptions(process.env.NODE_OPTIONS) };
  /* What npm puts on the path of Windows are batch files. */
  const shell = process.platform === 'win32' && command !== process.execPath;
  return new Promise((resolve, reject) => {
    const child = spawn(command, rest, { stdio: 'inherit', env, shell });
    /* Who ends us means the program. */
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => hearsAlone(signal) && child.kill(signal));
    }
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? 128 + os.constants.signals[signal]));
  });
}

/**
 * Runs the command.
 *
 * @param {string[]} args as they were given
 * @returns {Promise<number>} the exit status
 */
async function run(args) {
  const hint = 'bufalloc run --help';
  const [first] = args;
  if (!first) throw new UsageError('a script or a command is missing', hint);
  if (first === '--help' || first === '-h') return print(usage);
  if (first === '--print') return print(`NODE_OPTIONS='${nodeOptions()}'\n`);
  if (first.startsWith('-')) throw new UsageError(`unknown option '${first}'`, hint);
  try {
    return await start(args);
  } catch (error) {
    if (error.code === 'ENOENT') throw new UsageError(`there is no '${first}' to run`, hint);
    if (error.code === 'EACCES') throw new UsageError(`'${first}' is no program`, hint);
    throw error;
  }
}

function print(text) {
  process.stdout.write(text);
  return 0;
}

module.exports = { takesAll: true, run };
