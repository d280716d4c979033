'use strict';

// Says in a report's head whether the machine had other work: figures taken beside it are not for quoting.

const { median } = require('../core/stats');

const notable = 0.02;

/** Median share of their time that the measuring processes stood in the run queue; NaN where none was noted. */
function busyShare(records) {
  const shares = records.flatMap(({ metrics }) =>
    Object.values(metrics.queued ?? {}).map((side) => side.median),
  );
  return median(shares);
}

/** A sentence for the head, or null on a quiet machine. @param {object[]} records */
function busyNote(records) {
  const share = busyShare(records);
  if (!(share > notable)) return null;
  const percent = Math.round(share * 100);
  return `The machine was busy: processes waited for a processor ${percent} % of the time. That is left out, yet figures scatter; measure again on a quiet one before quoting any.`;
}

module.exports = { busyNote };
