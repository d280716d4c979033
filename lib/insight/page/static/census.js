/* census: which stores are alive, what of them is, and what is pinned for nothing. */

import { bytes, count, html, milliseconds, table } from './format.js';

const COLUMNS = [
  ['Pinned', true],
  ['Bytes', true],
  ['Alive', true],
  ['Stores', true],
  ['Each up to', true],
  ['Views', true],
  ['Kind'],
  ['Allocator'],
];

function rowOf(group) {
  const { kind, native, allocator, current } = group;
  const of = kind === 'other' ? 'not bufalloc’s' : native ? kind : `${kind}, the runtime’s`;
  return [
    bytes(group.pinnedBytes),
    bytes(group.bytes),
    bytes(group.liveBytes),
    count(group.count),
    bytes(group.most),
    count(group.views),
    current ? `${of}, being cut` : of,
    allocator ?? '',
  ];
}

/**
 * Shows a census.
 *
 * @param {HTMLElement} parent
 * @param {object} census as lib/insight/page/environment.js gives it
 */
export function showCensus(parent, { blockedMs, totals, groups }) {
  const all = Object.values(totals);
  const sum = (name) => all.reduce((total, each) => total + each[name], 0);
  const summary = html('p', { className: 'what' });
  summary.append(
    html('b', { id: 'census-pinned' }, bytes(sum('pinnedBytes'))),
    ` of ${bytes(sum('bytes'))} in ${count(sum('count'))} stores are pinned for nothing.`,
    ` To look took ${milliseconds(blockedMs)}.`,
  );
  parent.replaceChildren(summary, table(COLUMNS, groups.map(rowOf)));
}
