'use strict';

// Holds records against the targets: one line a target and runtime, with the figure, the cell it came from, and whether it is met.

const { geometricMean } = require('../core/stats');
const { targets } = require('../targets');
const { mains } = require('./words');

/** By `figure`: from our median and that of the side that it is held against. */
const figures = {
  ratio: (ours, theirs) => theirs / ours,
  share: (ours, theirs) => ours / theirs,
  excess: (ours, theirs) => ours - theirs,
  value: (ours) => ours,
};

const has = (wanted, value) => [].concat(wanted).includes(value);

const within = (pair, value) => value >= pair[0] && value <= pair[1];

/** Whether a record has all that is asked for: see the head of targets.js. */
function matches(record, where) {
  return Object.entries(where).every(([field, wanted]) => {
    if (field === 'not') return !matches(record, wanted);
    if (field === 'only') return has(wanted, record.bytes);
    return field === 'bytes' ? within(wanted, record.bytes) : has(wanted, record[field]);
  });
}

function boundFor(bound, major) {
  if (bound === undefined || typeof bound === 'number') return bound;
  return bound[major];
}

function sidesOf(target, record) {
  return record.metrics[target.metric ?? mains[record.suite]];
}

function isMet(target, figure, low, high) {
  const slack = target.slack ?? 0;
  if (low !== undefined) return figure >= low * (1 - slack);
  return figure <= high * (1 + slack);
}

function judgeOne(target, records) {
  const [{ major, runtime }] = records;
  const { against = 'builtin' } = target;
  const low = boundFor(target.atLeast, major);
  const high = boundFor(target.atMost, major);
  const measured = records
    .map((record) => ({ record, sides: sidesOf(target, record) }))
    .filter(({ sides }) => sides?.bufalloc && (target.figure === 'value' || sides[against]))
    .map(({ record, sides }) => {
      const figure = figures[target.figure](sides.bufalloc.median, sides[against]?.median);
      return { id: record.id, figure, sides };
    });
  if (measured.length === 0) return null;
  measured.sort((a, b) => (low !== undefined ? a.figure - b.figure : b.figure - a.figure));
  const worst = measured[0];
  const mean = target.of === 'geomean';
  const figure = mean ? geometricMean(measured.map((one) => one.figure)) : worst.figure;
  const floor = target.orBuiltin ? Math.min(low, worst.sides.builtin.median) : low;
  return {
    what: target.what,
    runtime,
    bound: low !== undefined ? `≥ ${low}` : `≤ ${high}`,
    unit: target.unit,
    figure,
    cell: mean ? null : worst.id,
    cells: measured.length,
    missed: mean ? null : measured.filter((one) => !isMet(target, one.figure, floor, high)).length,
    met: isMet(target, figure, floor, high),
  };
}

/**
 * @param {object[]} records what the schedule measured
 * @returns {object[]} verdicts: what, runtime, bound, unit, figure, cell (the worst one's id), cells, missed, met
 */
function judge(records) {
  const runtimes = [...new Set(records.map((record) => record.runtime))];
  return targets.flatMap((target) =>
    runtimes.flatMap((runtime) => {
      const own = records.filter(
        (record) => record.runtime === runtime && matches(record, target.where),
      );
      if (own.length === 0) return [];
      const { major } = own[0];
      if (
        boundFor(target.atLeast, major) === undefined &&
        boundFor(target.atMost, major) === undefined
      )
        return [];
      return judgeOne(target, own) ?? [];
    }),
  );
}

module.exports = { judge };
