'use strict';

/*
 * release: a buffer's memory goes back at once, every reference to it becomes empty, and whoever has
 * the memory next cannot be seen or harmed through the old ones.
 */

const assert = require('node:assert');
const { builtin, moving, native, nodeMajor, ours, slabbed } = require('./support/subject');
const { isFilled, isZero } = require('./support/bytes');
const { fixtures, runFixture, runNode } = require('./support/child');
const { collect, turn } = require('./support/collect');
const { addressOf, attempt, givesEverythingBack, withAllocator } = require('./support/lifetimes');

const { Buffer, acquire, release, createArena, stats } = ours;
const KIB = 1024;
const SIZE = 128 * KIB;
const canTransfer = typeof ArrayBuffer.prototype.transfer === 'function';

/** Buffers that are released on every backend. */
const acquired = {
  acquire: () => acquire(SIZE),
  'a small acquire': () => acquire(1),
  'an aligned acquire': () => acquire(100, { alignment: 4096 }),
};

/** Buffers of the mirror that have C memory of their own. */
const dedicated = {
  alloc: () => Buffer.alloc(SIZE),
  'alloc with a fill': () => Buffer.alloc(SIZE + 1, 'x'),
  allocUnsafe: () => Buffer.allocUnsafe(SIZE),
  allocUnsafeSlow: () => Buffer.allocUnsafeSlow(SIZE),
  'allocUnsafeSlow, aligned': () => Buffer.allocUnsafeSlow(100, 4096),
  'from a string': () => Buffer.from('x'.repeat(SIZE)),
  'from a buffer': () => Buffer.from(new Uint8Array(SIZE)),
  copyBytesFrom: () => Buffer.copyBytesFrom(new Uint8Array(SIZE)),
  concat: () => Buffer.concat([new Uint8Array(SIZE)]),
};

/** All kinds of references to a buffer's memory. Their sizes are those of the whole buffer. */
function referencesTo(buffer) {
  const { buffer: store, length } = buffer;
  return {
    buffer,
    subarray: buffer.subarray(0),
    slice: buffer.slice(0, length),
    from: builtin.Buffer.from(store, 0, length),
    uint8: new Uint8Array(store, 0, length),
    uint16: new Uint16Array(store, 0, Math.floor(length / 2)),
    float64: new Float64Array(store, 0, Math.floor(length / 8)),
    view: new DataView(store),
  };
}

/** Writes through every reference, in every way. */
function scribble(references) {
  const { view, ...arrays } = references;
  for (const array of Object.values(arrays)) {
    attempt(() => (array[0] = 0xff));
    attempt(() => array.fill(0xff));
    attempt(() => array.set([0xff], 0));
    attempt(() => array.copyWithin(0, 1));
    attempt(() => array.reverse());
  }
  attempt(() => references.buffer.write('\xff\xff\xff', 'latin1'));
  attempt(() => references.buffer.writeUInt8(0xff, 0));
  attempt(() => references.buffer.swap16());
  attempt(() => builtin.Buffer.alloc(8, 0xff).copy(references.buffer));
  attempt(() => view.setUint8(0, 0xff));
  attempt(() => view.setFloat64(0, -1));
}

/** Asserts that `release` returns false for a buffer and that nothing came of it. */
function assertLeftAlone(buffer) {
  const before = { stats: stats().lifetimes, bytes: buffer.toString('latin1') };
  const { length } = buffer;
  assert.strictEqual(release(buffer), false);
  assert.strictEqual(buffer.length, length);
  assert.strictEqual(buffer.toString('latin1'), before.bytes);
  assert.deepStrictEqual(stats().lifetimes, before.stats);
}

describe('release', () => {
  givesEverythingBack();
  beforeEach(() => turn());

  const empties = ([title, make]) =>
    it(`returns true and empties the buffer: ${title}`, () => {
      const buffer = make();
      const store = buffer.buffer;
      const { released } = stats().lifetimes;
      assert.strictEqual(release(buffer), true);
      assert.strictEqual(buffer.length, 0);
      assert.strictEqual(store.byteLength, 0);
      assert.strictEqual(stats().lifetimes.released, released + 1);
    });
  Object.entries(acquired).forEach(empties);
  slabbed(() => Object.entries(dedicated).forEach(empties));

  it('has every reference read undefined, or nothing', () => {
    const references = referencesTo(acquire(SIZE).fill('a'));
    assert.ok(release(references.buffer));
    const { view, ...arrays } = references;
    for (const [name, array] of Object.entries(arrays)) {
      assert.deepStrictEqual([array.length, array.byteLength, array.byteOffset], [0, 0, 0], name);
      assert.strictEqual(array[0], undefined, name);
      assert.deepStrictEqual(Object.keys(array), [], name);
    }
    assert.strictEqual(references.buffer.toString(), '');
    assert.strictEqual(references.buffer.toString('hex'), '');
    assert.strictEqual(references.buffer.equals(builtin.Buffer.alloc(0)), true);
    assert.throws(() => references.buffer.readUInt8(0), { name: 'RangeError' });
    assert.throws(() => view.getUint8(0), { name: 'TypeError' });
  });

  it('has writes through every reference lost', () => {
    const references = referencesTo(acquire(SIZE));
    assert.ok(release(references.buffer));
    scribble(references);
    assert.strictEqual(references.buffer[0], undefined);
  });

  it('returns false for a second time, through any reference', () => {
    const references = referencesTo(acquire(SIZE));
    assert.strictEqual(release(references.buffer), true);
    for (const name of ['buffer', 'subarray', 'slice', 'from', 'uint8']) {
      assertLeftAlone(builtin.Buffer.from(references[name]));
      assert.strictEqual(release(references[name]), false, name);
    }
  });

  it('takes any view of just the buffer, of any subclass', () => {
    class Chunk extends Uint8Array {}
    for (const View of [Uint8Array, Chunk]) {
      const buffer = acquire(100);
      assert.strictEqual(release(new View(buffer.buffer, 0, 100)), true);
      assert.strictEqual(buffer.length, 0);
    }
  });

  it('does not count on what a program puts on the ArrayBuffer', () => {
    const buffer = acquire(100).fill(7);
    for (const key of ['byteLength', 'constructor', 'transfer', 'detached', 'slice']) {
      Object.defineProperty(buffer.buffer, key, { value: () => assert.fail(key) });
    }
    Object.defineProperty(buffer, 'length', { value: 5 });
    Object.defineProperty(buffer, 'buffer', { value: new ArrayBuffer(5) });
    assert.strictEqual(release(buffer), true);
  });

  it('is the same function on every allocator', () => {
    withAllocator({}, (allocator) => {
      const [own, other] = [allocator.acquire(SIZE), acquire(SIZE)];
      assert.strictEqual(release(own), true);
      assert.strictEqual(allocator.release(other), true);
      assert.deepStrictEqual(allocator.stats().lifetimes, { acquired: 1, released: 1 });
    });
  });

  it('leaves what was cut from a slab alone when the whole slab is shown', () => {
    const slice = Buffer.from('cut from a slab');
    assertLeftAlone(builtin.Buffer.from(slice.buffer));
    assert.strictEqual(slice.toString(), 'cut from a slab');
  });

  it('returns true for what the runtime had to serve', () => {
    withAllocator({ maxBytes: 0, nativeMin: 0 }, (allocator) => {
      const made = [1, SIZE].map((size) => allocator.acquire(size));
      made.push(allocator.alloc(SIZE), allocator.acquire(100, { alignment: 4096 }));
      const { stores, lifetimes } = allocator.stats();
      assert.strictEqual(stores.host.count, made.length);
      assert.strictEqual(lifetimes.released, 0);
      assert.deepStrictEqual(made.map(release), [true, true, true, true]);
      assert.deepStrictEqual(
        made.map(({ length }) => length),
        [0, 0, 0, 0],
      );
      assert.strictEqual(allocator.stats().lifetimes.released, made.length);
    });
  });

  native(() => {
    for (const size of [1, 100, 5000, SIZE, 1024 * KIB]) {
      it(`leaves the next owner's bytes untouched whatever old references do: ${size}`, () => {
        const references = referencesTo(acquire(size).fill(1));
        const address = addressOf(references.buffer);
        assert.ok(release(references.buffer));
        const next = acquire(size).fill(7);
        assert.strictEqual(addressOf(next), address, 'it is the same memory');
        scribble(references);
        assert.ok(isFilled(next, 7));
        assert.strictEqual(references.subarray.length, 0);
        assert.strictEqual(release(references.buffer), false);
        assert.strictEqual(release(references.uint8), false);
        assert.ok(isFilled(next, 7));
        assert.ok(release(next));
      });
    }

    const others = {
      'an aligned acquire': () => acquire(SIZE, { alignment: 64 }),
      'an arena': () => createArena().allocUnsafe(SIZE),
    };
    slabbed(() => (others['allocUnsafeSlow'] = () => Buffer.allocUnsafeSlow(SIZE)));
    for (const [title, make] of Object.entries(others)) {
      it(`leaves the next owner's bytes untouched where they are of another call: ${title}`, () => {
        const references = referencesTo(acquire(SIZE).fill(1));
        const address = addressOf(references.buffer);
        assert.ok(release(references.buffer));
        const next = make().fill(7);
        assert.strictEqual(addressOf(next), address);
        assert.strictEqual(next.buffer.byteLength, SIZE);
        scribble(references);
        assert.ok(isFilled(next, 7));
      });
    }

    const zeroed = { 'zero: true': () => acquire(SIZE, { zero: true }) };
    slabbed(() => (zeroed.alloc = () => Buffer.alloc(SIZE)));
    for (const [title, make] of Object.entries(zeroed)) {
      it(`leaves nothing behind to show for ${title}`, () => {
        const dirty = acquire(SIZE).fill(0xff);
        const address = addressOf(dirty);
        assert.ok(release(dirty));
        const buffer = make();
        assert.strictEqual(addressOf(buffer), address);
        assert.ok(isZero(buffer));
        assert.ok(release(buffer));
      });
    }

    it('frees at once, without a collection or a turn', () => {
      withAllocator({}, (allocator) => {
        const buffers = Array.from({ length: 20 }, () => allocator.acquire(SIZE));
        assert.strictEqual(allocator.stats().heap.liveBlocks, 20);
        assert.ok(buffers.every(release));
        assert.strictEqual(allocator.stats().heap.liveBlocks, 0);
      });
    });
  });

  const others = {
    'a slice of a slab': () => Buffer.from('pooled'),
    'a small buffer of its own': () => Buffer.alloc(10, 7),
    "the built-in's": () => builtin.Buffer.alloc(SIZE, 7),
    "a view of someone else's ArrayBuffer": () => builtin.Buffer.from(new ArrayBuffer(SIZE)),
    'a SharedArrayBuffer': () => Buffer.from(new SharedArrayBuffer(SIZE)),
    'nothing at all': () => Buffer.alloc(0),
    'nothing acquired': () => acquire(0),
    'the first part': () => acquire(100).fill(7).subarray(0, 99),
    'the last part': () => acquire(100).fill(7).subarray(1),
    'as many bytes from elsewhere in a slab': () =>
      builtin.Buffer.from(Buffer.from('abcdefghi').buffer, 8, 9).fill(7),
    'an empty part': () => acquire(100).subarray(50, 50),
    'a part of a dedicated one': () => Buffer.alloc(SIZE, 7).subarray(8),
    "an arena's slice": () => createArena().from('cut'),
    "an arena's own": () => createArena().allocUnsafe(SIZE).fill(7),
  };
  for (const [title, make] of Object.entries(others)) {
    it(`returns false and changes nothing for ${title}`, () => assertLeftAlone(make()));
  }

  it('returns false for a plain Uint8Array', () => {
    const bytes = new Uint8Array(SIZE).fill(7);
    assert.strictEqual(release(bytes), false);
    assert.ok(isFilled(bytes, 7));
  });

  it('returns false for a detached buffer', () => {
    const bytes = new Uint8Array(SIZE);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    assert.strictEqual(bytes.length, 0);
    assert.strictEqual(release(bytes), false);
  });

  if (canTransfer) {
    it('returns false for what was transferred by the program, before and after', () => {
      const buffer = acquire(SIZE).fill(7);
      const moved = builtin.Buffer.from(buffer.buffer.transfer());
      assert.strictEqual(release(buffer), false);
      assertLeftAlone(moved.subarray(0, SIZE));
      assertLeftAlone(moved);
      assert.ok(isFilled(moved.subarray(0, SIZE), 7));
    });

    moving(() => {
      it('leaves memory that was moved away to its receiver', async () => {
        const buffer = acquire(SIZE).fill(7);
        const moved = structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
        assert.strictEqual(buffer.length, 0);
        assert.strictEqual(release(buffer), false);
        await collect();
        const others = Array.from({ length: 20 }, () => acquire(SIZE).fill(0xff));
        assert.ok(isFilled(new Uint8Array(moved), 7));
        assert.strictEqual(others.filter(release).length, 20);
      });
    });
  }

  const noBuffers = {
    undefined,
    null: null,
    'a number': 5,
    'a string': 'abc',
    'an array': [1, 2],
    'an object': { length: 5, buffer: new ArrayBuffer(5) },
    'an ArrayBuffer': new ArrayBuffer(8),
    'a SharedArrayBuffer': new SharedArrayBuffer(8),
    'a DataView': new DataView(new ArrayBuffer(8)),
    'a Uint16Array': new Uint16Array(8),
    'a Uint8ClampedArray': new Uint8ClampedArray(8),
    'a Proxy of a Buffer': new Proxy(builtin.Buffer.alloc(8), {}),
    'an heir of a Buffer': Object.create(builtin.Buffer.alloc(8)),
    "Buffer's prototype": Buffer.prototype,
  };
  for (const [title, value] of Object.entries(noBuffers)) {
    it(`throws for what is no buffer: ${title}`, () => {
      assert.throws(() => release(value), {
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_TYPE',
        message: /^The "buffer" argument must be an instance of Buffer or Uint8Array\. Received /,
      });
    });
  }

  it('takes the very ArrayBuffer of an acquired buffer for no buffer', () => {
    const buffer = acquire(100).fill(7);
    assert.throws(() => release(buffer.buffer), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.ok(isFilled(buffer, 7));
  });

  it('may be called from within a fill, a sort and an iteration of the same buffer', () => {
    const outcomes = [
      (b) => b.fill({ valueOf: () => release(b) && 1 }),
      (b) => b.sort(() => release(b) && 0),
      (b) => b.forEach(() => release(b)),
      (b) => b.map(() => release(b) && 1),
      (b) => b.copyWithin(0, { valueOf: () => Number(release(b)) }),
      (b) =>
        b.set({
          length: 2,
          get 0() {
            return Number(release(b));
          },
        }),
      (b) => [...b.entries()].concat(release(b)),
      (b) => b.toString('latin1', { valueOf: () => Number(release(b)) }),
      (b) => b.write('abc', { valueOf: () => Number(release(b)) }),
      (b) => b.indexOf(7, { valueOf: () => Number(release(b)) }),
    ];
    for (const outcome of outcomes) {
      const buffer = acquire(SIZE).fill(7);
      attempt(() => outcome(buffer));
      release(buffer);
      const next = acquire(SIZE).fill(9);
      assert.ok(isFilled(next, 9));
      release(next);
    }
  });
});

describe('the runtime’s memory that was released', () => {
  it('is there for one or two rounds of the clock, for operations that still work on it', async () => {
    const options = { nodeArgs: ['--expose-gc'] };
    assert.deepStrictEqual(await runFixture('set-aside', [], options), { kept: true, gone: true });
  });
});

describe('a store marked as untransferable', () => {
  /** Node 24 and later abort at exit with such a store: the fixture does not get that far. */
  async function run() {
    const { stdout, stderr } = await runNode([`${fixtures}/untransferable.js`]);
    return JSON.parse(stdout || assert.fail(stderr));
  }

  it('is emptied by release where the mark does not forbid it, and else left alone', async () => {
    const { plain, wiped } = await run();
    for (const [title, result] of Object.entries({ plain, wiped })) {
      const emptied = { released: true, length: 0, intact: false };
      const alone = { released: false, length: 100, intact: true };
      const marked = nodeMajor < 24 ? emptied : alone;
      assert.deepStrictEqual(result, marked, title);
    }
  });

  it('is no slab of an arena any more that was reset', async () => {
    assert.deepStrictEqual((await run()).slab, { isLeft: true, intact: true });
  });

  it('does not keep an arena from emptying the others, and from going on', async () => {
    const { arena } = await run();
    assert.deepStrictEqual(arena.others, [0, 0]);
    assert.ok(arena.intact, 'nobody else got the memory of the marked one');
    assert.strictEqual(arena.next, 'next');
  });
});

describe('the errors of release', () => {
  it('are what they are where a program makes its own of stacks', () => {
    const { prepareStackTrace } = Error;
    Error.prepareStackTrace = (error, frames) => frames;
    try {
      assert.throws(() => release(5), { code: 'ERR_INVALID_ARG_TYPE' });
    } finally {
      Error.prepareStackTrace = prepareStackTrace;
    }
  });
});
