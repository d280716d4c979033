'use strict';

// The few statistics the suites need: medians, their spread, ratios of two sides, geometric means.
//
// A side's runs are one figure per child process, in the order the processes ran. Because the sides alternate, run i of one side
// stands next to run i of the other in time, so the spread of a ratio is taken over those pairs: what drifts slowly (a clock, a
// neighbour on the machine) touches both halves of a pair and cancels.

const sorted = (values) => [...values].sort((a, b) => a - b);

/** The middle value (mean of the two middle ones for an even count); NaN for none. */
function median(values) {
  const list = sorted(values);
  const half = list.length >> 1;
  if (list.length === 0) return NaN;
  return list.length % 2 === 1 ? list[half] : (list[half - 1] + list[half]) / 2;
}

/** Median absolute deviation from the median, in the unit of the values. */
function deviation(values) {
  const middle = median(values);
  return median(values.map((value) => Math.abs(value - middle)));
}

/** Geometric mean of positive values; NaN for none. */
function geometricMean(values) {
  if (values.length === 0) return NaN;
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Median, deviation and extremes of one side's runs. */
function summarize(runs) {
  return {
    median: median(runs),
    deviation: deviation(runs),
    min: Math.min(...runs),
    max: Math.max(...runs),
    runs,
  };
}

/**
 * Ratio of two sides, `over / under`, of their medians, with its spread over the pairs of neighbouring runs.
 * @param {number[]} over runs of the side above the line (the built-in)
 * @param {number[]} under runs of the side below it (ours)
 */
function ratio(over, under) {
  const pairs = over.slice(0, under.length).map((value, i) => value / under[i]);
  return {
    value: median(over) / median(under),
    deviation: deviation(pairs),
    min: Math.min(...pairs),
    max: Math.max(...pairs),
  };
}

const notable = 0.02;

/**
 * Whether the machine had other work, so that figures are not for quoting.
 * @param {number[]} shares of their time that the measuring processes stood in the run queue
 */
const isBusy = (shares) => median(shares) > notable;

module.exports = { median, geometricMean, summarize, ratio, isBusy };
