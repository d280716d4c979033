'use strict';

// Suite `lifetimes`: what it saves to say when a buffer is done. `acquire` + `release`, arenas and `compact`, beside the built-in,
// beside the least that the same bytes can cost (`bare`: warm memory written in place, or the view alone), and beside packages that
// people use for it today.

const { measureCell } = require('../../core/measure');
const { size: sizeName, KiB, MiB } = require('../../core/format');
const { cellMakers } = require('./cells');

const sizes = [4 * KiB, 16 * KiB, 64 * KiB, 256 * KiB, MiB, 4 * MiB, 16 * MiB];
const quickSizes = new Set([64, 8 * KiB, 64 * KiB, MiB, 16 * MiB]);
// What is released is back at once, so that a turn of the loop (some 1 us) belongs to many operations, not to each large one.
const leastOps = { untouched: 64, touched: 16, filled: 16 };
const needed = ['acquire', 'release', 'createArena', 'compact'];

const groups = [
  {
    call: 'acquire',
    use: 'filled',
    sides: ['bare', 'builtin', 'bufalloc', 'nbufpool', 'buffer-reuse-pool'],
    sizes,
  },
  {
    call: 'acquire',
    use: 'touched',
    sides: ['bare', 'builtin', 'bufalloc', 'nbufpool', 'buffer-reuse-pool'],
    sizes,
  },
  {
    call: 'acquire',
    use: 'untouched',
    sides: ['builtin', 'bufalloc', 'nbufpool', 'buffer-reuse-pool'],
    sizes: [64, KiB, 8 * KiB, ...sizes],
  },
  {
    call: 'acquire any',
    use: 'untouched',
    sides: ['builtin', 'bufalloc'],
    sizes: [KiB, 64 * KiB, MiB],
  },
  {
    call: 'arena',
    use: 'reset every 64',
    sides: ['bare', 'builtin', 'bufalloc'],
    sizes: [64, 256, KiB],
  },
  { call: 'compact', use: 'one', sides: ['builtin', 'bufalloc', 'unslab'], sizes: [32, 256, KiB] },
  {
    call: 'compact',
    use: 'sixteen',
    sides: ['builtin', 'bufalloc', 'unslab'],
    sizes: [32, 256, KiB],
  },
];

function exported() {
  try {
    return require('../../../');
  } catch {
    return {};
  }
}

/** Why the suite cannot run, or null. */
function unavailable() {
  const module = exported();
  const missing = needed.filter((name) => typeof module[name] !== 'function');
  return missing.length > 0 ? `bufalloc has no ${missing.join(', ')} here` : null;
}

function jobFor(group, options) {
  const describe = {};
  for (const bytes of group.sizes) {
    if (options.scope === 'quick' && group.call === 'acquire' && !quickSizes.has(bytes)) continue;
    describe[`${group.call}/${sizeName(bytes)}/${group.use}`] = {
      call: group.call,
      use: group.use,
      bytes,
    };
  }
  const { call, use, sides } = group;
  return {
    suite: 'lifetimes',
    id: `lifetimes/${call}/${use}`,
    sides,
    cells: Object.keys(describe).filter((id) => options.matches(`lifetimes/${id}`)),
    describe,
    main: 'ns',
    budget: options.scope === 'quick' ? 'quick' : 'full',
    recheck: options.scope !== 'quick',
  };
}

/** The suite's jobs; none in the short run. @param {{scope: string, matches: (id: string) => boolean}} options */
function jobs(options) {
  if (options.scope === 'summary') return [];
  return groups.map((group) => jobFor(group, options)).filter((job) => job.cells.length > 0);
}

/** Measures a job's cells with one side; runs inside a child. */
async function measure(job, side) {
  const figures = {};
  for (const id of job.cells) {
    const { call, use, bytes } = job.describe[id];
    const batch = cellMakers[call][side.name](side, bytes, use);
    figures[id] = await measureCell(batch, bytes, job.budget, leastOps[use]);
  }
  return figures;
}

module.exports = { name: 'lifetimes', jobs, measure, unavailable };
