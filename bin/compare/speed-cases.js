'use strict';

/*
 * The calls of the third part, as data: a `call` of bench/suites/calls.js, which makes one buffer of
 * `bytes` bytes, and how the buffer is used. `quick` marks the ones that `--quick` keeps.
 *
 * "Touched" writes the first byte of each page, as whoever fills the buffer will: only then has
 * memory fresh from the system to be faulted in, which recycled memory has not.
 */

const { KiB, MiB, bytes: sizeOf } = require('../../bench/core/format');

const SIZES = [4 * KiB, 64 * KiB, MiB];

const sized = (call, bytes, quick) => [
  { title: `${call}(${sizeOf(bytes)})`, call, bytes, use: 'untouched' },
  { title: `${call}(${sizeOf(bytes)}), touched`, call, bytes, use: 'touched', quick },
];

const pooled = (bytes) => ({
  title: `allocUnsafe(${bytes})`,
  ...{ call: 'allocUnsafe', bytes, use: 'untouched', quick: true },
});

const written = (title, call, bytes) => ({ title, call, bytes, use: 'written', quick: true });

const groups = [
  { title: 'Pooled', cases: [8, 64, 256].map(pooled) },
  {
    title: 'allocUnsafe',
    cases: SIZES.flatMap((bytes) => sized('allocUnsafe', bytes, true)),
  },
  {
    title: 'alloc',
    cases: SIZES.flatMap((bytes) => sized('alloc', bytes, bytes > 4 * KiB)),
  },
  {
    title: 'allocUnsafeSlow',
    cases: SIZES.flatMap((bytes) => sized('allocUnsafeSlow', bytes, false)),
  },
  {
    title: 'from and concat',
    cases: [
      written('from(string), 20 characters', 'from utf8', 20),
      written('from(string), 1,000 bytes, not all ASCII', 'from utf8 mixed', 1000),
      written('concat of 4 × 100 bytes', 'concat 4', 400),
      written('concat of 4 × 16 KiB', 'concat 4', 64 * KiB),
    ],
  },
];

module.exports = { groups };
