'use strict';

// What the figures are held to, as data. `report/judge.js` reads it; no number of it stands anywhere else.
//
// where    which records count: every field given must match (a list: any of them; a pair in `bytes`: from, to; `only`: sizes; `not`:
//          what must not match)
// figure   what is taken from each record, of `metric` (default: the suite's main one):
//            ratio   theirs over ours       share   ours over theirs
//            excess  ours minus theirs      value   ours alone
// against  whose theirs is: a side, by default the built-in
// of       how the records' figures become one: `worst` (default) or `geomean`
// atLeast / atMost   the bound; a plain number, or one per Node major version (versions not named are not judged)
// slack    what is put down to noise, as a share of the bound

const KiB = 1024;
const MiB = 1024 * KiB;

// Both ways of measuring a call: in a process of its own, and in one process with all others.
const eitherWay = [
  { way: 'a process a cell', scope: { suite: 'micro' } },
  { way: 'mixed', scope: { suite: 'mixed', part: 'calls' } },
];
const both = (target) =>
  eitherWay.map(({ way, scope }) => ({
    ...target,
    what: `${target.what}, ${way}: ratio`,
    where: { ...target.where, ...scope },
    figure: 'ratio',
    unit: '×',
  }));

// Buffers from 1 MiB that nobody writes to: what they cost is what the system takes for pages that are never asked for.
const untouchedLarge = { use: 'untouched', bytes: [MiB, Infinity] };
const filled = { call: ['allocUnsafe', 'allocUnsafeSlow'], use: 'filled' };

const targets = [
  {
    what: 'mixed, every call: geometric mean of the ratios',
    where: { suite: 'mixed', part: 'calls' },
    figure: 'ratio',
    unit: '×',
    of: 'geomean',
    atLeast: { 20: 1.5, 22: 1.5, 24: 1.4, 26: 1.4 },
  },
  {
    what: 'mixed, every call: peak RSS over the built-in’s',
    where: { suite: 'mixed', part: 'process' },
    metric: 'peakRss',
    figure: 'share',
    unit: '×',
    atMost: { 20: 1, 22: 1, 24: 0.75, 26: 0.75 },
  },
  ...both({ what: 'any cell', where: { not: untouchedLarge }, atLeast: 0.95, slack: 0.02 }),
  ...both({ what: 'untouched from 1 MiB', where: untouchedLarge, atLeast: 0.5 }),
  ...both({
    what: 'pooled allocUnsafe, 64 to 256 bytes',
    where: { call: 'allocUnsafe', use: 'untouched', bytes: [64, 256] },
    atLeast: { 20: 1.2, 22: 1.2, 24: 1, 26: 1 },
  }),
  ...both({
    what: 'allocUnsafe, 1 to 4 KiB',
    where: { call: 'allocUnsafe', use: 'untouched', bytes: [KiB, 4 * KiB] },
    atLeast: { 20: 2, 22: 2, 24: 1, 26: 1 },
  }),
  ...both({
    what: 'filled 64 KiB',
    where: { ...filled, only: 64 * KiB },
    atLeast: { 20: 1.5, 22: 1.5, 24: 2.5, 26: 2.5 },
  }),
  ...both({
    what: 'filled 1 MiB',
    where: { ...filled, only: MiB },
    atLeast: { 20: 1.4, 22: 1.4, 24: 2.5, 26: 2.5 },
  }),
  ...both({
    what: 'ASCII strings of up to 12 characters',
    where: { call: 'from utf8', bytes: [1, 12] },
    atLeast: { 20: 1.4, 22: 1.15, 24: 1.4, 26: 1.4 },
  }),
  ...both({
    what: 'ASCII strings of 13 to 64 characters',
    where: { call: 'from utf8', bytes: [13, 64] },
    atLeast: 1.15,
  }),
  ...both({
    what: 'concat of 4 small parts',
    where: { call: 'concat 4', bytes: [1, 256] },
    atLeast: 1.1,
  }),
  {
    what: 'filled among live young objects: ratio',
    where: { suite: 'mixed', part: 'live' },
    figure: 'ratio',
    unit: '×',
    atLeast: 1.2,
  },
  {
    what: 'filled among live young objects: peak RSS over the built-in’s',
    where: { suite: 'mixed', part: 'live' },
    metric: 'peakRss',
    figure: 'share',
    unit: '×',
    atMost: { 20: 1, 22: 1, 24: 0.75, 26: 0.75 },
  },
  {
    what: 'macro a to d: peak RSS over the built-in’s',
    where: { suite: 'macro', letter: ['a', 'b', 'c', 'd'] },
    metric: 'peakRss',
    figure: 'share',
    unit: '×',
    atMost: { 20: 1, 22: 1, 24: 0.65, 26: 0.65 },
    slack: 0.02,
  },
  {
    what: 'macro b, c: event-loop delay p99 over the built-in’s',
    where: { suite: 'macro', letter: ['b', 'c'] },
    metric: 'delayP99',
    figure: 'share',
    unit: '×',
    atMost: 1,
    slack: 0.05,
  },
  {
    what: 'macro e: stores held by the survivors, over the built-in’s',
    where: { suite: 'macro', letter: 'e' },
    metric: 'heldStores',
    figure: 'share',
    unit: '×',
    atMost: 1,
    slack: 0.02,
  },
  {
    what: 'macro e: resident memory held by the survivors, over the built-in’s',
    where: { suite: 'macro', letter: 'e' },
    metric: 'heldRss',
    figure: 'share',
    unit: '×',
    atMost: 1,
    slack: 0.05,
  },
  {
    what: 'macro f, g: ratio',
    where: { suite: 'macro', letter: ['f', 'g'] },
    figure: 'ratio',
    unit: '×',
    atLeast: 0.95,
  },
  {
    what: 'macro f: peak RSS over the built-in’s',
    where: { suite: 'macro', letter: 'f' },
    metric: 'peakRss',
    figure: 'share',
    unit: '×',
    atMost: 1.1,
  },
  {
    what: 'macro g: peak RSS',
    where: { suite: 'macro', letter: 'g' },
    metric: 'peakRss',
    figure: 'value',
    unit: 'MiB',
    atMost: 160,
  },
  {
    what: 'macro g: stores of the runtime',
    where: { suite: 'macro', letter: 'g' },
    metric: 'fallbacks',
    figure: 'value',
    unit: 'count',
    atMost: 0,
  },
  {
    what: 'macro h: two workers’ throughput over the built-in’s two',
    where: { suite: 'macro', letter: 'h' },
    figure: 'ratio',
    unit: '×',
    atLeast: 0.95,
  },
  {
    what: 'macro h: two workers over one (1.9, or what the built-in reaches)',
    where: { suite: 'macro', letter: 'h' },
    metric: 'scaling',
    figure: 'value',
    unit: '×',
    atLeast: 1.9,
    orBuiltin: true,
    slack: 0.03,
  },
  {
    what: 'macro i: ratio',
    where: { suite: 'macro', letter: 'i' },
    figure: 'ratio',
    unit: '×',
    atLeast: 1,
  },
  {
    what: 'macro i: peak RSS over the built-in’s',
    where: { suite: 'macro', letter: 'i' },
    metric: 'peakRss',
    figure: 'share',
    unit: '×',
    atMost: { 20: 1.2, 22: 1.2, 24: 1, 26: 1 },
  },
  {
    what: 'macro i: p99 of a request over the built-in’s',
    where: { suite: 'macro', letter: 'i' },
    metric: 'requestP99',
    figure: 'share',
    unit: '×',
    atMost: 1.1,
  },
  {
    what: 'macro j (nodejs/node#61967): ratio',
    where: { suite: 'macro', letter: 'j' },
    figure: 'ratio',
    unit: '×',
    atLeast: 1,
  },
  {
    what: 'macro k (nodejs/node#63290): memory of all ArrayBuffers over the built-in’s',
    where: { suite: 'macro', letter: 'k' },
    metric: 'peakStores',
    figure: 'share',
    unit: '×',
    atMost: 1,
    slack: 0.05,
  },
  {
    what: 'macro k (nodejs/node#63290): peak RSS over the built-in’s',
    where: { suite: 'macro', letter: 'k' },
    metric: 'peakRss',
    figure: 'share',
    unit: '×',
    atMost: 1,
    slack: 0.05,
  },
  {
    what: 'HTTP server under the preload: peak RSS over the built-in’s',
    where: { suite: 'programs', id: 'http' },
    metric: 'peakRss',
    figure: 'share',
    unit: '×',
    atMost: 0.95,
  },
  {
    what: 'HTTP server under the preload: processor time over the built-in’s',
    where: { suite: 'programs', id: 'http' },
    metric: 'cpuMs',
    figure: 'share',
    unit: '×',
    atMost: { 20: 1, 22: 1, 24: 1, 26: 0.9 },
    slack: 0.02,
  },
  {
    what: 'HTTP server under the preload: p99 of a request over the built-in’s',
    where: { suite: 'programs', id: 'http' },
    metric: 'requestP99',
    figure: 'share',
    unit: '×',
    atMost: 1.1,
  },
  ...['jemalloc', 'mimalloc'].flatMap((against) => [
    {
      what: `touched from 4 KiB: time of the built-in with ${against} over ours`,
      where: { suite: 'peers' },
      figure: 'ratio',
      against,
      unit: '×',
      atLeast: 1,
      slack: 0.02,
    },
    {
      what: `touched from 4 KiB: peak RSS over the built-in’s with ${against}`,
      where: { suite: 'peers' },
      metric: 'peakRss',
      figure: 'share',
      against,
      unit: '×',
      atMost: 1,
      slack: 0.02,
    },
  ]),
  ...['package', 'clone'].map((form) => ({
    what: `require() of a ${form}, or of its register: time`,
    where: { suite: 'load', form },
    figure: 'value',
    unit: 'ms',
    atMost: 5,
  })),
  {
    what: 'acquire + fill + release, 64 KiB: over a bare fill',
    where: { suite: 'lifetimes', call: 'acquire', use: 'filled', bytes: [64 * KiB, 64 * KiB] },
    figure: 'share',
    against: 'bare',
    unit: '×',
    atMost: { 22: 1.7, 24: 1.7, 26: 1.7 },
  },
  {
    what: 'acquire + fill + release, from 1 MiB: over a bare fill',
    where: { suite: 'lifetimes', call: 'acquire', use: 'filled', bytes: [MiB, Infinity] },
    figure: 'share',
    against: 'bare',
    unit: '×',
    atMost: { 20: 1.15, 22: 1.1, 24: 1.1, 26: 1.1 },
  },
  {
    what: 'acquire + release, untouched: time',
    where: { suite: 'lifetimes', call: 'acquire', use: 'untouched' },
    figure: 'value',
    unit: 'ns',
    atMost: 300,
  },
  {
    what: 'acquire + fill + release, 1 MiB: ratio',
    where: { suite: 'lifetimes', call: 'acquire', use: 'filled', bytes: [MiB, MiB] },
    figure: 'ratio',
    unit: '×',
    atLeast: { 20: 3, 22: 3, 24: 8, 26: 8 },
  },
  {
    what: 'arena, 256 bytes, reset every 64: above the bare view',
    where: { suite: 'lifetimes', call: 'arena', bytes: [256, 256] },
    figure: 'excess',
    against: 'bare',
    unit: 'ns',
    atMost: 4,
  },
  {
    what: 'arena, 256 bytes, reset every 64: ratio',
    where: { suite: 'lifetimes', call: 'arena', bytes: [256, 256] },
    figure: 'ratio',
    unit: '×',
    atLeast: 1.4,
  },
];

module.exports = { targets };
