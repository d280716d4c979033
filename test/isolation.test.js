'use strict';

/*
 * What one part of a program cannot learn from another, or do to the allocator: no old bytes where
 * zeroes were asked for, by whatever way the memory was used and came back; and nothing of the
 * allocator's own in the hands of code that replaces globals, methods and prototypes.
 *
 * That code is run once the package is loaded. What a program does to the intrinsics before it loads
 * a package, that package sees as the intrinsics: this holds for all packages, and no test can ask
 * for more. (Core, which comes first, takes copies as lib/runtime/ does.)
 */

const assert = require('node:assert');
const { backend, ours, native } = require('./support/subject');
const { isZero } = require('./support/bytes');
const { runFixture } = require('./support/child');
const { collect, collectUntil } = require('./support/collect');
const { givesEverythingBack, outstanding, withAllocator } = require('./support/lifetimes');
const binding = require('../lib/runtime/binding');

const { Buffer, createAllocator } = ours;

/** What dirty memory is full of; nothing that is asked for holds such a byte. */
const DIRT = 0xa5;
const SIZES = [1, 10, 100, 1000, 4095, 4096, 10_000, 60_000, 140_000, 200_000, 1_000_000];
const HUGE = 2_500_000;

/** Everything there is to be had, full of dirt. */
function dirty(subject, sizes = SIZES) {
  const made = [];
  for (const size of sizes) {
    const text = '\u00a5'.repeat(size);
    const bytes = new Uint8Array(size).fill(DIRT);
    made.push(
      subject.alloc(size, DIRT),
      subject.allocUnsafe(size),
      subject.allocUnsafe(size, 64),
      subject.allocUnsafeSlow(size),
      subject.from(text, 'latin1'),
      subject.from(bytes),
      subject.concat([bytes, bytes]),
      subject.copyBytesFrom(bytes),
    );
    if (subject.acquire) made.push(subject.acquire(size));
  }
  /* The whole store of each. */
  for (const { buffer } of made) new Uint8Array(buffer).fill(DIRT);
  return made;
}

const module_ = { ...Buffer, ...ours };
for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow', 'from', 'concat', 'copyBytesFrom']) {
  module_[name] = Buffer[name];
}

/** What must be zero, whatever was there before. */
function* clean(subject, sizes = SIZES) {
  for (const size of sizes) {
    yield ['alloc', subject.alloc(size)];
    yield ['alloc, 0', subject.alloc(size, 0)];
    yield ['alloc, nothing', subject.alloc(size, undefined)];
    if (size < 200_000) yield ['a sparse list', subject.from({ length: size })];
    const longer = subject.concat([Buffer.from([1])], size + 1);
    yield ['the rest of concat', longer.subarray(1)];
    if (!subject.acquire) continue;
    yield ['acquire', subject.acquire(size, { zero: true })];
    yield ['aligned acquire', subject.acquire(size, { zero: true, alignment: 4096 })];
  }
}

function assertClean(subject, sizes) {
  const kept = [];
  for (const [title, buffer] of clean(subject, sizes)) {
    assert.ok(isZero(buffer), `${title} of ${buffer.length}`);
    kept.push(buffer.fill(DIRT));
  }
  return kept;
}

/** All of a store that was handed out, the rest of its size class included. */
const holdsDirt = ({ buffer }) => Buffer.from(buffer).includes(DIRT);

describe('memory that must be zero', () => {
  givesEverythingBack();

  /* A tick that finds idle what was freed before it has all of that go back. */
  const idle = (allocator) => {
    allocator.trim();
    for (let i = 0; i < 2; i++) binding.tick(1);
  };
  /** The ways in which memory comes back. */
  const ways = {
    release: (subject, made) => made.forEach((buffer) => ours.release(buffer)),
    'release, and purge': (subject, made) => {
      made.forEach((buffer) => ours.release(buffer));
      idle(subject);
    },
    collection: async (subject, made) => {
      made.length = 0;
      await collect();
    },
    'collection, and purge': async (subject, made) => {
      made.length = 0;
      await collect();
      idle(subject);
    },
    'release of every other one, and collection': async (subject, made) => {
      made.filter((_, i) => i % 2 === 0).forEach((buffer) => ours.release(buffer));
      made.length = 0;
      await collect();
    },
  };
  const subjects = {
    module: () => module_,
    allocator: () => createAllocator({ nativeMin: 0 }),
    'allocator without a cache': () => createAllocator({ nativeMin: 0, maxCachedBytes: 0 }),
    'allocator of a small budget': () => createAllocator({ nativeMin: 0, maxBytes: 1_500_000 }),
    'allocator that clears': () => createAllocator({ nativeMin: 0, zeroOnRelease: true }),
  };
  for (const [whose, make] of Object.entries(subjects)) {
    for (const [title, giveBack] of Object.entries(ways)) {
      it(`is, after ${title}: ${whose}`, async () => {
        const subject = make();
        for (let round = 0; round < 2; round++) {
          await giveBack(subject, dirty(subject, [...SIZES, HUGE]));
          await giveBack(subject, assertClean(subject, [...SIZES, HUGE]));
        }
        subject.close?.();
      });
    }
  }

  for (const end of ['reset', 'close']) {
    it(`is, in an arena and beside it, after ${end}`, async () => {
      for (const options of [{}, { slabSize: 4096 }, { slabSize: 8 * 4096 }]) {
        let arena = ours.createArena(options);
        for (let round = 0; round < 2; round++) {
          dirty(arena);
          arena[end]();
          if (end === 'close') arena = ours.createArena(options);
          assertClean(arena);
          assertClean(module_);
          await collect(1);
        }
        arena.close();
      }
    });
  }

  it('is, in memory of an allocator that was closed', async () => {
    for (let round = 0; round < 2; round++) {
      await withAllocator({ nativeMin: 0 }, async (allocator) => {
        const made = dirty(allocator);
        allocator.close();
        made.length = 0;
        await collect();
      });
      withAllocator({ nativeMin: 0 }, (next) => assertClean(next));
      assertClean(module_);
    }
    ours.trim();
  });

  native(() => {
    it('is, where the addon finds a block that was used before', () => {
      withAllocator({ nativeMin: 0 }, (allocator) => {
        for (const size of SIZES) {
          for (let round = 0; round < 3; round++) {
            const buffer = allocator.acquire(size).fill(DIRT);
            new Uint8Array(buffer.buffer).fill(DIRT);
            ours.release(buffer);
            const next = allocator.acquire(size, { zero: true });
            assert.ok(!holdsDirt(next), 'nor in the rest of its size class');
            ours.release(next);
          }
        }
        assert.ok(allocator.stats().heap.reusedBlocks > 0, 'it was the same memory');
      });
    });

    const settings = { nativeMin: 0, zeroOnRelease: true };

    it('is all that an allocator with zeroOnRelease hands out', async () => {
      const allocator = createAllocator(settings);
      const arena = allocator.createArena({ slabSize: 4096 });
      /* What is handed out with nothing written to it. */
      const fresh = () => [
        ...SIZES.flatMap((size) => [
          allocator.acquire(size),
          allocator.allocUnsafe(size),
          allocator.allocUnsafeSlow(size),
          arena.allocUnsafe(size),
        ]),
        allocator.acquire(HUGE),
      ];
      const giveBack = [
        (buffers) => buffers.forEach((buffer) => ours.release(buffer)),
        () => {},
        (buffers) => (buffers.forEach((buffer) => ours.release(buffer)), allocator.trim()),
      ];
      for (let round = 0; round < 6; round++) {
        /* Slabs that are being cut have been written to by this program, and may show it. */
        arena.reset();
        allocator.poolSize += 8;
        const kept = new Set();
        const buffers = fresh().filter(({ buffer }) => !kept.has(buffer) && kept.add(buffer));
        buffers.forEach((buffer) => assert.ok(!holdsDirt(buffer), `${buffer.length} bytes`));
        for (const { buffer } of buffers) new Uint8Array(buffer).fill(DIRT);
        giveBack[round % giveBack.length](buffers);
        buffers.length = 0;
        await collect(2);
        allocator.allocUnsafe(allocator.poolSize / 2 - 1).fill(0);
        allocator.allocUnsafe(allocator.poolSize / 2 - 1).fill(0);
      }
      if (backend === 'v8') assert.strictEqual(allocator.stats().stores.host.count, 0);
      arena.close();
      allocator.close();
    });

    it('is all that such an allocator gets from one that does not clear', async () => {
      for (let round = 0; round < 3; round++) {
        const careless = createAllocator({ ...settings, zeroOnRelease: false });
        dirty(careless);
        careless.close();
        await collect();
        withAllocator(settings, (allocator) => {
          const buffers = SIZES.flatMap((size) => [
            allocator.acquire(size),
            allocator.allocUnsafe(size),
            allocator.allocUnsafeSlow(size),
          ]);
          buffers.forEach((buffer) => assert.ok(!holdsDirt(buffer), `${buffer.length} bytes`));
        });
      }
    });
  });

  it('is so where the memory comes from the runtime', async () => {
    await withAllocator({ maxBytes: 0 }, async (allocator) => {
      for (let round = 0; round < 3; round++) {
        dirty(allocator);
        await collect(1);
        assertClean(allocator);
      }
    });
  });

  after(() => collectUntil(() => outstanding() < 10, 'what was dirty is back'));
});

describe('a program in which no file can be loaded any more', () => {
  it('has memory all the same', async function () {
    this.timeout(60_000);
    const { rounds, ...lengths } = await runFixture('unloadable');
    const MIB = 1024 * 1024;
    assert.deepStrictEqual(lengths, {
      objects: 300_000,
      alloc: rounds * 2 * MIB,
      allocUnsafe: rounds * MIB,
      allocUnsafeSlow: (rounds * MIB) / 16,
      concat: rounds * 2 * MIB,
      from: rounds * (MIB + 4),
    });
  });
});

describe('a program that replaces globals, methods and prototypes', () => {
  /* The built-in's `concat` believes that length, and throws; so does Deno's `fill`, which is ours, too. */
  const MAY_DIFFER = ['a length on Buffer.prototype'];

  let results;
  before(async function () {
    this.timeout(120_000);
    const names = await runFixture('isolation-pollution');
    assert.ok(names.length > 40);
    const waiting = [...names];
    results = {};
    const work = async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        results[name] = await runFixture('isolation-pollution', [name]).catch((error) => ({
          error,
        }));
      }
    };
    await Promise.all([work(), work()]);
  });

  /** What was found wrong, by what had been replaced. */
  const found = (field) =>
    Object.fromEntries(
      Object.entries(results)
        .filter(([, result]) => !(result[field]?.length === 0))
        .map(([name, result]) => [name, result.error?.message ?? result[field]]),
    );

  it('gets the right bytes, or an error of its own making', () => {
    const wrong = found('wrong');
    if (process.versions.deno !== undefined) for (const name of MAY_DIFFER) delete wrong[name];
    assert.deepStrictEqual(wrong, {});
  });

  it("gets no hold of the allocator's own", () => {
    assert.deepStrictEqual(found('leaked'), {});
  });

  it('has the calls of Buffer work wherever the built-in works', () => {
    const differ = found('differ');
    for (const name of MAY_DIFFER) delete differ[name];
    assert.deepStrictEqual(differ, {});
  });

  it('was there: what it replaced was reached', () => {
    const reached = Object.values(results).filter(({ calls }) => calls > 0);
    assert.ok(reached.length >= (backend === 'v8' ? 10 : 5), `${reached.length} were`);
  });
});

describe('setters of Array.prototype', () => {
  it("get nothing of the allocator's own, and keep nothing from those who look", () => {
    const seen = new Set();
    const set = (value) => seen.add(value);
    const look = () => [
      ours.allocators().length,
      ours.stats({ all: true }).environments.map(({ allocators }) => allocators.length),
    ];
    const before = look();
    for (let i = 0; i < 20; i++) {
      Object.defineProperty(Array.prototype, i, { set, configurable: true });
    }
    let during;
    try {
      during = look();
    } finally {
      for (let i = 0; i < 20; i++) delete Array.prototype[i];
    }
    assert.deepStrictEqual(during, before);
    const names = [...seen].map((value) => value?.constructor?.name);
    assert.ok(!names.includes('Supply'), `${names}`);
  });
});
