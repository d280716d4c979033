'use strict';

/*
 * The third part: what a call costs. Every measurement is a process of its own, the sides take
 * turns, and a figure is the median of the rounds. It informs; it decides nothing.
 */

const path = require('node:path');
const { runChild } = require('./child');
const { geometricMean, measureRounds, median } = require('./measure');
const { sides } = require('./sides');
const { groups } = require('./speed-cases');

const CHILD = path.join(__dirname, 'speed-child.js');

/** Warm-up and measurement of a run are in nanoseconds. */
const FULL = { rounds: 5, atLeast: 3, limit: 30_000, warmUp: 25e6, measure: 50e6 };
const QUICK = { rounds: 3, atLeast: 1, limit: 6_000, warmUp: 15e6, measure: 30e6 };

/** With less of a processor than this, the machine has other things to do. */
const BUSY = 0.85;

/** What the runs of a call come to. */
function judgeCall({ title, size }, runs) {
  if (runs.error) return { title, size, error: runs.error };
  const [builtin, ours] = sides.map((side) => ({ ns: median(runs[side].map(({ ns }) => ns)) }));
  return { title, size, 'built-in': builtin, bufalloc: ours, ratio: builtin.ns / ours.ns };
}

/**
 * Runs the part. A call that failed is not as expected; a slow one is.
 *
 * @param {{ quick?: boolean }} options
 * @param {object} terminal
 */
async function runSpeed({ quick }, terminal) {
  const plan = quick ? QUICK : FULL;
  const calls = groups.flatMap((group) =>
    group.cases.filter((one) => !quick || one.quick).map((one) => ({ ...one, group: group.title })),
  );
  terminal.part('speed');
  const { rounds, measured } = await measureRounds(
    calls,
    plan,
    ({ title }, side) =>
      runChild(CHILD, { side, title, warmUp: plan.warmUp, measure: plan.measure }),
    (done, total, { title }, side) => terminal.progress(done, total, `${title}, ${side}`),
  );

  const shares = measured.flatMap((runs) => sides.flatMap((side) => runs[side] ?? []));
  const rows = calls.map((call, i) => ({ group: call.group, ...judgeCall(call, measured[i]) }));
  const ratios = rows.filter(({ error }) => !error).map(({ ratio }) => ratio);
  return {
    ok: ratios.length === rows.length,
    rounds,
    busy: shares.length > 0 && median(shares.map(({ share }) => share)) < BUSY,
    geometricMean: ratios.length > 0 ? geometricMean(ratios) : undefined,
    rows,
  };
}

module.exports = { runSpeed };
