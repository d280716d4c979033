'use strict';

// Decides which process runs when. Each side of a job runs in a process of its own, and the sides take turns (A B A B …) until each
// has had its runs, so that what drifts on the machine touches both alike. The cells of a job that says `apart` have processes of
// their own too: what the C library, V8 and the pacer learnt from one size changes the figures of the next by several times.
//
// A cell whose ratio comes out below the floor is measured three times more, from scratch. Its figure is then the median over
// those later measurements alone: the first one picked it out for being low, and would drag it down if it were kept.

const { ratio, summarize } = require('./stats');
const { environmentOf } = require('./sides');
const { runJob } = require('./spawn');

const floor = 0.95;
const rechecks = 3;

/** What a job's process reports on: its cells, and itself where the job names it. */
const reported = (job) => [...job.cells, ...(job.whole ?? [])];

function emptyRuns(job) {
  return Object.fromEntries(reported(job).map((id) => [id, {}]));
}

function addRun(runs, side, cells) {
  for (const [id, metrics] of Object.entries(cells)) {
    for (const [metric, value] of Object.entries(metrics)) {
      const bySide = (runs[id][metric] ??= {});
      (bySide[side] ??= []).push(value);
    }
  }
}

/** Runs a job's process; once more if it hung, which Node 24 does once in thousands of processes. */
async function runPatiently(execPath, job) {
  try {
    return await runJob(execPath, job);
  } catch (error) {
    if (!error.hung) throw error;
    return runJob(execPath, job);
  }
}

async function measureOnce(job, runtime, count, progress) {
  const runs = emptyRuns(job);
  const shares = job.apart ? job.cells.map((id) => [id]) : [job.cells];
  for (const cells of shares) {
    for (let run = 1; run <= count; run++) {
      for (const side of job.sides) {
        progress(
          `${runtime.version}  ${cells.length === 1 ? cells[0] : job.id}  ${side} ${run}/${count}`,
        );
        const env = environmentOf(side, job.backend);
        addRun(runs, side, await runPatiently(runtime.execPath, { ...job, cells, side, run, env }));
      }
    }
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

async function recheck(job, runtime, count, low, progress) {
  const again = { ...job, cells: low, id: `${job.id} (again)` };
  const rounds = [];
  for (let i = 0; i < rechecks; i++)
    rounds.push(await measureOnce(again, runtime, count, progress));
  return rounds;
}

/**
 * Measures a job on a runtime.
 * @param {object} job from a suite's `jobs()`
 * @param {object} runtime from `resolveRuntimes()`
 * @param {number} count processes a side
 * @param {(text: string) => void} progress told what runs
 * @returns {Promise<object[]>} a record a cell, and one for the process where the job wants it
 */
async function measureJob(job, runtime, count, progress) {
  const runs = await measureOnce(job, runtime, count, progress);
  const isLow = (id) => (ratioOf(runs[id], job.main)?.value ?? 1) < floor;
  const low = job.recheck ? job.cells.filter(isLow) : [];
  const rounds = low.length > 0 ? await recheck(job, runtime, count, low, progress) : [];
  return reported(job).map((id) => {
    if (!low.includes(id)) return record(job, id, runtime, runs[id]);
    const later = rounds.map((round) => round[id]);
    return record(job, id, runtime, mergeRuns(later), {
      first: ratioOf(runs[id], job.main).value,
      rechecks: later.map((one) => ratioOf(one, job.main).value),
    });
  });
}

module.exports = { measureJob, floor };
