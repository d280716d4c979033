'use strict';

// The operations that the lifetimes suite times, by call and side: each maker returns a batch function that does the operation
// `count` times.

const { Buffer: Host } = require('node:buffer');

const sink = { last: null };
const page = 4096;
const fillBytes = Uint8Array.prototype.fill;
const View = Host[Symbol.species];

const uses = {
  untouched: () => {},
  touched: (buf, i, size) => {
    for (let offset = 0; offset < size; offset += page) buf[offset] = i;
  },
  filled: (buf, i) => {
    fillBytes.call(buf, i & 255);
  },
};

const steps = (step) => (count) => {
  for (let i = 0; i < count; i++) step(i);
};

const acquire = {
  /** Warm memory written in place: what the work costs with no allocation at all. */
  bare: (side, size, use) => {
    const warm = Host.allocUnsafeSlow(size);
    const write = uses[use];
    return steps((i) => write(warm, i, size));
  },
  builtin: ({ Buffer }, size, use) => {
    const write = uses[use];
    return steps((i) => {
      const buf = Buffer.allocUnsafeSlow(size);
      write(buf, i, size);
      sink.last = buf;
    });
  },
  bufalloc: ({ module }, size, use) => {
    const write = uses[use];
    return steps((i) => {
      const buf = module.acquire(size);
      write(buf, i, size);
      sink.last = buf;
      module.release(buf);
    });
  },
  nbufpool: ({ peer: Pool }, size, use) => {
    const pool = new Pool(2 * 2 ** 20);
    const write = uses[use];
    return steps((i) => {
      const buf = pool.allocUnsafe(size);
      write(buf, i, size);
      sink.last = buf;
    });
  },
  'buffer-reuse-pool': ({ peer }, size, use) => {
    const pool = peer.pool(size);
    const write = uses[use];
    return steps((i) => {
      const buf = pool.alloc();
      write(buf, i, size);
      sink.last = buf;
      peer.free(buf);
    });
  },
};

const resetEvery = 64;

/** The same of lengths that vary, so that none comes twice in a row. */
const lengths = 61;
const varied = {
  builtin: ({ Buffer }, size) =>
    steps((i) => {
      sink.last = Buffer.allocUnsafeSlow(size - (i % lengths));
    }),
  bufalloc: ({ module }, size) =>
    steps((i) => {
      const buf = module.acquire(size - (i % lengths));
      sink.last = buf;
      module.release(buf);
    }),
};

const arena = {
  /** The view alone, over memory that is there already. */
  bare: (side, size) => {
    const store = new ArrayBuffer(size * resetEvery);
    return steps((i) => {
      sink.last = new View(store, (i % resetEvery) * size, size);
    });
  },
  builtin: ({ Buffer }, size) =>
    steps(() => {
      sink.last = Buffer.allocUnsafe(size);
    }),
  bufalloc: ({ module }, size) => {
    const region = module.createArena();
    return steps((i) => {
      if (i % resetEvery === 0) region.reset();
      sink.last = region.allocUnsafe(size);
    });
  },
};

// Slices that each pin a store much larger than they are.
function pinned(size, count) {
  return Array.from({ length: count }, (_, i) => Host.alloc(64 * 1024, i).subarray(8, 8 + size));
}

/** What a careful program does with the built-in: an unpooled copy of its own. */
function copyOf(Buffer, buf) {
  const copy = Buffer.allocUnsafeSlow(buf.length);
  copy.set(buf);
  return copy;
}

function copiesOf(Buffer, list) {
  const store = Buffer.allocUnsafeSlow(list.reduce((sum, buf) => sum + buf.length, 0));
  let offset = 0;
  return list.map((buf) => {
    store.set(buf, offset);
    return store.subarray(offset, (offset += buf.length));
  });
}

function compactWith(one, many) {
  return (size, use) => {
    const list = pinned(size, 16);
    if (use === 'sixteen') return steps(() => (sink.last = many(list)));
    return steps((i) => (sink.last = one(list[i & 15])));
  };
}

const compact = {
  builtin: ({ Buffer }, size, use) =>
    compactWith(
      (buf) => copyOf(Buffer, buf),
      (list) => copiesOf(Buffer, list),
    )(size, use),
  bufalloc: ({ module }, size, use) => compactWith(module.compact, module.compact)(size, use),
  unslab: ({ peer }, size, use) => compactWith(peer, peer.all)(size, use),
};

/** Batch makers: `cellMakers[call][side]({ Buffer, module, peer }, size, use)`. */
const cellMakers = { acquire, 'acquire any': varied, arena, compact };

module.exports = { cellMakers };
