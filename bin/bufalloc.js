#!/usr/bin/env node
'use strict';

/*
 * The command line: `bufalloc <command> [options]`.
 *
 * A command is a row in the table below. Its module is loaded when it is called for, and gives
 * `usage` (the text of `--help`), `options` (as `util.parseArgs` takes them; `help` and `color`
 * are added to every command) and `run(values, terminal, positionals)`, which resolves to the exit
 * status; one that takes arguments that are no options says `positionals`. One that says `takesAll` gets its
 * arguments as they are, `--help` included.
 *
 * Exit status: 0 all is as it should be, 1 it is not, 2 wrong usage.
 */

const { parseArgs } = require('node:util');
const { version } = require('../package.json');
const { UsageError } = require('../bench/core/errors');
const { createTerminal } = require('../bench/core/terminal');

const commands = {
  run: {
    summary: 'run a program with bufalloc behind the built-in Buffer',
    load: () => require('./run'),
  },
  compare: {
    summary: 'the built-in Buffer and this one, side by side: results and cost',
    load: () => require('./compare'),
  },
  bench: {
    summary: 'how fast, and how much memory: the benchmark suite',
    load: () => require('./bench'),
  },
  doctor: {
    summary: 'is all well here? runtime, binary, limits, system; with advice',
    load: () => require('./doctor'),
  },
  build: {
    summary: 'build the addon from source, where no binary fits',
    load: () => require('./build'),
  },
  pins: {
    summary: 'who keeps slabs alive, in a heap snapshot',
    load: () => require('./pins'),
  },
};

const usage = `Usage: bufalloc <command> [options]

Commands:
${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(9)} ${summary}`)
  .join('\n')}

Options:
  -h, --help     this text, or with a command, that command's
  -v, --version  the version
`;

const commonOptions = {
  help: { type: 'boolean', short: 'h' },
  'no-color': { type: 'boolean' },
};

/** parseArgs, with its own complaints (a TypeError with a code) turned into a UsageError. */
function parse(args, options, hint, allowPositionals = false) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals });
  } catch (error) {
    if (!String(error.code).startsWith('ERR_PARSE_ARGS_')) throw error;
    throw new UsageError(error.message.split(/\. |\.?\n/)[0], hint);
  }
}

async function main(args) {
  const [name, ...rest] = args;
  if (name === undefined) throw new UsageError('a command is missing', 'bufalloc --help');
  if (!name.startsWith('-')) return runCommand(name, rest);

  const options = { ...commonOptions, version: { type: 'boolean', short: 'v' } };
  const { values } = parse(args, options, 'bufalloc --help');
  process.stdout.write(values.version ? `${version}\n` : usage);
  return 0;
}

async function runCommand(name, args) {
  if (!Object.hasOwn(commands, name)) {
    const known = Object.keys(commands).join(', ');
    throw new UsageError(`no such command: '${name}' (there is: ${known})`, 'bufalloc --help');
  }
  const command = commands[name].load();
  if (command.takesAll) return command.run(args);
  const hint = `bufalloc ${name} --help`;
  const known = { ...command.options, ...commonOptions };
  const { values, positionals } = parse(args, known, hint, command.positionals);
  if (values.help) {
    process.stdout.write(command.usage);
    return 0;
  }
  try {
    const terminal = createTerminal({ color: !values['no-color'] });
    return await command.run(values, terminal, positionals);
  } catch (error) {
    if (error instanceof UsageError) error.hint ??= hint;
    throw error;
  }
}

function fail(error) {
  if (!(error instanceof UsageError)) throw error;
  const hint = error.hint ? ` Try '${error.hint}'.` : '';
  process.stderr.write(`bufalloc: ${error.message}.${hint}\n`);
  return 2;
}

// A reader that has seen enough (`| head`) closes the pipe: that is no failure of ours. A full disk is one.
process.stdout.on('error', ({ code, message }) => {
  if (code === 'EPIPE') process.exit();
  process.stderr.write(`bufalloc: the output cannot be written: ${message}\n`);
  process.exit(1);
});
// There is nowhere left to complain.
process.stderr.on('error', () => {});

main(process.argv.slice(2))
  .catch(fail)
  .then((status) => {
    process.exitCode = status;
  });
