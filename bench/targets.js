'use strict';

// What the figures are held to, as data. `report/judge.js` reads it; no number of it stands anywhere else.
//
// where    which records count: every field given must match (a list: any of them; a pair in `bytes`: from, to; `id` a pattern)
// figure   what is taken from each record, of `metric` (default: the suite's main one):
//            ratio   built-in over ours     share   ours over the built-in      excess   ours minus the built-in
//            value   ours alone             bare    ours over the bare side     overBare ours minus the bare side
// of       how the records' figures become one: `worst` (default) or `geomean`
// atLeast / atMost   the bound; a plain number, or one per Node major version (versions not named are not judged)
// slack    what is put down to noise, as a share of the bound

const KiB = 1024;
const MiB = 1024 * KiB;

const touchedLarge = {
  suite: 'micro',
  call: ['allocUnsafe', 'allocUnsafeSlow'],
  use: 'touched',
  bytes: [64 * KiB, MiB],
  only: [64 * KiB, MiB],
};

const targets = [
  {
    what: 'pooled allocUnsafe, 8 to 256 bytes: ratio',
    where: { suite: 'micro', call: 'allocUnsafe', use: 'untouched', bytes: [8, 256] },
    figure: 'ratio',
    unit: '×',
    atLeast: 1.3,
  },
  {
    what: 'every micro cell: lowest ratio',
    where: { suite: 'micro' },
    figure: 'ratio',
    unit: '×',
    atLeast: 0.95,
  },
  {
    what: 'every micro cell: geometric mean',
    where: { suite: 'micro' },
    figure: 'ratio',
    unit: '×',
    of: 'geomean',
    atLeast: 1.5,
  },
  {
    what: 'touched 64 KiB and 1 MiB: ratio',
    where: touchedLarge,
    figure: 'ratio',
    unit: '×',
    atLeast: { 20: 1.2, 22: 1.2, 24: 2, 26: 2 },
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
    what: 'macro g: peak RSS above the built-in’s',
    where: { suite: 'macro', letter: 'g' },
    metric: 'peakRss',
    figure: 'excess',
    unit: 'MiB',
    atMost: 96,
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
    what: 'require(): time',
    where: { suite: 'load' },
    figure: 'value',
    unit: 'ms',
    atMost: 5,
  },
  {
    what: 'acquire + fill + release, 64 KiB: over a bare fill',
    where: { suite: 'lifetimes', call: 'acquire', use: 'filled', bytes: [64 * KiB, 64 * KiB] },
    figure: 'bare',
    unit: '×',
    atMost: { 22: 1.7, 24: 1.7, 26: 1.7 },
  },
  {
    what: 'acquire + fill + release, from 1 MiB: over a bare fill',
    where: { suite: 'lifetimes', call: 'acquire', use: 'filled', bytes: [MiB, Infinity] },
    figure: 'bare',
    unit: '×',
    atMost: { 20: 1.15, 22: 1.1, 24: 1.1, 26: 1.1 },
  },
  {
    what: 'acquire + release, untouched: time',
    where: { suite: 'lifetimes', call: 'acquire', use: 'untouched' },
    figure: 'value',
    unit: 'ns',
    atMost: { 20: 900, 22: 220, 24: 220, 26: 220 },
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
    figure: 'overBare',
    unit: 'ns',
    atMost: 5,
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
