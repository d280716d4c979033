'use strict';

/* Statements about `concat`. */

const { storeOf } = require('../pool');

const storeOfTwo = (size) => ({
  says: `concat of 2 × ${size}: store`,
  pool: true,
  run({ Buffer }) {
    const half = Buffer.alloc(size, 1);
    return storeOf(Buffer.concat([half, half]));
  },
});

const joined = (says, total) => ({
  says,
  run: ({ Buffer }) => Buffer.concat([Buffer.of(1, 2, 3), Buffer.of(4, 5)], total),
});

module.exports = {
  title: 'concat',
  statements: [
    storeOfTwo(2000),
    storeOfTwo(3000),
    joined('concat of 3 and 2 bytes'),
    joined('concat of 3 and 2 bytes, 4 in all', 4),
    joined('concat of 3 and 2 bytes, 6 in all', 6),
    joined('concat of 3 and 2 bytes, 0 in all', 0),
    { says: 'concat([])', run: ({ Buffer }) => Buffer.concat([]) },
    {
      says: 'concat of a Buffer and a Uint8Array',
      run: ({ Buffer }) => Buffer.concat([Buffer.of(1), Uint8Array.of(2)]),
    },
    {
      says: 'concat padded in a dirty slab',
      pool: true,
      run({ Buffer }) {
        const { buffer } = Buffer.allocUnsafe(8);
        new Uint8Array(buffer).fill(255);
        return Buffer.concat([Buffer.alloc(2, 1)], 6);
      },
    },
    {
      says: 'concat of one: another memory?',
      run({ Buffer }) {
        const only = Buffer.of(1, 2);
        const copy = Buffer.concat([only]);
        only[0] = 9;
        return copy;
      },
    },
    {
      says: 'concat of 3 × 1 MiB: bytes wrong',
      run({ Buffer }) {
        const parts = [1, 2, 3].map((byte) => Buffer.alloc(1 << 20, byte));
        const all = Buffer.concat(parts);
        return all.reduce((wrong, byte, i) => wrong + (byte === 1 + (i >> 20) ? 0 : 1), 0);
      },
    },
  ],
};
