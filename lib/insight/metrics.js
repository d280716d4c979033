'use strict';

/*
 * metrics: the counters of this thread's allocators as OpenMetrics text, or as the text format of
 * Prometheus, in which counters have their whole name on the TYPE line. Joined to what another
 * library prints, such as prom-client, it makes one page.
 */

const { METRICS, checkOptions } = require('../options');

const MS = 1000;

/** A label's value, escaped. */
const quote = (value) =>
  `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;

/** Samples of each allocator's, by a label and what to read. */
const each = (label, object) =>
  Object.entries(object).map(([name, value]) => [{ [label]: name }, value]);

const perKind = (kinds, field) =>
  Object.entries(kinds).map(([kind, values]) => [{ kind }, values[field]]);

/**
 * The families: each a name without its `_total`, a type, a unit, a help text, and the samples of an
 * allocator: labels and values.
 */
const FAMILIES = [
  {
    name: 'bufalloc_memory_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Memory of the C heap: in blocks handed out, freed and cached, and address space mapped.',
    read: ({ heap }) =>
      each('state', {
        live: heap.liveBytes,
        cached: heap.cachedBytes,
        mapped: heap.mappedBytes,
      }),
  },
  {
    name: 'bufalloc_live_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Bytes asked for, in stores that are live; those of the runtime by a sample.',
    read: ({ live }) => perKind(live, 'bytes'),
  },
  {
    name: 'bufalloc_live_stores',
    type: 'gauge',
    help: 'Stores that are live; those of the runtime by a sample.',
    read: ({ live }) => perKind(live, 'count'),
  },
  {
    name: 'bufalloc_limit_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Most bytes in blocks, and freed ones in cache.',
    read: ({ limits }) =>
      each('limit', { max: limits.maxBytes, max_cached: limits.maxCachedBytes }),
  },
  {
    name: 'bufalloc_stores',
    type: 'counter',
    help: 'Stores that were handed out.',
    read: ({ stores }) => perKind(stores, 'count'),
  },
  {
    name: 'bufalloc_stores_bytes',
    type: 'counter',
    unit: 'bytes',
    help: 'Bytes in stores that were handed out.',
    read: ({ stores }) => perKind(stores, 'bytes'),
  },
  {
    name: 'bufalloc_blocks',
    type: 'counter',
    help: 'Blocks that the C heap handed out, in memory that was used before or not.',
    read: ({ heap }) =>
      each('memory', {
        reused: heap.reusedBlocks,
        fresh: heap.allocatedBlocks - heap.reusedBlocks,
      }),
  },
  {
    name: 'bufalloc_purged_bytes',
    type: 'counter',
    unit: 'bytes',
    help: 'Bytes given back to the operating system.',
    read: ({ heap }) => [[{}, heap.purgedBytes]],
  },
  {
    name: 'bufalloc_fallbacks',
    type: 'counter',
    help: 'Requests that the runtime served instead of C.',
    read: ({ fallbacks }) => each('reason', fallbacks),
  },
  {
    name: 'bufalloc_acquired',
    type: 'counter',
    help: 'Buffers that were acquired.',
    read: ({ lifetimes }) => [[{}, lifetimes.acquired]],
  },
  {
    name: 'bufalloc_released',
    type: 'counter',
    help: 'Buffers that were released.',
    read: ({ lifetimes }) => [[{}, lifetimes.released]],
  },
];

/** Those of the thread, and of the process, that no allocator has for itself. */
const COMMON = [
  {
    name: 'bufalloc_process_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Address space of all threads: for blocks, of that the reserve, and for tables.',
    read: ({ process: { mappedBytes, reserveBytes, metadataBytes } }) =>
      each('state', { mapped: mappedBytes, reserve: reserveBytes, metadata: metadataBytes }),
  },
  {
    name: 'bufalloc_process_heaps',
    type: 'gauge',
    help: 'C heaps of all threads: open, and ended with blocks still out.',
    read: ({ process: { heaps, orphanedHeaps } }) =>
      each('state', { open: heaps, orphaned: orphanedHeaps }),
  },
  {
    name: 'bufalloc_collections',
    type: 'counter',
    help: 'Collections that the pacer ran.',
    read: ({ pacer }) => [[{}, pacer.collections ?? 0]],
  },
  {
    name: 'bufalloc_collection_seconds',
    type: 'counter',
    unit: 'seconds',
    help: 'Time that they took.',
    read: ({ pacer }) => [[{}, (pacer.milliseconds ?? 0) / MS]],
  },
  {
    name: 'bufalloc_returned_bytes',
    type: 'counter',
    unit: 'bytes',
    help: 'Bytes that came back because they were collected.',
    read: ({ pacer }) => [[{}, pacer.returnedBytes ?? 0]],
  },
];

const showNumber = (value) => (value === Infinity ? '+Inf' : String(value));

function showSample(name, labels, value) {
  const list = Object.entries(labels).map(([label, text]) => `${label}=${quote(text)}`);
  return `${name}${list.length > 0 ? `{${list.join(',')}}` : ''} ${showNumber(value)}`;
}

/** The lines of a family; of samples with the same labels, the sum: names of allocators may be the same. */
function showFamily({ name, type, unit, help }, samples, isPrometheus) {
  const full = type === 'counter' ? `${name}_total` : name;
  const head = isPrometheus ? full : name;
  const sums = new Map();
  for (const [labels, value] of samples) {
    const key = JSON.stringify(labels);
    const sum = (sums.get(key)?.[1] ?? 0) + value;
    sums.set(key, [labels, sum]);
  }
  return [
    `# HELP ${head} ${help}`,
    `# TYPE ${head} ${type}`,
    ...(unit === undefined || isPrometheus ? [] : [`# UNIT ${name} ${unit}`]),
    ...[...sums.values()].map(([labels, value]) => showSample(full, labels, value)),
  ];
}

/**
 * Prints the counters.
 *
 * @param {object[]} all stats of the allocators of this thread, the module's first
 * @param {{ format?: 'openmetrics' | 'prometheus', eof?: boolean }} [options]
 * @returns {string} lines, each ended
 */
function showMetrics(all, options) {
  const { format = 'openmetrics', eof = false } = checkOptions(METRICS, options);
  const isPrometheus = format === 'prometheus';
  const lines = [];
  for (const family of FAMILIES) {
    const samples = all.flatMap((stats) =>
      family.read(stats).map(([labels, value]) => [{ allocator: stats.name, ...labels }, value]),
    );
    lines.push(...showFamily(family, samples, isPrometheus));
  }
  for (const family of COMMON) lines.push(...showFamily(family, family.read(all[0]), isPrometheus));
  if (eof && !isPrometheus) lines.push('# EOF');
  return `${lines.join('\n')}\n`;
}

module.exports = { showMetrics };
