'use strict';

// Suite `micro`: one call at a time, 8 bytes to 16 MiB, against the built-in. A process measures one call in one use at one size.

const { measureCell } = require('../../core/measure');
const { size: sizeName, KiB, MiB } = require('../../core/format');
const { calls } = require('../calls');

const every = [
  8,
  64,
  256,
  KiB,
  4 * KiB,
  16 * KiB,
  64 * KiB,
  128 * KiB,
  256 * KiB,
  MiB,
  4 * MiB,
  16 * MiB,
];
const large = [64 * KiB, 256 * KiB, MiB, 16 * MiB];
const text = [8, 128, KiB, 8 * KiB, 64 * KiB, MiB];
const copy = [8, 64, 256, KiB, 16 * KiB, 64 * KiB, MiB];
// An array of 16 Mi numbers takes longer to read than everything else here together.
const array = [8, 256, 16 * KiB, MiB];

// Call sites that see several kinds of argument.
const any = [64, KiB, 16 * KiB];

const allocating = { untouched: every, touched: every, filled: large };

/** Every cell: call, use and sizes. `written` are calls that write all their bytes themselves. */
const table = [
  ...['alloc', 'allocUnsafe', 'allocUnsafeSlow'].flatMap((call) =>
    Object.entries(allocating).map(([use, sizes]) => ({ call, use, sizes })),
  ),
  { call: 'alloc with fill', use: 'written', sizes: every },
  ...['utf8', 'utf8 mixed', 'latin1', 'hex', 'base64'].map((encoding) => ({
    call: `from ${encoding}`,
    use: 'written',
    sizes: text,
  })),
  { call: 'from array', use: 'written', sizes: array },
  { call: 'from Buffer', use: 'written', sizes: copy },
  { call: 'from Uint8Array', use: 'written', sizes: copy },
  { call: 'from Float64Array', use: 'written', sizes: array },
  { call: 'concat 4', use: 'written', sizes: copy.slice(1) },
  { call: 'concat 64', use: 'written', sizes: copy.slice(2) },
  { call: 'concat frame', use: 'written', sizes: copy.slice(1) },
  ...['from any', 'concat any', 'alloc any'].map((call) => ({ call, use: 'written', sizes: any })),
];

const quickSizes = new Set([8, 64, 256, KiB, 8 * KiB, 64 * KiB, MiB, 16 * MiB]);

// The short run: what the first targets name, and one cell of each other kind.
const summarySizes = {
  'allocUnsafe untouched': [8, 16, 32, 64, 128, 256],
  'allocUnsafe touched': [8, 64, 256, 64 * KiB, MiB],
  'alloc touched': [KiB, 64 * KiB, MiB],
  'from utf8 written': [8, 128, 64 * KiB],
  'from Buffer written': [64, 64 * KiB],
  'concat 4 written': [256, 64 * KiB],
};

function sizesFor({ call, use, sizes }, scope) {
  if (scope === 'summary') return summarySizes[`${call} ${use}`] ?? [];
  if (scope === 'quick') return sizes.filter((bytes) => quickSizes.has(bytes));
  return sizes;
}

const cellId = (call, use, bytes) => `${call}/${sizeName(bytes)}/${use}`;

function jobFor(row, options) {
  const cells = {};
  for (const bytes of sizesFor(row, options.scope)) {
    cells[cellId(row.call, row.use, bytes)] = { call: row.call, use: row.use, bytes };
  }
  const wanted = Object.keys(cells).filter((id) => options.matches(`micro/${id}`));
  return {
    suite: 'micro',
    id: `micro/${row.call}/${row.use}`,
    sides: ['builtin', 'bufalloc'],
    cells: wanted,
    apart: true,
    describe: cells,
    main: 'ns',
    budget: options.scope === 'quick' ? 'quick' : 'full',
    recheck: options.scope !== 'quick',
  };
}

/**
 * The suite's jobs, those without a wanted cell left out.
 * @param {{scope: 'summary' | 'quick' | 'full', matches: (id: string) => boolean}} options
 */
function jobs(options) {
  return table.map((row) => jobFor(row, options)).filter((job) => job.cells.length > 0);
}

/** Measures a job's cells with one side's Buffer; runs inside a child. */
async function measure(job, { Buffer }) {
  const figures = {};
  for (const id of job.cells) {
    const { call, use, bytes } = job.describe[id];
    const batch = calls[call](Buffer, bytes, use);
    figures[id] = await measureCell(batch, bytes, job.budget);
  }
  return figures;
}

module.exports = { name: 'micro', jobs, measure };
