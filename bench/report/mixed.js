'use strict';

// What the reports say of the suite `mixed` besides its cells: figures over all of them, and over the process.

const { geometricMean } = require('../core/stats');
const { floor } = require('./words');

/**
 * @param {object[]} records of the suite on one runtime
 * @returns {{calls: object[], live: object[], summary: {cells: number, mean: number, below: number, peakRss: object, ms: object} | null}}
 *   the records of the calls and those among live objects; over the calls the geometric mean of the ratios, how many of them are
 *   below 0.95, and the process's metrics by side
 */
function readMixed(records) {
  const of = (part) => records.filter((record) => record.part === part);
  const calls = of('calls');
  const [whole] = of('process');
  const ratios = calls.map((record) => record.ratio.value);
  const summary = whole && {
    cells: ratios.length,
    mean: geometricMean(ratios),
    below: ratios.filter((ratio) => ratio < floor).length,
    ...whole.metrics,
  };
  return { calls, live: of('live'), summary: summary ?? null };
}

module.exports = { readMixed };
