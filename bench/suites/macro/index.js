'use strict';

// Suite `macro`: small programs of the kinds that live on Buffers, a fixed amount of work each, one process a run. Each reports the
// time of the work, the event-loop delay while it ran and the process's peak RSS; some add a figure of their own.
//
// A scenario exports `run(context)`: it makes what it needs, warms up, calls `context.timed(work)` once around the measured part
// (and may return further figures), and puts everything away. Second processes (clients) always use the built-in.

const { monitorEventLoopDelay } = require('node:perf_hooks');
const { collect } = require('../../core/collect');
const { KiB, MiB } = require('../../core/format');
const { peakMiB, resetPeak } = require('../../core/memory');
const { startWatch } = require('../../core/watch');

const scenarios = {
  hash: require('./hash'),
  echo: require('./echo'),
  http: require('./http'),
  codec: require('./codec'),
  alive: require('./alive'),
  requests: require('./requests'),
  sync: require('./sync'),
  loop: require('./loop'),
  etl: require('./etl'),
  workers: require('./workers'),
};

/** The cells: issue letter, scenario, its variant, and what a reader sees. */
const table = [
  {
    letter: 'a',
    id: 'hash/64K',
    scenario: 'hash',
    variant: 64 * KiB,
    title: 'file hashing, 64 KiB chunks',
  },
  {
    letter: 'a',
    id: 'hash/1M',
    scenario: 'hash',
    variant: MiB,
    title: 'file hashing, 1 MiB chunks',
  },
  { letter: 'b', id: 'echo', scenario: 'echo', title: 'TCP echo under load' },
  { letter: 'c', id: 'http/0', scenario: 'http', variant: 0, title: 'HTTP, 100 KiB bodies' },
  {
    letter: 'd',
    id: 'http/2000',
    scenario: 'http',
    variant: 2_000,
    title: 'the same, 2,000 young objects',
  },
  {
    letter: 'd',
    id: 'http/20000',
    scenario: 'http',
    variant: 20_000,
    title: 'the same, 20,000 young objects',
  },
  {
    letter: 'd',
    id: 'http/200000',
    scenario: 'http',
    variant: 200_000,
    title: 'the same, 200,000 young objects',
  },
  { letter: 'e', id: 'codec', scenario: 'codec', title: 'codec that keeps 1 message in 100' },
  { letter: 'f', id: 'alive', scenario: 'alive', title: 'everything kept alive' },
  {
    letter: 'g',
    id: 'one turn/64K',
    scenario: 'sync',
    variant: 64 * KiB,
    title: '200,000 × 64 KiB in one turn',
  },
  {
    letter: 'g',
    id: 'one turn/1M',
    scenario: 'sync',
    variant: MiB,
    title: '3,000 × 1 MiB in one turn',
  },
  { letter: 'h', id: 'workers', scenario: 'workers', title: 'two workers at once' },
  ...[0, 5, 20, 35, 50, 200].map((inFlight) => ({
    letter: 'i',
    id: `requests/${inFlight}`,
    scenario: 'requests',
    variant: { inFlight, kept: 0 },
    title: `${inFlight} requests in flight`,
  })),
  ...[20, 50, 200].map((inFlight) => ({
    letter: 'i',
    id: `requests/${inFlight}/kept`,
    scenario: 'requests',
    variant: { inFlight, kept: 100_000 },
    title: `${inFlight}, 100,000 objects kept`,
  })),
  ...[100, 200].map((kib) => ({
    letter: 'j',
    id: `loop/${kib}K`,
    scenario: 'loop',
    variant: kib * KiB,
    title: `${kib} KiB untouched in a loop (nodejs/node#61967)`,
  })),
  { letter: 'k', id: 'etl', scenario: 'etl', title: 'big buffers passed on (nodejs/node#63290)' },
];

const summary = new Set(['hash/64K', 'http/0', 'requests/20']);
// Left out of a quick run: variants of what is in it, and the codec, most of whose time is idle.
const unhurried = new Set([
  'hash/1M',
  'http/2000',
  'http/20000',
  'codec',
  'requests/5',
  'requests/35',
  'requests/50',
  'requests/20/kept',
  'requests/50/kept',
  'requests/200/kept',
]);

function inScope(id, scope) {
  if (scope === 'summary') return summary.has(id);
  return scope !== 'quick' || !unhurried.has(id);
}
// The event-loop monitor's timer interval; its samples contain it.
const resolutionMs = 1;

/** The suite's jobs, one a cell. @param {{scope: string, matches: (id: string) => boolean}} options */
function jobs(options) {
  return table
    .filter(({ id }) => inScope(id, options.scope))
    .filter(({ id, scenario, title }) => options.matches(`macro/${id} ${scenario} ${title}`))
    .map((cell) => ({
      suite: 'macro',
      id: `macro/${cell.id}`,
      sides: ['builtin', 'bufalloc'],
      cells: [cell.id],
      describe: { [cell.id]: { letter: cell.letter, title: cell.title } },
      main: 'ms',
      scenario: cell.scenario,
      variant: cell.variant,
      scale: options.scope === 'quick' ? 0.25 : 1,
      recheck: false,
    }));
}

function delayP99(histogram) {
  const ms = histogram.percentile(99) / 1e6 - resolutionMs;
  return Math.max(0, ms);
}

/** Runs a job's scenario with one side's Buffer; inside a child. */
async function measure(job, side) {
  const figures = {};
  const timed = async (work) => {
    await collect();
    resetPeak();
    const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
    histogram.enable();
    const read = startWatch();
    const more = await work();
    figures.ms = read().ms;
    histogram.disable();
    Object.assign(figures, { delayP99: delayP99(histogram), peakRss: peakMiB() }, more);
  };
  const context = { ...job, Buffer: side.Buffer, module: side.module, side: side.name, timed };
  Object.assign(figures, await scenarios[job.scenario].run(context));
  return { [job.cells[0]]: figures };
}

module.exports = { name: 'macro', jobs, measure };
