'use strict';

/*
 * The calls of the third part, as data. `make(Buffer)` gives the function that is timed, one call
 * of which makes one buffer of `size` bytes. `quick` marks the ones that `--quick` keeps.
 *
 * "Touched" writes the first byte of each page, as whoever fills the buffer will: only then has
 * memory fresh from the system to be faulted in, which recycled memory has not.
 */

const { KIB, MIB, bytes } = require('./format');

const PAGE = 4096;

function touch(buffer) {
  for (let at = 0; at < buffer.length; at += PAGE) buffer[at] = 1;
  return buffer;
}

const sized = (call, size, quick) => [
  {
    title: `${call}(${bytes(size)})`,
    size,
    make: (Buffer) => () => Buffer[call](size),
  },
  {
    title: `${call}(${bytes(size)}), touched`,
    size,
    quick,
    make: (Buffer) => () => touch(Buffer[call](size)),
  },
];

const pooled = (size, quick) => ({
  title: `allocUnsafe(${size})`,
  size,
  quick,
  make: (Buffer) => () => Buffer.allocUnsafe(size),
});

const fromString = (what, text) => ({
  title: `from(string), ${what}`,
  size: Buffer.byteLength(text),
  quick: true,
  make: (Side) => () => Side.from(text),
});

const concat = (parts, size) => ({
  title: `concat of ${parts} × ${bytes(size)}`,
  size: parts * size,
  quick: true,
  make(Side) {
    const list = Array.from({ length: parts }, () => Side.alloc(size, 1));
    return () => Side.concat(list);
  },
});

const groups = [
  { title: 'Pooled', cases: [pooled(8, true), pooled(64, true), pooled(256, true)] },
  {
    title: 'allocUnsafe',
    cases: [4 * KIB, 64 * KIB, MIB].flatMap((size) => sized('allocUnsafe', size, true)),
  },
  {
    title: 'alloc',
    cases: [4 * KIB, 64 * KIB, MIB].flatMap((size) => sized('alloc', size, size > 4 * KIB)),
  },
  {
    title: 'allocUnsafeSlow',
    cases: [4 * KIB, 64 * KIB, MIB].flatMap((size) => sized('allocUnsafeSlow', size, false)),
  },
  {
    title: 'from and concat',
    cases: [
      fromString('20 characters', 'the quick brown fox!'),
      fromString('1,000 characters', 'häuser und bäume am fluß. '.repeat(40).slice(0, 1000)),
      concat(4, 100),
      concat(4, 16 * KIB),
    ],
  },
];

module.exports = { groups };
