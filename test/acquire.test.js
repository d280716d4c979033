'use strict';

/* acquire: a Buffer of any size that is meant to be released, by hand or by `using`. */

const assert = require('node:assert');
const crypto = require('node:crypto');
const util = require('node:util');
const { builtin, ours, hostMode, native } = require('./support/subject');
const { isFilled, isZero } = require('./support/bytes');
const { runNode } = require('./support/child');
const { turn } = require('./support/collect');
const { addressOf, givesEverythingBack, isAligned, withAllocator } = require('./support/lifetimes');
const { outcome } = require('./support/outcome');

const { Buffer, acquire, release, stats } = ours;
const { MAX_LENGTH } = builtin.constants;
const KIB = 1024;
const MIB = 1024 * KIB;

/** Where size classes and ways of allocating change, and a little around. */
const SIZES = [
  1,
  64,
  100,
  512,
  4096,
  8192,
  30 * KIB,
  64 * KIB,
  1920 * KIB,
  2 * MIB,
  5 * MIB,
  16 * MIB,
]
  .flatMap((size) => [size - 1, size, size + 1])
  .filter((size) => size > 0);

const canUse = (() => {
  try {
    return Boolean(new Function('{ using nothing = null; }'));
  } catch {
    return false;
  }
})();

describe('acquire', () => {
  givesEverythingBack();
  beforeEach(() => turn());

  it('gives a Buffer', () => {
    const buffer = acquire(100);
    assert.ok(Buffer.isBuffer(buffer));
    assert.ok(buffer instanceof Buffer);
    assert.ok(buffer instanceof builtin.Buffer);
    assert.ok(buffer instanceof Uint8Array);
    assert.ok(util.types.isUint8Array(buffer));
    assert.strictEqual(Object.prototype.toString.call(buffer), '[object Uint8Array]');
    assert.strictEqual(buffer.constructor, builtin.Buffer);
  });

  it('gives one that core takes for its own', () => {
    const buffer = acquire(3);
    buffer.write('abc');
    const plain = builtin.Buffer.from('abc');
    assert.strictEqual(util.inspect(buffer), '<Buffer 61 62 63>');
    assert.strictEqual(JSON.stringify(buffer), JSON.stringify(plain));
    assert.strictEqual(buffer.compare(plain), 0);
    assert.strictEqual(builtin.Buffer.concat([buffer, plain]).toString(), 'abcabc');
    assert.strictEqual(new TextDecoder().decode(buffer), 'abc');
    assert.deepStrictEqual(builtin.Buffer.from(structuredClone(buffer)), plain);
    const digest = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');
    assert.strictEqual(digest(buffer), digest(plain));
  });

  it('has what is made of it be plain Buffers', () => {
    const buffer = acquire(8).fill(1);
    const { slice, subarray } = Uint8Array.prototype;
    const made = [
      buffer.subarray(1),
      buffer.slice(1),
      buffer.map((byte) => byte),
      buffer.filter((byte) => byte),
      subarray.call(buffer, 1),
      slice.call(buffer, 1),
    ];
    for (const one of made) {
      assert.strictEqual(Object.getPrototypeOf(one), Buffer.prototype);
      assert.strictEqual(one[Symbol.dispose], undefined);
    }
    assert.ok(isFilled(buffer, 1));
  });

  it('is served at any size, in a store of just that size', () => {
    for (const size of SIZES) {
      const buffer = acquire(size);
      assert.strictEqual(buffer.length, size);
      assert.strictEqual(buffer.byteOffset, 0);
      assert.strictEqual(buffer.buffer.byteLength, size);
      buffer.fill(7);
      assert.ok(isFilled(buffer, 7));
      assert.strictEqual(release(buffer), true, `released ${size}`);
    }
  });

  it('never gives the same memory to two', () => {
    let seed = 12345;
    const random = (below) => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return seed % below;
    };
    const held = [];
    for (let i = 0; i < 3000; i++) {
      if (held.length > 50 || (held.length > 0 && random(2) === 0)) {
        const [{ buffer, byte }] = held.splice(random(held.length), 1);
        assert.ok(isFilled(buffer, byte));
        if (random(8) > 0) release(buffer);
      } else {
        const size = 1 + random([100, 5000, 200_000][random(3)]);
        const byte = random(256);
        held.push({ buffer: acquire(size).fill(byte), byte });
      }
    }
    for (const { buffer, byte } of held) assert.ok(isFilled(buffer, byte));
    for (const { buffer } of held) release(buffer);
  });

  it('gives an empty buffer for 0, which holds no memory', () => {
    for (const buffer of [acquire(0), acquire(-0), acquire(0, { zero: true, alignment: 4096 })]) {
      assert.ok(Buffer.isBuffer(buffer));
      assert.strictEqual(buffer.length, 0);
      assert.strictEqual(release(buffer), false);
      buffer[Symbol.dispose]();
    }
  });

  it('counts in stats', () => {
    const before = stats();
    const buffers = [acquire(10), acquire(200_000), acquire(0, {})];
    const { lifetimes, stores } = stats();
    assert.strictEqual(lifetimes.acquired - before.lifetimes.acquired, 2);
    const kind = hostMode ? 'host' : 'acquired';
    assert.deepStrictEqual(
      [
        stores[kind].count - before.stores[kind].count,
        stores[kind].bytes - before.stores[kind].bytes,
      ],
      [2, 200_010],
    );
    assert.strictEqual(buffers.filter(release).length, 2);
    assert.strictEqual(stats().lifetimes.released - before.lifetimes.released, 2);
  });

  native(() => {
    it('serves sizes of one class with the same memory', () => {
      ours.trim();
      /* What needs all of its block begins with it, and others in its first page. */
      const first = acquire(65_536);
      const address = addressOf(first);
      release(first);
      for (const size of [61_441, 65_536, 63_000, 62_000]) {
        const buffer = acquire(size);
        const offset = addressOf(buffer) - address;
        assert.ok(offset >= 0n && offset <= BigInt(65_536 - size), `${size} bytes at ${offset}`);
        assert.strictEqual(buffer.buffer.byteLength, size);
        assert.ok(release(buffer));
      }
    });

    it('takes memory from C at any size, up to gibibytes', () => {
      const sizes = [65 * MIB, 300 * MIB, 2 ** 30 + 1, 2 ** 31, 2 ** 31 + 1, 3 * 2 ** 30];
      return withAllocator({ maxBytes: Infinity }, async (allocator) => {
        for (const size of sizes) {
          await turn();
          const buffer = allocator.acquire(size);
          assert.strictEqual(buffer.length, size);
          buffer[0] = buffer[size - 1] = 7;
          assert.strictEqual(release(buffer), true);
          assert.strictEqual(buffer.length, 0);
        }
        const { acquired } = allocator.stats().stores;
        assert.strictEqual(acquired.count, sizes.length);
        assert.strictEqual(allocator.stats().heap.liveBytes, 0);
      });
    });
  });
});

describe('the size of acquire', () => {
  const bad = [-1, NaN, Infinity, -Infinity, MAX_LENGTH + 1, 2 ** 53, 2 ** 60, -0.5];
  const junk = [undefined, null, '5', 5n, true, {}, [5], Symbol('x'), () => 5];
  for (const size of [...bad, ...junk]) {
    it(`fails as that of allocUnsafeSlow does: ${util.inspect(size)}`, () => {
      const expected = outcome(builtin, ({ Buffer }) => Buffer.allocUnsafeSlow(size));
      for (const options of [undefined, {}, { zero: true }]) {
        assert.deepStrictEqual(
          outcome(ours, () => acquire(size, options)),
          expected,
        );
      }
    });
  }

  it('may be a fraction, as that of allocUnsafeSlow may', () => {
    for (const size of [0.5, 1.5, 99.9]) {
      const buffer = acquire(size);
      assert.strictEqual(buffer.length, Math.floor(size));
      release(buffer);
    }
  });

  // Node 20's maximum is 4 GiB, which can be had.
  if (MAX_LENGTH > 2 ** 32) {
    it('is named by the error as it was given when there is no such memory', () => {
      assert.deepStrictEqual(
        outcome(ours, () => acquire(MAX_LENGTH)),
        outcome(builtin, ({ Buffer }) => Buffer.allocUnsafeSlow(MAX_LENGTH)),
      );
    });
  }
});

describe('the options of acquire', () => {
  givesEverythingBack();
  beforeEach(() => turn());

  it('have all bytes zero with zero: true, whatever the memory held', () => {
    for (const size of [1, 100, 5000, 200_000, 3 * MIB]) {
      const first = acquire(size).fill(0xff);
      release(first);
      const buffer = acquire(size, { zero: true });
      assert.ok(isZero(buffer), `${size} bytes`);
      assert.ok(isZero(new Uint8Array(buffer.buffer)), 'what lies beside it in its store as well');
      release(buffer);
    }
  });

  it('are those of the call alone', () => {
    release(acquire(100, { zero: true }).fill(7));
    const plain = acquire(100, { zero: false, alignment: undefined });
    assert.strictEqual(plain.length, 100);
    release(plain);
  });

  for (let alignment = 1; alignment <= 2 * MIB; alignment *= 2) {
    it(`align by any power of two to 2 MiB: ${alignment}`, () => {
      const buffers = [1, 100, 5000, 200_000, 3 * MIB].map((size) => {
        const buffer = acquire(size, { alignment });
        assert.strictEqual(buffer.length, size);
        assert.ok(isAligned(buffer, alignment), `${size} bytes`);
        if (!hostMode) assert.strictEqual(buffer.byteOffset, 0);
        return buffer.fill(size % 256);
      });
      buffers.forEach((buffer) => assert.ok(isFilled(buffer, buffer.length % 256)));
      assert.strictEqual(buffers.filter(release).length, buffers.length);
    });
  }

  native(() => {
    it('align what was released before', () => {
      for (let i = 0; i < 20; i++) release(acquire(5000));
      const { reusedBlocks } = stats().heap;
      for (let i = 0; i < 20; i++) {
        const buffer = acquire(5000, { alignment: 4096, zero: i % 2 === 0 });
        assert.ok(isAligned(buffer, 4096));
        assert.ok(release(buffer));
      }
      assert.ok(stats().heap.reusedBlocks >= reusedBlocks + 19);
    });
  });

  const wrong = {
    zero: [1, 'true', null, {}],
    alignment: [0, -1, 3, 1.5, NaN, Infinity, 4 * MIB, 2 ** 31, -(2 ** 31), '8', null, 8n],
    zeroed: [true, false, undefined],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      it(`throw for what makes no sense, and name it: ${name}: ${util.inspect(value)}`, () => {
        const { acquired } = stats().lifetimes;
        assert.throws(() => acquire(100, { [name]: value }), {
          name: 'TypeError',
          code: 'ERR_INVALID_ARG_VALUE',
          message: new RegExp(`^The property 'options\\.${name}' .*Received `),
        });
        assert.strictEqual(stats().lifetimes.acquired, acquired);
      });
    }
  }

  for (const value of [null, 5, 'zero', true, () => {}]) {
    it(`throw for what is no object: ${util.inspect(value)}`, () => {
      assert.throws(() => acquire(100, value), {
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_TYPE',
        message: /^The "options" argument must be of type object\. Received /,
      });
    });
  }

  it('may run code of the program: what it releases goes to the next, not to both', () => {
    const first = acquire(100).fill(1);
    let inner;
    const buffer = acquire(100, {
      get zero() {
        release(first);
        inner ??= acquire(100).fill(2);
        return true;
      },
    });
    assert.ok(isZero(buffer));
    buffer.fill(3);
    assert.ok(isFilled(inner, 2));
    release(inner);
    release(buffer);
  });

  it('may throw of themselves, and nothing is lost', () => {
    const error = new Error('on purpose');
    const options = {
      get alignment() {
        throw error;
      },
    };
    assert.throws(() => acquire(100, options), error);
  });
});

describe('Symbol.dispose of an acquired buffer', () => {
  givesEverythingBack();

  it('releases it', () => {
    const buffer = acquire(100);
    const { released } = stats().lifetimes;
    assert.strictEqual(buffer[Symbol.dispose](), undefined);
    assert.strictEqual(buffer.length, 0);
    assert.strictEqual(stats().lifetimes.released, released + 1);
  });

  it('does no harm a second time, nor after release', () => {
    const buffer = acquire(100);
    release(buffer);
    const next = acquire(100).fill(7);
    buffer[Symbol.dispose]();
    buffer[Symbol.dispose]();
    assert.ok(isFilled(next, 7));
    release(next);
  });

  it('is there whatever the options', () => {
    for (const options of [undefined, {}, { zero: true }, { alignment: 4096 }]) {
      const buffer = acquire(100, options);
      assert.strictEqual(typeof buffer[Symbol.dispose], 'function');
      buffer[Symbol.dispose]();
    }
  });

  if (canUse) {
    it('has `using` release it at the end of the block, also when that throws', async () => {
      const program = `
        const { acquire, createAllocator, createArena } = require(${JSON.stringify(require.resolve('..'))});
        const seen = [];
        {
          using chunk = acquire(65536);
          seen.push(chunk);
        }
        try {
          using chunk = acquire(100);
          seen.push(chunk);
          throw new Error('on purpose');
        } catch {}
        {
          using arena = createArena();
          seen.push(arena.from('abc'));
        }
        let allocator;
        {
          using closed = createAllocator();
          allocator = closed;
        }
        console.log(JSON.stringify([seen.map(({ length }) => length), allocator.stats().closed]));`;
      const { stdout, stderr } = await runNode(['-e', program]);
      assert.strictEqual(stderr, '');
      assert.deepStrictEqual(JSON.parse(stdout), [[0, 0, 0], true]);
    });
  }
});
