'use strict';

/*
 * Memory that goes back in the midst of a call of the runtime's that has its address already: an
 * argument's valueOf releases the buffer, resets the arena, and allocates. The call must not write to
 * what the next owner has, nor read it.
 */

const assert = require('node:assert');
const v8 = require('node:v8');
const { ours } = require('./support/subject');
const { isZero } = require('./support/bytes');

const { Buffer, acquire, createArena, release } = ours;
const MARK = 0x5a;
const NEXT = 4;

/** What is given back in the call, by how it was made. */
const OWNERS = {
  'a dedicated buffer': (size) => {
    const buffer = Buffer.alloc(size);
    return { buffer, giveBack: () => release(buffer), make: () => Buffer.alloc(size) };
  },
  'an acquired buffer': (size) => {
    const buffer = acquire(size, { zero: true });
    return { buffer, giveBack: () => release(buffer), make: () => acquire(size, { zero: true }) };
  },
  "an arena's buffer": (size) => {
    const arena = createArena();
    const buffer = arena.alloc(size);
    return { buffer, giveBack: () => arena.reset(), make: () => arena.alloc(size) };
  },
};
const SIZES = [100, 200_000, 3_000_000];

/** Each writes what is not zero, with `argument` coerced on the way. */
const WRITES = {
  fill: (buffer, argument) => buffer.fill(argument),
  write: (buffer, argument) => buffer.write('aaaa', argument),
  asciiWrite: (buffer, argument) => buffer.asciiWrite('aaaa', argument),
  base64Write: (buffer, argument) => buffer.base64Write('aaaa', argument),
  base64urlWrite: (buffer, argument) => buffer.base64urlWrite('aaaa', argument),
  hexWrite: (buffer, argument) => buffer.hexWrite('aaaa', argument),
  latin1Write: (buffer, argument) => buffer.latin1Write('aaaa', argument),
  ucs2Write: (buffer, argument) => buffer.ucs2Write('aaaa', argument),
  utf8Write: (buffer, argument) => buffer.utf8Write('aaaa', argument),
  'hexWrite, its length': (buffer, argument) => buffer.hexWrite('aaaa', 0, argument),
  'utf8Write, its length': (buffer, argument) => buffer.utf8Write('aaaa', 0, argument),
  'copy into it': (buffer, argument) => Buffer.from('aaaa').copy(buffer, argument),
  'TypedArray.prototype.fill': (buffer, argument) => new Uint8Array(buffer.buffer).fill(argument),
  'TypedArray.prototype.set': (buffer, argument) => buffer.set([argument, argument]),
  'DataView.prototype.setUint8': (buffer, argument) =>
    new DataView(buffer.buffer).setUint8(0, argument),
  'Atomics.store': (buffer, argument) => Atomics.store(new Uint8Array(buffer.buffer), 0, argument),
  writeUInt32LE: (buffer, argument) => buffer.writeUInt32LE(argument),
  writeDoubleLE: (buffer, argument) => buffer.writeDoubleLE(argument),
};

const decoded = (encoding) => (text) => Buffer.from(text, encoding);

/** Each gives the bytes that it read. */
const READS = {
  asciiSlice: (buffer, argument) => decoded('latin1')(buffer.asciiSlice(argument, 50)),
  base64Slice: (buffer, argument) => decoded('base64')(buffer.base64Slice(argument, 50)),
  base64urlSlice: (buffer, argument) => decoded('base64url')(buffer.base64urlSlice(argument, 50)),
  hexSlice: (buffer, argument) => decoded('hex')(buffer.hexSlice(argument, 50)),
  latin1Slice: (buffer, argument) => decoded('latin1')(buffer.latin1Slice(argument, 50)),
  ucs2Slice: (buffer, argument) => decoded('utf16le')(buffer.ucs2Slice(argument, 50)),
  utf8Slice: (buffer, argument) => decoded('utf8')(buffer.utf8Slice(argument, 50)),
  'latin1Slice, its end': (buffer, argument) =>
    decoded('latin1')(buffer.latin1Slice(0, { valueOf: () => argument.valueOf() + 50 })),
  toString: (buffer, argument) => decoded('latin1')(buffer.toString('latin1', argument, 50)),
  'copy from it': (buffer, argument) => {
    const target = Buffer.alloc(50);
    buffer.copy(target, 0, argument);
    return target;
  },
  compare: (buffer, argument) =>
    /* Equal to four marks only if those were read. */
    buffer.compare(Buffer.alloc(4, MARK), 0, 4, argument, 4) === 0 ? Buffer.alloc(4, MARK) : [],
  indexOf: (buffer, argument) => (buffer.indexOf(MARK, argument) >= 0 ? [MARK] : []),
  'DataView.prototype.getUint8': (buffer, argument) => [
    new DataView(buffer.buffer).getUint8(argument),
  ],
};

/** Calls, with an argument that gives the memory back; gives what came of it, and the next owners. */
function callReleasing(call, { buffer, giveBack, make }, value, byte) {
  let next = [];
  const argument = {
    valueOf() {
      if (next.length === 0) {
        giveBack();
        next = Array.from({ length: NEXT }, () => make().fill(byte));
      }
      return value;
    },
  };
  let result = [];
  try {
    result = call(buffer, argument);
  } catch (error) {
    assert.ok(error instanceof TypeError || error instanceof RangeError, error.stack);
  }
  return { next, result };
}

for (const [whose, own] of Object.entries(OWNERS)) {
  describe(`${whose} that is given back while the runtime works on it`, () => {
    for (const [name, call] of Object.entries(WRITES)) {
      it(`is not written to, as it is its next owner's: ${name}`, () => {
        for (const size of SIZES) {
          const value = name.endsWith('fill') ? 7 : 0;
          const { next } = callReleasing(call, own(size), value, 0);
          assert.ok(next.every(isZero), `of ${size} bytes`);
        }
      });
    }

    for (const [name, call] of Object.entries(READS)) {
      it(`is not read, as it is its next owner's: ${name}`, () => {
        for (const size of SIZES) {
          const { result } = callReleasing(call, own(size), 0, MARK);
          assert.ok(!result.includes(MARK), `of ${size} bytes`);
        }
      });
    }
  });

  describe(`${whose} that is given back while a v8.Deserializer has it`, () => {
    const reads = {
      readUint32: (deserializer) => deserializer.readUint32(),
      readUint64: (deserializer) => deserializer.readUint64().join(),
      readDouble: (deserializer) => deserializer.readDouble(),
      readValue: (deserializer) => deserializer.readValue(),
      readRawBytes: (deserializer) => deserializer.readRawBytes(8).join(),
    };
    for (const [name, read] of Object.entries(reads)) {
      it(`is not read, as it is its next owner's: ${name}`, () => {
        for (const size of SIZES) {
          const outcome = (byte) => {
            const { buffer, giveBack, make } = own(size);
            const deserializer = new v8.Deserializer(buffer);
            giveBack();
            const next = Array.from({ length: NEXT }, () => make().fill(byte));
            try {
              return { value: read(deserializer), next: next.length };
            } catch ({ name: error, message }) {
              return { error, message, next: next.length };
            }
          };
          /* Whatever it gives, it does not depend on what the next owner has there. */
          assert.deepStrictEqual(outcome(MARK), outcome(0x31), `of ${size} bytes`);
        }
      });
    }
  });
}
