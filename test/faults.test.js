'use strict';

/*
 * What becomes of it when a call fails: of the system, of the C library, of Node-API, of the runtime
 * and of the program, each at every place where it is made. A failure is an ordinary error or a
 * fallback; it loses no memory, gives none to two owners and shows no old bytes.
 *
 * The first part runs on a build of the addon in which every call can be made to fail (test/faults/,
 * built by test/run.js). Of the rest of the subject, workers that are terminated in the midst of
 * allocating are in workers.test.js and lifetimes-workers.test.js, a system without memory
 * (`ulimit -v`) is in memory.test.js, stores marked as untransferable are in release.test.js, arenas
 * that end while they are read are in arena-reentrancy.test.js, allocators in allocator.test.js.
 */

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const binding = require('../lib/runtime/binding');
const { backend, builtin, native, nodeMajor, ours, slabbed } = require('./support/subject');
const { isFilled, isZero } = require('./support/bytes');
const { fixtures, runFixture, runNode } = require('./support/child');
const { collect } = require('./support/collect');
const { BIG, assortment, attempt, givesEverythingBack } = require('./support/lifetimes');
const { withAllocator } = require('./support/lifetimes');
const { Ledger, useAllocator } = require('./faults/workload');

const { Buffer, acquire, createArena, release } = ours;
const { STATUS } = binding;
const nodeArgs = ['--expose-gc'];

// On host stores the addon is not called.
native(() => {
  describe('a call that fails', () => {
    it('can be any that the addon makes of Node-API and of the C library', () => {
      const read = (...names) => fs.readFileSync(path.join(__dirname, '..', ...names), 'utf8');
      const files = fs.readdirSync(path.join(__dirname, '..', 'src', 'addon'));
      const text = files.map((name) => read('src', 'addon', name)).join('');
      const called = new Set(text.match(/\b(napi_(?=\w+\()\w+|[cm]alloc|realloc)(?=\()/g));
      const header = read('test', 'faults', 'faults.h');
      const missing = [...called].filter((name) => !header.includes(`#define ${name}`));
      /* Of what an environment's end lets go: whoever fails to has nobody to tell. */
      const ending = ['napi_remove_async_cleanup_hook'];
      assert.deepStrictEqual(missing.sort(), ending.sort());
      assert.ok(called.size > 20);
    });

    /* Calls fail one at a time unless `times` says more: the call that reports the first, too. */
    const cases = {
      'of the system': { kind: 'os' },
      'of the system, and all from there on': { kind: 'os', times: 1e9 },
      'of Node-API': { kind: 'napi', every: 11 },
      'of Node-API, and the one after it': { kind: 'napi', times: 2, dense: 1, every: 11 },
    };
    /* Workers have stores of V8's or none. */
    if (backend === 'napi') {
      cases['of Node-API, that has taken the memory'] = { kind: 'half' };
    } else {
      const inWorker = { where: 'worker', dense: 80, every: 17 };
      cases['of the system, from the load on'] = { kind: 'os', where: 'fresh' };
      cases['of the C library, from the load on'] = { kind: 'libc', where: 'fresh' };
      const fresh = { where: 'fresh', dense: 45, every: 60 };
      cases['of Node-API, from the load on'] = { kind: 'napi', ...fresh };
      cases['of Node-API, in a worker'] = { kind: 'napi', ...inWorker };
      cases['of V8, that makes no backing store'] = { kind: 'backing' };
      cases['of V8, that makes no backing store, in a worker'] = { kind: 'backing', ...inWorker };
      cases['of V8, that makes no ArrayBuffer over one'] = { kind: 'empty' };
    }
    let outcomes;
    before(async function () {
      this.timeout(600_000);
      outcomes = {};
      const waiting = Object.entries(cases);
      const work = async () => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const [title, options] = next;
          const run = runFixture('fault-sites', [JSON.stringify(options)], { nodeArgs });
          outcomes[title] = await run.catch((error) => ({ results: [error.message] }));
        }
      };
      await Promise.all([work(), work()]);
    });

    for (const [title, options] of Object.entries(cases)) {
      it(`is an error or a fallback, and harms nothing: ${title}`, () => {
        const outcome = outcomes[title];
        assert.deepStrictEqual(outcome.results, []);
        // What a failure saves the program from calling may leave the last ones out of reach.
        assert.ok(outcome.calls >= 40 && outcome.failed >= outcome.runs * 0.9);
        if (options.kind !== 'napi') assert.ok(!outcome.leftAlone, 'what can be emptied is');
        if (options.where === 'fresh' && options.kind !== 'os') assert.ok(outcome.refusedLoads > 0);
      });
    }
  });

  describe('a release in debug mode, whose memory then cannot be shown to the quarantine', () => {
    it('has emptied the buffer, and says so', async () => {
      for (const { kind, ...outcome } of await runFixture('fault-move')) {
        assert.deepStrictEqual(outcome, { done: true, length: 0, isCalled: true }, kind);
      }
    });
  });

  describe('a refusal in the midst of the work', () => {
    givesEverythingBack();

    /** Runs `work` while the addon refuses all allocations after the first `count`. */
    function refuseAfter(count, refuse, work) {
      const { allocate } = binding;
      let calls = 0;
      binding.allocate = (...args) => (calls++ < count ? allocate(...args) : refuse());
      try {
        return work();
      } finally {
        binding.allocate = allocate;
      }
    }

    /* The calls of the addon that there are; the mirror's own where V8 makes the stores. */
    const LAST = backend === 'v8' ? 16 : 7;
    for (const [name, counter] of [
      ['UNSUPPORTED', 'unsupported'],
      ['NO_MEMORY', 'memory'],
      ['BUDGET', 'budget'],
      ['INVALID', 'memory'],
    ]) {
      it(`has the runtime serve the rest: ${name}`, () => {
        for (let count = 0; count < LAST; count++) {
          withAllocator({ nativeMin: 0 }, (allocator) => {
            const arena = allocator.createArena({ slabSize: 4096 });
            const buffers = refuseAfter(
              count,
              () => STATUS[name],
              () => [...assortment(allocator), ...assortment(arena), allocator.acquire(9).fill(7)],
            );
            buffers.forEach((buffer) => assert.ok(isFilled(buffer, 7)));
            const { external, fallbacks } = allocator.stats();
            assert.strictEqual(external, name !== 'UNSUPPORTED');
            assert.ok(fallbacks[counter] > 0);
            if (name === 'UNSUPPORTED') assert.strictEqual(fallbacks.unsupported, 1);
            arena.close();
            const emptied = buffers.filter(({ length }) => length === 0);
            assert.strictEqual(emptied.length, (buffers.length - 1) / 2);
          });
        }
      });
    }

    it('that is an exception reaches the caller as it is, and the next call is served', () => {
      const error = new Error('from Node-API');
      const refuse = () => {
        throw error;
      };
      const calls = [
        (a) => a.acquire(10),
        (a) => a.createArena().alloc(10),
        (a) => a.createArena().from('x'.repeat(BIG)),
      ];
      slabbed(() =>
        calls.push(
          (a) => a.alloc(BIG),
          (a) => a.allocUnsafe(10),
          (a) => a.from('abc'),
          (a) => a.concat([Buffer.from('abc')]),
        ),
      );
      for (const make of calls) {
        withAllocator({}, (allocator) => {
          refuseAfter(0, refuse, () => assert.throws(() => make(allocator), error));
          assert.ok(make(allocator).length > 0);
        });
      }
    });
  });
});

describe('a limit that leaves next to nothing', () => {
  givesEverythingBack();

  const limits = [];
  for (const maxBytes of [0, 1, 10_000, Infinity]) {
    for (const maxCachedBytes of [0, 20_000, Infinity]) {
      for (const nativeMin of [0, 5000, Infinity]) {
        limits.push({ maxBytes, maxCachedBytes, nativeMin });
      }
    }
  }

  for (const zeroOnRelease of [false, true]) {
    it(`changes no result: ${limits.length} combinations, zeroOnRelease ${zeroOnRelease}`, () => {
      for (const limit of limits) {
        const ledger = new Ledger();
        useAllocator(ledger, ours, { zeroOnRelease, ...limit }, true);
        ledger.verify();
        assert.deepStrictEqual([ledger.wrong, ledger.errors], [[], []], JSON.stringify(limit));
      }
    });
  }

  it('holds for the module as a whole', async () => {
    const env = { BUFALLOC_MAX_BYTES: '0', BUFALLOC_MAX_CACHED_BYTES: '0' };
    const script = `
      const { ours } = { ours: require('.') };
      const { Ledger, useAllocator } = require('./test/faults/workload');
      const ledger = new Ledger();
      const assert = require('node:assert');
      useAllocator(ledger, { ...ours, createAllocator: () => ({ ...ours.Buffer,
        alloc: ours.Buffer.alloc, allocUnsafe: ours.Buffer.allocUnsafe, from: ours.Buffer.from,
        allocUnsafeSlow: ours.Buffer.allocUnsafeSlow, concat: ours.Buffer.concat,
        copyBytesFrom: ours.Buffer.copyBytesFrom, ...ours }) }, {}, false);
      ledger.verify();
      assert.deepStrictEqual([ledger.wrong, ledger.errors], [[], []]);
      console.log(ours.stats().stores.slab.count + ours.stats().stores.dedicated.count);`;
    const { stdout, stderr } = await runNode(['-e', script], {
      env,
      cwd: path.join(__dirname, '..'),
    });
    assert.deepStrictEqual([stdout, stderr], ['0\n', '']);
  });
});

if (typeof ArrayBuffer.prototype.transfer === 'function') {
  // From Node 24 on transfer() refuses what is marked, as slabs are and the built-in's pool is.
  const refusesSlabs = nodeMajor >= 24;
  const movable = refusesSlabs ? [createArena] : [() => Buffer, createArena];

  describe('transfer() of our memory by a program', () => {
    givesEverythingBack();

    it('of a slab leaves those with buffers in it without, and everyone else alone', () => {
      for (const make of movable) {
        const subject = make();
        const before = subject.from('before');
        const moved = builtin.Buffer.from(before.buffer.transfer()).fill(7);
        assert.strictEqual(before.length, 0);
        const next = assortment(subject);
        assert.ok(isFilled(moved, 7));
        next.forEach((buffer) => assert.ok(isFilled(buffer, 7)));
        next.forEach((buffer) => buffer.fill(9));
        assert.ok(isFilled(moved, 7));
        subject.close?.();
        assert.ok(isFilled(moved, 7), 'an arena has no say in what was moved away');
      }
    });

    it('of a slab in the midst of a copy into it writes nowhere', () => {
      for (const make of movable) {
        const subject = make();
        const moved = [];
        const list = {
          length: 20,
          get 0() {
            moved.push(subject.allocUnsafe(1).buffer.transfer());
            return 5;
          },
          1: 5,
        };
        attempt(() => subject.from(list));
        const other = Buffer.alloc(100, 3);
        assert.ok(moved.length === 1 && isFilled(other, 3));
        subject.close?.();
      }
    });

    if (refusesSlabs) {
      it("of a slab is refused, as of the built-in's pool", () => {
        for (const subject of [builtin.Buffer, Buffer]) {
          const buffer = subject.from('before');
          assert.throws(() => buffer.buffer.transfer(), { name: 'TypeError' });
          assert.strictEqual(buffer.toString(), 'before');
        }
      });
    }
  });
}

describe('code of the program that fails while its objects are read', () => {
  givesEverythingBack();
  const error = new Error('of the program');
  const fail = () => {
    throw error;
  };
  const subjects = {
    module: () => Buffer,
    allocator: () => ours.createAllocator({ nativeMin: 0 }),
    arena: () => createArena(),
  };
  const failingList = (length, at) =>
    Object.defineProperty({ length, 0: 1, 1: 2 }, at, { get: fail });
  const failingElements = (size) =>
    Object.defineProperty([Buffer.alloc(size, 7), 0], 1, { get: fail });
  const calls = {
    'valueOf in from': (s) => s.from({ valueOf: fail }),
    'toPrimitive in from': (s) => s.from({ [Symbol.toPrimitive]: fail }),
    'a length in from': (s) => s.from(Object.defineProperty({}, 'length', { get: fail })),
    'an element in from, small': (s) => s.from(failingList(10, 1)),
    'an element in from, large': (s) => s.from(failingList(BIG, 1)),
    'an element that is no number': (s) => s.from([1, { valueOf: fail }, 3]),
    'an element in concat': (s) => s.concat(failingElements(50)),
    'an element in concat, large': (s) => s.concat(failingElements(BIG)),
    'an element in concat, of a given length': (s) => s.concat(failingElements(50), BIG),
    'the fill of alloc': (s) => s.alloc(10, { valueOf: fail }),
    'the fill of alloc, large': (s) => s.alloc(BIG, { valueOf: fail }),
  };
  for (const [name, make] of Object.entries(subjects)) {
    for (const [title, call] of Object.entries(calls)) {
      it(`has its own error, and the next calls work: ${title}, ${name}`, () => {
        const subject = make();
        const before = assortment(subject);
        for (let i = 0; i < 3; i++) assert.throws(() => call(subject), error);
        const after = assortment(subject);
        after.forEach((buffer) => assert.ok(isFilled(buffer, 7)));
        after.forEach((buffer) => buffer.fill(9));
        before.forEach((buffer) => assert.ok(isFilled(buffer, 7), 'no byte in common'));
        subject.close?.();
      });
    }
  }
});

describe('an array-like that changes while it is read', () => {
  givesEverythingBack();

  /** A proxy of an array-like whose length is another one at each look. */
  const fickle = (...lengths) =>
    new Proxy({}, { get: (target, key) => (key === 'length' ? (lengths.shift() ?? 3) : 7) });

  it('is as long as it said first, or an error, and shows no old bytes', () => {
    const HALF = Buffer.poolSize >>> 1;
    for (const subject of [Buffer, createArena()]) {
      for (const first of [3, 100, HALF + 5, BIG]) {
        for (const second of [0, 1, 3, 100, HALF + 5, BIG, -1, NaN, 2 ** 40]) {
          subject.allocUnsafe(HALF - 1).fill(99);
          let buffer;
          attempt(() => (buffer = subject.from(fickle(first, first, first, second))));
          attempt(() => (buffer = subject.from(fickle(first, second))));
          if (buffer === undefined) continue;
          assert.ok(buffer.every((byte) => byte === 7 || byte === 0));
          const next = subject.allocUnsafe(10).fill(5);
          buffer.fill(1);
          assert.ok(isFilled(next, 5));
        }
      }
      subject.close?.();
    }
  });

  it('of buffers is measured by what is copied', () => {
    for (const subject of [Buffer, createArena()]) {
      for (const size of [50, BIG]) {
        const parts = [1, 2, 3].map((byte) => builtin.Buffer.alloc(size, byte));
        for (const change of [
          (list) => list.push(parts[2]),
          (list) => list.pop(),
          (list) => (list.length = 1),
          (list) => list.splice(0, 2, parts[2]),
        ]) {
          const list = [...parts];
          let reads = 0;
          Object.defineProperty(list, 0, {
            configurable: true,
            get: () => (reads++ === 1 && change(list), parts[0]),
          });
          let buffer;
          attempt(() => (buffer = subject.concat(list)));
          if (buffer !== undefined) assert.ok(buffer.every((byte) => byte <= 3));
        }
      }
      subject.close?.();
    }
  });
});

describe('a getter that releases the buffer being copied', () => {
  givesEverythingBack();

  for (const size of [50, BIG]) {
    for (const [title, given] of [
      ['all', undefined],
      ['at most', 2 * size + 10],
    ]) {
      it(`has concat copy what is left of it, and clear the rest: ${size} bytes, ${title}`, () => {
        for (const victim of [0, 1, 2]) {
          for (const pass of [0, 1]) {
            const parts = [1, 2, 3].map((byte) => acquire(size).fill(byte));
            const list = [...parts];
            let reads = 0;
            let thief;
            Object.defineProperty(list, 1, {
              get() {
                if (reads++ === pass) {
                  release(parts[victim]);
                  thief = acquire(size).fill(99);
                }
                return parts[1];
              },
            });
            let buffer;
            /* The built-in, too, finds nothing to copy in an emptied buffer, or throws. */
            attempt(() => (buffer = Buffer.concat(list, given)));
            assert.ok(!buffer?.includes(99), 'what another owner wrote is not copied');
            assert.ok(!(buffer?.length > (given ?? 3 * size)));
            if (thief) assert.ok(isFilled(thief, 99), 'nobody writes where another owns');
            parts.forEach(release);
            if (thief) release(thief);
          }
        }
      });
    }
  }

  it('has from copy it as far as it went', () => {
    const source = acquire(BIG).fill(7);
    let thief;
    const list = {
      length: BIG,
      get 5() {
        release(source);
        thief = acquire(BIG).fill(99);
        return 7;
      },
    };
    for (let i = 0; i < 10; i++) if (i !== 5) list[i] = source[i];
    const buffer = Buffer.from(list);
    assert.ok(isFilled(buffer.subarray(0, 10), 7) && isZero(buffer.subarray(10)));
    assert.ok(isFilled(thief, 99));
    release(thief);
  });

  it('has compact copy nothing of another owner', () => {
    const source = acquire(BIG).fill(7);
    let thief;
    const list = [source.subarray(5), null];
    Object.defineProperty(list, 1, {
      get() {
        release(source);
        thief = acquire(BIG).fill(99);
        return Buffer.from('abc');
      },
    });
    const [first] = ours.compact(list);
    assert.ok(!first.includes(99));
    assert.ok(isFilled(thief, 99));
    release(thief);
  });
});

describe('process.exit()', () => {
  const script = path.join(fixtures, 'fault-exit.js');
  let places;
  before(async () => {
    places = await runFixture('fault-exit');
    await collect(1);
  });

  it('ends the process with its code and without a word, wherever it is called', async () => {
    assert.ok(places.length > 20);
    const wrong = [];
    const waiting = [...places];
    const work = async () => {
      for (let place = waiting.shift(); place !== undefined; place = waiting.shift()) {
        const { code, signal, stdout, stderr } = await runNode([...nodeArgs, script, place]);
        const ended = code === 7 && signal === null && stderr === '';
        if (!ended || !/^\d+\n$/.test(stdout)) wrong.push({ place, code, signal, stdout, stderr });
      }
    };
    await Promise.all([work(), work()]);
    assert.deepStrictEqual(wrong, []);
  });
});
