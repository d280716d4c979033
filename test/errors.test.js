'use strict';

/* What is wrong fails as with the built-in: the same class, code and message, on every version. */

const assert = require('node:assert');
const { builtin, ours } = require('./support/subject');
const { outcome, same, sameError } = require('./support/outcome');

const { MAX_LENGTH } = builtin.constants;
const NO_NUMBERS = {
  undefined,
  null: null,
  'a numeric string': '5',
  'an empty string': '',
  true: true,
  'an object': {},
  'an array': [5],
  'a bigint': 5n,
  'a symbol': Symbol('size'),
  'a function': () => 5,
  'a Number object': new Number(5),
  'an object with valueOf': { valueOf: () => 5 },
  'a Date': new Date(0),
};
const OUT_OF_RANGE = {
  'minus one': -1,
  'a small negative number': -1e-9,
  NaN,
  Infinity,
  'negative infinity': -Infinity,
  'one above MAX_LENGTH': MAX_LENGTH + 1,
  'two above MAX_LENGTH': MAX_LENGTH + 2,
  'twice MAX_LENGTH': MAX_LENGTH * 2,
  'the largest number': Number.MAX_VALUE,
};
const ALLOCATORS = ['alloc', 'allocUnsafe', 'allocUnsafeSlow'];

describe('sizes that are wrong', () => {
  for (const name of ALLOCATORS) {
    for (const [title, size] of Object.entries({ ...NO_NUMBERS, ...OUT_OF_RANGE })) {
      it(`are refused by ${name} with the built-in's error: ${title}`, () => {
        // On runtimes where MAX_LENGTH is 2 ** 53 - 1 the sum above is no longer exact, yet too large.
        sameError(({ Buffer: B }) => B[name](size));
      });
    }
  }

  it('are refused by alloc of an allocator that takes nothing from C', () => {
    const allocator = ours.createAllocator({ nativeMin: Infinity });
    for (const size of [...Object.values(OUT_OF_RANGE), ...Object.values(NO_NUMBERS)]) {
      assert.deepStrictEqual(
        outcome({ alloc: allocator.alloc }, ({ alloc }) => alloc(size)),
        outcome({ alloc: builtin.Buffer.alloc }, ({ alloc }) => alloc(size)),
      );
    }
    allocator.close();
  });

  it('are refused before a fill is looked at', () => {
    sameError(({ Buffer: B }) => B.alloc(-1, 'x', 'nonsense'));
    sameError(({ Buffer: B }) => B.alloc('5', Symbol('fill')));
  });

  it('are refused without arguments at all', () => {
    for (const name of [
      ...ALLOCATORS,
      'from',
      'concat',
      'copyBytesFrom',
      'byteLength',
      'compare',
    ]) {
      sameError(({ Buffer: B }) => B[name]());
    }
  });

  it('leave minus zero a size', () => {
    for (const name of ALLOCATORS) same(({ Buffer: B }) => B[name](-0));
  });

  if (builtin.SlowBuffer) {
    it('are refused by SlowBuffer as well', () => {
      const before = process.noDeprecation;
      process.noDeprecation = true;
      try {
        for (const size of [...Object.values(OUT_OF_RANGE), ...Object.values(NO_NUMBERS)]) {
          sameError(({ SlowBuffer }) => SlowBuffer(size));
        }
        same(({ SlowBuffer }) => SlowBuffer(10), { unfilled: true });
      } finally {
        process.noDeprecation = before;
      }
    });
  }
});

describe('encodings that are wrong', () => {
  const encodings = ['nonsense', 'utf', 'utf 8', ' utf8', 'utf88', 'base63', 'HEX ', 'undefined'];

  for (const encoding of encodings) {
    it(`are refused with the built-in's error: ${encoding}`, () => {
      sameError(({ Buffer: B }) => B.from('abc', encoding));
      sameError(({ Buffer: B }) => B.from('', encoding));
      sameError(({ Buffer: B }) => B.from(new String('abc'), encoding));
      sameError(({ Buffer: B }) => B.alloc(5, 'a', encoding));
      sameError(({ Buffer: B }) => B.from('abc').toString(encoding));
      sameError(({ Buffer: B }) => B.alloc(5).write('abc', encoding));
      same(({ Buffer: B }) => B.byteLength('abc', encoding));
    });
  }

  it('of other types are treated as the built-in does', () => {
    for (const encoding of Object.values(NO_NUMBERS)) {
      same(({ Buffer: B }) => B.from('abc', encoding));
      same(({ Buffer: B }) => B.alloc(5, 'a', encoding));
    }
  });
});

describe('fills that are wrong', () => {
  it("fail with the built-in's error", () => {
    sameError(({ Buffer: B }) => B.alloc(5, 'zz', 'hex'));
    sameError(({ Buffer: B }) => B.alloc(5, new Uint8Array(0)));
    sameError(({ Buffer: B }) => B.alloc(150_000, 'zz', 'hex'));
    same(({ Buffer: B }) => B.alloc(5, ''));
    for (const fill of Object.values(NO_NUMBERS)) {
      same(({ Buffer: B }) => B.alloc(5, fill));
      same(({ Buffer: B }) => B.alloc(150_000, fill));
    }
  });
});

describe('objects that are wrong', () => {
  for (const [title, value] of Object.entries({ ...NO_NUMBERS, ...OUT_OF_RANGE, five: 5 })) {
    it(`are treated as the built-in does: ${title}`, () => {
      same(({ Buffer: B }) => B.from(value));
      same(({ Buffer: B }) => B.from(value, 'hex'));
      same(({ Buffer: B }) => B.concat(value));
      same(({ Buffer: B }) => B.concat([value]));
      same(({ Buffer: B }) => B.concat([new Uint8Array(2)], value));
      same(({ Buffer: B }) => B.copyBytesFrom(value));
      same(({ Buffer: B }) => B.copyBytesFrom(new Uint8Array(3), value));
      same(({ Buffer: B }) => B.copyBytesFrom(new Uint8Array(3), 0, value));
      same(({ Buffer: B }) => B.of(value));
      same(({ Buffer: B }) => B.byteLength(value));
      same(({ Buffer: B }) => B.compare(value, new Uint8Array(1)));
      same(({ Buffer: B }) => B.compare(new Uint8Array(1), value));
      same(({ Buffer: B }) => B.isEncoding(value));
    });
  }

  it('place an ArrayBuffer outside of its bounds as the built-in does', () => {
    for (const [offset, length] of [
      [9],
      [0, 9],
      [4, 5],
      [-1],
      [0, -1],
      [1e20],
      [0, 1e20],
      ['x', 9],
    ]) {
      same(({ Buffer: B }) => B.from(new ArrayBuffer(8), offset, length));
    }
  });

  it('that are too long fail as with the built-in', () => {
    sameError(({ Buffer: B }) => B.from({ length: MAX_LENGTH + 1 }));
    sameError(({ Buffer: B }) => B.from({ length: 2 ** 53 }));
    sameError(({ Buffer: B }) => B.concat([new Uint8Array(1)], MAX_LENGTH + 1));
  });
});

describe('an error', () => {
  it('is thrown by the same class, of the same realm', () => {
    const errorOf = (side) => outcome(side, ({ Buffer: B }) => B.alloc('5')).threw;
    assert.strictEqual(errorOf(ours), errorOf(builtin));
  });

  it('leaves the pool as it was', () => {
    const { Buffer } = ours;
    const before = Buffer.allocUnsafe(8);
    for (const call of [
      () => Buffer.allocUnsafe(-1),
      () => Buffer.from('abc', 'nonsense'),
      () => Buffer.from(5),
      () => Buffer.concat(5),
    ]) {
      assert.throws(call);
    }
    const after = Buffer.allocUnsafe(8);
    assert.ok(after.buffer !== before.buffer || after.byteOffset === before.byteOffset + 8);
  });
});
