'use strict';

/* Buffer.alloc: zeroes or a fill, and a store of its own of exactly the size asked for. */

const assert = require('node:assert');
const { ours } = require('./support/subject');
const { isFilled, isZero } = require('./support/bytes');
const { same } = require('./support/outcome');

const { Buffer } = ours;
const KIB = 1024;
const SIZES = [
  1,
  2,
  7,
  63,
  64,
  65,
  100,
  4095,
  4096,
  4097,
  8192,
  65536,
  131072,
  131073,
  KIB * KIB + 1,
];
const LARGE = 3 * KIB * KIB + 5;

describe('Buffer.alloc', () => {
  for (const size of [...SIZES, LARGE]) {
    it(`gives ${size} zero bytes in an ArrayBuffer of exactly that length`, () => {
      const buffer = Buffer.alloc(size);
      assert.strictEqual(buffer.length, size);
      assert.strictEqual(buffer.byteOffset, 0);
      assert.strictEqual(buffer.buffer.byteLength, size);
      assert.ok(isZero(buffer));
    });
  }

  it('gives each buffer an ArrayBuffer of its own', () => {
    const stores = new Set(Array.from({ length: 50 }, (_, i) => Buffer.alloc(i + 1).buffer));
    assert.strictEqual(stores.size, 50);
  });

  it('gives memory that no other buffer is in', () => {
    const buffers = SIZES.map((size, i) => Buffer.alloc(size, i + 1));
    buffers.forEach((buffer, i) => {
      assert.ok(isFilled(buffer, i + 1), `buffer ${i} was written by another`);
    });
  });

  it('gives an ordinary ArrayBuffer that other views can share', () => {
    const buffer = Buffer.alloc(8192);
    assert.strictEqual(Object.prototype.toString.call(buffer.buffer), '[object ArrayBuffer]');
    new Uint32Array(buffer.buffer)[2047] = 0x01020304;
    assert.strictEqual(buffer.readUInt32LE(8188), 0x01020304);
    buffer[0] = 9;
    assert.strictEqual(new DataView(buffer.buffer).getUint8(0), 9);
  });

  it('takes nothing from the pool', () => {
    Buffer.allocUnsafe(8);
    const before = Buffer.allocUnsafe(8);
    Buffer.alloc(8);
    Buffer.alloc(8, 'x');
    const after = Buffer.allocUnsafe(8);
    assert.ok(after.buffer !== before.buffer || after.byteOffset === before.byteOffset + 8);
  });

  it('gives an empty buffer for 0', () => {
    same(({ Buffer: B }) => B.alloc(0));
    same(({ Buffer: B }) => B.alloc(0, 'x'));
    same(({ Buffer: B }) => B.alloc(0, 'x', 'nonsense'));
    assert.strictEqual(Buffer.alloc(0).buffer.byteLength, 0);
  });

  it('treats fractional sizes as the built-in does', () => {
    for (const size of [0.1, 0.9, 1.5, 63.9, 4096.5, 9999.999]) {
      same(({ Buffer: B }) => B.alloc(size));
      same(({ Buffer: B }) => B.alloc(size, 1));
    }
  });
});

describe('Buffer.alloc with a fill', () => {
  const fills = {
    'a byte': 1,
    zero: 0,
    'negative zero': -0,
    'a number above 255': 0x1ff,
    'a negative number': -1,
    'a fraction': 1.9,
    NaN,
    'a huge number': 2 ** 40 + 5,
    true: true,
    false: false,
    undefined,
    null: null,
    'a character': 'a',
    'a word': 'abc',
    'a multi-byte character': 'é€',
    'an empty string': '',
    'a byte array': new Uint8Array([1, 2, 3]),
    'a view of 16-bit numbers': new Uint16Array([0x0102, 0x0304]),
    'an empty byte array': new Uint8Array(0),
    'a plain array': [1, 2, 3],
    'an object of a negative number': [-1],
    'an object of a huge number': [2 ** 40 + 5],
    'an object': {},
    'a bigint': 7n,
    'an object with valueOf': { valueOf: () => 65 },
  };
  for (const [title, fill] of Object.entries(fills)) {
    it(`writes ${title} as the built-in does, or fails as it does`, () => {
      for (const size of [0, 1, 2, 10, 100, 5000, 70000]) {
        same(({ Buffer: B }) => B.alloc(size, fill));
      }
    });
  }

  it('writes a number whatever the encoding', () => {
    for (const encoding of ['hex', 'no encoding', null, 7, {}]) {
      for (const size of [8, 64, 5000, 70000]) {
        for (const fill of [1, -1, 256.7, NaN, Infinity, -0]) {
          same(({ Buffer: B }) => B.alloc(size, fill, encoding));
        }
      }
    }
  });

  it('reads a string fill in every encoding', () => {
    const encodings = ['utf8', 'UTF-8', 'hex', 'base64', 'base64url', 'latin1', 'binary', 'ascii'];
    for (const encoding of [...encodings, 'ucs2', 'utf16le', 'UCS-2', '', undefined, null]) {
      for (const fill of ['61', 'abcd', 'é', 'zz', 'YWI=', '6']) {
        same(({ Buffer: B }) => B.alloc(20, fill, encoding));
        same(({ Buffer: B }) => B.alloc(9001, fill, encoding));
        same(({ Buffer: B }) => B.alloc(150_001, fill, encoding));
      }
    }
  });

  it('writes one of its own buffers', () => {
    const pattern = Buffer.from('pattern');
    assert.strictEqual(Buffer.alloc(10, pattern).toString(), 'patternpat');
    assert.strictEqual(Buffer.alloc(70000, pattern).toString('latin1', 69993), 'pattern');
  });

  it('gives an ArrayBuffer of exactly the size here too', () => {
    for (const size of SIZES) {
      const buffer = Buffer.alloc(size, 'xy');
      assert.strictEqual(buffer.buffer.byteLength, size);
      assert.strictEqual(buffer.byteOffset, 0);
    }
  });
});
