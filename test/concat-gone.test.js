'use strict';

/*
 * Views whose memory is gone or no longer reaches as far as they do: detached, of a WebAssembly
 * memory that has grown, of a resizable buffer that was shrunk. What takes such a view does as the
 * built-in of the running version does, be that an error or an empty part.
 */

const assert = require('node:assert');
const { ours } = require('./support/subject');
const { collect } = require('./support/collect');
const { same } = require('./support/outcome');

const part = (length, byte = 1) => new Uint8Array(length).fill(byte);

function detached(length) {
  const view = part(length);
  structuredClone(view.buffer, { transfer: [view.buffer] });
  return view;
}

function grownMemory(length) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 3 });
  const view = new Uint8Array(memory.buffer, 0, length);
  memory.grow(1);
  return view;
}

function shrunk(length, viewLength) {
  const store = new ArrayBuffer(length, { maxByteLength: 2 * length });
  const view = new Uint8Array(store, 8, viewLength).fill(1);
  store.resize(length >> 2);
  return view;
}

const GONE = {
  'a detached view': () => detached(10),
  'a large detached view': () => detached(200_000),
  'a view of a WebAssembly memory that has grown': () => grownMemory(100),
  'a view that is out of bounds': () => shrunk(100, 92),
  'a view that has got shorter with its store': () => shrunk(100, undefined),
  'a view that begins beyond its store': () => {
    const store = new ArrayBuffer(100, { maxByteLength: 100 });
    const view = new Uint8Array(store, 50);
    store.resize(10);
    return view;
  },
};

for (const [what, make] of Object.entries(GONE)) {
  describe(what, () => {
    const view = make();
    for (const total of [undefined, 0, 4, 8, 300]) {
      it(`is treated by concat as the built-in does, total length ${total}`, () => {
        same(({ Buffer: B }) => B.concat([view], total));
        same(({ Buffer: B }) => B.concat([view, part(4)], total));
        same(({ Buffer: B }) => B.concat([part(4), view], total));
        same(({ Buffer: B }) => B.concat([part(4, 1), view, part(4, 2)], total));
        same(({ Buffer: B }) => B.concat([part(200_000), view], total));
        same(({ Buffer: B }) => B.concat([view, view], total));
      });
    }

    it('is treated by from as the built-in does', () => {
      same(({ Buffer: B }) => B.from(view));
      same(({ Buffer: B }) => B.from(view.buffer));
      same(({ Buffer: B }) => B.from(view.buffer, 1, 1));
    });

    it('is treated by copyBytesFrom as the built-in does', () => {
      same(({ Buffer: B }) => B.copyBytesFrom(view));
      same(({ Buffer: B }) => B.copyBytesFrom(view, 1, 2));
    });

    it('is treated as a fill as the built-in does', () => {
      same(({ Buffer: B }) => B.alloc(10, view));
      same(({ Buffer: B }) => B.alloc(200_000, view));
    });
  });
}

describe('a view that is emptied while concat reads the list', () => {
  /** Three parts; reading the last one empties the first. */
  function emptying(length) {
    const first = part(length);
    const list = [first, part(4, 2)];
    Object.defineProperty(list, 2, {
      get: () => {
        if (first.length > 0) structuredClone(first.buffer, { transfer: [first.buffer] });
        return part(4, 3);
      },
    });
    return list;
  }

  it('leaves no bytes but those of the parts, and zeroes, where it is no error', async () => {
    const { Buffer } = ours;
    const half = Buffer.poolSize >>> 1;
    for (let i = 0; i < 40; i++) Buffer.allocUnsafe(half - 1).fill(0xff);
    await collect();
    for (const [length, total] of [[10], [half - 20], [10, 30], [200_000], [200_000, 50]]) {
      let result = [];
      try {
        result = Buffer.concat(emptying(length), total);
      } catch (error) {
        assert.strictEqual(error.name, 'TypeError');
      }
      assert.ok(result.every((byte) => byte <= 3));
    }
  });
});
