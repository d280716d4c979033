'use strict';

/* Statements about wrong input: the error is the built-in's own, by name, code and message. */

/** More than any machine can address, less than the largest length of later runtimes. */
const TOO_MUCH = 2 ** 46;

const calls = {
  'alloc()': (B) => B.alloc(),
  'alloc(-1)': (B) => B.alloc(-1),
  "alloc('5')": (B) => B.alloc('5'),
  'alloc(NaN)': (B) => B.alloc(NaN),
  'alloc(2.5).length': (B) => B.alloc(2.5).length,
  'alloc(2 ** 53)': (B) => B.alloc(2 ** 53),
  "alloc(5, '')": (B) => B.alloc(5, ''),
  "alloc(5, 'zz', 'hex')": (B) => B.alloc(5, 'zz', 'hex'),
  "alloc(5, 'x', 'nope')": (B) => B.alloc(5, 'x', 'nope'),
  "alloc(5, 'x', 7)": (B) => B.alloc(5, 'x', 7),
  'allocUnsafe(-1)': (B) => B.allocUnsafe(-1),
  'allocUnsafe({})': (B) => B.allocUnsafe({}),
  'allocUnsafe(10n)': (B) => B.allocUnsafe(10n),
  'allocUnsafe(Infinity)': (B) => B.allocUnsafe(Infinity),
  'allocUnsafeSlow(-1)': (B) => B.allocUnsafeSlow(-1),
  'allocUnsafeSlow(null)': (B) => B.allocUnsafeSlow(null),
  'alloc(64 TiB)': (B) => B.alloc(TOO_MUCH),
  'allocUnsafe(64 TiB)': (B) => B.allocUnsafe(TOO_MUCH),
  'allocUnsafeSlow(64 TiB)': (B) => B.allocUnsafeSlow(TOO_MUCH),
  'from()': (B) => B.from(),
  'from(null)': (B) => B.from(null),
  'from(5)': (B) => B.from(5),
  'from({})': (B) => B.from({}),
  'from(Symbol())': (B) => B.from(Symbol()),
  'from(() => 1)': (B) => B.from(() => 1),
  "from('x', 'nope')": (B) => B.from('x', 'nope'),
  "from('x', 7)": (B) => B.from('x', 7),
  'from(arrayBuffer, 9)': (B) => B.from(new ArrayBuffer(8), 9),
  'from(arrayBuffer, 0, 9)': (B) => B.from(new ArrayBuffer(8), 0, 9),
  'from({ length: -1 })': (B) => B.from({ length: -1 }),
  "concat('x')": (B) => B.concat('x'),
  'concat([1])': (B) => B.concat([1]),
  "concat([of(1)], '1')": (B) => B.concat([B.of(1)], '1'),
  'concat([of(1)], -1)': (B) => B.concat([B.of(1)], -1),
  'concat([of(1)], 1.5)': (B) => B.concat([B.of(1)], 1.5),
  'copyBytesFrom([1])': (B) => B.copyBytesFrom([1]),
  'copyBytesFrom(view, -1)': (B) => B.copyBytesFrom(Uint8Array.of(1), -1),
  "Buffer(5, 'utf8')": (B) => B(5, 'utf8'),
  'and the process lives on: alloc(2)': (B) => B.alloc(2),
};

module.exports = {
  title: 'Wrong input: name, code and message',
  statements: Object.entries(calls).map(([says, call]) => ({
    says,
    run: ({ Buffer }) => call(Buffer),
  })),
};
