'use strict';

/*
 * Our buffers in another project's C++ addon (test/addon, made with node-addon-api): the same bytes,
 * where our heap put them, aligned as promised, and writable from C++ on any thread.
 */

const assert = require('node:assert');
const addon = require('./addon/build/Release/test_addon.node');
const { builtin, ours, native, nodeMajor, slabbed } = require('./support/subject');
const { isFilled } = require('./support/bytes');
const { collect } = require('./support/collect');
const { freshSlab } = require('./support/pool-trace');

const { Buffer, stats } = ours;
const HALF = Buffer.poolSize >>> 1;
const LINE = 64n;
const text = 'bytes that C++ reads \u20ac';

const samples = () => ({
  pooled: Buffer.from(text),
  small: Buffer.alloc(100, text),
  dedicated: Buffer.alloc(150_000, text),
  unsafe: Buffer.allocUnsafeSlow(300_000).fill(text),
  huge: Buffer.alloc(5 * 1024 * 1024, text),
  concatenated: Buffer.concat([Buffer.from(text), Buffer.from(text)], 200_000),
  slice: Buffer.alloc(150_000, text).subarray(13, 60_000),
});

/** Adler-32 in JavaScript, to check the sum that C++ made. */
function checksum(bytes) {
  let low = 1;
  let high = 0;
  for (const byte of bytes) {
    low = (low + byte) % 65521;
    high = (high + low) % 65521;
  }
  return ((high << 16) | low) >>> 0;
}

const addressOf = (buffer) => addon.describeBuffer(buffer).address;
const isPattern = (bytes, seed) => bytes.every((byte, i) => byte === ((seed + i) & 0xff));

describe('an addon made with node-addon-api', () => {
  for (const kind of Object.keys(samples())) {
    it(`reads the same bytes: ${kind}`, () => {
      const buffer = samples()[kind];
      const seen = addon.describeBuffer(buffer);
      assert.strictEqual(seen.length, buffer.length);
      assert.strictEqual(seen.checksum, checksum(buffer));
    });

    it(`finds a buffer at its place in its ArrayBuffer: ${kind}`, () => {
      const buffer = samples()[kind];
      const store = addon.describeArrayBuffer(buffer.buffer);
      assert.strictEqual(store.length, buffer.buffer.byteLength);
      assert.strictEqual(addressOf(buffer), store.address + BigInt(buffer.byteOffset));
    });

    it(`writes bytes that JavaScript sees: ${kind}`, async () => {
      const buffer = samples()[kind];
      addon.write(buffer, 5);
      assert.ok(isPattern(buffer, 5));
      assert.strictEqual(await addon.writeLater(buffer, 77), buffer);
      assert.ok(isPattern(buffer, 77));
      assert.ok(isPattern(new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length), 77));
    });
  }

  it('reads what JavaScript writes', () => {
    const buffer = Buffer.alloc(150_000);
    const before = addon.describeBuffer(buffer);
    buffer.fill('changed');
    const after = addon.describeBuffer(buffer);
    assert.strictEqual(after.address, before.address);
    assert.strictEqual(after.checksum, checksum(buffer));
    assert.notStrictEqual(after.checksum, before.checksum);
  });

  it('receives an empty buffer', () => {
    assert.strictEqual(addon.describeBuffer(Buffer.alloc(0)).length, 0);
  });

  it('writes up to the end of a buffer and not beyond', () => {
    const neighbours = [Buffer.allocUnsafe(8), Buffer.allocUnsafe(8), Buffer.allocUnsafe(8)];
    for (const buffer of neighbours) buffer.fill(1);
    addon.write(neighbours[1], 100);
    assert.ok(isFilled(neighbours[0], 1));
    assert.ok(isFilled(neighbours[2], 1));
  });

  it('finds pooled neighbours as far apart in memory as in their slab', () => {
    freshSlab(Buffer);
    const buffers = [1, 8, 9, 100, 64].map((size) => Buffer.allocUnsafe(size));
    buffers.slice(1).forEach((buffer, i) => {
      const [before, after] = [buffers[i], buffer];
      assert.strictEqual(after.buffer, before.buffer);
      const apart = BigInt(after.byteOffset - before.byteOffset);
      assert.strictEqual(addressOf(after) - addressOf(before), apart);
    });
  });

  it('gives every live buffer bytes of its own', () => {
    const sizes = [1, 7, 100, HALF - 1, HALF, 9000, 150_000, 300_000];
    const buffers = sizes.flatMap((size) => [Buffer.allocUnsafe(size), Buffer.alloc(size)]);
    const ranges = buffers
      .map((buffer) => [addressOf(buffer), addressOf(buffer) + BigInt(buffer.length)])
      .sort((a, b) => (a[0] < b[0] ? -1 : 1));
    ranges.slice(1).forEach(([start], i) => assert.ok(start >= ranges[i][1]));
  });

  it('may write to a buffer that JavaScript dropped meanwhile', async () => {
    const writes = [];
    for (let i = 0; i < 40; i++) {
      writes.push(addon.writeLater(Buffer.allocUnsafeSlow(200_000), i));
      if (i % 10 === 9) await collect(1);
    }
    const buffers = await Promise.all(writes);
    buffers.forEach((buffer, i) => assert.ok(isPattern(buffer, i)));
  });

  slabbed(() => {
    it('finds every slab on a cache line', () => {
      for (let i = 0; i < 20; i++) {
        const first = freshSlab(Buffer);
        assert.strictEqual(first.byteOffset, 0);
        assert.strictEqual(addressOf(first) % LINE, 0n);
      }
    });

    it('finds every dedicated store on a cache line', () => {
      const { nativeMin } = stats().limits;
      const kept = [];
      for (const size of [0, 1, 7, 63, 64, 65, 1000, 4097, 60_001, 100_003, 4_200_001]) {
        const buffer = Buffer.allocUnsafeSlow(nativeMin + size);
        kept.push(buffer, Buffer.alloc(nativeMin + size));
        assert.strictEqual(addressOf(buffer) % LINE, 0n);
        assert.strictEqual(addressOf(kept.at(-1)) % LINE, 0n);
      }
    });
  });

  native(() => {
    it('finds large buffers at different places of a page, where they do not fill their block', () => {
      const place = (buffer) => addressOf(buffer) % 4096n;
      for (const size of [42_000, 65_541, 1_000_000]) {
        const buffers = Array.from({ length: 16 }, () => ours.acquire(size));
        assert.ok(new Set(buffers.map(place)).size >= 6, `${size}`);
        assert.ok(buffers.every((buffer) => place(buffer) !== 0n));
      }
    });

    it('finds every acquired buffer and every store of an arena on a cache line', () => {
      const arena = ours.createArena();
      for (const size of [1, 7, 63, 64, 65, 1000, 4097, 60_001, 100_003, 4_200_001]) {
        const kept = [ours.acquire(size), arena.allocUnsafeSlow(size)];
        for (const buffer of kept) assert.strictEqual(addressOf(buffer) % LINE, 0n);
        ours.release(kept[0]);
      }
      arena.close();
    });
  });

  slabbed(() => {
    it('finds a store at the alignment that was asked for, without padding in front', () => {
      const kept = [];
      for (let alignment = 64; alignment <= 2 ** 22; alignment *= 2) {
        for (const size of [1000, 150_000]) {
          const buffer = Buffer.allocUnsafeSlow(size, alignment);
          kept.push(buffer);
          assert.strictEqual(addressOf(buffer) % BigInt(alignment), 0n, `${alignment}`);
          assert.strictEqual(buffer.length, size);
        }
      }
    });

    it('finds pooled buffers at the alignment that was asked for', () => {
      for (const alignment of [1, 2, 4, 8, 16, 32, 64, 128, 4096]) {
        Buffer.allocUnsafe(3);
        const buffer = Buffer.allocUnsafe(100, alignment);
        assert.strictEqual(addressOf(buffer) % BigInt(alignment), 0n, `${alignment}`);
      }
    });
  });

  if (nodeMajor >= 26) {
    it('finds alignment served wherever the built-in serves it', () => {
      for (const alignment of [1, 8, 64, 4096, 2 ** 21, 2 ** 23]) {
        for (const side of [ours, builtin]) {
          for (const call of ['allocUnsafe', 'allocUnsafeSlow']) {
            const buffer = side.Buffer[call](100, alignment);
            assert.strictEqual(addressOf(buffer) % BigInt(alignment), 0n, `${call} ${alignment}`);
          }
        }
      }
    });
  }
});
