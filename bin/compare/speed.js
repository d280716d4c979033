'use strict';

/*
 * The third part: what a call costs. Every measurement is a process of its own, the sides take
 * turns, and a figure is the median of the rounds. It informs; it decides nothing.
 */

const { pack } = require('../../bench/core/package');
const { inheritedFlags, runTask } = require('../../bench/core/process');
const { child, takeTurns } = require('../../bench/core/schedule');
const { sides } = require('../../bench/core/sides');
const { geometricMean, isBusy, median } = require('../../bench/core/stats');
const { groups } = require('./speed-cases');

const FULL = { sides, rounds: 5, atLeast: 3, limitMs: 30_000 };
const QUICK = { sides, rounds: 3, atLeast: 1, limitMs: 6_000 };

/** One run: the call as the benchmark suite `micro` measures it. */
async function measureCall({ title, call, use, bytes }, side, budget) {
  const describe = { [title]: { call, use, bytes } };
  const job = { suite: 'micro', cells: [title], describe, budget, side };
  const { cells } = await runTask(process.execPath, child, job, { flags: inheritedFlags() });
  return cells[title];
}

/** What the runs of a call come to. */
function judgeCall({ group, title, bytes }, runs) {
  if (runs.error) return { group, title, bytes, side: runs.side, error: runs.error.message };
  const [builtin, bufalloc] = sides.map((side) => ({ ns: median(runs[side].map(({ ns }) => ns)) }));
  return { group, title, bytes, builtin, bufalloc, ratio: builtin.ns / bufalloc.ns };
}

/**
 * Runs the part. A call that failed is not as expected; a slow one is.
 *
 * @param {{ quick?: boolean }} options
 * @param {object} terminal
 */
async function runSpeed({ quick }, terminal) {
  const calls = groups.flatMap((group) =>
    group.cases.filter((one) => !quick || one.quick).map((one) => ({ ...one, group: group.title })),
  );
  terminal.part('speed');
  pack(terminal.note);
  const { rounds, measured } = await takeTurns(
    calls,
    quick ? QUICK : FULL,
    (call, side) => measureCall(call, side, quick ? 'quick' : 'full'),
    ({ done, total, task, side }) => terminal.progress(done, total, `${task.title}, ${side}`),
  );

  const runs = measured.flatMap((one) => sides.flatMap((side) => one[side] ?? []));
  const rows = calls.map((call, i) => judgeCall(call, measured[i]));
  const ratios = rows.filter(({ error }) => !error).map(({ ratio }) => ratio);
  return {
    ok: ratios.length === rows.length,
    rounds,
    busy: isBusy(runs.map(({ queued }) => queued)),
    geometricMean: ratios.length > 0 ? geometricMean(ratios) : undefined,
    rows,
  };
}

module.exports = { runSpeed };
