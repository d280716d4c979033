'use strict';

/*
 * The first part: every statement tried with both Buffers.
 *
 * Both run in this process, except a statement marked `isolated`, which each side runs in a process
 * of its own. What is to be true of the outcomes depends on the statement:
 *
 *   plain            the same on both sides
 *   `ours(value)`    ours gives what this accepts; the built-in has no such thing
 *   `known(outcome)` ours is the same as the built-in's, or differs in the one way that this
 *                    accepts and the documentation explains
 */

const path = require('node:path');
const { inheritedFlags, runTask } = require('../../bench/core/process');
const { sides, loadSide } = require('../../bench/core/sides');
const { outcomeOf } = require('./outcome');
const { freshPool } = require('./pool');
const { groups } = require('./statements');

const CHILD = path.join(__dirname, 'semantics-child.js');

/**
 * @typedef {object} Statement
 * @property {string} says what is tried, as the table shows it
 * @property {(module: object, tools?: object) => unknown} run tries it with a module like
 *   `node:buffer` and returns what came of it
 * @property {boolean} [pool] wants an 8 KiB pool with a slab that is about to begin
 * @property {boolean} [isolated] wants its own process and the `tools` of semantics-child.js
 * @property {(value: any) => string} [show] shortens the value for the table
 * @property {(value: any) => boolean} [ours] see above
 * @property {(outcome: object) => boolean} [known] see above
 */

/** Tries a statement with a module in this process. */
function attempt(statement, module) {
  const run = () => statement.run(module);
  return outcomeOf(statement.pool ? () => freshPool(module.Buffer, run) : run, statement.show);
}

/** Tries a statement in a process of its own. */
async function attemptApart(statement, side) {
  try {
    const task = { side, says: statement.says };
    return await runTask(process.execPath, CHILD, task, { flags: inheritedFlags() });
  } catch (error) {
    return { shown: error.message, full: error.message, threw: true, broken: true };
  }
}

/**
 * The verdict on a statement.
 *
 * @returns {'same' | 'ours' | 'known' | 'differs'} only the last is not as expected
 */
function judge(statement, builtin, ours) {
  if (builtin.broken || ours.broken) return 'differs';
  if (statement.ours) return !ours.threw && statement.ours(ours.value) ? 'ours' : 'differs';
  if (builtin.full === ours.full) return 'same';
  return statement.known?.(ours) ? 'known' : 'differs';
}

/**
 * Tries one statement on both sides.
 *
 * @param {Statement} statement
 * @param {Record<string, object>} [modules] by side; for tests
 * @returns {Promise<{ says: string, builtin: object, bufalloc: object, verdict: string }>}
 */
async function compareStatement(statement, modules) {
  const outcomes = {};
  for (const side of sides) {
    outcomes[side] = statement.isolated
      ? await attemptApart(statement, side)
      : await attempt(statement, modules?.[side] ?? loadSide(side).module);
  }
  const verdict = judge(statement, outcomes.builtin, outcomes.bufalloc);
  const text = ({ shown, full }) => ({ shown, full });
  return {
    says: statement.says,
    builtin: text(outcomes.builtin),
    bufalloc: text(outcomes.bufalloc),
    verdict,
  };
}

/** Runs the part. */
async function runSemantics(_options, terminal) {
  const all = groups.flatMap(({ title, statements }) =>
    statements.map((statement) => ({ title, statement })),
  );
  const rows = [];
  const tally = { same: 0, ours: 0, known: 0, differs: 0 };
  terminal.part('semantics');
  for (const { title, statement } of all) {
    terminal.progress(rows.length + 1, all.length, statement.says);
    const row = await compareStatement(statement);
    rows.push({ group: title, ...row });
    tally[row.verdict]++;
  }
  return { ok: tally.differs === 0, tally, rows };
}

module.exports = { runSemantics, compareStatement };
