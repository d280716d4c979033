'use strict';

/* allocUnsafe and allocUnsafeSlow: what is cut from a slab, where, and what is not. */

const assert = require('node:assert');
const path = require('node:path');
const fc = require('fast-check');
const { builtin, ours, nodeMajor } = require('./support/subject');
const { isFilled } = require('./support/bytes');
const { fixtures, runNode } = require('./support/child');
const { same } = require('./support/outcome');
const { freshSlab, trace } = require('./support/pool-trace');
const { ODD } = require('./fixtures/odd-pool-sizes');

const { Buffer } = ours;
const RUNS = Number(process.env.BUFALLOC_FC_RUNS ?? 150);
const POOL_SIZE = Buffer.poolSize;
const HALF = POOL_SIZE >>> 1;

/** Whether a trace throws nothing more once the default poolSize was set back. */
const isHealed = (landed) =>
  landed.slice(landed.lastIndexOf(`poolSize = ${POOL_SIZE}`)).every((step) => !/^threw/.test(step));

/** Takes a sequence of steps on both sides, each from the given poolSize, and compares. */
function sameTrace(sequence, poolSize = POOL_SIZE) {
  const run = (side) => {
    const before = side.Buffer.poolSize;
    side.Buffer.poolSize = poolSize;
    try {
      return trace(side.Buffer, sequence);
    } finally {
      side.Buffer.poolSize = before;
    }
  };
  assert.deepStrictEqual(run(ours), run(builtin));
}

describe('the pool', () => {
  it("starts at the built-in's poolSize", () => {
    assert.strictEqual(Buffer.poolSize, builtin.Buffer.poolSize);
  });

  it('is cut from slabs of poolSize bytes, from their first byte on', () => {
    const first = freshSlab(Buffer);
    assert.strictEqual(first.byteOffset, 0);
    assert.strictEqual(first.buffer.byteLength, POOL_SIZE);
  });

  it('serves buffers of less than half its size', () => {
    for (const size of [1, 2, 100, HALF - 2, HALF - 1]) {
      assert.strictEqual(Buffer.allocUnsafe(size).buffer.byteLength, POOL_SIZE);
    }
  });

  it('leaves buffers of half its size and more to stores of their own', () => {
    for (const size of [HALF, HALF + 1, POOL_SIZE - 1, POOL_SIZE, POOL_SIZE + 1, 10 * POOL_SIZE]) {
      const buffer = Buffer.allocUnsafe(size);
      assert.strictEqual(buffer.buffer.byteLength, size);
      assert.strictEqual(buffer.byteOffset, 0);
    }
  });

  it('places buffers at the next multiple of 8', () => {
    freshSlab(Buffer);
    const sizes = [1, 7, 8, 9, 15, 16, 17, 100];
    const buffers = sizes.map((size) => Buffer.allocUnsafe(size));
    const steps = buffers.slice(1).map((b, i) => b.byteOffset - buffers[i].byteOffset);
    assert.deepStrictEqual(steps, [8, 8, 8, 16, 16, 16, 24]);
    assert.strictEqual(new Set(buffers.map((b) => b.buffer)).size, 1);
  });

  it('begins a slab when the rest is too small, and not before', () => {
    const first = freshSlab(Buffer);
    const second = Buffer.allocUnsafe(HALF - 8);
    const last = Buffer.allocUnsafe(8);
    assert.strictEqual(second.buffer, first.buffer);
    assert.strictEqual(last.buffer, first.buffer);
    assert.strictEqual(last.byteOffset, POOL_SIZE - 8);
    const next = Buffer.allocUnsafe(1);
    assert.notStrictEqual(next.buffer, first.buffer);
    assert.strictEqual(next.byteOffset, 0);
  });

  it('is shared by allocUnsafe, from and concat', () => {
    const { buffer } = freshSlab(Buffer);
    const array = new Uint8Array(5);
    assert.strictEqual(Buffer.allocUnsafe(5).buffer, buffer);
    assert.strictEqual(Buffer.from('hello').buffer, buffer);
    assert.strictEqual(Buffer.from([1, 2]).buffer, buffer);
    assert.strictEqual(Buffer.from(array).buffer, buffer);
    assert.strictEqual(Buffer.concat([array, array]).buffer, buffer);
    assert.strictEqual(Buffer.copyBytesFrom(array).buffer, buffer);
  });

  it('keeps neighbours in a slab apart', () => {
    const buffers = Array.from({ length: 200 }, (_, i) => Buffer.allocUnsafe(1 + (i % 40)).fill(i));
    buffers.forEach((buffer, i) => {
      assert.ok(isFilled(buffer, i), `buffer ${i} was written by a neighbour`);
    });
  });

  it('is not the pool of the built-in', () => {
    const stores = new Set(Array.from({ length: 20 }, () => builtin.Buffer.allocUnsafe(8).buffer));
    assert.ok(!stores.has(Buffer.allocUnsafe(8).buffer));
  });
});

describe('Buffer.poolSize', () => {
  afterEach(() => {
    Buffer.poolSize = POOL_SIZE;
    freshSlab(Buffer);
  });

  it('takes effect at the next slab', () => {
    const first = freshSlab(Buffer);
    Buffer.poolSize = 2 * POOL_SIZE;
    const second = Buffer.allocUnsafe(HALF - 8);
    assert.strictEqual(second.buffer, first.buffer);
    const third = Buffer.allocUnsafe(HALF);
    assert.strictEqual(third.buffer.byteLength, 2 * POOL_SIZE);
  });

  it('moves the limit of what is pooled at once', () => {
    freshSlab(Buffer);
    Buffer.poolSize = 256;
    assert.strictEqual(Buffer.allocUnsafe(128).buffer.byteLength, 128);
    assert.strictEqual(Buffer.allocUnsafe(127).buffer.byteLength, POOL_SIZE);
  });

  it("does not reach the built-in's, nor the built-in's ours", () => {
    Buffer.poolSize = 1024;
    assert.strictEqual(builtin.Buffer.poolSize, POOL_SIZE);
    builtin.Buffer.poolSize = 2048;
    assert.strictEqual(Buffer.poolSize, 1024);
    builtin.Buffer.poolSize = POOL_SIZE;
  });

  for (const name of Object.keys(ODD)) {
    it(`handles an odd value as the built-in does: ${name}`, async () => {
      const script = path.join(fixtures, 'odd-pool-sizes.js');
      const expected = await runNode([script, 'builtin', name]);
      const actual = await runNode([script, 'ours', name]);
      assert.strictEqual(actual.code, 0, actual.stderr);
      const landed = JSON.parse(actual.stdout);
      if (expected.code === 0 && isHealed(JSON.parse(expected.stdout))) {
        assert.deepStrictEqual(landed, JSON.parse(expected.stdout));
        return;
      }
      // Some values end the built-in's process, and others leave its pool broken for good. Ours may
      // refuse to cut a slab meanwhile, and serves again under a proper value.
      const refused = landed.filter((step) => step.startsWith('threw'));
      assert.ok(refused.every((step) => /RangeError|TypeError/.test(step)));
      assert.ok(isHealed(landed), actual.stdout);
    });
  }
});

describe('sequences of allocations', () => {
  afterEach(() => [ours, builtin].forEach((side) => freshSlab(side.Buffer)));

  it('land where those of the built-in do, at every size up to the slab', () => {
    const sizes = [0, 1, 3, 8, 64, 100, 1000, HALF - 9, HALF - 8, HALF - 1, HALF, HALF + 1];
    const steps = [...sizes, ...sizes.slice().reverse()].map((size) => ['allocUnsafe', size]);
    sameTrace(steps);
    sameTrace(steps.flatMap((step) => [step, ['string', step[1]], ['typedArray', step[1]]]));
  });

  it('fill a slab to its last byte as the built-in does', () => {
    for (const rest of [1, 7, 8, 9, 15, 16, 17, 40]) {
      const leave = ['allocUnsafe', HALF - rest];
      for (const size of [1, 7, 8, 9, 10, 15, 16, 17, 40, 41]) {
        for (const call of ['allocUnsafe', 'string', 'array', 'typedArray', 'copy', 'json']) {
          sameTrace([leave, [call, size], ['allocUnsafe', 1]]);
        }
      }
    }
  });

  it('go on beyond the second gibibyte of a slab as those of the built-in do', () => {
    sameTrace(new Array(4).fill(['allocUnsafe', 2 ** 30]), 3 * 2 ** 30);
  });

  it('measure strings in every encoding as the built-in does', () => {
    const characters = { utf8: 'é', utf16le: 'é', latin1: 'é', ascii: 'a', hex: '6', base64: 'Y' };
    for (const [encoding, character] of Object.entries({ ...characters, base64url: 'Y' })) {
      for (const length of [1, 2, 7, 100, HALF >> 2, HALF >> 1, HALF - 1, HALF, 2 * HALF]) {
        const string = ['string', length, character, encoding];
        sameTrace([string, string, ['allocUnsafe', HALF - 100], string, ['allocUnsafe', 1]]);
      }
    }
  });

  it('land where those of the built-in do, whatever they are', () => {
    const size = fc.oneof(fc.nat(80), fc.nat(1500), fc.integer({ min: HALF - 20, max: HALF + 20 }));
    const call = (...names) => fc.tuple(fc.constantFrom(...names), size);
    const string = fc.tuple(
      fc.constant('string'),
      fc.nat(2 * HALF),
      fc.constantFrom('a', 'é', '€', '😀', '6', '='),
      fc.constantFrom('utf8', 'latin1', 'ascii', 'hex', 'base64', 'base64url', 'utf16le'),
    );
    const step = fc.oneof(
      call('allocUnsafe', 'typedArray', 'array', 'arrayLike', 'json', 'copy'),
      call('alloc', 'allocUnsafeSlow', 'of'),
      fc.tuple(fc.constantFrom('concat', 'concatTo'), size, size),
      string,
      fc.tuple(fc.constant('poolSize'), fc.integer({ min: 1, max: 3 * POOL_SIZE })),
    );
    const sequence = fc.array(step, { minLength: 1, maxLength: 12 });
    const poolSize = fc.oneof(fc.constant(POOL_SIZE), fc.integer({ min: 16, max: 20000 }));
    fc.assert(fc.property(sequence, poolSize, sameTrace), { numRuns: RUNS });
  });
});

describe('Buffer.allocUnsafe', () => {
  it('gives a buffer of the length asked for', () => {
    for (const size of [0, 1, 10, HALF - 1, HALF, 65536, 2 ** 20 + 1, 1.5, 100.9, 4095.5]) {
      same(({ Buffer: B }) => B.allocUnsafe(size), { unfilled: true });
    }
  });

  it('gives memory that can be written from end to end', () => {
    for (const size of [1, HALF - 1, HALF, 65536, 2 ** 20 + 1]) {
      const buffer = Buffer.allocUnsafe(size).fill(0xa5);
      assert.ok(isFilled(buffer, 0xa5));
    }
  });
});

describe('Buffer.allocUnsafeSlow', () => {
  it('gives every buffer an ArrayBuffer of exactly its size', () => {
    for (const size of [1, 10, 64, 65, 4095, 4096, 65536, 2 ** 20 + 1]) {
      const buffer = Buffer.allocUnsafeSlow(size);
      assert.strictEqual(buffer.length, size);
      assert.strictEqual(buffer.byteOffset, 0);
      assert.strictEqual(buffer.buffer.byteLength, size);
    }
  });

  it('handles 0 and fractions as the built-in does', () => {
    for (const size of [0, 0.5, 1.5, 64.5, 100.9]) {
      same(({ Buffer: B }) => B.allocUnsafeSlow(size), { unfilled: true });
    }
  });
});

describe('the alignment argument', () => {
  const calls = ['allocUnsafe', 'allocUnsafeSlow'];
  const lengths = [0, 1, 100, HALF - 1, HALF, 65536];

  it('gives a buffer of the length asked for, for every power of two', () => {
    for (const call of calls) {
      for (let alignment = 1; alignment <= 2 ** 22; alignment *= 2) {
        for (const length of lengths) {
          assert.strictEqual(Buffer[call](length, alignment).length, length);
        }
      }
    }
  });

  it('does not disturb the buffers around it', () => {
    const buffers = Array.from({ length: 100 }, (_, i) =>
      Buffer.allocUnsafe(5 + i, i % 2 ? 2 ** (i % 8) : undefined).fill(i),
    );
    buffers.forEach((buffer, i) => assert.ok(isFilled(buffer, i)));
  });

  it('is refused, or ignored, as by the built-in where it is no power of two', () => {
    const wrong = [0, -1, 3, 48, 2 ** 31, 1.5, NaN, Infinity, '8', null, {}, 8n, undefined];
    for (const call of calls) {
      for (const alignment of wrong) {
        same(({ Buffer: B }) => B[call](10, alignment), { unfilled: true });
        same(({ Buffer: B }) => B[call](200_000, alignment), { unfilled: true });
        same(({ Buffer: B }) => B[call](-1, alignment));
      }
      same(({ Buffer: B }) => [100, 200].map(B[call]).length);
    }
  });

  it('leaves sizes that are too large to be aligned to the built-in', () => {
    for (const call of calls) {
      same(({ Buffer: B }) => B[call](builtin.constants.MAX_LENGTH + 1, 64));
      if (nodeMajor >= 26) same(({ Buffer: B }) => B[call](builtin.constants.MAX_LENGTH, 64));
    }
  });
});
