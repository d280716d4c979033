'use strict';

/* Arenas: what they give, where it lies, and their options. See also arena-reset.test.js. */

const assert = require('node:assert');
const util = require('node:util');
const { builtin, ours, hostMode } = require('./support/subject');
const { isFilled, isZero } = require('./support/bytes');
const { collectUntil, turn } = require('./support/collect');
const {
  BIG,
  assortment,
  givesEverythingBack,
  isAligned,
  outstanding,
  withAllocator,
} = require('./support/lifetimes');
const { outcome } = require('./support/outcome');

const { Buffer, createArena, stats } = ours;
const KIB = 1024;
const MIB = 1024 * KIB;
const SLAB = 64 * KIB;

const FUNCTIONS = ['alloc', 'allocUnsafe', 'allocUnsafeSlow', 'from', 'concat', 'copyBytesFrom'];

/** Calls with the same result from an arena as from the built-in, errors included. */
const CALLS = [
  (B) => B.alloc(10),
  (B) => B.alloc(10, 'ab'),
  (B) => B.alloc(10, 'YWI=', 'base64'),
  (B) => B.alloc(BIG, 'xyz', 'latin1'),
  (B) => B.alloc(0),
  (B) => B.alloc(10, ''),
  (B) => B.alloc(10, new Uint8Array([1, 2])),
  (B) => B.from('text'),
  (B) => B.from('é€', 'latin1'),
  (B) => B.from('616263', 'hex'),
  (B) => B.from('x'.repeat(BIG), 'utf16le'),
  (B) => B.from(''),
  (B) => B.from([1, 2, 300]),
  (B) => B.from({ length: 3, 0: 1, 2: 3 }),
  (B) => B.from(new String('abc')),
  (B) => B.from({ type: 'Buffer', data: [1, 2] }),
  (B) => B.from({ [Symbol.toPrimitive]: () => 'primitive' }),
  (B) => B.from(new Uint16Array([1, 2, 300])),
  (B) => B.concat([builtin.Buffer.from('a'), builtin.Buffer.from('b')]),
  (B) => B.concat([builtin.Buffer.from('abc')], 2),
  (B) => B.concat([builtin.Buffer.from('abc')], 20),
  (B) => B.concat([]),
  (B) => B.copyBytesFrom(new Uint16Array([1, 2, 3]), 1, 1),
  (B) => B.alloc(-1),
  (B) => B.alloc('5'),
  (B) => B.alloc(10, 'a', 'nonsense'),
  (B) => B.allocUnsafe(NaN),
  (B) => B.allocUnsafeSlow({}),
  (B) => B.from(),
  (B) => B.from(5),
  (B) => B.from('a', 'nonsense'),
  (B) => B.from({}),
  (B) => B.concat('a'),
  (B) => B.concat([1]),
  (B) => B.copyBytesFrom('a'),
];

/** What came of a call, leaving out where the bytes are. */
function resultOf(subject, call) {
  const { store, ...rest } = outcome({ Buffer: subject }, ({ Buffer }) => call(Buffer));
  return { call: String(call), ...rest, isPlaced: typeof store };
}

describe('an arena', () => {
  givesEverythingBack();
  beforeEach(() => turn());

  for (const call of CALLS) {
    it(`gives what Buffer gives: ${call}`, () => {
      const arena = createArena();
      assert.deepStrictEqual(resultOf(arena, call), resultOf(builtin.Buffer, call));
      arena.close();
    });
  }

  it('gives plain Buffers', () => {
    const arena = createArena();
    for (const buffer of assortment(arena)) {
      assert.strictEqual(Object.getPrototypeOf(buffer), Buffer.prototype);
      assert.ok(isFilled(buffer, 7));
    }
    arena.close();
  });

  it('has functions that may be taken off it', () => {
    const arena = createArena();
    const { alloc, from, concat } = arena;
    const [zeroed, text] = [alloc(10), from('abc')];
    assert.ok(isZero(zeroed));
    assert.strictEqual(concat([text, text]).toString(), 'abcabc');
    arena.reset();
    assert.strictEqual(zeroed.length + text.length, 0);
    for (const name of FUNCTIONS) assert.strictEqual(typeof arena[name], 'function');
    arena.close();
  });

  it('cuts small buffers from slabs of its own, one after the other', () => {
    const arena = createArena();
    const buffers = Array.from({ length: 10 }, () => arena.allocUnsafe(100));
    buffers.forEach((buffer, i) => {
      assert.strictEqual(buffer.buffer, buffers[0].buffer);
      assert.strictEqual(buffer.byteOffset, i * 104);
    });
    assert.strictEqual(buffers[0].buffer.byteLength, SLAB);
    assert.notStrictEqual(buffers[0].buffer, Buffer.allocUnsafe(100).buffer);
    assert.notStrictEqual(buffers[0].buffer, createArena().allocUnsafe(100).buffer);
    arena.close();
  });

  it('takes slabs as it needs them, of slabSize', () => {
    const arena = createArena({ slabSize: 4096 });
    const buffers = Array.from({ length: 100 }, (_, i) => arena.allocUnsafe(1000).fill(i));
    assert.ok(new Set(buffers.map((buffer) => buffer.buffer)).size >= 25);
    buffers.forEach((buffer, i) => {
      assert.strictEqual(buffer.buffer.byteLength, 4096);
      assert.ok(isFilled(buffer, i));
    });
    arena.close();
  });

  it('gives a store of its own to what is half a slab or more', () => {
    const arena = createArena();
    for (const size of [SLAB / 2, SLAB, BIG, 5 * MIB]) {
      for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow']) {
        const buffer = arena[name](size);
        assert.deepStrictEqual([buffer.length, buffer.byteOffset], [size, 0]);
        assert.strictEqual(buffer.buffer.byteLength, size);
      }
    }
    arena.close();
  });

  it('takes requests of any size with the smallest slabs as well', () => {
    const arena = createArena({ slabSize: 1 });
    const text = arena.from('hello');
    const bytes = arena.alloc(BIG, 7);
    assert.strictEqual(text.toString(), 'hello');
    assert.ok(isFilled(bytes, 7));
    arena.reset();
    assert.strictEqual(text.length + bytes.length, 0);
    arena.close();
  });

  it('aligns as allocUnsafe and allocUnsafeSlow do', () => {
    const arena = createArena();
    arena.allocUnsafe(1);
    for (const alignment of [16, 64, 4096, 65536]) {
      for (const name of ['allocUnsafe', 'allocUnsafeSlow']) {
        const buffer = arena[name](100, alignment).fill(7);
        assert.ok(isAligned(buffer, alignment), `${name}, ${alignment}`);
        assert.ok(isFilled(buffer, 7));
      }
    }
    arena.close();
  });

  it('takes a size that is no whole number as the built-in takes it', () => {
    const arena = createArena();
    for (const size of [0.5, 99.9, BIG + 0.5]) {
      const expected = builtin.Buffer.allocUnsafe(size).length;
      assert.strictEqual(arena.allocUnsafe(size).length, expected);
    }
    const { usedBytes } = arena.stats();
    assert.strictEqual(usedBytes, SLAB + BIG);
    arena.close();
  });

  it('shares an ArrayBuffer that it is given, and does not touch it', () => {
    const arena = createArena();
    const bytes = new Uint8Array(10).fill(7);
    const view = arena.from(bytes.buffer, 2, 5);
    assert.strictEqual(view.buffer, bytes.buffer);
    arena.close();
    assert.ok(isFilled(bytes, 7) && view.length === 5);
  });

  it('holds nothing before something is allocated', () => {
    const before = stats();
    const arena = createArena();
    assert.strictEqual(stats().heap.liveBlocks, before.heap.liveBlocks);
    assert.strictEqual(stats().stores.host.count, before.stores.host.count);
    arena.reset();
    arena.close();
  });

  it('gives its memory back when it is dropped', async () => {
    const before = outstanding();
    (() => assortment(createArena()).length)();
    await collectUntil(() => outstanding() <= before, 'its memory came back');
  });
});

describe('the options of createArena', () => {
  givesEverythingBack();
  beforeEach(() => turn());

  it('bound with maxBytes what is out between two resets', () => {
    const arena = createArena({ maxBytes: 3 * SLAB });
    for (let round = 0; round < 3; round++) {
      const small = arena.from('small');
      const large = arena.alloc(2 * SLAB, 7);
      const full = { name: 'RangeError', code: 'ERR_BUFALLOC_ARENA_FULL', message: /maxBytes/ };
      assert.throws(() => arena.alloc(SLAB), full);
      assert.throws(() => arena.allocUnsafeSlow(1), full);
      assert.throws(() => arena.concat([new Uint8Array(BIG)]), full);
      assert.strictEqual(small.toString(), 'small');
      assert.ok(isFilled(large, 7));
      assert.strictEqual(arena.from('the slab has room').toString(), 'the slab has room');
      assert.strictEqual(arena.stats().usedBytes, 3 * SLAB);
      arena.reset();
    }
    arena.close();
  });

  it('throw where maxBytes has no room for a slab', () => {
    const arena = createArena({ maxBytes: 10 });
    assert.throws(() => arena.from('abc'), { code: 'ERR_BUFALLOC_ARENA_FULL' });
    assert.strictEqual(arena.from('').length, 0);
    arena.close();
  });

  const wrong = {
    slabSize: [0, -1, 1.5, NaN, Infinity, '4096', null, 5n],
    maxBytes: [-1, 1.5, NaN, '4096', null],
    slabsize: [4096, undefined],
    keepBytes: [0],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      it(`throw for what makes no sense, and name it: ${name}: ${util.inspect(value)}`, () => {
        assert.throws(() => createArena({ [name]: value }), {
          name: 'TypeError',
          code: 'ERR_INVALID_ARG_VALUE',
          message: new RegExp(`^The property 'options\\.${name}' .*Received `),
        });
      });
    }
  }

  it('throw for what is no object', () => {
    for (const value of [null, 5, 'slab', true]) {
      assert.throws(() => createArena(value), {
        code: 'ERR_INVALID_ARG_TYPE',
        message: /^The "options" argument must be of type object/,
      });
    }
  });
});

describe('an arena of an allocator', () => {
  givesEverythingBack();

  it("takes its memory from that allocator's heap", () => {
    withAllocator({}, (allocator) => {
      const arena = allocator.createArena();
      const before = stats().heap.allocatedBlocks;
      assortment(arena);
      assert.strictEqual(stats().heap.allocatedBlocks, before);
      const { heap, stores } = allocator.stats();
      assert.ok(hostMode ? stores.host.count > 0 : heap.liveBlocks > 0);
      arena.close();
      assert.strictEqual(allocator.stats().heap.liveBlocks, 0);
    });
  });

  it('takes nothing more from it once that is closed, and can be closed after it', () => {
    const allocator = ours.createAllocator();
    const arena = allocator.createArena();
    const buffers = assortment(arena);
    allocator.close();
    for (const buffer of buffers) assert.ok(isFilled(buffer, 7));
    assert.throws(() => arena.allocUnsafeSlow(BIG), { code: 'ERR_BUFALLOC_CLOSED' });
    arena.reset();
    for (const buffer of buffers) assert.strictEqual(buffer.length, 0);
    arena.close();
    assert.throws(() => allocator.createArena().from('abc'), { code: 'ERR_BUFALLOC_CLOSED' });
  });
});

describe('an aligned request that the runtime serves, to an arena', () => {
  const ALIGNMENT = 8 * MIB;

  it('counts against its maxBytes', () => {
    const arena = createArena({ maxBytes: 1024 });
    assert.throws(() => arena.allocUnsafeSlow(MIB, ALIGNMENT), { code: 'ERR_BUFALLOC_ARENA_FULL' });
    arena.close();
  });

  it('throws once it is closed', () => {
    const arena = createArena();
    arena.close();
    assert.throws(() => arena.allocUnsafeSlow(MIB, ALIGNMENT), { code: 'ERR_BUFALLOC_CLOSED' });
  });
});
