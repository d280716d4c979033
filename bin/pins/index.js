'use strict';

/* `bufalloc pins`: what holds the slabs of a heap snapshot that few pieces pin. */

const { UsageError } = require('../../bench/core/errors');
const { bytes, count } = require('../../lib/insight/format');
const { SnapshotError } = require('./reader');
const { examine } = require('./report');
const { readSnapshot } = require('./snapshot');

const usage = `Usage: bufalloc pins FILE [options]

Reads a heap snapshot (v8.writeHeapSnapshot(), --heapsnapshot-signal, DevTools)
and shows which slabs, bufalloc's and the built-in pool's, are kept alive by few
pieces, and what holds those: the shortest path from a root. Arenas and other
large ArrayBuffers follow. A snapshot says how many views there are, not how
long they are: in the running program, census() knows.

Options:
      --top N     groups of stores that are shown, each kind (default: 5)
      --json      everything as JSON
      --no-color  no colours (so does the environment variable NO_COLOR)
  -h, --help      this text

Exit status: 0 if the file was read, 1 if it could not be, 2 for wrong usage.
`;

const options = { top: { type: 'string', default: '5' }, json: { type: 'boolean' } };

const PATIENCE_MS = 1000;
const INDENT = '    ';
/** Steps of a path that are shown from its beginning, and from its end. */
const FIRST_STEPS = 5;
const LAST_STEPS = 11;
const MIN_VIA = 16;
const MAX_VIA = 36;

const some = (number, singular, plural) => `${count(number)} ${number === 1 ? singular : plural}`;

const cut = (text, width) => (text.length <= width ? text : `${text.slice(0, width - 1)}…`);

/** The path of a group, a step a line. */
function showPath(path, { paint, width }) {
  const left = path.length - FIRST_STEPS - LAST_STEPS;
  const shown =
    left <= 1
      ? path
      : [
          ...path.slice(0, FIRST_STEPS),
          { via: '…', name: `${left} more steps` },
          ...path.slice(-LAST_STEPS),
        ];
  const longest = Math.max(MIN_VIA, ...shown.map(({ via }) => via.length));
  const column = Math.min(longest, MAX_VIA);
  return shown.map(({ via, name }) => {
    if (via === '') return INDENT + paint.cyan(name);
    const text = cut(name, width - INDENT.length - column - 1);
    return `${INDENT}${cut(via, column).padEnd(column)} ${paint.cyan(text)}`;
  });
}

function showGroups({ groups }, top, what, terminal) {
  for (const { count: number, bytes: size, views, path } of groups.slice(0, top)) {
    const title = `${some(number, ...what)}, ${bytes(size)}; ${some(views, 'view', 'views')}`;
    terminal.print(`\n  ${terminal.paint.bold(title)}`);
    if (path.length === 0) terminal.print(`${INDENT}(nothing holds it)`);
    for (const line of showPath(path, terminal)) terminal.print(line);
  }
  if (groups.length > top) {
    const left = groups.slice(top);
    const size = left.reduce((sum, group) => sum + group.bytes, 0);
    terminal.print(
      `\n  and ${bytes(size)} held in ${some(left.length, 'other way', 'other ways')}`,
    );
  }
}

function show({ slabs, pinned, arenas, others }, top, terminal) {
  const { print } = terminal;
  const total = ({ count: number, bytes: size }, singular, plural) =>
    `${some(number, singular, plural)}, ${bytes(size)}`;
  print(
    `${total(slabs, 'slab', 'slabs')}; few pieces pin ${count(pinned.count)}, ${bytes(pinned.bytes)}.`,
  );
  showGroups(pinned, top, ['slab', 'slabs'], terminal);
  if (pinned.count > 0) print('\nA copy in memory of its own lets go of a slab: compact(piece).');
  if (arenas.count > 0) {
    print(`\n${total(arenas, 'store of arenas', 'stores of arenas')}, until those are reset.`);
    showGroups(arenas, top, ['store', 'stores'], terminal);
  }
  if (others.count > 0) {
    print(`\n${total(others, 'other large ArrayBuffer', 'other large ArrayBuffers')}.`);
    showGroups(others, top, ['ArrayBuffer', 'ArrayBuffers'], terminal);
  }
}

/** Reads a snapshot, and says how far it is once that takes a while. */
function read(file, terminal) {
  const start = performance.now();
  try {
    return readSnapshot(file, (done, total) => {
      if (performance.now() - start < PATIENCE_MS) return;
      terminal.now(`reading ${bytes(done)} of ${bytes(total)}`);
    });
  } finally {
    terminal.settle();
  }
}

/** What went wrong, in words; undefined for a fault of ours. */
function explain(error) {
  if (error instanceof SnapshotError) return error.message;
  if (error instanceof RangeError) return `it needs more memory than there is: ${error.message}`;
  return error.syscall === undefined ? undefined : error.message;
}

/**
 * Runs the command.
 *
 * @param {{ top: string, json?: boolean }} values
 * @param {object} terminal from terminal.js
 * @param {string[]} files
 * @returns {Promise<number>} the exit status
 */
async function run({ top, json }, terminal, files) {
  if (files.length !== 1) throw new UsageError('one file is read, a heap snapshot');
  const number = Number(top);
  if (!(Number.isInteger(number) && number >= 1)) {
    throw new UsageError('--top takes a whole number from 1 on');
  }
  try {
    const report = examine(read(files[0], terminal));
    if (json) terminal.print(JSON.stringify(report, null, 2));
    else show(report, number, terminal);
    return 0;
  } catch (error) {
    const reason = explain(error);
    if (reason === undefined) throw error;
    terminal.complain(`${files[0]}: ${reason}`);
    return 1;
  }
}

module.exports = { usage, options, positionals: true, run };
