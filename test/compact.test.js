'use strict';

/* compact: a right-sized copy of what pins a larger store, and the very buffer where nothing is pinned. */

const assert = require('node:assert');
const util = require('node:util');
const { backend, builtin, ours, native, slabbed } = require('./support/subject');
const { isFilled } = require('./support/bytes');
const { collect, collectUntil } = require('./support/collect');
const { givesEverythingBack, outstanding, withAllocator } = require('./support/lifetimes');

const { Buffer, acquire, compact, release } = ours;
const SIZE = 128 * 1024;

describe('compact of one buffer', () => {
  givesEverythingBack();

  const pinning = {
    'a slice of our slab': () => Buffer.from('pooled'),
    "a slice of the built-in's pool": () => builtin.Buffer.from('pooled'),
    'the start of a dedicated one': () => Buffer.alloc(SIZE, 7).subarray(0, 100),
    'the end of a dedicated one': () => Buffer.alloc(SIZE, 7).subarray(SIZE - 1),
    'nothing of a dedicated one': () => Buffer.alloc(SIZE).subarray(5, 5),
    'a part of an acquired one': () => acquire(SIZE).fill(7).subarray(1),
    'the whole store of an acquired one': () => acquire(100).fill(7).subarray(0, 99),
    'a part of an ArrayBuffer': () => new Uint8Array(new ArrayBuffer(100), 8, 50).fill(7),
    'a part of a SharedArrayBuffer': () =>
      new Uint8Array(new SharedArrayBuffer(100), 8, 50).fill(7),
  };
  for (const [title, make] of Object.entries(pinning)) {
    it(`copies what pins a larger store: ${title}`, () => {
      const buffer = make();
      const text = builtin.Buffer.from(buffer).toString('latin1');
      const copy = compact(buffer);
      assert.notStrictEqual(copy, buffer);
      assert.ok(Buffer.isBuffer(copy));
      assert.strictEqual(copy.toString('latin1'), text);
      assert.strictEqual(copy.buffer.byteLength, buffer.length);
      assert.strictEqual(copy.byteOffset, 0);
      buffer.fill(0);
      assert.strictEqual(copy.toString('latin1'), text, 'the copy is independent');
    });
  }

  const fitting = {
    'a small buffer of its own': () => Buffer.alloc(10),
    'a dedicated one': () => Buffer.alloc(SIZE),
    "the built-in's own": () => builtin.Buffer.alloc(10_000),
    'an acquired one': () => acquire(100),
    'a whole ArrayBuffer': () => new Uint8Array(100),
    'a whole SharedArrayBuffer': () => new Uint8Array(new SharedArrayBuffer(100)),
    'an empty one': () => Buffer.alloc(0),
    'what was compacted': () => compact(Buffer.from('pooled')),
  };
  for (const [title, make] of Object.entries(fitting)) {
    it(`returns the very buffer where nothing more is pinned: ${title}`, () => {
      const buffer = make();
      assert.strictEqual(compact(buffer), buffer);
    });
  }

  native(() => {
    it('has the larger store go when the original is dropped', async () => {
      const before = outstanding();
      const copies = [];
      (() => {
        for (let i = 0; i < 10; i++) copies.push(compact(Buffer.alloc(SIZE, i).subarray(0, 10)));
      })();
      await collectUntil(() => outstanding() <= before, 'the larger stores are gone');
      copies.forEach((copy, i) => assert.ok(isFilled(copy, i)));
    });
  });

  slabbed(() => {
    it('gives memory that can be released', () => {
      const copy = compact(Buffer.alloc(2 * SIZE).subarray(0, SIZE));
      assert.strictEqual(release(copy), true);
      assert.strictEqual(copy.length, 0);
    });
  });

  it('copies an empty slice out of what it pins', () => {
    const empty = compact(Buffer.from('pooled').subarray(2, 2));
    assert.strictEqual(empty.length, 0);
    assert.strictEqual(empty.buffer.byteLength, 0);
  });

  it('copies nothing out of one that its resizable ArrayBuffer has shrunk away from', () => {
    const store = new ArrayBuffer(16, { maxByteLength: 16 });
    const views = [new Uint8Array(store, 8, 8), new Uint8Array(store, 8)];
    store.resize(4);
    const copies = [...compact(views), ...views.map((view) => compact(view))];
    for (const copy of copies) assert.strictEqual(copy.length + copy.buffer.byteLength, 0);
  });

  it('is content with a released buffer', () => {
    const buffer = acquire(SIZE);
    release(buffer);
    assert.strictEqual(compact(buffer).length, 0);
  });
});

describe('compact of several', () => {
  givesEverythingBack();

  it('copies those that pin more into one store of just their size', () => {
    const texts = ['first', 'second', '', 'the third'];
    const buffers = texts.map((text) => Buffer.from(`<${text}>`).subarray(1, -1));
    const copies = compact(buffers);
    assert.deepStrictEqual(
      copies.map((copy) => copy.toString()),
      texts,
    );
    const [store] = new Set(copies.map((copy) => copy.buffer));
    assert.ok(copies.every((copy) => copy.buffer === store && Buffer.isBuffer(copy)));
    assert.strictEqual(store.byteLength, texts.join('').length);
  });

  it('lets go of what empty ones pin', () => {
    const empty = Buffer.alloc(SIZE).subarray(5, 5);
    const [copy, same] = compact([empty, Buffer.alloc(0)]);
    assert.strictEqual(copy.length + copy.buffer.byteLength + same.length, 0);
  });

  it('returns the others as they are, in their places', () => {
    const whole = Buffer.alloc(SIZE, 1);
    const small = Buffer.alloc(10, 2);
    const [a, b, c, d] = compact([whole, Buffer.from('a'), small, Buffer.from('b')]);
    assert.strictEqual(a, whole);
    assert.strictEqual(c, small);
    assert.strictEqual(b.buffer, d.buffer);
    assert.strictEqual(`${b}${d}`, 'ab');
    assert.strictEqual(b.buffer.byteLength, 2);
  });

  it('gives a new array, and leaves the given one as it was', () => {
    for (const list of [[], [Buffer.alloc(10)], [Buffer.from('pooled'), Buffer.from('pooled')]]) {
      const before = [...list];
      const result = compact(list);
      assert.notStrictEqual(result, list);
      assert.ok(Array.isArray(result));
      assert.strictEqual(result.length, list.length);
      list.forEach((buffer, i) => assert.strictEqual(buffer, before[i]));
    }
  });

  it('takes the same buffer twice', () => {
    const buffer = Buffer.from('twice');
    assert.deepStrictEqual(compact([buffer, buffer]).map(String), ['twice', 'twice']);
  });

  it('copies large ones in full', () => {
    const parts = Array.from({ length: 5 }, (_, i) => Buffer.alloc(SIZE, i + 1).subarray(1));
    const copies = compact(parts);
    copies.forEach((copy, i) => assert.ok(isFilled(copy, i + 1) && copy.length === SIZE - 1));
    assert.strictEqual(copies[0].buffer.byteLength, 5 * (SIZE - 1));
  });
});

describe('compact of what is no buffer', () => {
  const wrong = [undefined, null, 5, 'abc', {}, new ArrayBuffer(5), new Uint16Array(5), () => {}];
  for (const value of wrong) {
    it(`throws, naming it: ${util.inspect(value)}`, () => {
      const error = (name) => ({
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_TYPE',
        message: new RegExp(`^The "${name}" argument must be an instance of Buffer or Uint8Array`),
      });
      assert.throws(() => compact(value), error('buffer'));
      assert.throws(() => compact([Buffer.from('a'), value]), error('buffers\\[1\\]'));
    });
  }

  it('throws for a hole in an array', () => {
    assert.throws(() => compact([, Buffer.from('a')]), { code: 'ERR_INVALID_ARG_TYPE' }); // eslint-disable-line no-sparse-arrays
  });
});

describe('compact of a program that changes things meanwhile', () => {
  givesEverythingBack();

  it('copes with a list that releases and changes itself as it is read', () => {
    const first = acquire(100).fill(1);
    const list = [Buffer.from('abc'), Buffer.from('def')];
    Object.defineProperty(list, 1, {
      get() {
        release(first);
        list.length = 2;
        return Buffer.from('xyz');
      },
    });
    assert.deepStrictEqual(compact(list).map(String), ['abc', 'xyz']);
  });

  it('copes with an ArrayBuffer that lies about its length', () => {
    const lying = acquire(SIZE).fill(1).subarray(0, 10);
    const victim = acquire(100).fill(2);
    Object.defineProperty(lying.buffer, 'byteLength', {
      get() {
        release(victim);
        return 10;
      },
    });
    const results = compact([lying, Buffer.from('abc'), victim.subarray(1)]);
    assert.strictEqual(String(results[1]), 'abc');
    assert.ok(isFilled(acquire(100).fill(7), 7));
  });
});

describe('compact of an allocator', () => {
  it('copies into its own memory', async () => {
    await withAllocator({ nativeMin: 0 }, async (allocator) => {
      const copy = allocator.compact(Buffer.from('pooled'));
      assert.strictEqual(copy.toString(), 'pooled');
      const { dedicated, host } = allocator.stats().stores;
      assert.strictEqual((backend === 'v8' ? dedicated : host).count, 1);
      await collect(1);
      assert.strictEqual(copy.toString(), 'pooled');
    });
  });
});
