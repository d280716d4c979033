'use strict';

/* Statements about the results: ordinary Buffers to the language, to core and to the user. */

const { createHash } = require('node:crypto');
const { inspect } = require('node:util');
const zlib = require('node:zlib');
const host = require('node:buffer');

/** A buffer of each kind: pooled, small and large of its own, copied. */
const kinds = ({ Buffer }) => [
  Buffer.allocUnsafe(5).fill('a'),
  Buffer.alloc(100, 'b'),
  Buffer.allocUnsafeSlow(100000).fill('c'),
  Buffer.from('dddd'),
  Buffer.concat([Buffer.of(1), Buffer.of(2)]),
];

/** A statement whose value is what `ask` answers for each kind. */
const each = (says, ask, show) => ({
  says,
  run: (module) => kinds(module).map((b) => ask(b, module)),
  show,
});

const unanimous = (answers) => {
  const [first, ...rest] = answers;
  return rest.every((answer) => answer === first) ? `all ${first}` : answers.join(' ');
};

module.exports = {
  title: 'Ordinary Buffers',
  statements: [
    each('instanceof the built-in Buffer', (b) => b instanceof host.Buffer, unanimous),
    each('instanceof this Buffer', (b, { Buffer }) => b instanceof Buffer, unanimous),
    each('instanceof Uint8Array', (b) => b instanceof Uint8Array, unanimous),
    each(
      'Buffer.isBuffer, of both',
      (b, { Buffer }) => Buffer.isBuffer(b) && host.Buffer.isBuffer(b),
      unanimous,
    ),
    each('constructor.name', (b) => b.constructor.name, unanimous),
    each('subarray(1).constructor.name', (b) => b.subarray(1).constructor.name, unanimous),
    { says: 'inspect(alloc(3))', run: ({ Buffer }) => inspect(Buffer.alloc(3)) },
    {
      says: 'inspect(alloc(60)), its end',
      run: ({ Buffer }) => inspect(Buffer.alloc(60)),
      show: (text) => `… ${text.slice(-18)}`,
    },
    {
      says: 'JSON.stringify(from([1, 2]))',
      run: ({ Buffer }) => JSON.stringify(Buffer.from([1, 2])),
    },
    each(
      'structuredClone',
      (b) => [structuredClone(b).constructor.name, Buffer.compare(structuredClone(b), b)].join(),
      (rows) => (rows.every((row) => row === 'Uint8Array,0') ? 'all Uint8Array' : rows.join(' ')),
    ),
    each(
      'sha256',
      (b) => createHash('sha256').update(b).digest('hex'),
      (rows) => `${rows[0].slice(0, 12)}…`,
    ),
    each('gzip and gunzip', (b) => zlib.gunzipSync(zlib.gzipSync(b)).equals(b), unanimous),
    each(
      'TextDecoder',
      (b) => new TextDecoder().decode(b),
      (texts) => texts[0],
    ),
    {
      says: 'compare, equals, indexOf across both',
      run: ({ Buffer }) => [
        Buffer.compare(Buffer.from('abc'), host.Buffer.from('abd')),
        Buffer.from('abc').equals(host.Buffer.from('abc')),
        host.Buffer.from('abc').indexOf(Buffer.from('c')),
      ],
    },
  ],
};
