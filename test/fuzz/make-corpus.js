#!/usr/bin/env node
'use strict';

/*
 * Writes the seeds of test/fuzz/corpus: one short program for each thing that the heap does, in the
 * language of heap_fuzz.c. Files in the corpus that are not made here stay as they are.
 *
 *   node test/fuzz/make-corpus.js
 */

const fs = require('node:fs');
const path = require('node:path');

const CORPUS = path.join(__dirname, 'corpus');

// As in heap_fuzz.c and shadow.h.
const OPERATIONS = [
  ...['alloc', 'allocMany', 'free', 'freeOwn', 'freeMany', 'create', 'destroy', 'tick'],
  ...['setLimits', 'trim', 'fault', 'churn', 'join', 'overwrite', 'freeNull', 'starve', 'feed'],
];
const OP = Object.fromEntries(OPERATIONS.map((name, code) => [name, code]));
const HOW = { own: 0, alias: 1, helper: 2, meanwhile: 3 };
const LIMITS = { none: 0, zero: 1, page: 2, k256: 3, m1: 4, m4: 5, m16: 6, almost: 7 };
const IDLE = { 0: 0, 1: 1, 2: 2, 3: 3, 5: 4, 8: 5, 1000: 6, never: 7 };
const ZERO = 32;
const COLOUR = 64;
const K = 1024;
const M = 1024 * K;

/**
 * The two bytes of a size, 8 and up: one of eight steps a doubling, and what is added to it. Where that
 * does not reach, the next step.
 */
function sizeBytes(bytes) {
  if (typeof bytes !== 'number')
    return [184 + { zero: 0, max: 1, quarter: 2, half: 3, huge: 4 }[bytes], 0];
  const doubling = Math.floor(Math.log2(bytes)) - 3;
  const step = Math.floor(bytes / 2 ** doubling);
  const rest = bytes - step * 2 ** doubling;
  if (rest <= 127) return [doubling * 8 + step - 8, rest];
  const below = (step + 1) * 2 ** doubling - bytes;
  return [doubling * 8 + step - 8 + 1, below <= 128 ? (256 - below) % 256 : 0];
}

function alignmentCode(alignment) {
  return alignment === 0 ? 0 : 1 + Math.log2(alignment);
}

const limits = ({ max = 'none', cached = 'none', wipe = false } = {}) =>
  LIMITS[max] | (LIMITS[cached] << 3) | (wipe ? 64 : 0);

const alloc = (slot, size, { heap = 0, zero, colour, align = 0, alignCode } = {}) => [
  ...[OP.alloc, heap, slot],
  (alignCode ?? alignmentCode(align)) | (zero ? ZERO : 0) | (colour ? COLOUR : 0),
  ...sizeBytes(size),
];
/** From `slot` on; count is at most 80. */
const allocMany = (slot, count, size, options) => {
  const [, ...rest] = alloc(slot, size, options);
  return [OP.allocMany, count - 1, ...rest];
};
const free = (slot, how = 'own') => [OP.free, slot, HOW[how]];
const freeMany = (slot, count, { stride = 1, how = 'own' } = {}) => [
  ...[OP.freeMany, slot, stride - 1, count - 1, HOW[how]],
];
const create = (heap, options) => [OP.create, heap, limits(options)];
const setLimits = (heap, options) => [OP.setLimits, heap, limits(options)];
const destroy = (heap) => [OP.destroy, heap];
const tick = (heap, idle) => [OP.tick, heap, IDLE[idle]];
const trim = (heap) => [OP.trim, heap];
const fault = (skip, count) => [OP.fault, skip, count];
const churn = (seed) => [OP.churn, seed];
const join = [OP.join];
const starve = (spared) => [OP.starve, spared];
const feed = [OP.feed];
const overwrite = (slot) => [OP.overwrite, slot];

const repeat = (count, make) => Array.from({ length: count }, (_, i) => make(i)).flat();

/** Sizes on both sides of what blocks.c treats in different ways. */
const KINDS = [8, 64, 65, 512, 513, 4 * K, 30 * K, 30 * K + 1, 64 * K, 300 * K, 1920 * K];
const oneOfEach = (options) => KINDS.flatMap((size, i) => alloc(i, size, options));

const SEEDS = {
  'every-kind': [oneOfEach(), freeMany(0, 16)],
  'every-kind-zero': [oneOfEach(), freeMany(0, 16), oneOfEach({ zero: true })],
  'sizes-refused': ['zero', 'max', 'quarter', 'half', 'huge'].flatMap((size, i) => alloc(i, size)),
  alignments: repeat(23, (i) => alloc(i, 100, { align: 2 ** i })),
  'alignments-large': repeat(11, (i) => alloc(i, 100 * K, { align: 2 ** (12 + i), zero: true })),
  'alignments-huge': repeat(4, (i) => alloc(i, 2 * M, { align: 2 ** (19 + i) })),
  'alignments-refused': repeat(6, (i) => alloc(i, 100, { alignCode: 23 + i })),
  'aligned-reuse': [
    ...[allocMany(0, 10, 20 * K, { align: 16 * K }), freeMany(0, 10, { stride: 2 })],
    ...[allocMany(20, 10, 12 * K, { align: 8 * K, zero: true }), freeMany(0, 40)],
  ],
  'magazine-spill': [
    allocMany(0, 80, 64),
    allocMany(80, 80, 64),
    freeMany(0, 128),
    freeMany(128, 80),
  ],
  'magazine-large': [allocMany(0, 40, 256 * K), freeMany(0, 40), allocMany(0, 40, 256 * K)],
  'shared-holes': [
    ...[allocMany(0, 80, 512), freeMany(0, 40, { stride: 2 }), tick(0, 0)],
    ...[allocMany(100, 60, 512, { zero: true })],
  ],
  'shared-discard': [
    ...[allocMany(0, 64, 4 * K), freeMany(1, 20, { stride: 3 }), trim(0)],
    ...[allocMany(100, 30, 4 * K, { zero: true }), trim(0)],
  ],
  'merge-spans': [
    ...[allocMany(0, 30, 40 * K), freeMany(0, 10, { stride: 3 }), freeMany(1, 10, { stride: 3 })],
    ...[allocMany(40, 4, 120 * K), freeMany(2, 10, { stride: 3 }), tick(0, 1), tick(0, 1)],
  ],
  'several-chunks': [
    allocMany(0, 20, 1 * M),
    freeMany(0, 20, { stride: 3 }),
    allocMany(30, 10, 700 * K),
  ],
  'huge-cache': [
    ...[alloc(0, 2 * M), alloc(1, 4 * M), alloc(2, 3 * M), free(0), free(1), free(2)],
    ...[alloc(3, 4 * M, { zero: true }), alloc(4, 2 * M), tick(0, 0)],
  ],
  'huge-idle': [
    alloc(0, 5 * M),
    alloc(1, 6 * M),
    free(0),
    tick(0, 2),
    free(1),
    repeat(3, () => tick(0, 2)),
  ],
  'ticks-wait': [
    allocMany(0, 20, 64 * K),
    freeMany(0, 20),
    repeat(4, () => tick(0, 3)),
    tick(0, 'never'),
  ],
  'ticks-mixed': [
    oneOfEach(),
    freeMany(0, 16),
    tick(0, 1),
    oneOfEach(),
    tick(0, 1),
    freeMany(0, 16),
    tick(0, 1),
  ],
  'trim-between': [
    oneOfEach(),
    freeMany(0, 16, { stride: 2 }),
    trim(0),
    oneOfEach({ zero: true }),
    trim(0),
  ],
  budget: [create(0, { max: 'm1' }), allocMany(0, 20, 100 * K), freeMany(0, 5), alloc(30, 300 * K)],
  'budget-zero': [create(0, { max: 'zero' }), alloc(0, 8), alloc(1, 4 * M)],
  'budget-aligned': [
    create(0, { max: 'k256' }),
    allocMany(0, 9, 20 * K, { align: 64 * K }),
    alloc(20, 64),
  ],
  'budget-almost': [
    create(0, { max: 'almost' }),
    alloc(0, 'half'),
    alloc(0, 'quarter'),
    alloc(1, 1 * M),
  ],
  'budget-remote': [create(0, { max: 'm1' }), alloc(0, 1 * M), free(0, 'helper'), alloc(1, 1 * M)],
  'cache-limit': [create(0, { cached: 'm1' }), allocMany(0, 40, 64 * K), freeMany(0, 40)],
  'cache-zero': [
    create(0, { cached: 'zero' }),
    allocMany(0, 20, 8 * K),
    freeMany(0, 20),
    alloc(30, 3 * M),
    free(30),
  ],
  'cache-small': [create(0, { cached: 'page' }), allocMany(0, 80, 1 * K), freeMany(0, 80)],
  'cache-lowered': [
    ...[allocMany(0, 20, 256 * K), alloc(30, 4 * M), freeMany(0, 31)],
    ...[
      setLimits(0, { cached: 'm4' }),
      setLimits(0, { cached: 'k256' }),
      setLimits(0, { cached: 'zero' }),
    ],
  ],
  wipe: [
    ...[create(0, { wipe: true }), oneOfEach(), overwrite(4), overwrite(8), freeMany(0, 16)],
    ...[oneOfEach(), freeMany(0, 16, { how: 'helper' }), oneOfEach()],
  ],
  'wipe-after-another': [
    ...[allocMany(0, 30, 64 * K), overwrite(3), overwrite(9), freeMany(0, 30), destroy(0)],
    ...[create(1, { wipe: true }), allocMany(0, 20, 32 * K, { heap: 1 })],
  ],
  'reserve-warm': [
    ...[allocMany(0, 12, 1 * M), overwrite(1), overwrite(2), freeMany(0, 12), destroy(0)],
    ...[allocMany(0, 20, 64 * K, { heap: 1, zero: true })],
  ],
  'reserve-full': [
    ...[allocMany(0, 60, 1 * M), freeMany(0, 60), destroy(0)],
    ...[allocMany(0, 40, 1 * M, { heap: 1 }), destroy(1), freeMany(0, 40)],
  ],
  'remote-every-kind': [oneOfEach(), freeMany(0, 16, { how: 'helper' }), tick(0, 0)],
  'remote-alias': [
    ...[create(0), create(1), allocMany(0, 40, 200), freeMany(0, 20, { how: 'alias' })],
    ...[freeMany(20, 20, { how: 'alias' }), allocMany(0, 40, 200)],
  ],
  'remote-meanwhile': [
    ...[allocMany(0, 80, 1 * K), freeMany(0, 80, { how: 'meanwhile' }), allocMany(80, 40, 1 * K)],
    ...[trim(0), freeMany(80, 40, { how: 'meanwhile' }), allocMany(0, 40, 40 * K), join, trim(0)],
  ],
  'remote-cache-limit': [
    ...[
      create(0, { cached: 'k256' }),
      allocMany(0, 20, 64 * K),
      freeMany(0, 20, { how: 'helper' }),
    ],
    alloc(30, 100),
  ],
  churn: [allocMany(0, 20, 3 * K), churn(1), allocMany(20, 20, 3 * K), churn(7), trim(0), join],
  orphan: [
    oneOfEach(),
    destroy(0),
    freeMany(0, 8),
    alloc(20, 64),
    freeMany(8, 8, { how: 'helper' }),
  ],
  'orphan-queued': [
    oneOfEach(),
    freeMany(0, 6, { how: 'helper' }),
    destroy(0),
    freeMany(6, 8, { how: 'alias' }),
  ],
  'orphan-race': [
    ...[allocMany(0, 80, 64 * K), freeMany(0, 40, { how: 'meanwhile' }), destroy(0)],
    ...[freeMany(40, 40), join],
  ],
  'orphans-several': [
    ...repeat(3, (i) => [...allocMany(i * 20, 10, 9 * K, { heap: i }), ...destroy(i)]),
    ...repeat(3, (i) => [...allocMany(i * 20 + 10, 10, 2 * M, { heap: i }), ...destroy(i)]),
  ],
  'orphans-at-end': [1, ...oneOfEach(), ...allocMany(40, 40, 100, { heap: 1 })],
  'faults-singly': repeat(14, (i) => [
    ...fault(i, 1),
    ...alloc(i, KINDS[i % 11]),
    ...alloc(i + 20, 3 * M),
  ]),
  'faults-in-a-row': repeat(8, (i) => [
    ...fault(i, 4),
    ...alloc(i, 64 * K),
    ...alloc(i + 20, 3 * M),
  ]),
  'faults-purging': [
    ...[oneOfEach(), alloc(20, 3 * M), freeMany(0, 21, { stride: 2 }), fault(0, 3), tick(0, 0)],
    ...[fault(1, 8), trim(0), freeMany(0, 21), fault(0, 20), trim(0), trim(0)],
  ],
  'faults-destroying': [
    oneOfEach(),
    alloc(20, 3 * M),
    freeMany(0, 6),
    fault(0, 31),
    destroy(0),
    freeMany(6, 20),
  ],
  'faults-creating': repeat(4, (i) => [...fault(i, 2), ...create(i % 3)]),
  'faults-wiping': [
    ...[allocMany(0, 30, 64 * K), overwrite(3), freeMany(0, 30), destroy(0), fault(0, 1)],
    ...[create(1, { wipe: true }), allocMany(0, 20, 32 * K, { heap: 1 })],
  ],
  starved: [
    ...[
      allocMany(0, 10, 3 * K),
      starve(15),
      create(1),
      allocMany(20, 10, 20 * K),
      alloc(40, 2 * M),
    ],
    ...[
      allocMany(50, 40, 300 * K),
      freeMany(0, 60, { stride: 2 }),
      allocMany(100, 10, 9 * K),
      feed,
    ],
    ...[allocMany(0, 10, 3 * K), alloc(60, 2 * M)],
  ],
  'starved-of-some': repeat(12, (i) => [
    ...[
      ...starve(i),
      ...create(i % 3),
      ...alloc(i * 4, 2 * M),
      ...alloc(i * 4 + 1, 9 * K),
      ...feed,
    ],
    ...[...alloc(i * 4 + 2, 700 * K), ...starve(i), ...alloc(i * 4 + 3, 900 * K), ...trim(i % 3)],
  ]),
  'starved-cutting': [
    ...[allocMany(0, 70, 40 * K), freeMany(0, 10, { stride: 7 }), starve(15)],
    ...[repeat(40, (i) => alloc(70 + i, 4 * K, { align: 8 * K * (1 + (i & 1)) }))],
    ...[freeMany(0, 128), destroy(0)],
  ],
  colours: [
    ...[10_000, 42_000, 300 * K, 3_000 * K].map((size, i) =>
      allocMany(4 * i, 4, size, { colour: true }),
    ),
    ...[overwrite(0), overwrite(5), overwrite(9), overwrite(13), freeMany(0, 16, { stride: 2 })],
    ...[freeMany(1, 8, { stride: 2, how: 'helper' }), alloc(0, 42_000), alloc(2, 41 * K)],
    ...[allocMany(20, 8, 42_000, { colour: true, zero: true }), tick(0, 0), destroy(0)],
  ],
  'colours-wipe': [
    ...[create(0, { wipe: true }), allocMany(0, 20, 21_000, { colour: true }), overwrite(3)],
    ...[freeMany(0, 10), freeMany(10, 10, { how: 'alias' }), allocMany(0, 20, 20 * K)],
  ],
  'free-null': [[OP.freeNull], alloc(0, 8), [OP.freeNull]],
};

function main() {
  fs.mkdirSync(CORPUS, { recursive: true });
  for (const [name, parts] of Object.entries(SEEDS)) {
    const bytes = parts.flat(2);
    // The first byte says how the input ends; most leave it to the default.
    const program = name === 'orphans-at-end' ? bytes : [0, ...bytes];
    fs.writeFileSync(path.join(CORPUS, name), Buffer.from(program));
  }
  console.log(`${Object.keys(SEEDS).length} seeds`);
}

main();
