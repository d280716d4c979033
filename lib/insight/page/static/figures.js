/* figures: what an environment has at present, as tiles and tables. */

import { bytes, count, duration, html, key, milliseconds, table } from './format.js';

const sum = (object) => Object.values(object).reduce((total, value) => total + value, 0);

const KINDS = {
  slab: 'Slabs',
  dedicated: 'Dedicated',
  acquired: 'Acquired',
  arena: 'Arenas’',
  host: 'The runtime’s',
  quarantine: 'Quarantine',
};

/**
 * The figures of all allocators of an environment together.
 *
 * @param {object} state as lib/insight/page/environment.js gives it
 */
export function totalsOf({ memory, allocators, stats }) {
  const own = allocators.filter(({ kind }) => kind !== 'arena');
  const total = (pick) => own.reduce((all, each) => all + pick(each), 0);
  return {
    rss: memory.rss,
    live: total(({ heap }) => heap.liveBytes),
    blocks: total(({ heap }) => heap.liveBlocks),
    cached: total(({ heap }) => heap.cachedBytes),
    mapped: total(({ heap }) => heap.mappedBytes),
    host: total(({ live }) => live.host.bytes),
    fallbacks: total(({ fallbacks }) => sum(fallbacks)),
    collections: stats.pacer.collections ?? 0,
  };
}

function reasonsOf(allocators) {
  const reasons = {};
  for (const { fallbacks = {} } of allocators) {
    for (const [reason, times] of Object.entries(fallbacks)) {
      reasons[reason] = (reasons[reason] ?? 0) + times;
    }
  }
  const some = Object.entries(reasons).filter(([, times]) => times > 0);
  return some.map(([reason, times]) => `${reason} ${count(times)}`).join(', ') || 'none';
}

/** Each: the name of its colour, which `totals` has as well; its title; its detail. */
const FIGURES = [
  ['rss', 'RSS', () => 'all of the process'],
  ['mapped', 'Mapped', ({ stats }) => `and ${bytes(stats.process.reserveBytes)} in reserve`],
  ['live', 'Live', (_, { blocks }) => `in ${count(blocks)} blocks`],
  ['cached', 'Cached', ({ stats }) => `at most ${bytes(stats.limits.maxCachedBytes)}`],
  ['host', 'The runtime’s', () => 'live, not from C'],
  ['fallbacks', 'Fallbacks', ({ allocators }) => reasonsOf(allocators)],
  [
    'collections',
    'Collections',
    ({ stats: { pacer } }) =>
      pacer.collections > 0 ? `${milliseconds(pacer.milliseconds)} in all` : pacer.state,
  ],
];
const COUNTS = ['fallbacks', 'collections'];

/** Shows the tiles. */
export function showFigures(parent, state, totals) {
  const tiles = FIGURES.map(([name, title, detail]) => {
    const value = COUNTS.includes(name) ? count(totals[name]) : bytes(totals[name]);
    return html(
      'dl',
      { className: 'tile' },
      html('dt', {}, key(name), title),
      html('dd', { id: `figure-${name}` }, value),
      html('small', {}, detail(state, totals)),
    );
  });
  parent.replaceChildren(...tiles);
}

/** Says which program it is. */
export function showProgram(parent, { process, stats }) {
  const { pid, title, node, version, uptime } = process;
  const { name } = stats.backend;
  const facts = [
    `pid ${pid}`,
    `Node.js ${node}`,
    `bufalloc ${version}, ${name}`,
    `up ${duration(uptime)}`,
  ];
  parent.replaceChildren(html('b', {}, title), ` ${facts.join(' · ')}`);
  document.title = `${title} · bufalloc`;
}

/** Shows what each allocator and arena has out. */
export function showAllocators(parent, { allocators }) {
  const used = Object.keys(KINDS).filter((kind) =>
    allocators.some(({ live }) => live !== undefined && live[kind].bytes > 0),
  );
  const columns = [
    ['Name'],
    ['Kind'],
    ...used.map((kind) => [KINDS[kind], true]),
    ['Cached', true],
    ['Resets', true],
  ];
  const cell = ({ count: stores, bytes: size }) =>
    stores === 0 ? '–' : `${bytes(size)} in ${count(stores)}`;
  const rows = allocators.map(({ name, kind, live, heap, ...arena }) =>
    live === undefined
      ? [
          name,
          kind,
          ...used.map((each) =>
            each === 'arena' ? cell({ count: arena.stores, bytes: arena.usedBytes }) : '',
          ),
          '',
          count(arena.resets),
        ]
      : [name, kind, ...used.map((each) => cell(live[each])), bytes(heap.cachedBytes), ''],
  );
  parent.replaceChildren(table(columns, rows));
}

/** Shows the limits of the module's allocator, and of others where they differ. */
export function showLimits(parent, { stats, allocators }) {
  const show = (value) => (typeof value === 'boolean' ? String(value) : bytes(value));
  const entries = Object.entries(stats.limits).map(([name, value]) => [name, name, value]);
  for (const { name: allocator, kind, limits } of allocators) {
    if (kind !== 'allocator') continue;
    for (const [name, value] of Object.entries(limits)) {
      if (value !== stats.limits[name]) entries.push([`${allocator}: ${name}`, undefined, value]);
    }
  }
  const rows = entries.map(([title, name, value]) =>
    html(
      'div',
      {},
      html('dt', {}, title),
      html('dd', { id: name === undefined ? '' : `limit-${name}` }, show(value)),
    ),
  );
  parent.replaceChildren(...rows);
}

/** Shows what the debugging mode has found of buffers that were never released. */
export function showLeaks(parent, { stats, leaks }) {
  const { state, leaks: number = 0 } = stats.debug;
  if (state === 'off') {
    const text =
      'Not looked for. With BUFALLOC_DEBUG=1 an acquired buffer that is dropped without a release is told of here.';
    parent.replaceChildren(html('p', { className: 'empty' }, text));
    return;
  }
  const summary = `${count(number)} acquired buffers were dropped without a release.`;
  const rows = leaks.map(({ name, size, place }) => [place.trim(), bytes(size), name]);
  const parts = [html('p', { className: 'empty', id: 'leak-count' }, summary)];
  if (rows.length > 0) parts.push(table([['Acquired'], ['Bytes', true], ['Allocator']], rows));
  parent.replaceChildren(...parts);
}
