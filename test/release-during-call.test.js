'use strict';

/*
 * Memory that goes back in the midst of a call of the runtime's: an argument's valueOf releases the
 * buffer, or resets its arena, and allocates. A call that looks at the buffer again after that neither
 * writes to what the next owner has, nor reads it. One that has taken the address before does, as
 * documented: memory can be had again at once, and that is what release is for. The debugging mode
 * reports such writes and keeps the next owner's bytes apart.
 */

const assert = require('node:assert');
const { isZero } = require('./support/bytes');
const BY_ADDRESS = require('./support/calls-by-address');
const { runFixture } = require('./support/child');
const { callReleasing, listOwners } = require('./support/release-during-call');
const { nodeMajor, ours } = require('./support/subject');

const { Buffer } = ours;
const MARK = 0x5a;

/** An encoding whose coercion is that of an argument: `write` coerces nothing else, `compare` nothing. */
const encodingAfter = (argument) => ({
  [Symbol.toPrimitive]() {
    argument.valueOf();
    return 'latin1';
  },
});

/** Each writes what is not zero, with `argument` coerced on the way. */
const WRITES = {
  'write, its encoding': (buffer, argument) => buffer.write('aaaa', 0, 4, encodingAfter(argument)),
  'copy into it': (buffer, argument) => Buffer.from('aaaa').copy(buffer, argument),
  'TypedArray.prototype.fill': (buffer, argument) =>
    new Uint8Array(buffer.buffer).fill({ valueOf: () => argument.valueOf() + 7 }),
  'TypedArray.prototype.set': (buffer, argument) => buffer.set([argument, 7, 7]),
  'DataView.prototype.setUint8': (buffer, argument) =>
    new DataView(buffer.buffer).setUint8(argument, 7),
  'Atomics.store': (buffer, argument) =>
    Atomics.store(new Uint8Array(buffer.buffer), 0, { valueOf: () => argument.valueOf() + 7 }),
  writeUInt32LE: (buffer, argument) =>
    buffer.writeUInt32LE({ valueOf: () => argument.valueOf() + 7 }),
  writeDoubleLE: (buffer, argument) =>
    buffer.writeDoubleLE({ valueOf: () => argument.valueOf() + 7 }),
};

const latin1 = (text) => Buffer.from(text, 'latin1');

/** Each gives the bytes that it read. */
const READS = {
  toString: (buffer, argument) => latin1(buffer.toString('latin1', argument, 50)),
  'copy from it': (buffer, argument) => {
    const target = Buffer.alloc(50);
    buffer.copy(target, 0, argument);
    return target;
  },
  'toString, its encoding': (buffer, argument) =>
    latin1(buffer.toString(encodingAfter(argument), 0, 50)),
  indexOf: (buffer, argument) => (buffer.indexOf(MARK, argument) >= 0 ? [MARK] : []),
  'DataView.prototype.getUint8': (buffer, argument) => [
    new DataView(buffer.buffer).getUint8(argument),
  ],
};

for (const [whose, { sizes, own }] of Object.entries(listOwners({ ...ours, ...Buffer }))) {
  describe(`${whose} that is given back while the runtime looks at its arguments`, () => {
    for (const [name, call] of Object.entries(WRITES)) {
      it(`is not written to, as it is its next owner's: ${name}`, () => {
        for (const size of sizes) {
          const { next } = callReleasing(call, own(size), 0, 0);
          assert.ok(next.every(isZero), `of ${size} bytes`);
        }
      });
    }

    for (const [name, call] of Object.entries(READS)) {
      it(`is not read, as it is its next owner's: ${name}`, () => {
        for (const size of sizes) {
          const { result } = callReleasing(call, own(size), 0, MARK);
          assert.ok(!result.includes(MARK), `of ${size} bytes`);
        }
      });
    }
  });
}

/**
 * Calls of tables that take the address first up to some version, and look again from then on. All of
 * Bun's and Deno's look again.
 */
const CHECKED_SINCE = {
  __proto__: null,
  asciiWrite: 22,
  latin1Write: 22,
  utf8Write: 22,
  'utf8Write, its length': 22,
};
const looksAgain = (name) =>
  (process.versions.bun ?? process.versions.deno) !== undefined || nodeMajor >= CHECKED_SINCE[name];

for (const mode of ['module', 'allocator']) {
  const how = mode === 'module' ? 'BUFALLOC_DEBUG=1' : 'an allocator’s option';
  describe(`memory that is given back in a call that has its address, debugged by ${how}`, () => {
    let codes, owners;
    before(async () => {
      const env = mode === 'module' ? { BUFALLOC_DEBUG: '1' } : {};
      ({ codes, owners } = await runFixture('release-during-call', [mode], { env }));
    });

    /** What the process noticed of one call: for each owner and size. */
    const noticed = (table, name) =>
      Object.entries(owners).flatMap(([whose, calls]) =>
        calls[table][name].map((one) => ({ ...one, where: `${whose} of ${one.size} bytes` })),
      );

    it('has warnings for what is written', () => {
      const isWritten = !Object.keys(BY_ADDRESS.WRITES).every(looksAgain);
      assert.strictEqual(codes.includes('BUFALLOC_WRITE_AFTER_RELEASE'), isWritten, codes.join());
    });

    for (const name of Object.keys(BY_ADDRESS.WRITES)) {
      const found = looksAgain(name) ? 'is not written to' : 'has the write counted';
      it(`${found}, and is nobody else's by then: ${name}`, () => {
        for (const { where, writes, kept } of noticed('writes', name)) {
          assert.deepStrictEqual([writes, kept], [looksAgain(name) ? 0 : 1, true], where);
        }
      });
    }

    for (const name of Object.keys(BY_ADDRESS.READS)) {
      it(`has its own old bytes or poison for who reads it: ${name}`, () => {
        for (const { where, writes, kept, result, likely } of noticed('reads', name)) {
          /* [] is a refusal. */
          const isHarmless = likely.includes(result) || result.length === 0;
          assert.ok(isHarmless, `${where}: ${result}`);
          assert.deepStrictEqual([writes, kept], [0, true], where);
        }
      });
    }
  });
}
