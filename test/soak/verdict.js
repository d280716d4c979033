'use strict';

/*
 * Whether a soak shows a leak. A series is judged by its second half: what comes before is warm-up.
 * Of that, the first and the last third are compared by their lower quartiles. The load idles in every
 * ten seconds, so that each third has seconds in which idle memory went back: what leaks stays, and
 * raises them, while peaks count for nothing. The growth may be
 *
 *     from twenty minutes on:  a twentieth of the resident memory
 *     in less:                 64 MiB or a tenth of the level, whichever is more
 *
 * Workers are alive at one time and not at another, and V8's own heaps swing: of 1,390 samples whose level
 * stayed what it was, sixty in a row, judged alone, went from 74 MiB down to 81 up (one of 266 such runs by
 * more than 64), six hundred up by 4 % at most, twelve hundred not at all. The two thirds are a third of
 * the run apart, so that a leak of the limit in that time is found: 3.2 MiB a second in a minute, 10 KiB a
 * second in an hour at 250 MiB. Less than a minute is too short to judge.
 */

/** From so many samples on, one a second, a run is a long one. */
const LONG_SAMPLES = 1200;
const LONG_GROWTH_SHARE = 0.05;
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
 * Where a series began and ended.
 *
 * @param {number[]} values one a second, in MiB
 * @returns {{ from: number, to: number, growth: number } | undefined} undefined where there are too few
 */
function growthOf(values) {
  const half = values.slice(values.length >> 1);
  const third = Math.floor(half.length / 3);
  if (third < MIN_SAMPLES) return undefined;
  const from = lowerQuartile(half.slice(0, third));
  const to = lowerQuartile(half.slice(-third));
  return { from, to, growth: to - from };
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
    if (found === undefined) continue;
    found.limit =
      samples.length >= LONG_SAMPLES
        ? growth.rssMiB.from * LONG_GROWTH_SHARE
        : Math.max(MAX_GROWTH_MIB, found.from * MAX_GROWTH_SHARE);
    if (found.growth <= found.limit) continue;
    const [from, to, limit] = [found.from, found.to, found.limit].map(Math.round);
    failures.push(`${title} grew from ${from} to ${to} MiB; at most ${limit} MiB more are allowed`);
  }
  return { growth, failures };
}

module.exports = { judge };
