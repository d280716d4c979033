'use strict';

/*
 * Whether a soak shows a leak. A series is judged by its second half: what comes before is warm-up.
 * Of that, the first and the last third are compared by their lower quartiles. The load idles in every
 * ten seconds, so that each third has seconds in which idle memory went back: what leaks stays, and
 * raises them, while peaks count for nothing. The growth may be
 *
 *     64 MiB or a tenth of the level, whichever is more
 *
 * as workers are alive at one time and not at another, and V8's own heaps swing: 13 and 38 MiB were seen
 * in a minute on a busy machine, 8 and -11 in four and a half. The two thirds are a third of the run
 * apart, so that a leak of 64 MiB in that time is found: 3.2 MiB a second in a
 * minute, 80 KiB a second in half an hour. Less than a minute is too short to judge.
 */

const MAX_GROWTH_MIB = 64;
const MAX_GROWTH_SHARE = 0.1;
/** Fewer samples than this in a third say nothing. */
const MIN_SAMPLES = 8;
/** The series that must stay level. */
const SERIES = { RSS: 'rssMiB', 'mapped memory': 'mappedMiB' };

function lowerQuartile(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 2];
}

/**
 * @param {number[]} values one a second, in MiB
 * @returns {{ from: number, to: number, growth: number, limit: number } | undefined} undefined where
 *   there are too few
 */
function growthOf(values) {
  const half = values.slice(values.length >> 1);
  const third = Math.floor(half.length / 3);
  if (third < MIN_SAMPLES) return undefined;
  const from = lowerQuartile(half.slice(0, third));
  const to = lowerQuartile(half.slice(-third));
  return { from, to, growth: to - from, limit: Math.max(MAX_GROWTH_MIB, from * MAX_GROWTH_SHARE) };
}

/**
 * @param {object[]} samples as the sampler took them
 * @returns {{ growth: object, failures: string[] }}
 */
function judge(samples) {
  const growth = {};
  const failures = [];
  for (const [title, field] of Object.entries(SERIES)) {
    const found = growthOf(samples.map((sample) => sample[field]));
    growth[field] = found;
    if (found === undefined || found.growth <= found.limit) continue;
    const [from, to, limit] = [found.from, found.to, found.limit].map(Math.round);
    failures.push(`${title} grew from ${from} to ${to} MiB; at most ${limit} MiB more are allowed`);
  }
  return { growth, failures };
}

module.exports = { judge };
