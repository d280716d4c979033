'use strict';

/* census(): every live store, what of it is alive, and that looking changes nothing. */

const assert = require('node:assert');
const inspector = require('node:inspector');
const { Worker } = require('node:worker_threads');
const { hostMode, ours } = require('./support/subject');
const { collectUntil } = require('./support/collect');

const { census } = ours;
const KIB = 1024;
const SLAB = 64 * KIB;

const FIELDS = [
  ...[
    'kind',
    'native',
    'allocator',
    'bytes',
    'liveBytes',
    'pinnedBytes',
    'views',
    'current',
    'sites',
  ],
];
const KINDS = ['slab', 'dedicated', 'acquired', 'arena', 'secret', 'other'];

/**
 * What is alive while the census is taken, each from an allocator of the name. One census for all: it takes
 * a third of a second in a process as large as this.
 */
const SCENES = {
  'a piece of each slab': ({ allocUnsafe }) =>
    Array.from({ length: 50 }, () => {
      const [kept] = [allocUnsafe(10), ...Array.from({ length: 10 }, () => allocUnsafe(8000))];
      return kept;
    }),
  'a slice': ({ alloc }) => alloc(100 * KIB).subarray(7, 17),
  'several views': ({ acquire }) => {
    const whole = acquire(1000);
    return [
      ...[whole.subarray(100, 300), whole.subarray(0, 50), whole.subarray(200, 400)],
      ...[whole.subarray(120, 130), whole.subarray(400, 500), whole.subarray(600, 600)],
      new Float64Array(whole.buffer, 800, 2),
    ];
  },
  'a DataView': ({ alloc }) => new DataView(alloc(5000).buffer, 10, 20),
  'an ArrayBuffer': ({ alloc }) => alloc(5000).buffer,
  'a slab in use': ({ allocUnsafe }) => allocUnsafe(10),
  'an arena': ({ createArena }) => {
    const arena = createArena();
    for (let i = 0; i < 40; i++) arena.allocUnsafe(2000);
    return arena;
  },
  others: () => [new Uint8Array(123_456).subarray(6), new Uint8Array(1234)],
};

describe('census', () => {
  let found, quick;
  before(() => {
    const kept = Object.entries(SCENES).map(([name, work]) => {
      const allocator = ours.createAllocator({ name, poolSize: SLAB, nativeMin: 0 });
      return [allocator, work(allocator)];
    });
    found = census();
    quick = census({ quick: true });
    for (const [allocator, result] of kept) {
      allocator.close();
      assert.ok(result !== undefined);
    }
  });

  /** What was told of a scene's stores, but for the slab that is still cut. */
  const storesOf = (name, { stores } = found) =>
    stores.filter(({ allocator, current }) => allocator === name && !current);

  function onlyStore(name, census) {
    const stores = storesOf(name, census);
    assert.strictEqual(stores.length, 1);
    return stores[0];
  }

  it('tells of each store what is promised, and adds up', () => {
    const { blockedMs, totals, stores } = found;
    assert.ok(blockedMs > 0);
    assert.deepStrictEqual(Object.keys(totals), KINDS);
    const sums = { count: 0, bytes: 0, liveBytes: 0, pinnedBytes: 0, views: 0 };
    for (const store of stores) {
      assert.deepStrictEqual(Object.keys(store), FIELDS);
      assert.ok(store.liveBytes + store.pinnedBytes <= store.bytes);
      if (store.kind !== 'slab') continue;
      for (const name of Object.keys(sums)) sums[name] += store[name] ?? 1;
    }
    assert.deepStrictEqual(totals.slab, sums);
  });

  it('is sorted by what is pinned for nothing', () => {
    const pinned = found.stores.map(({ pinnedBytes }) => pinnedBytes);
    assert.ok(pinned[0] >= 100_000);
    assert.deepStrictEqual(
      pinned,
      [...pinned].sort((a, b) => b - a),
    );
  });

  it('finds who pins a slab: one piece of each', () => {
    const pinned = storesOf('a piece of each slab');
    assert.ok(pinned.length >= 49, `${pinned.length} slabs`);
    for (const store of pinned) {
      assert.deepStrictEqual([store.kind, store.bytes, store.liveBytes], ['slab', SLAB, 10]);
      assert.deepStrictEqual([store.pinnedBytes, store.views], [SLAB - 10, 1]);
    }
  });

  it('finds a large buffer that a slice keeps', () => {
    const store = onlyStore('a slice');
    assert.deepStrictEqual([store.kind, store.bytes], ['dedicated', 100 * KIB]);
    assert.deepStrictEqual([store.liveBytes, store.views], [10, 1]);
  });

  it('counts what lies under several views once', () => {
    const store = onlyStore('several views');
    assert.deepStrictEqual([store.kind, store.views], ['acquired', 7]);
    assert.strictEqual(store.liveBytes, 50 + 400 + 16);
  });

  it('sees DataViews, and ArrayBuffers that nobody views', () => {
    assert.strictEqual(onlyStore('a DataView').liveBytes, 20);
    const bare = onlyStore('an ArrayBuffer');
    assert.deepStrictEqual([bare.views, bare.pinnedBytes], [0, 0]);
  });

  it('looks at typed arrays alone when it is to be quick', () => {
    assert.deepStrictEqual(storesOf('a DataView', quick), []);
    assert.strictEqual(onlyStore('a slice', quick).views, 1);
  });

  it('takes the rest of a slab in use for nothing that is pinned', () => {
    const [store] = found.stores.filter(({ allocator }) => allocator === 'a slab in use');
    assert.deepStrictEqual([store.current, store.liveBytes, store.pinnedBytes], [true, 10, 0]);
  });

  it('finds an arena that is not reset', () => {
    const store = onlyStore('an arena');
    assert.deepStrictEqual([store.kind, store.pinnedBytes], ['arena', SLAB]);
  });

  it('says which memory is from C', () => {
    assert.strictEqual(onlyStore('several views').native, !hostMode);
  });

  it('counts the stores of others, and lists the larger ones', () => {
    const others = found.stores.filter(({ kind }) => kind === 'other');
    const large = others.find(({ bytes }) => bytes === 123_456);
    assert.deepStrictEqual([large.allocator, large.pinnedBytes], [null, 6]);
    assert.ok(!others.some(({ bytes }) => bytes === 1234));
    assert.ok(found.totals.other.count > others.length);
  });

  it('says where a store was asked for, while a profile is taken or the debugging mode is on', () => {
    const { acquire } = ours.createAllocator({ name: 'debugged', debug: true });
    ours.startProfile({ interval: 1 });
    const { allocUnsafe, close } = ours.createAllocator({
      ...{ name: 'profiled', poolSize: SLAB, nativeMin: 0 },
    });
    const kept = [acquire(1000), allocUnsafe(SLAB).subarray(1)];
    for (let i = 0; i < 500; i++) kept.push(allocUnsafe(100));
    const { stores } = census({ quick: true });
    ours.stopProfile();
    close();
    for (const [name, size] of [
      ['debugged', 1000],
      ['profiled', 100],
      ['profiled', SLAB],
    ]) {
      const sites = stores.filter(({ allocator }) => allocator === name).flatMap((s) => s.sites);
      const [site] = sites.filter(({ bytes }) => bytes === size);
      assert.match(site.frames[0], /census\.test\.js:\d+:\d+\)$/);
    }
    assert.strictEqual(kept.length, 502);
    assert.ok(found.stores.every(({ sites }) => sites.length === 0));
  });

  it('keeps nothing alive of what it has seen', async () => {
    const collected = new Set();
    const registry = new FinalizationRegistry((what) => collected.add(what));
    (() => {
      const buffer = ours.acquire(5000);
      registry.register(buffer, 'view');
      registry.register(buffer.buffer, 'store');
      assert.ok(census({ quick: true }).totals.acquired.bytes >= buffer.length);
    })();
    await collectUntil(() => collected.size === 2, 'a buffer that a census has seen');
  });

  it('leaves nothing among the globals', () => {
    const before = Reflect.ownKeys(globalThis);
    census({ quick: true });
    assert.deepStrictEqual(Reflect.ownKeys(globalThis), before);
  });

  it('leaves a session of the program alone', () => {
    const session = new inspector.Session();
    session.connect();
    const seen = [];
    session.on('inspectorNotification', ({ method }) => seen.push(method));
    session.post('Runtime.enable');
    seen.length = 0;
    assert.ok(census({ quick: true }).stores.length > 0);
    assert.deepStrictEqual(seen, []);
    session.post('Runtime.evaluate', { expression: '6 * 7' }, (error, { result }) => {
      seen.push(result.value);
    });
    session.disconnect();
    assert.deepStrictEqual(seen, [42]);
  });

  it('survives what a program has made of prototypes', () => {
    const own = Object.getOwnPropertyDescriptor(Uint8Array.prototype, 'buffer');
    const odd = Object.defineProperty(Buffer.alloc(5000), 'buffer', {
      get: () => assert.fail('a getter of the program was called'),
    });
    Object.defineProperty(Uint8Array.prototype, 'buffer', {
      get: () => assert.fail('a getter of the program was called'),
      configurable: true,
    });
    try {
      assert.ok(census({ quick: true }).totals.other.count > 0 && odd.length === 5000);
    } finally {
      delete Uint8Array.prototype.buffer;
    }
    assert.strictEqual(own, undefined);
  });

  /** What a worker posts. */
  async function messageOf(work) {
    const source = `
      const { census, createAllocator } = require(${JSON.stringify(require.resolve('..'))});
      const post = (message) => require('node:worker_threads').parentPort.postMessage(message);
      ${work}`;
    const worker = new Worker(source, { eval: true });
    return new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  }

  it('sees the stores of its own thread, in a worker too', async () => {
    const message = await messageOf(`
      const { acquire } = createAllocator({ name: 'in a worker' });
      const kept = acquire(54321);
      const found = census().stores.filter(({ allocator }) => allocator === 'in a worker');
      post([found.length, found[0].bytes, kept.length]);`);
    assert.deepStrictEqual(message, [1, 54321, 54321]);
  });

  it('says so where nothing can be handed to the inspector', async () => {
    const message = await messageOf(`
      Object.preventExtensions(globalThis);
      try {
        census();
      } catch ({ code }) {
        post(code);
      }`);
    assert.strictEqual(message, 'ERR_BUFALLOC_INSPECTOR');
  });

  it('takes no other options', () => {
    assert.throws(() => census({ fast: true }), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => census({ quick: 1 }), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => census(null), { code: 'ERR_INVALID_ARG_TYPE' });
  });
});

describe('a census without an inspector', () => {
  const fails = () => assert.throws(census, { code: 'ERR_BUFALLOC_INSPECTOR' });

  for (const [title, Session] of Object.entries({
    'is not there': undefined,
    'refuses sessions': class {
      connect() {
        throw new Error('denied');
      }
    },
    'does not find objects': class {
      connect() {}
      post(command, parameters, reply) {
        reply(new Error(`'${command}' wasn't found`));
      }
      disconnect() {}
    },
    'does not answer at once': class {
      connect() {}
      post() {}
      disconnect() {}
    },
  })) {
    it(`fails, and says so, where it ${title}`, () => {
      const original = inspector.Session;
      inspector.Session = Session;
      try {
        fails();
      } finally {
        inspector.Session = original;
      }
    });
  }
});
