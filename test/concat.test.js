'use strict';

/* Buffer.concat: joining, truncating, padding, and where the result lives. */

const assert = require('node:assert');
const { builtin, ours, nodeMajor } = require('./support/subject');
const { isZero } = require('./support/bytes');
const { collect } = require('./support/collect');
const { same, sameError } = require('./support/outcome');

const { Buffer } = ours;
const POOL_SIZE = Buffer.poolSize;
const HALF = POOL_SIZE >>> 1;
const part = (length, byte = 1) => new Uint8Array(length).fill(byte);

/** Fills slabs with 0xff and drops them, so that the next ones are cut from used memory. */
async function leaveDirtySlabs() {
  for (let i = 0; i < 80; i++) Buffer.allocUnsafe(HALF - 1).fill(0xff);
  await collect();
}

describe('Buffer.concat', () => {
  it('joins Buffers of either kind and Uint8Arrays', () => {
    const list = [Buffer.from('ours '), builtin.Buffer.from('built in '), part(3, 65)];
    assert.strictEqual(Buffer.concat(list).toString(), 'ours built in AAA');
    same(({ Buffer: B }) => B.concat(list));
  });

  it('gives an empty buffer for no parts and for empty ones', () => {
    same(({ Buffer: B }) => B.concat([]));
    same(({ Buffer: B }) => B.concat([], 10));
    same(({ Buffer: B }) => B.concat([part(0), part(0)]));
  });

  it('cuts off what exceeds the total length', () => {
    for (const total of [0, 1, 3, 4, 5, 7, 8]) {
      same(({ Buffer: B }) => B.concat([part(4, 1), part(4, 2)], total));
    }
    same(({ Buffer: B }) => B.concat([part(150_000, 1), part(150_000, 2)], 150_001));
  });

  it('pads with zeroes up to the total length', () => {
    for (const total of [9, 100, HALF - 1, HALF, 65536]) {
      const result = Buffer.concat([part(4, 1), part(4, 2)], total);
      assert.strictEqual(result.length, total);
      assert.ok(isZero(result.subarray(8)));
      same(({ Buffer: B }) => B.concat([part(4, 1), part(4, 2)], total));
    }
  });

  it('pads memory that was in use before with zeroes', async () => {
    await leaveDirtySlabs();
    for (let i = 0; i < 40; i++) {
      assert.ok(isZero(Buffer.concat([part(1)], HALF - 1).subarray(1)));
    }
  });

  it('takes its result from the pool where it is smaller than half of it', () => {
    assert.strictEqual(
      Buffer.concat([part(HALF / 2), part(HALF / 2 - 1)]).buffer.byteLength,
      POOL_SIZE,
    );
    assert.strictEqual(Buffer.concat([part(HALF / 2), part(HALF / 2)]).buffer.byteLength, HALF);
    for (const length of [1, HALF / 2, HALF, 65536]) {
      same(({ Buffer: B }) => B.concat([part(length), part(length)]));
    }
  });

  it('copies even a single part', () => {
    for (const length of [5, HALF, 200_000]) {
      const only = Buffer.alloc(length, 1);
      const result = Buffer.concat([only]);
      assert.notStrictEqual(result.buffer, only.buffer);
      only[0] = 9;
      assert.strictEqual(result[0], 1);
    }
  });

  it('joins parts of a few bytes', () => {
    for (const count of [1, 2, 8, 9, 64]) {
      for (const size of [1, 4, 6, 7, 8]) {
        const list = Array.from({ length: count }, (_, i) => part(size, i));
        same(({ Buffer: B }) => B.concat(list));
        same(({ Buffer: B }) => B.concat(list, count * size - 1));
        same(({ Buffer: B }) => B.concat(list, count * size + 9));
      }
    }
  });

  it('joins a thousand parts', () => {
    const parts = Array.from({ length: 1000 }, (_, i) => part(i % 50, i));
    same(({ Buffer: B }) => B.concat(parts));
    same(({ Buffer: B }) => B.concat(parts, 20_000));
  });

  it('joins views into shared memory and into the middle of a store', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(10)).fill(3);
    same(({ Buffer: B }) => B.concat([shared, part(20, 4).subarray(5, 9)]));
  });

  it('treats total lengths of other types as the built-in does', () => {
    for (const total of [undefined, null, '5', -1, 1.5, NaN, Infinity, 2 ** 53, {}, true, 5n]) {
      same(({ Buffer: B }) => B.concat([part(4)], total));
      same(({ Buffer: B }) => B.concat([], total));
    }
  });

  it('refuses what is no list as the built-in does', () => {
    for (const list of [undefined, null, 'abc', 5, {}, { length: 1, 0: part(1) }, part(3)]) {
      sameError(({ Buffer: B }) => B.concat(list));
    }
  });

  it('refuses parts that are no bytes as the built-in does', () => {
    const odd = ['abc', 5, null, undefined, {}, [1, 2], new Uint16Array(2), new ArrayBuffer(2)];
    for (const item of [...odd, { length: 3 }, new DataView(new ArrayBuffer(1))]) {
      for (const total of [undefined, 0, 2, 4, 100]) {
        same(({ Buffer: B }) => B.concat([item], total));
        same(({ Buffer: B }) => B.concat([part(4), item], total));
        same(({ Buffer: B }) => B.concat([item, part(4)], total));
      }
    }
  });

  it('reads a list with holes, and subclasses of Array, as the built-in does', () => {
    class List extends Array {}
    same(({ Buffer: B }) => B.concat([part(1), , part(2)])); // eslint-disable-line no-sparse-arrays
    same(({ Buffer: B }) => B.concat(List.from([part(1), part(2)])));
  });

  it('holds its parts where the list runs code as it is asked for its length', () => {
    const parts = [part(6, 1), part(5, 2)];
    const takeSlab = () => {
      for (let i = 0; i < 3; i++) Buffer.allocUnsafe(HALF - 1).fill(9);
    };
    const moveSlab = () => {
      try {
        Buffer.allocUnsafe(1).buffer.transfer();
      } catch {
        // This version has no such method, or lets nobody move a slab.
      }
    };
    for (const work of [() => Buffer.allocUnsafe(8).fill(9), takeSlab, moveSlab]) {
      for (let when = 1; when <= 6; when++) {
        let asked = 0;
        const list = new Proxy(parts, {
          get(target, key) {
            if (key === 'length' && ++asked === when) work();
            return target[key];
          },
        });
        same(({ Buffer: B }) => ((asked = 0), B.concat(list)));
      }
    }
  });

  it('leaves alone what is taken of the slab while it reads its list', () => {
    for (let size = 1; size <= 40; size += 13) {
      const list = [part(20, 1), undefined, part(20, 3)];
      let taken;
      Object.defineProperty(list, 1, {
        get() {
          taken ??= Buffer.allocUnsafe(size).fill(9);
          return part(20, 2);
        },
      });
      assert.ok(
        Buffer.concat(list).equals(Buffer.from([1, 2, 3].flatMap((n) => [...part(20, n)]))),
      );
      assert.ok(taken.every((byte) => byte === 9));
    }
  });

  const lying = (bytes, length) => Object.defineProperty(part(bytes), 'length', { value: length });

  /** The same bytes or error, of whoever's memory: what is unusual is in the built-in's. */
  function sameBytes(...args) {
    const on = ({ Buffer: B }) => {
      try {
        return [...B.concat(...args)];
      } catch ({ name, code, message }) {
        return { name, code, message };
      }
    };
    assert.deepStrictEqual(on(ours), on(builtin));
  }

  it('shows nothing but its parts where they lie about their length', async () => {
    await leaveDirtySlabs();
    for (const length of [0, 2, 4, 10, HALF / 2]) {
      for (const others of [[part(2, 7)], new Array(20).fill(part(3, 7))]) {
        for (const list of [
          [lying(4, length), ...others],
          [...others, lying(4, length)],
        ]) {
          for (let i = 0; i < 5; i++) assert.ok(!Buffer.concat(list).includes(0xff));
          if (nodeMajor < 24) continue; // Earlier ones believe the length, and may show what is old.
          sameBytes(list);
          sameBytes(list, 3);
          sameBytes(list, 60);
        }
      }
    }
  });

  it('does what the built-in does with parts whose length throws', function () {
    if (nodeMajor < 24) return this.skip(); // Earlier ones ask for the length.
    const error = new Error('no length');
    for (const others of [[], [part(2, 7)], new Array(20).fill(part(3, 7))]) {
      const wrong = Object.defineProperty(part(4), 'length', {
        get() {
          throw error;
        },
      });
      sameBytes([wrong, ...others]);
      sameBytes([...others, wrong]);
    }
  });

  it('says the same where there is no memory for what was asked for', () => {
    const size = 2 ** 46; // bytes; beyond a process' address space, or the longest Buffer
    for (const wrong of [[], null, 'x', { length: 1 }, { length: size }]) {
      sameError(({ Buffer: B }) => B.concat([part(2), wrong], size));
      sameError(({ Buffer: B }) => B.concat([wrong, part(2)], size));
      sameError(({ Buffer: B }) => B.concat([wrong, part(2), { length: size }]));
    }
    sameError(({ Buffer: B }) => B.concat([part(2)], size));
    sameBytes([lying(2, size)], 1);
    if (nodeMajor < 24) return; // Earlier ones believe the length.
    sameBytes([lying(2, size)]);
    sameBytes([lying(HALF, size)]);
    sameBytes([lying(2, size), ...new Array(20).fill(part(3))]);
  });

  it('looks at a list that there is no memory for where the built-in does', () => {
    const list = Object.defineProperty([part(2)], 1, {
      get() {
        throw new Error('asked for');
      },
    });
    sameBytes(list, 2 ** 46);
  });

  it('takes its result from the pool where a part is an empty view of shared memory', () => {
    same(({ Buffer: B }) => B.concat([new Uint8Array(new SharedArrayBuffer(0)), part(1)]));
    same(({ Buffer: B }) => B.concat([new Uint8Array(new SharedArrayBuffer(8), 8), part(1)], 4));
  });

  it('does not clear what a part says that it has', () => {
    const claimed = 512 * 1024 * 1024; // bytes
    const before = process.memoryUsage.rss();
    const result = Buffer.concat([lying(HALF, claimed), ...new Array(20).fill(part(3))]);
    assert.strictEqual(result.length, HALF + 60);
    assert.ok(process.memoryUsage.rss() - before < claimed / 2);
  });

  it('shows nothing but its parts where a species gives less than was asked for', async () => {
    class Short extends Uint8Array {
      static get [Symbol.species]() {
        return function () {
          return new Uint8Array(1);
        };
      }
    }
    await leaveDirtySlabs();
    for (let i = 0; i < 10; i++) {
      const result = Buffer.concat([new Short(HALF).fill(1)], HALF - 1);
      assert.ok(result.every((byte) => byte === 1));
    }
  });

  it('shows nothing but its parts where one is another the second time it is read', async () => {
    await leaveDirtySlabs();
    for (let i = 0; i < 10; i++) {
      let reads = 0;
      const list = [part(1)];
      Object.defineProperty(list, 0, {
        get: () => (reads++ === 0 ? part(HALF - 8) : new Float64Array((HALF - 8) / 8)),
      });
      let result = [];
      try {
        result = Buffer.concat(list);
      } catch (error) {
        assert.strictEqual(error.code, 'ERR_INVALID_ARG_TYPE');
      }
      assert.ok(!result.includes(0xff));
    }
  });
});
