'use strict';

/* stats() and trim(): the shape, and that the counters add up to what was done. */

const assert = require('node:assert');
const binding = require('../lib/runtime/binding');
const { backend, ours, hostMode, native, hostOnly, slabbed } = require('./support/subject');
const { isFilled } = require('./support/bytes');
const { runFixture } = require('./support/child');
const { collect, turn } = require('./support/collect');
const { withAllocator } = require('./support/lifetimes');
const { freshSlab } = require('./support/pool-trace');

const { Buffer, stats } = ours;
const MIB = 1024 * 1024;
const KINDS = ['slab', 'dedicated', 'acquired', 'arena', 'secret', 'host'];
/** Every field that is promised; where the list is of counters of C, the addon's own names are asked. */
const FIELDS = {
  '': [
    'name',
    'backend',
    'external',
    'closed',
    'stores',
    'live',
    'lifetimes',
    'fallbacks',
    'secrets',
    'debug',
    'guard',
    'pacer',
    'hugePages',
  ].concat(['heap', 'process', 'limits']),
  backend: ['name', 'reason'],
  stores: KINDS,
  live: [...KINDS, 'quarantine'],
  lifetimes: ['acquired', 'released'],
  fallbacks: ['budget', 'turn', 'memory', 'unsupported'],
  secrets: ['isLocked', 'locked', 'unlocked', 'dumped', 'forked'],
  debug: ['state'],
  guard: ['state'],
  pacer: ['state', 'collections', 'milliseconds', 'returnedBytes', 'intervalBytes'],
  hugePages: ['state'],
  heap: binding.counters.heap,
  process: binding.counters.process,
  limits: ['poolSize', 'nativeMin', 'maxBytes', 'maxCachedBytes', 'zeroOnRelease'],
};
const TEXTS = {
  backend: ['name', 'reason'],
  debug: ['state'],
  guard: ['state'],
  pacer: ['state'],
  hugePages: ['state'],
};

/** How much each counter rose while `work` was done. Keeps what `work` returns alive. */
function rise(work) {
  const before = stats();
  const kept = work();
  const after = stats();
  const difference = (a, b) =>
    Object.fromEntries(
      Object.entries(a).map(([key, value]) => [
        key,
        typeof value === 'object' ? difference(value, b[key]) : value - b[key],
      ]),
    );
  return { ...difference(after, before), kept };
}

const total = (fallbacks) => Object.values(fallbacks).reduce((sum, count) => sum + count, 0);

describe('stats', () => {
  // What a turn may hand out is counted per turn: each test begins one.
  beforeEach(() => turn());

  it('has every field that is promised, and no other', () => {
    const found = stats();
    for (const [group, names] of Object.entries(FIELDS)) {
      assert.deepStrictEqual(Object.keys(group === '' ? found : found[group]), names, group);
    }
    for (const each of [...Object.values(found.stores), ...Object.values(found.live)])
      assert.deepStrictEqual(Object.keys(each), ['count', 'bytes']);
  });

  it('is of numbers, but for what are states and names', () => {
    const { name: ownName, external, closed, stores, live, ...rest } = stats();
    const { secrets, limits, ...groups } = rest;
    for (const value of [external, closed, secrets.isLocked, limits.zeroOnRelease]) {
      assert.strictEqual(typeof value, 'boolean');
    }
    assert.strictEqual(ownName, 'default');
    const kinds = [...Object.entries(stores), ...Object.entries(live)];
    for (const [group, values] of [...Object.entries(groups), ...kinds]) {
      for (const [name, value] of Object.entries(values)) {
        const type = TEXTS[group]?.includes(name) ? 'string' : 'number';
        assert.strictEqual(typeof value, type, `${group}.${name}`);
      }
    }
  });

  it('names all that the tables of counters name', () => {
    const { COUNTERS, KIND, KIND_NAMES } = require('../lib/stores/record');
    const { stores, lifetimes, fallbacks, secrets } = stats();
    const { isLocked, ...lacks } = secrets;
    assert.strictEqual(isLocked, lacks.unlocked === 0);
    const named = [
      ...['hostCount', 'hostBytes'],
      ...Object.keys(fallbacks),
      ...Object.keys(lifetimes),
      ...Object.keys(lacks).map((name) => `secrets${name[0].toUpperCase()}${name.slice(1)}`),
    ];
    assert.deepStrictEqual(named.sort(), Object.keys(COUNTERS).sort());
    assert.deepStrictEqual(Object.keys(stores), [...KIND_NAMES, 'host']);
    for (const [kind, place] of Object.entries(KIND)) {
      assert.strictEqual(kind.toLowerCase(), KIND_NAMES[place]);
    }
    Object.values(COUNTERS).forEach((place, i) => {
      assert.strictEqual(place, 2 * KIND_NAMES.length + i);
    });
  });

  it('says which backend is in use, and why it is not v8', () => {
    const found = stats().backend;
    assert.strictEqual(found.name, process.env.BUFALLOC_BACKEND ?? found.name);
    assert.strictEqual(found.reason === '', found.name === 'v8');
  });

  it('is made of plain objects and of numbers that are neither negative nor NaN', () => {
    const check = (value) => {
      if (typeof value === 'number') return assert.ok(value >= 0, `${value}`);
      if (typeof value !== 'object') return undefined;
      assert.strictEqual(Object.getPrototypeOf(value), Object.prototype);
      return Object.values(value).forEach(check);
    };
    check(stats());
  });

  it('is a snapshot of its own', () => {
    const first = stats();
    const copy = structuredClone(first);
    const kept = [Buffer.alloc(150_000), Buffer.alloc(10)];
    assert.deepStrictEqual(first, copy);
    first.stores.host.count = -5;
    first.limits.poolSize = -5;
    assert.ok(stats().stores.host.count >= 0);
    assert.ok(stats().limits.poolSize > 0);
    assert.strictEqual(kept.length, 2);
  });

  it('says whether stores come from C', () => {
    assert.strictEqual(stats().external, !hostMode);
  });

  it('shows poolSize as it is set', () => {
    const before = Buffer.poolSize;
    assert.strictEqual(stats().limits.poolSize, before);
    Buffer.poolSize = 1024;
    assert.strictEqual(stats().limits.poolSize, 1024);
    Buffer.poolSize = before;
  });

  it('counts a store for each dedicated buffer, of its size', () => {
    const size = backend === 'v8' ? Math.max(stats().limits.nativeMin, 4096) : 4096;
    const kind = backend === 'v8' ? 'dedicated' : 'host';
    const { stores, fallbacks } = rise(() => [
      Buffer.alloc(size),
      Buffer.allocUnsafeSlow(size + 1),
      Buffer.allocUnsafe(200_000),
      Buffer.from('x'.repeat(200_000)),
      Buffer.concat([new Uint8Array(200_000)]),
      Buffer.alloc(size, 'x'),
    ]);
    assert.deepStrictEqual(stores[kind], { count: 6, bytes: 3 * size + 1 + 600_000 });
    assert.strictEqual(total(fallbacks), 0);
  });

  it("counts small dedicated buffers as the host's, and as no fallback", () => {
    const size = Math.min(stats().limits.nativeMin, 4096) - 1;
    const { stores, fallbacks } = rise(() => [Buffer.alloc(size), Buffer.allocUnsafeSlow(size)]);
    assert.deepStrictEqual(stores.host, { count: 2, bytes: 2 * size });
    assert.deepStrictEqual(stores.dedicated, { count: 0, bytes: 0 });
    assert.strictEqual(total(fallbacks), 0);
  });

  it('counts a store for each slab', () => {
    const { poolSize } = Buffer;
    const kind = backend === 'v8' ? 'slab' : 'host';
    freshSlab(Buffer);
    const { stores } = rise(() => [freshSlab(Buffer), freshSlab(Buffer), freshSlab(Buffer)]);
    assert.deepStrictEqual(stores[kind], { count: 3, bytes: 3 * poolSize });
  });

  it('counts nothing for buffers cut from a slab', () => {
    freshSlab(Buffer);
    const { stores } = rise(() => [Buffer.allocUnsafe(8), Buffer.from('abc'), Buffer.from([1, 2])]);
    for (const { count, bytes } of Object.values(stores)) assert.strictEqual(count + bytes, 0);
  });

  it('counts no C store for empty buffers and for shared memory', () => {
    const { stores } = rise(() => [
      Buffer.alloc(0),
      Buffer.allocUnsafe(0),
      Buffer.from(new ArrayBuffer(200_000)),
      Buffer.from(''),
    ]);
    assert.strictEqual(stores.slab.count + stores.dedicated.count, 0);
  });

  it('counts nothing for calls that fail', () => {
    const { stores, heap } = rise(() => {
      for (const wrong of [-1, '5', NaN]) assert.throws(() => Buffer.alloc(wrong));
      assert.throws(() => Buffer.from('abc', 'nonsense'));
    });
    for (const { count, bytes } of Object.values(stores)) assert.strictEqual(count + bytes, 0);
    assert.strictEqual(heap.allocatedBlocks, 0);
  });

  native(() => {
    it('counts in the heap what it counts in the stores', async () => {
      /* What earlier tests dropped would come back meanwhile. */
      await collect();
      const arena = ours.createArena();
      const { stores, heap } = rise(() => [
        ...Array.from({ length: 20 }, () => Buffer.alloc(200_000)),
        ...Array.from({ length: 5 }, () => freshSlab(Buffer)),
        ...Array.from({ length: 5 }, () => ours.acquire(1000)),
        ...Array.from({ length: 5 }, () => arena.alloc(200_000)),
      ]);
      const fromC = KINDS.filter((kind) => kind !== 'host').map((kind) => stores[kind]);
      const sum = (name) => fromC.reduce((all, store) => all + store[name], 0);
      assert.ok(sum('count') >= 10);
      assert.strictEqual(heap.allocatedBlocks, sum('count'));
      assert.ok(heap.allocatedBytes >= sum('bytes'));
      assert.strictEqual(heap.liveBlocks, heap.allocatedBlocks);
      assert.strictEqual(heap.liveBytes, heap.allocatedBytes);
      arena.close();
    });

    it('counts the bytes that must be zero as cleared or as known to be zero', () => {
      const zero = (size) => ours.acquire(size, { zero: true });
      const { heap } = rise(() => [zero(200_000), zero(3 * MIB)]);
      assert.ok(heap.zeroedBytes + heap.knownZeroBytes >= 200_000 + 3 * MIB);
      const unsafe = rise(() => [ours.acquire(200_000)]).heap;
      assert.strictEqual(unsafe.zeroedBytes + unsafe.knownZeroBytes, 0);
    });

    it('wastes at most an eighth of a block on size classes', () => {
      for (const size of [131_073, 140_000, 200_001, 1_000_001, 5_000_001]) {
        const { heap } = rise(() => ours.acquire(size));
        assert.ok(heap.allocatedBytes >= size);
        assert.ok(heap.allocatedBytes * 0.875 <= size, `${size} took ${heap.allocatedBytes}`);
      }
    });

    it('keeps its parts within their wholes', () => {
      const { heap, process: whole } = stats();
      assert.ok(heap.liveBlocks <= heap.allocatedBlocks);
      assert.ok(heap.liveBytes <= heap.peakLiveBytes);
      assert.ok(heap.peakLiveBytes <= heap.allocatedBytes);
      assert.ok(heap.reusedBlocks <= heap.allocatedBlocks);
      assert.ok(heap.liveBytes + heap.cachedBytes <= heap.mappedBytes);
      assert.ok(heap.mappedBytes + whole.reserveBytes <= whole.mappedBytes);
      assert.ok(whole.warmBytes <= whole.reserveBytes);
      assert.ok(whole.heaps >= 1);
    });

    it('raises the peak with what lives', () => {
      const { acquire, close, release, stats: own } = ours.createAllocator();
      const kept = acquire(32 * MIB);
      const { liveBytes, peakLiveBytes } = own().heap;
      assert.ok(peakLiveBytes >= kept.length && peakLiveBytes >= liveBytes);
      release(kept);
      assert.strictEqual(own().heap.peakLiveBytes, peakLiveBytes);
      close();
    });
  });

  hostOnly(() => {
    it('shows no C memory at all', () => {
      const kept = [Buffer.alloc(MIB), Buffer.from('x')];
      kept.push(ours.acquire(10));
      const { heap, stores } = stats();
      assert.strictEqual(heap.liveBytes + heap.allocatedBlocks + heap.mappedBytes, 0);
      for (const kind of KINDS) assert.strictEqual(stores[kind].count > 0, kind === 'host');
      assert.ok(stores.host.count > 0 && kept.length === 3);
    });
  });
});

describe('the limits', () => {
  const show = async (env) => (await runFixture('show-stats', [], { env })).limits;

  it('are read from the environment', async () => {
    const limits = await show({
      BUFALLOC_NATIVE_MIN: '12345',
      BUFALLOC_MAX_BYTES: '77000000',
      BUFALLOC_MAX_CACHED_BYTES: '33000000',
    });
    assert.strictEqual(limits.nativeMin, 12345);
    assert.strictEqual(limits.maxBytes, 77_000_000);
    assert.strictEqual(limits.maxCachedBytes, 33_000_000);
  });

  it('can be 0', async () => {
    const limits = await show({ BUFALLOC_NATIVE_MIN: '0', BUFALLOC_MAX_CACHED_BYTES: '0' });
    assert.strictEqual(limits.nativeMin, 0);
    assert.strictEqual(limits.maxCachedBytes, 0);
  });

  it('keep their defaults where the environment holds no number of bytes', async () => {
    const defaults = await show({});
    assert.ok(defaults.maxCachedBytes > 0 && defaults.maxCachedBytes <= 256 * MIB);
    for (const text of ['', 'many', '-1', 'NaN', '1e3x']) {
      const env = { BUFALLOC_NATIVE_MIN: text, BUFALLOC_MAX_BYTES: text };
      assert.deepStrictEqual(await show(env), defaults);
    }
  });

  slabbed(() => {
    it('let nativeMin decide where C stores begin', async () => {
      const all = await runFixture('show-stats', ['1', '100'], {
        env: { BUFALLOC_NATIVE_MIN: '0' },
      });
      assert.deepStrictEqual(all.stores.dedicated, { count: 2, bytes: 101 });
      const none = await runFixture('show-stats', ['99999', '100000'], {
        env: { BUFALLOC_NATIVE_MIN: '100000' },
      });
      assert.deepStrictEqual(none.stores.dedicated, { count: 1, bytes: 100_000 });
      assert.strictEqual(total(none.fallbacks), 0);
    });
  });
});

describe('trim', () => {
  it('gives back a number of bytes', () => {
    assert.strictEqual(typeof ours.trim(), 'number');
    assert.ok(ours.trim() >= 0);
  });

  native(() => {
    it('gives cached memory back to the operating system', () => {
      const cache = (allocator) => {
        const buffers = Array.from({ length: 20 }, () => allocator.acquire(MIB).fill(1));
        buffers.forEach((buffer) => ours.release(buffer));
      };
      withAllocator({}, (allocator) => {
        cache(allocator);
        const { cachedBytes } = allocator.stats().heap;
        assert.ok(cachedBytes >= 20 * MIB);
        const bytes = allocator.trim();
        assert.ok(bytes >= cachedBytes, `${bytes} of ${cachedBytes}`);
        assert.strictEqual(allocator.stats().heap.cachedBytes, 0);
      });
      /* Of the one that everybody shares, free blocks among live ones stay. */
      cache(ours);
      assert.ok(ours.trim() >= 20 * MIB);
    });

    it('leaves what is in use alone', async () => {
      const kept = Array.from({ length: 100 }, (_, i) => Buffer.alloc(20_000, i + 1));
      const pooled = Array.from({ length: 100 }, (_, i) => Buffer.from(`text ${i}`));
      await collect();
      ours.trim();
      kept.forEach((buffer, i) => assert.ok(isFilled(buffer, i + 1)));
      pooled.forEach((buffer, i) => assert.strictEqual(buffer.toString(), `text ${i}`));
    });
  });

  hostOnly(() => {
    it('gives back nothing where there is nothing', () => {
      assert.strictEqual(ours.trim(), 0);
    });
  });
});
