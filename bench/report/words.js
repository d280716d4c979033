'use strict';

// What the reports call figures, in which unit they show them, and which of them a suite is about.

const format = require('../core/format');

/** By metric: its name, its unit (see `figure` in core/format.js), and whether more of it is better. */
const metrics = {
  ns: { name: 'time', unit: 'ns' },
  ms: { name: 'time', unit: 'ms' },
  delayP99: { name: 'loop delay p99', unit: 'ms' },
  peakRss: { name: 'peak RSS', unit: 'MiB' },
  heldRss: { name: 'held, resident', unit: 'MiB' },
  heldStores: { name: 'held, stores', unit: 'MiB' },
  peakStores: { name: 'ArrayBuffers, peak', unit: 'MiB' },
  scaling: { name: 'two workers over one', unit: '×', more: true },
  requestP99: { name: 'one request, p99', unit: 'ms' },
  perSecond: { name: 'requests a second', unit: '/s', more: true },
  cpuMs: { name: 'processor time', unit: 'ms' },
  idleRss: { name: 'RSS when idle', unit: 'MiB' },
  share: { name: 'buffers from us', unit: '%' },
  fallbacks: { name: 'stores of the runtime', unit: 'count' },
};

/** The metric that a suite's ratio is of. */
const mains = {
  micro: 'ns',
  mixed: 'ns',
  macro: 'ms',
  programs: 'ms',
  lifetimes: 'ns',
  peers: 'ns',
  huge: 'ns',
  load: 'ms',
};

/** The order in which sides stand in a table of many. */
const sideOrder = [
  'bare',
  'builtin',
  'bufalloc',
  'huge',
  'empty',
  'jemalloc',
  'mimalloc',
  'nbufpool',
  'buffer-reuse-pool',
  'unslab',
];

/** Below it a ratio counts as lost, above its inverse as won. */
const floor = 0.95;

/** A side's median with its unit; a dash where the side has no such figure. */
const medianOf = (metric, side) => format.figure(side?.median ?? NaN, metrics[metric].unit);

/** How much better our figure is: above 1 it is, whichever way the metric goes. NaN where there is no telling. */
function gainOf(metric, { builtin, bufalloc }) {
  if (!(builtin?.median > 0 && bufalloc?.median > 0)) return NaN;
  const over = builtin.median / bufalloc.median;
  return metrics[metric]?.more ? 1 / over : over;
}

/** A suite's heading: runtime, and how our side made its stores there. */
function headingOf(suite, runtime, { backends }) {
  const backend = backends[runtime];
  return `${suite}, Node ${runtime}${backend === undefined ? '' : `, stores: ${backend}`}`;
}

/** The sides that the records have figures of, in their order. */
const sidesOf = (records, metric) =>
  sideOrder.filter((side) => records.some((record) => record.metrics[metric][side]));

module.exports = { metrics, mains, floor, medianOf, gainOf, headingOf, sidesOf };
