'use strict';

/*
 * Every call that allocates, by name: how it is made, and what its bytes must be. The built-in makes
 * the expected bytes; where a call promises none, there is no `expected`, and the model fills the
 * buffer with a pattern of its own.
 */

const { builtin } = require('../support/subject');
const { fillPattern } = require('./pattern');

const { Buffer } = builtin;
const TEXTS = ['x', '\u00e9', '\u20ac', '\u{1f600}'];
const ENCODINGS = ['utf8', 'latin1', 'utf16le', 'hex', 'base64'];
/** Plain arrays are slow to make and to copy. */
const MAX_ARRAY = 3000;

const pattern = (size, seed) => fillPattern(Buffer.alloc(size), seed);

function textOf(size, seed) {
  const text = TEXTS[seed % TEXTS.length];
  return text.repeat(Math.ceil(size / Buffer.byteLength(text)));
}

function fromString(to, { size, seed }) {
  const encoding = ENCODINGS[seed % ENCODINGS.length];
  const bytes = pattern(size, seed);
  const string = encoding === 'utf8' ? textOf(size, seed) : bytes.toString(encoding);
  return { buffer: to.from(string, encoding), expected: Buffer.from(string, encoding) };
}

function fromArrayLike(to, { size, seed }) {
  const bytes = pattern(Math.min(size, MAX_ARRAY), seed);
  const list = seed % 2 === 0 ? [...bytes] : { ...bytes, length: bytes.length };
  return { buffer: to.from(list), expected: bytes };
}

function copyBytesFrom(to, { size, seed }) {
  const units = new Uint16Array(Math.ceil(size / 2) + 5);
  fillPattern(new Uint8Array(units.buffer), seed);
  const args = seed % 2 === 0 ? [units] : [units, 3, units.length - 4];
  return { buffer: to.copyBytesFrom(...args), expected: Buffer.copyBytesFrom(...args) };
}

function concat(to, { size, seed, others }) {
  const list = [...others, pattern(size % 5000, seed)];
  const total = seed % 3 === 0 ? size : undefined;
  return { buffer: to.concat(list, total), expected: Buffer.concat(list, total) };
}

const zeros = (size) => Buffer.alloc(size);
const alignmentOf = (seed) => 2 ** (seed % 13);

/**
 * What they are given: the allocator or arena; the size; a seed that varies the rest; buffers of the
 * model to copy from.
 */
const CALLS = {
  alloc: (to, { size }) => ({ buffer: to.alloc(size), expected: zeros(size) }),
  allocFilled: (to, { size, seed }) => ({
    buffer: to.alloc(size, (seed % 255) + 1),
    expected: Buffer.alloc(size, (seed % 255) + 1),
  }),
  allocFilledWithText: (to, { size, seed }) => ({
    buffer: to.alloc(size, 'abc'.slice(seed % 3), 'latin1'),
    expected: Buffer.alloc(size, 'abc'.slice(seed % 3), 'latin1'),
  }),
  allocUnsafe: (to, { size }) => ({ buffer: to.allocUnsafe(size) }),
  allocUnsafeSlow: (to, { size }) => ({ buffer: to.allocUnsafeSlow(size) }),
  allocUnsafeAligned: (to, { size, seed }) => ({
    buffer: to.allocUnsafe(size, alignmentOf(seed)),
    alignment: alignmentOf(seed),
  }),
  allocUnsafeSlowAligned: (to, { size, seed }) => ({
    buffer: to.allocUnsafeSlow(size, alignmentOf(seed)),
    alignment: alignmentOf(seed),
  }),
  fromString,
  fromArrayLike,
  fromView: (to, { size, seed }) => ({
    buffer: to.from(new Uint8Array(pattern(size, seed))),
    expected: pattern(size, seed),
  }),
  fromBuffer: (to, { others: [other] }) => ({
    buffer: to.from(other ?? Buffer.alloc(0)),
    expected: Buffer.from(other ?? []),
  }),
  concat,
  copyBytesFrom,
};

/** The same, for what an arena does not have. */
const ACQUIRES = {
  acquire: (to, { size }) => ({ buffer: to.acquire(size) }),
  acquireZeroed: (to, { size }) => ({
    buffer: to.acquire(size, { zero: true }),
    expected: zeros(size),
  }),
  acquireAligned: (to, { size, seed }) => ({
    buffer: to.acquire(size, { alignment: alignmentOf(seed), zero: seed % 2 === 0 }),
    expected: seed % 2 === 0 ? zeros(size) : undefined,
  }),
};

module.exports = { CALLS, ACQUIRES };
