'use strict';

/* What costs more with the preload, on which version of Node, and why. */

const format = require('../../bench/core/format');
const reasons = require('./reasons');

/** From which ratio on there is a note; of every one, so that none is picked out. */
const FLOOR = 0.95;

const FIELDS = { cpuMs: 'processor time', peakMiB: 'peak' };

const succeeded = ({ error }) => error === undefined;

/** Whether a ratio is clear of 1, as the page says. */
const isClear = ({ value, deviation }) => value + 2 * deviation < 1;

/** A figure of a job, where it is below the floor on any version; undefined where on none. */
function noteOf(id, field, low) {
  if (low.length === 0) return undefined;
  const figures = low.map(
    ({ major, ratio }) =>
      `${format.ratio(ratio.value)} ±${format.ratio(ratio.deviation)} on Node ${major}`,
  );
  const clear = low.some(({ ratio }) => isClear(ratio));
  const reason = clear ? (reasons[field][id] ?? 'cause unknown') : 'no more than chance';
  return `${id}, ${FIELDS[field]} ${figures.join(', ')}: ${reason}.`;
}

/**
 * @param {object[]} runtimes with their jobs
 * @returns {[string, string[]]} what they have in common, and the notes
 */
function noteCosts(runtimes) {
  const lowOf = (id, field) =>
    runtimes.flatMap(({ major, jobs }) => {
      const job = jobs.find((one) => one.id === id);
      if (!succeeded(job)) return [];
      const { ratio } = job.figures[field];
      return ratio.value < FLOOR ? [{ major, ratio }] : [];
    });
  const notes = Object.keys(FIELDS).flatMap((field) =>
    runtimes[0].jobs.map(({ id }) => noteOf(id, field, lowOf(id, field))),
  );
  const bound = `Every ratio below ${FLOOR}, and its cause:`;
  return [bound, notes.filter((note) => note !== undefined)];
}

module.exports = { noteCosts, succeeded };
