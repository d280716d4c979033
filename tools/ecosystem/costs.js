'use strict';

/* What costs more with the preload, on which version of Node, and why. */

const format = require('../../bench/core/format');
const reasons = require('./reasons');

/** Below this there is a note, for each ratio, so that none is picked out. */
const FLOOR = 0.95;

/** What the package takes itself (docs/performance.md), in MiB: a little more, as V8 compiles more of it. */
const packageMiB = (major) => (major >= 24 ? 9 : 6);

const TITLES = { cpuMs: 'processor time', peakMiB: 'peak' };

const succeeded = ({ error }) => error === undefined;

/** Whether a ratio is clear of 1, as the page says. */
const isClear = ({ value, deviation }) => value + 2 * deviation < 1;

function reasonOf(id, field, lows) {
  const clear = lows.filter(({ figures }) => isClear(figures.ratio));
  if (clear.length === 0) return reasons.chance;
  if (reasons[field][id]) return reasons[field][id];
  const isWithin = ({ major, figures: { builtin, bufalloc } }) =>
    bufalloc.median - builtin.median <= packageMiB(major);
  const isPackage = field === 'peakMiB' && clear.every(isWithin);
  return isPackage ? reasons.packageItself : reasons.unknown;
}

/**
 * Every ratio below the floor, by what it is due to.
 *
 * @param {Array<{ major: number, jobs: object[] }>} runtimes
 * @returns {string[]} a line a reason
 */
function noteCosts(runtimes) {
  const notes = new Map();
  for (const field of Object.keys(TITLES)) {
    for (const [i, { id }] of runtimes[0].jobs.entries()) {
      const lows = runtimes
        .map(({ major, jobs }) => ({ major, job: jobs[i] }))
        .filter(({ job }) => succeeded(job) && job.figures[field].ratio.value < FLOOR)
        .map(({ major, job }) => ({ major, figures: job.figures[field] }));
      if (lows.length === 0) continue;
      const texts = lows.map(
        ({ major, figures: { ratio } }) => `${format.ratio(ratio.value)} (Node ${major})`,
      );
      const reason = reasonOf(id, field, lows);
      const text = `${id}, ${TITLES[field]} ${texts.join(', ')}`;
      notes.set(reason, [...(notes.get(reason) ?? []), text]);
    }
  }
  return [...notes].map(([reason, texts]) => `**${reason}:** ${texts.join('; ')}.`);
}

module.exports = { FLOOR, noteCosts, succeeded };
