'use strict';

// Decides which process runs when. The sides take turns, run by run, and the one that begins changes from round to round (A B, B A, …),
// so that what drifts on the machine touches all alike. A round is one run of every task on every side: a busy moment does not fall on
// one task alone.
//
// A task of `measureJob` is the cells of a job, together; those of a job that says `apart` are a task each, with processes of their own:
// what the C library, V8 and the pacer learnt from one size changes the figures of the next by several times. A cell whose ratio comes
// out below the floor is measured three times more, from scratch. Its figure is then the median over those later measurements alone: the
// first one picked it out for being low, and would drag it down if it were kept.

const path = require('node:path');
const { runTask } = require('./process');
const { environmentOf } = require('./sides');
const { ratio, summarize } = require('./stats');

/** The script that measures a suite's cells. */
const child = path.join(__dirname, 'child.js');
const floor = 0.95;
const rechecks = 3;

/**
 * Measures tasks on several sides in turn.
 * @param {T[]} tasks
 * @param {{sides: string[], rounds: number, atLeast?: number, limitMs?: number}} plan no round begins that would end later than
 *   `limitMs`, once there were `atLeast`
 * @param {(task: T, side: string, round: number) => Promise<object>} measure one run; rounds count from 1
 * @param {(at: {done: number, total: number, task: T, side: string, round: number}) => void} [onRun] told before each run
 * @returns {Promise<{rounds: number, measured: object[]}>} the rounds made, and for each task its results by side, in the order of
 *   the rounds; or `{ side, error }`: a task that failed is not tried again
 * @template T
 */
async function takeTurns(tasks, plan, measure, onRun = () => {}) {
  const { sides, rounds, atLeast = rounds, limitMs = Infinity } = plan;
  const measured = tasks.map(() => Object.fromEntries(sides.map((side) => [side, []])));
  const total = tasks.length * rounds * sides.length;
  const started = Date.now();
  let done = 0;

  async function runTurn(i, order, round) {
    for (const side of order) {
      onRun({ done: ++done, total, task: tasks[i], side, round });
      try {
        measured[i][side].push(await measure(tasks[i], side, round));
      } catch (error) {
        measured[i] = { side, error };
        return;
      }
    }
  }

  for (let round = 1; round <= rounds; round++) {
    const elapsed = Date.now() - started;
    const made = round - 1;
    if (made >= atLeast && elapsed + elapsed / made > limitMs) return { rounds: made, measured };
    const order = round % 2 === 1 ? sides : [...sides].reverse();
    for (const i of tasks.keys()) {
      if (!measured[i].error) await runTurn(i, order, round);
    }
  }
  return { rounds, measured };
}

/** What a job's process reports on: its cells, and itself where the job names it. */
const reported = (job) => [...job.cells, ...(job.whole ?? [])];

/** One process; once more if it hung, which Node 24 does once in thousands of processes. */
async function runPatiently(execPath, job) {
  const { script = child, ...task } = job;
  const flags = job.self ? [] : job.flags?.[job.side];
  const options = { flags, env: environmentOf(job.side, job.backend) };
  try {
    return await runTask(execPath, script, task, options);
  } catch (error) {
    if (!error.hung) throw error;
    return runTask(execPath, script, task, options);
  }
}

/** Runs by id, metric and side, from what the processes of one task gave. */
function sortRuns(runs, bySide) {
  for (const [side, results] of Object.entries(bySide)) {
    for (const { cells } of results) {
      for (const [id, metrics] of Object.entries(cells)) {
        for (const [metric, value] of Object.entries(metrics)) {
          const sides = ((runs[id] ??= {})[metric] ??= {});
          (sides[side] ??= []).push(value);
        }
      }
    }
  }
}

async function measureOnce(job, runtime, count, onRun) {
  const tasks = job.apart ? job.cells.map((id) => [id]) : [job.cells];
  const { measured } = await takeTurns(
    tasks,
    { sides: job.sides, rounds: count },
    (cells, side, run) => runPatiently(runtime.execPath, { ...job, cells, side, run }),
    ({ task: [id, ...others], ...at }) =>
      onRun({ ...at, what: others.length === 0 ? id : job.id, count }),
  );
  const runs = {};
  for (const one of measured) {
    if (one.error) {
      const { message, stderr } = one.error;
      throw new Error(`${job.id} (${one.side}) ${message}\n${stderr ?? ''}`.trimEnd());
    }
    sortRuns(runs, one);
  }
  return runs;
}

function metricsOf(runs) {
  const metrics = {};
  for (const [metric, sides] of Object.entries(runs)) {
    metrics[metric] = {};
    for (const [side, list] of Object.entries(sides)) metrics[metric][side] = summarize(list);
  }
  return metrics;
}

function ratioOf(runs, metric) {
  const sides = runs[metric];
  if (!sides || !sides.builtin || !sides.bufalloc) return null;
  return ratio(sides.builtin, sides.bufalloc);
}

function mergeRuns(rounds) {
  const merged = {};
  for (const runs of rounds) {
    for (const [metric, sides] of Object.entries(runs)) {
      const bySide = (merged[metric] ??= {});
      for (const [side, list] of Object.entries(sides))
        bySide[side] = [...(bySide[side] ?? []), ...list];
    }
  }
  return merged;
}

function record(job, id, runtime, runs, extra) {
  return {
    suite: job.suite,
    id,
    runtime: runtime.version,
    major: runtime.major,
    ...job.describe[id],
    ratio: ratioOf(runs, job.main),
    metrics: metricsOf(runs),
    ...extra,
  };
}

async function recheck(job, runtime, count, low, onRun) {
  const again = { ...job, cells: low, id: `${job.id} (again)` };
  const rounds = [];
  for (let i = 0; i < rechecks; i++) rounds.push(await measureOnce(again, runtime, count, onRun));
  return rounds;
}

/**
 * Measures a job on a runtime.
 * @param {object} job from a suite's `jobs()`
 * @param {object} runtime from `resolveRuntimes()`
 * @param {number} count processes a side
 * @param {(at: {done: number, total: number, what: string, side: string, round: number, count: number}) => void} [onRun] told
 *   what runs
 * @returns {Promise<object[]>} a record a cell, and one for the process where the job wants it
 */
async function measureJob(job, runtime, count, onRun = () => {}) {
  const runs = await measureOnce(job, runtime, count, onRun);
  const isLow = (id) => (ratioOf(runs[id], job.main)?.value ?? 1) < floor;
  const low = job.recheck ? job.cells.filter(isLow) : [];
  const rounds = low.length > 0 ? await recheck(job, runtime, count, low, onRun) : [];
  return reported(job).map((id) => {
    if (!low.includes(id)) return record(job, id, runtime, runs[id]);
    const later = rounds.map((round) => round[id]);
    return record(job, id, runtime, mergeRuns(later), {
      first: ratioOf(runs[id], job.main).value,
      rechecks: later.map((one) => ratioOf(one, job.main).value),
    });
  });
}

module.exports = { takeTurns, measureJob, child, floor };
