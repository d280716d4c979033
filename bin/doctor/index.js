'use strict';

/*
 * `bufalloc doctor`: whether all is well with bufalloc here, and what to do where it is not; with the URL of
 * a page, where the memory of that program is.
 */

const { UsageError } = require('../../bench/core/errors');
const { wrapText } = require('../../bench/core/table');
const { examine } = require('./checks');
const { gatherFacts } = require('./facts');
const { PageError, askPage, showPage } = require('./page');

const usage = `Usage: bufalloc doctor [URL] [options]

Looks at the runtime, the binary in use, the memory there is, the limits in
force and the system's settings, tries the allocator, and says what is well and
what is not, with advice.

With the URL that bufalloc/inspect has printed, it shows where the memory of
that program is, and what to do about the largest part.

Options:
      --json      everything as JSON
      --no-color  no colours (so does the environment variable NO_COLOR)
  -h, --help      this text

Exit status: 0 if nothing is wrong, 1 if something is, 2 for wrong usage.
`;

const options = { json: { type: 'boolean' } };

const MARKS = { well: ['✓', 'green'], note: ['•', 'yellow'], wrong: ['✗', 'red'] };
const TITLE_WIDTH = 12;

const INDENT = TITLE_WIDTH + 5;

/** A finding, its text and its advice broken between words. */
function show({ title, state, text, advice }, { paint, width }) {
  const [mark, color] = MARKS[state];
  const wrap = (words) => wrapText(words, width - INDENT);
  const lines = [...wrap(text), ...(advice === undefined ? [] : wrap(advice).map(paint.dim))];
  const indented = lines.join(`\n${' '.repeat(INDENT)}`);
  return `  ${paint[color](mark)} ${title.padEnd(TITLE_WIDTH)} ${indented}`;
}

function verdict(findings, { paint }) {
  const count = (state) => findings.filter((finding) => finding.state === state).length;
  if (count('wrong') > 0)
    return paint.red(`${count('wrong')} wrong, ${count('note')} worth knowing.`);
  const notes = count('note') === 0 ? '' : ` ${count('note')} worth knowing.`;
  return `${paint.green('All is well.')}${notes}`;
}

async function examinePage(address, json, terminal) {
  if (!URL.canParse(address) || !/^https?:/.test(address)) {
    throw new UsageError(`'${address}' is no URL of a page`);
  }
  try {
    const found = await askPage(address);
    terminal.print(json ? JSON.stringify(found, null, 2) : showPage(found));
    return 0;
  } catch (error) {
    if (!(error instanceof PageError)) throw error;
    terminal.complain(error.message);
    return 1;
  }
}

/**
 * Runs the command.
 *
 * @param {{ json?: boolean }} values
 * @param {object} terminal from terminal.js
 * @param {string[]} addresses of a page, if that is to be looked at
 * @returns {Promise<number>} the exit status
 */
async function run({ json }, terminal, addresses) {
  if (addresses.length > 1) throw new UsageError('one page is looked at');
  if (addresses.length === 1) return examinePage(addresses[0], json, terminal);
  const facts = await gatherFacts();
  const findings = examine(facts);
  if (json) {
    terminal.print(JSON.stringify({ version: facts.version, findings }, null, 2));
  } else {
    terminal.print(terminal.paint.bold(`bufalloc ${facts.version}`));
    terminal.print();
    for (const finding of findings) terminal.print(show(finding, terminal));
    terminal.print();
    terminal.print(verdict(findings, terminal));
  }
  return findings.some(({ state }) => state === 'wrong') ? 1 : 0;
}

module.exports = { usage, options, positionals: true, run };
