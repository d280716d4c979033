'use strict';

// The cells of the suite `mixed`: every call of the drop-in, 16 bytes to 1 MiB, named as those of `micro` are.

const { size: sizeName, KiB, MiB } = require('../../core/format');

const table = [
  {
    call: 'allocUnsafe',
    use: 'untouched',
    sizes: [16, 64, 256, KiB, 4000, 16 * KiB, 64 * KiB, MiB],
  },
  { call: 'allocUnsafe', use: 'filled', sizes: [KiB, 4000, 16 * KiB, 64 * KiB, MiB] },
  { call: 'allocUnsafeSlow', use: 'untouched', sizes: [256, 4 * KiB, 64 * KiB] },
  { call: 'allocUnsafeSlow', use: 'filled', sizes: [64 * KiB, MiB] },
  { call: 'alloc', use: 'untouched', sizes: [64, KiB, 4 * KiB, 64 * KiB, MiB] },
  { call: 'from utf8', use: 'written', sizes: [4, 12, 24, 64, 300] },
  { call: 'from utf8 mixed', use: 'written', sizes: [300] },
  { call: 'from latin1', use: 'written', sizes: [300] },
  { call: 'from hex', use: 'written', sizes: [8] },
  { call: 'from base64', use: 'written', sizes: [8] },
  { call: 'from array', use: 'written', sizes: [16] },
  { call: 'from ArrayBuffer', use: 'viewed', sizes: [64] },
  { call: 'from Buffer', use: 'written', sizes: [16, KiB, 64 * KiB] },
  { call: 'concat 4', use: 'written', sizes: [64, 64 * KiB] },
  { call: 'concat 16', use: 'written', sizes: [4 * KiB, 64 * KiB] },
  { call: 'from any', use: 'written', sizes: [64] },
  { call: 'concat any', use: 'written', sizes: [256] },
  { call: 'alloc any', use: 'written', sizes: [64] },
];

/** By cell id: `{ part, call, use, bytes }`. */
const cells = Object.fromEntries(
  table.flatMap(({ call, use, sizes }) =>
    sizes.map((bytes) => [
      `${call}/${sizeName(bytes)}/${use}`,
      { part: 'calls', call, use, bytes },
    ]),
  ),
);

module.exports = { cells };
