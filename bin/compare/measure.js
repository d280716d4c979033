'use strict';

/*
 * Fair measuring of two sides: one process a measurement, the sides in turn, the one that starts
 * changing with every round, and the median of the rounds. A round is one measurement of every task
 * on both sides, so that a busy moment of the machine does not fall on one task alone.
 */

const { sides } = require('./sides');

/**
 * @typedef {object} Plan
 * @property {number} rounds how many to make
 * @property {number} atLeast how many to make even if they take too long
 * @property {number} limit no round begins that would end later than this, in milliseconds
 */

/**
 * Measures tasks on both sides.
 *
 * @param {T[]} tasks
 * @param {Plan} plan
 * @param {(task: T, side: string) => Promise<object>} measure one measurement
 * @param {(done: number, total: number, task: T, side: string) => void} onRun before each
 * @returns {Promise<{ rounds: number, measured: Array<object> }>} the rounds made, and for each
 *   task its results by side, or `{ error }`: a task that failed once is not tried again
 * @template T
 */
async function measureRounds(tasks, { rounds, atLeast, limit }, measure, onRun) {
  const measured = tasks.map(() => Object.fromEntries(sides.map((side) => [side, []])));
  const total = tasks.length * rounds * sides.length;
  const started = Date.now();
  let done = 0;

  async function measureTask(i, order) {
    for (const side of order) {
      onRun(++done, total, tasks[i], side);
      try {
        measured[i][side].push(await measure(tasks[i], side));
      } catch (error) {
        measured[i] = { error: `with ${side}: ${error.message}` };
        return;
      }
    }
  }

  for (let round = 0; round < rounds; round++) {
    const elapsed = Date.now() - started;
    if (round >= atLeast && elapsed + elapsed / round > limit) return { rounds: round, measured };
    const order = round % 2 === 0 ? sides : [...sides].reverse();
    for (const i of tasks.keys()) {
      if (!measured[i].error) await measureTask(i, order);
    }
  }
  return { rounds, measured };
}

/** The middle value; of an even number of values, the mean of the two in the middle. */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** The mean that suits ratios: twice as fast and half as fast give 1. */
function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

module.exports = { measureRounds, median, geometricMean };
