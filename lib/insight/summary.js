'use strict';

/* summary: the counters in a few lines. */

const { bytes, count } = require('./format');

const percent = (part, whole) => (whole === 0 ? '–' : `${Math.round((100 * part) / whole)} %`);

const some = ({ count: number, bytes: size }) => `${count(number)} (${bytes(size)})`;

function showFallbacks(fallbacks) {
  const reasons = Object.entries(fallbacks).filter(([, times]) => times > 0);
  return reasons.length === 0
    ? 'none'
    : reasons.map(([reason, times]) => `${reason} ${count(times)}`).join(', ');
}

/** What is out, by kind; what there is none of is left out. */
function showLive(live) {
  const kinds = Object.entries(live).filter(([, { count: number }]) => number > 0);
  return kinds.length === 0
    ? 'none'
    : kinds.map(([kind, what]) => `${kind} ${some(what)}`).join(', ');
}

function showPacer({ state, collections = 0, milliseconds = 0, returnedBytes = 0 }) {
  if (collections === 0) return state;
  return `${count(collections)} collections, ${milliseconds.toFixed(1)} ms; ${bytes(returnedBytes)} came back`;
}

function showDebug({ state, writesAfterRelease, leaks }) {
  if (state === 'off') return [];
  return [['debug', `${count(writesAfterRelease)} writes after release, ${count(leaks)} leaks`]];
}

/**
 * What `stats()` says, as text.
 *
 * @param {object} stats
 * @param {string} title
 */
function summarize({ backend, stores, live, heap, lifetimes, fallbacks, pacer, debug }, title) {
  const rows = [
    ['backend', backend.name],
    ['slabs', some(stores.slab)],
    ['dedicated', some(stores.dedicated)],
    ['runtime’s', some(stores.host)],
    ['acquired', `${count(lifetimes.acquired)}, released ${count(lifetimes.released)}`],
    [
      'reused',
      `${percent(heap.reusedBlocks, heap.allocatedBlocks)} of ${count(heap.allocatedBlocks)} blocks`,
    ],
    ['live', showLive(live)],
    [
      'heap',
      `${bytes(heap.liveBytes)} in blocks, ${bytes(heap.peakLiveBytes)} at most; ${bytes(heap.cachedBytes)} cached`,
    ],
    ['fallbacks', showFallbacks(fallbacks)],
    ['pacer', showPacer(pacer)],
    ...showDebug(debug),
  ];
  return [title, ...rows.map(([name, text]) => `  ${name.padEnd(10)} ${text}`), ''].join('\n');
}

module.exports = { summarize };
