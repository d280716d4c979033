'use strict';

// Says in a report's head whether the machine had other work: figures taken beside it are not for quoting.

const { isBusy, median } = require('../core/stats');

/** A sentence for the head, or null on a quiet machine. @param {object[]} records */
function busyNote(records) {
  const shares = records.flatMap(({ metrics }) =>
    Object.values(metrics.queued ?? {}).map((side) => side.median),
  );
  if (!isBusy(shares)) return null;
  const percent = Math.round(median(shares) * 100);
  return `The machine was busy: processes waited for a processor ${percent} % of the time. That is left out, yet figures scatter; measure again on a quiet one before quoting any.`;
}

module.exports = { busyNote };
