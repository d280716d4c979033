'use strict';

/* Statements about the pool: buffers that share a slab of `poolSize` bytes, here 8 KiB. */

const { storeKib, storeOf, POOL_SIZE } = require('../pool');

/** Where buffers of these sizes begin in their slab, and from how many slabs they come. */
function place(Buffer, sizes) {
  const begins = new Map();
  const offsets = sizes.map((size) => {
    const { buffer, byteOffset } = Buffer.allocUnsafe(size);
    if (!begins.has(buffer)) begins.set(buffer, byteOffset);
    return byteOffset - begins.get(buffer);
  });
  return { offsets, slabs: begins.size };
}

const store = (size) => ({
  says: `allocUnsafe(${size}): its store`,
  pool: true,
  run: ({ Buffer }) => storeOf(Buffer.allocUnsafe(size)),
});

const places = (sizes) => ({
  says: `sizes ${sizes.join(' ')}: offsets, slabs`,
  pool: true,
  run: ({ Buffer }) => place(Buffer, sizes),
  show: ({ offsets, slabs }) => `${offsets.join(' ')} in ${slabs}`,
});

/** What an unusual pool size makes of a small buffer. */
const oddPool = (poolSize) => ({
  says: `poolSize = ${typeof poolSize === 'string' ? `'${poolSize}'` : poolSize}: store of 10 bytes`,
  pool: true,
  run({ Buffer }) {
    Buffer.poolSize = poolSize;
    return storeOf(Buffer.allocUnsafe(10));
  },
});

module.exports = {
  title: `The pool, with poolSize = ${POOL_SIZE}`,
  statements: [
    {
      says: 'allocUnsafe(10) ×2: one .buffer?',
      pool: true,
      run: ({ Buffer }) => Buffer.allocUnsafe(10).buffer === Buffer.allocUnsafe(10).buffer,
    },
    {
      says: 'allocUnsafe(10): its .buffer.byteLength',
      pool: true,
      run: ({ Buffer }) => Buffer.allocUnsafe(10).buffer.byteLength,
      // Node 26.8 takes up to 64 bytes more to align the slab; ours is aligned as it is.
      known: ({ value }) => value === POOL_SIZE,
    },
    store(4095),
    store(4096),
    store(0),
    places([1, 8, 9, 16, 1]),
    places([4000, 4000, 4000]),
    places([4088, 4088, 16, 1]),
    {
      says: 'both neighbours of a fill(255)',
      pool: true,
      run({ Buffer }) {
        const [before, between, after] = [4, 8, 4].map((size) => Buffer.allocUnsafe(size).fill(1));
        between.fill(255);
        return [before, after];
      },
    },
    {
      says: 'poolSize = 16384: this slab, the next',
      pool: true,
      run({ Buffer }) {
        const first = Buffer.allocUnsafe(10);
        Buffer.poolSize = 16384;
        const rest = Buffer.allocUnsafe(4000);
        const next = Buffer.allocUnsafe(8000);
        return { here: storeKib(rest), shared: first.buffer === rest.buffer, next: storeKib(next) };
      },
      show: ({ here, shared, next }) => `${shared ? '' : 'not shared: '}${here}, ${next} KiB`,
    },
    {
      says: 'poolSize = 16384: 8191 and 8192 bytes',
      pool: true,
      run({ Buffer }) {
        Buffer.poolSize = 16384;
        return [8191, 8192].map((size) => storeOf(Buffer.allocUnsafe(size)));
      },
      show: (stores) => stores.map((one) => one.split(',')[0]).join(', '),
    },
    // A numeric string is left out: from 20 to 26, Node aborts the process on it.
    ...[0, 1, 64.5, -1, NaN, Infinity, 'lots', null].map(oddPool),
  ],
};
