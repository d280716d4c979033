'use strict';

/* Statements about `from` and its relatives: what is copied, what is shared, what is pooled. */

const { storeOf } = require('../pool');

const sources = {
  array: () => [1, 2, 3],
  string: () => 'abc',
  Buffer: (Buffer) => Buffer.of(1, 2, 3),
  Uint8Array: () => Uint8Array.of(1, 2, 3),
};

const pooled = Object.entries(sources).map(([name, make]) => ({
  says: `from(${name}): store`,
  pool: true,
  run: ({ Buffer }) => storeOf(Buffer.from(make(Buffer))),
}));

const copied = ['array', 'Buffer', 'Uint8Array'].map((name) => ({
  says: `from(${name}), its source changed`,
  run({ Buffer }) {
    const source = sources[name](Buffer);
    const copy = Buffer.from(source);
    source[0] = 99;
    return copy;
  },
}));

const forms = {
  'from([1, 256, -1, 2.9, "7", null])': [1, 256, -1, 2.9, '7', null],
  'from({ length: 3, 0: 1, 2: 3 })': { length: 3, 0: 1, 2: 3 },
  'from(Uint16Array.of(1, 258))': Uint16Array.of(1, 258),
  'from(Float64Array.of(1.5, -1))': Float64Array.of(1.5, -1),
  "from({ type: 'Buffer', data: [1, 2] })": { type: 'Buffer', data: [1, 2] },
  "from(new String('abc'))": new String('abc'),
  "from({ valueOf: () => 'abc' })": { valueOf: () => 'abc' },
  'from({ [Symbol.toPrimitive]: … })': { [Symbol.toPrimitive]: () => 'abc' },
  "from('')": '',
};

module.exports = {
  title: 'from, of and the constructor',
  statements: [
    ...pooled,
    ...copied,
    {
      says: "from('x' × 4095): store",
      pool: true,
      run: ({ Buffer }) => storeOf(Buffer.from('x'.repeat(4095))),
    },
    {
      says: "from('x' × 4096): store",
      pool: true,
      run: ({ Buffer }) => storeOf(Buffer.from('x'.repeat(4096))),
    },
    {
      says: 'from(4094 hex digits): its store',
      pool: true,
      run: ({ Buffer }) => storeOf(Buffer.from('0'.repeat(4094), 'hex')),
    },
    {
      says: 'from(4096 hex digits): its store',
      pool: true,
      run: ({ Buffer }) => storeOf(Buffer.from('0'.repeat(4096), 'hex')),
    },
    {
      says: 'from(arrayBuffer).buffer === arrayBuffer',
      run({ Buffer }) {
        const store = new ArrayBuffer(8);
        return Buffer.from(store).buffer === store;
      },
    },
    {
      says: 'from(arrayBuffer), written through it',
      run({ Buffer }) {
        const store = new ArrayBuffer(4);
        Buffer.from(store)[1] = 42;
        return new Uint8Array(store);
      },
    },
    {
      says: 'from(arrayBuffer, 2, 3): offset, length',
      run({ Buffer }) {
        const { byteOffset, length } = Buffer.from(new ArrayBuffer(8), 2, 3);
        return [byteOffset, length];
      },
    },
    {
      says: 'from(sharedArrayBuffer), shared?',
      run({ Buffer }) {
        const store = new SharedArrayBuffer(4);
        return Buffer.from(store, 1).buffer === store;
      },
    },
    ...Object.entries(forms).map(([says, source]) => ({
      says,
      run: ({ Buffer }) => Buffer.from(source),
    })),
    { says: 'of(1, 2, 300)', run: ({ Buffer }) => Buffer.of(1, 2, 300) },
    {
      says: 'copyBytesFrom(Uint16Array, 1, 1)',
      run: ({ Buffer }) => Buffer.copyBytesFrom(Uint16Array.of(1, 2, 3), 1, 1),
    },
    { says: 'new Buffer(3).length', run: ({ Buffer }) => quietly(() => new Buffer(3).length) },
    { says: "Buffer('abc')", run: ({ Buffer }) => quietly(() => Buffer('abc')) },
    { says: 'new Buffer([1, 2])', run: ({ Buffer }) => quietly(() => new Buffer([1, 2])) },
  ],
};

/** The constructor is deprecated and would say so in the middle of the report. */
function quietly(run) {
  const { noDeprecation } = process;
  process.noDeprecation = true;
  try {
    return run();
  } finally {
    process.noDeprecation = noDeprecation;
  }
}
