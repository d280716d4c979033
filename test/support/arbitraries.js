'use strict';

/*
 * fast-check arbitraries of arguments for Buffer's statics, sensible and not. Values that a call
 * could share or change are made anew for each side: an arbitrary gives a recipe, `make` cooks it.
 */

const fc = require('fast-check');
const { builtin } = require('./subject');

const HALF = builtin.Buffer.poolSize >>> 1;
const { MAX_LENGTH } = builtin.constants;
const MAX_SIZE = 150_000;

/** A recipe: how to make the value, and how to say so in a failure's report. */
const recipe = (text, make) => ({ make, [fc.toStringMethod]: () => text });
const plain = (value) => recipe(fc.stringify(value), () => value);
const plainly = (arbitrary) => arbitrary.map(plain);

const nearLimits = [0, 1, 63, 64, 65, 4096, 8192, 65536, HALF, 2 * HALF].flatMap((n) => [
  Math.max(n - 1, 0),
  n,
  n + 1,
]);

const length = fc.oneof(
  { weight: 4, arbitrary: fc.nat(100) },
  { weight: 2, arbitrary: fc.nat(2 * HALF) },
  { weight: 1, arbitrary: fc.nat(MAX_SIZE) },
  { weight: 2, arbitrary: fc.constantFrom(...nearLimits) },
);

const wrongNumber = fc.oneof(
  fc.constantFrom(-1, -0, NaN, Infinity, -Infinity, 0.5, -0.5, MAX_LENGTH + 1, 2 ** 53, 1e300),
  fc.double({ max: 5000 }),
);

const junk = fc.oneof(
  fc.constantFrom(undefined, null, true, false, '', '5', 'abc', 'utf8', 5, -1, NaN, 5n),
  fc.constantFrom(Symbol.iterator, Math.max, new Date(0), /x/, new Map(), new Set([1])),
  fc.constantFrom(new Number(5), new String('6162'), new Boolean(true), Buffer, globalThis),
  fc.array(fc.integer(), { maxLength: 5 }),
  fc.dictionary(fc.string({ maxLength: 5 }), fc.integer(), { maxKeys: 3 }),
  fc.anything({ maxDepth: 1, maxKeys: 3 }),
);

/* fast-check's own unit 'binary' is a table of 80 MiB, which every collection of the suite goes through. */
const codePoint = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code));

/** Text of every width, lone surrogates, and what hex and base64 are made of. */
const string = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: codePoint, maxLength: 60 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 30 })
    .map((codes) => String.fromCharCode(...codes)),
  fc.base64String({ maxLength: 60 }),
  fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF'), maxLength: 60 }),
  fc.string({ unit: fc.constantFrom(...'ab+/-_= \n\u00ff'), maxLength: 20 }),
  fc
    .tuple(fc.constantFrom('a', '\u00e9', '\u20ac', '\u{1f600}', 'f', '='), fc.nat(MAX_SIZE / 4))
    .map(([character, count]) => character.repeat(count)),
);

const encoding = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('utf8', 'hex', 'base64', 'base64url', 'latin1') },
  { weight: 8, arbitrary: fc.constantFrom('ascii', 'binary', 'ucs2', 'utf16le', 'UTF-8', 'HEX') },
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.string({ maxLength: 6 }) },
  { weight: 1, arbitrary: junk },
);

const TYPED_ARRAYS = [Uint8Array, Int8Array, Uint8ClampedArray, Uint16Array, Int32Array];
const VIEWS = [...TYPED_ARRAYS, Float32Array, Float64Array, BigUint64Array];

/** A typed array of some kind, full of a pattern, perhaps a part of a larger store. */
const view = fc
  .tuple(fc.constantFrom(...VIEWS), length, fc.nat(255), fc.nat(3), fc.boolean())
  .map(([Type, size, seed, skip, shared]) =>
    recipe(`${Type.name}(${size}, seed ${seed}, skip ${skip}, shared ${shared})`, () => {
      const unit = Type.BYTES_PER_ELEMENT;
      const count = Math.floor(size / unit);
      const Store = shared ? SharedArrayBuffer : ArrayBuffer;
      const store = new Store((count + skip) * unit);
      new Uint8Array(store).forEach((_, i, bytes) => (bytes[i] = seed + i));
      return new Type(store, skip * unit, count);
    }),
  );

const bytes = fc
  .tuple(length, fc.nat(255))
  .map(([size, seed]) =>
    recipe(`bytes(${size}, seed ${seed})`, () =>
      Uint8Array.from({ length: size }, (_, i) => seed + i),
    ),
  );

/** The built-in's buffers, as an application that mixes both would pass. */
const buffer = bytes.map((from) =>
  recipe(`buffer of ${fc.stringify(from)}`, () => builtin.Buffer.from(from.make())),
);

const store = fc
  .tuple(fc.constantFrom(ArrayBuffer, SharedArrayBuffer), fc.nat(100))
  .map(([Store, size]) => recipe(`${Store.name}(${size})`, () => new Store(size)));

const arrayLike = fc
  .tuple(fc.oneof(fc.nat(300), wrongNumber, junk), fc.array(fc.integer()))
  .filter(([size]) => !(typeof size === 'number' && size > 1e6))
  .map(([size, items]) => plain({ ...items, length: size }));

const jsonLike = fc
  .tuple(fc.constantFrom('Buffer', 'Buffer', 'buffer'), fc.oneof(fc.array(fc.integer()), junk))
  .map(([type, data]) => plain({ type, data }));

const convertible = fc
  .tuple(fc.constantFrom('valueOf', 'toPrimitive'), fc.oneof(string, junk))
  .map(([how, value]) =>
    recipe(`${how} giving ${fc.stringify(value)}`, () => ({
      [how === 'valueOf' ? how : Symbol.toPrimitive]: () => value,
    })),
  );

const source = fc.oneof(
  { weight: 4, arbitrary: plainly(string) },
  { weight: 2, arbitrary: view },
  { weight: 2, arbitrary: buffer },
  { weight: 2, arbitrary: store },
  { weight: 2, arbitrary: plainly(fc.array(fc.oneof(fc.integer(), fc.double(), junk))) },
  { weight: 1, arbitrary: arrayLike },
  { weight: 1, arbitrary: jsonLike },
  { weight: 1, arbitrary: convertible },
  { weight: 1, arbitrary: plainly(junk) },
);

const size = plainly(
  fc.oneof({ weight: 6, arbitrary: length }, { weight: 2, arbitrary: wrongNumber }, junk),
);

const place = plainly(
  fc.oneof(
    fc.nat(20),
    fc.constant(undefined),
    fc.integer({ min: -3, max: 120 }),
    wrongNumber,
    junk,
  ),
);

const part = fc.oneof(
  { weight: 6, arbitrary: bytes },
  { weight: 3, arbitrary: buffer },
  { weight: 1, arbitrary: view },
  { weight: 1, arbitrary: plainly(junk) },
);

const list = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .array(part, { maxLength: 6 })
      .map((parts) => recipe(fc.stringify(parts), () => parts.map((one) => one.make()))),
  },
  { weight: 1, arbitrary: plainly(junk) },
);

const total = plainly(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 3, arbitrary: length },
    wrongNumber,
    junk,
  ),
);

const fill = fc.oneof(plainly(fc.oneof(fc.nat(300), string, wrongNumber, junk)), bytes, view);

/** The arguments of a call: up to as many as there are arbitraries, from the first on. */
const args = (...arbitraries) =>
  fc
    .tuple(fc.integer({ min: 0, max: 3 * arbitraries.length }), ...arbitraries)
    .map(([count, ...all]) => all.slice(0, count));

module.exports = {
  args,
  encoding: plainly(encoding),
  fill,
  junk: plainly(junk),
  list,
  part,
  place,
  size,
  source,
  string: plainly(string),
  total,
  view: fc.oneof({ weight: 6, arbitrary: view }, { weight: 1, arbitrary: plainly(junk) }),
};
