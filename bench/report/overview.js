'use strict';

// What a reader looks for first, as tables with a column a runtime: single cells and `mixed` side by side, with RSS; requests in flight;
// peers. Plain data, which the terminal and the Markdown report draw.

const format = require('../core/format');
const { labelOf } = require('../core/sides');
const { geometricMean } = require('../core/stats');
const { readMixed } = require('./mixed');
const { floor, gainOf } = require('./words');

/** What format.js writes for a figure that is not there. */
const none = '–';

/** The geometric mean and how many are below the floor. */
function sumUp(records) {
  const values = records.map(({ ratio }) => ratio.value);
  const below = values.filter((value) => value < floor).length;
  return [
    format.ratio(geometricMean(values)),
    values.length > 0 ? `${below} of ${values.length}` : none,
  ];
}

function bothWays(records) {
  const single = sumUp(records.filter(({ suite }) => suite === 'micro'));
  const mixed = readMixed(records.filter(({ suite }) => suite === 'mixed'));
  const together = sumUp(mixed.calls);
  const rss = mixed.summary ? gainOf('peakRss', mixed.summary.peakRss) : NaN;
  return [
    ['a process a cell: geometric mean of the ratios', single[0]],
    [`a process a cell: cells below ${floor}`, single[1]],
    ['mixed: geometric mean of the ratios', together[0]],
    [`mixed: cells below ${floor}`, together[1]],
    ['mixed: peak RSS', format.ratio(rss)],
  ];
}

const inFlightMetrics = { ms: 'time', peakRss: 'peak RSS', requestP99: 'p99' };

function inFlight(records) {
  return records
    .filter(({ suite, letter }) => suite === 'macro' && letter === 'i')
    .map(({ title, metrics }) => [
      title,
      Object.keys(inFlightMetrics)
        .map((metric) => format.ratio(gainOf(metric, metrics[metric])))
        .join(', '),
    ]);
}

/** Theirs over ours, time and peak RSS. */
function besidePeers(records) {
  const own = records.filter(({ suite }) => suite === 'peers');
  const sides = Object.keys(own[0]?.metrics.ns ?? {}).filter((side) => side !== 'bufalloc');
  return own.flatMap(({ id, metrics }) =>
    sides
      .filter((side) => metrics.ns[side])
      .map((side) => [
        `${id}, ${labelOf(side)}`,
        ['ns', 'peakRss']
          .map((metric) => metrics[metric][side].median / metrics[metric].bufalloc.median)
          .map(format.ratio)
          .join(', '),
      ]),
  );
}

const sections = [
  ['Both ways: built-in over bufalloc', bothWays],
  [`Requests in flight: ${Object.values(inFlightMetrics).join(', ')}`, inFlight],
  ['Beside others: theirs over ours, time, peak RSS', besidePeers],
];

/**
 * @param {object} result of `run.js`
 * @returns {{title: string, rows: string[][]}[]} a row is its name, then a figure for each of the result's runtimes; sections without
 *   any figure are left out
 */
function overview({ records, runtimes }) {
  return sections
    .map(([title, read]) => {
      const byRuntime = runtimes.map((runtime) =>
        read(records.filter((record) => record.runtime === runtime)),
      );
      const names = [...new Set(byRuntime.flat().map(([name]) => name))];
      const figure = (rows, name) => rows.find(([one]) => one === name)?.[1] ?? none;
      const rows = names
        .map((name) => [name, ...byRuntime.map((list) => figure(list, name))])
        .filter(([, ...figures]) => figures.some((text) => text !== none));
      return { title, rows };
    })
    .filter(({ rows }) => rows.length > 0);
}

module.exports = { overview };
