'use strict';

/* startProfile, takeProfile, stopProfile: who allocated, and what of it is in use; in the formats of other tools. */

const assert = require('node:assert');
const path = require('node:path');
const { gunzipSync } = require('node:zlib');
const { Profile } = require('pprof-format');
const { getProfiler } = require('../lib/insight/profile');
const { backend, hostMode, hostPools, ours } = require('./support/subject');
const { collect } = require('./support/collect');
const { withAllocator } = require('./support/lifetimes');

const { Buffer, startProfile, stopProfile, takeProfile } = ours;
const lib = path.join(__dirname, '..', 'lib');
const KIB = 1024;
const MIB = 1024 * KIB;
/** Of what is larger nearly every one is sampled, and stands for itself. */
const INTERVAL = 16 * KIB;
const LARGE = 256 * KIB;

/** What a profile in pprof's format says: an object for each sample, with its innermost function. */
function decode(profile = takeProfile()) {
  const {
    stringTable,
    sampleType,
    sample,
    location,
    function: functions,
  } = Profile.decode(gunzipSync(profile));
  const text = (index) => stringTable.strings[Number(index)];
  const byId = (list, id) => list.find((each) => each.id === id);
  return sample.map(({ locationId, value, label }) => {
    const frames = locationId.map((id) => {
      const [{ functionId, line }] = byId(location, id).line;
      const { name, filename } = byId(functions, functionId);
      return { name: text(name), file: text(filename), line: Number(line) };
    });
    const values = value.map((number, i) => [text(sampleType[i].type), Number(number)]);
    const labels = label.map(({ key, str }) => [text(key), text(str)]);
    return { frames, ...Object.fromEntries([...values, ...labels]) };
  });
}

const found = (name) => decode().filter(({ frames }) => frames[0].name === name);
const isKeepAll = ({ name }) => name === 'keepAll';
const sum = (samples, field) => samples.reduce((total, sample) => total + sample[field], 0);

const assertNear = (actual, expected, share) =>
  assert.ok(Math.abs(actual - expected) <= share * expected, `${actual}, not about ${expected}`);

/** Runs `work` under a profile. */
async function profiled(options, work) {
  startProfile(options);
  try {
    await work();
  } finally {
    stopProfile();
  }
}

const kindOf = (kind) => {
  const first = backend === 'v8' ? ['dedicated'] : [];
  return [...first, ...(hostMode ? [] : ['acquired', 'arena'])].includes(kind) ? kind : 'host';
};

describe('a profile', () => {
  it('has the sites of buffers that are kept, and what they hold', () =>
    profiled({ interval: INTERVAL }, () => {
      const kept = [];
      function keepLarge() {
        for (let i = 0; i < 40; i++) kept.push(Buffer.allocUnsafe(LARGE));
      }
      keepLarge();
      const samples = found('keepLarge');
      assert.strictEqual(samples.length, 1);
      const [{ frames, kind, allocator, inuse_objects: count }] = samples;
      assertNear(samples[0].inuse_space, 40 * LARGE, 0.01);
      assert.strictEqual(samples[0].alloc_space, samples[0].inuse_space);
      assert.strictEqual(count, 40);
      assert.deepStrictEqual([kind, allocator], [kindOf('dedicated'), 'default']);
      assert.strictEqual(frames[0].file, __filename);
      assert.ok(frames[0].line > 0);
      assert.ok(!frames.some(({ file }) => file.startsWith(lib)), 'no frames of ours');
      assert.strictEqual(kept.length, 40);
    }));

  it('has what was collected as allocated, and not as in use', () =>
    profiled({ interval: INTERVAL }, async () => {
      function drop() {
        for (let i = 0; i < 40; i++) Buffer.alloc(LARGE);
      }
      drop();
      await collect();
      const samples = found('drop');
      assertNear(sum(samples, 'alloc_space'), 40 * LARGE, 0.01);
      assert.strictEqual(sum(samples, 'inuse_space'), 0);
    }));

  it('is right on average for small pieces', () =>
    profiled({ interval: 4 * KIB }, () => {
      const kept = [];
      function keepSmall() {
        for (let i = 0; i < 20_000; i++) kept.push(Buffer.from('twenty characters...'));
        for (let i = 0; i < 10_000; i++) kept.push(Buffer.allocUnsafe(200));
      }
      keepSmall();
      const samples = found('keepSmall');
      // Some 600 samples: this is six standard deviations.
      assertNear(sum(samples, 'inuse_space'), 2_400_000, 0.25);
      const kinds = new Set(samples.map(({ kind }) => kind));
      assert.deepStrictEqual([...kinds], [hostPools ? 'slab' : 'host']);
      assert.strictEqual(kept.length, 30_000);
    }));

  /* Each makes 10,000 pieces, of which some 600 are sampled or more: 25 % are six standard deviations. */
  const WAYS = {
    'of bytes that need no padding': [256, () => Buffer.allocUnsafe(256)],
    'that are small': [17, () => Buffer.allocUnsafe(17)],
    'that are aligned': [72, () => Buffer.allocUnsafe(72, 64)],
    'of text that might be longer': [105, () => Buffer.from('é'.repeat(5) + 'e'.repeat(95))],
    'of short text': [12, () => Buffer.from('twelve bytes')],
    'of digits': [10, () => Buffer.from('00112233445566778899', 'hex')],
    'of parts': [96, () => Buffer.concat([PART, PART, PART])],
  };
  const PART = Buffer.alloc(32);

  for (const [way, [size, allocate]] of Object.entries(WAYS)) {
    it(`is right on average for pieces ${way}`, () =>
      profiled({ interval: 16 * Math.ceil(size / 8) * 8 }, () => {
        const kept = [];
        function keepAll() {
          for (let i = 0; i < 10_000; i++) kept.push(allocate());
        }
        keepAll();
        const samples = decode().filter(({ frames }) => frames.some(isKeepAll));
        assertNear(sum(samples, 'inuse_space'), kept.length * size, 0.25);
        assertNear(sum(samples, 'inuse_objects'), kept.length, 0.25);
      }));
  }

  it('is right on average while it takes fewer samples, and more again', () =>
    profiled({ interval: 4 * KIB }, () => {
      const kept = [];
      const keepPiece = () => kept.push(Buffer.allocUnsafe(256));
      const keepStore = () => kept.push(Buffer.alloc(256));
      for (let i = 0; i < 20_000; i++) {
        if (i % 50 === 0) getProfiler().setMean([4, 16, 8, 64][(i / 50) % 4] * KIB);
        keepPiece();
        keepStore();
      }
      // Some 600 samples of each, which stand for up to 16 times as many as others do: this is six standard deviations.
      for (const name of ['keepPiece', 'keepStore']) {
        assertNear(sum(found(name), 'inuse_space'), 20_000 * 256, 0.4);
      }
    }));

  it('lets go of what is released', () =>
    profiled({ interval: INTERVAL }, () => {
      const acquireSome = () => Array.from({ length: 10 }, () => ours.acquire(LARGE));
      const buffers = acquireSome();
      const inUse = () => {
        const samples = decode().filter(({ kind }) => kind === kindOf('acquired'));
        return sum(samples, 'inuse_space');
      };
      assertNear(inUse(), 10 * LARGE, 0.01);
      buffers.slice(5).forEach(ours.release);
      assertNear(inUse(), 5 * LARGE, 0.01);
      buffers.forEach(ours.release);
      assert.strictEqual(inUse(), 0);
    }));

  it('has an arena’s stores in use until it is reset', () =>
    profiled({ interval: INTERVAL }, () => {
      withAllocator({ name: 'own' }, (allocator) => {
        const arena = allocator.createArena({ slabSize: LARGE });
        const fill = () => {
          for (let i = 0; i < 1000; i++) arena.allocUnsafe(1024);
        };
        fill();
        const [{ kind, allocator: name, inuse_space: bytes }] = found('fill');
        assert.deepStrictEqual([kind, name], [kindOf('arena'), 'own']);
        assertNear(bytes, arena.stats().usedBytes, 0.01);
        arena.reset();
        assert.strictEqual(sum(found('fill'), 'inuse_space'), 0);
      });
    }));

  it('has no more frames than were asked for', () =>
    profiled({ interval: INTERVAL, stackDepth: 3 }, () => {
      const deep = (depth) => (depth === 0 ? Buffer.allocUnsafe(LARGE) : deep(depth - 1));
      const kept = deep(10);
      const [{ frames }] = found('deep');
      assert.deepStrictEqual(
        frames.map(({ name }) => name),
        ['deep', 'deep', 'deep'],
      );
      assert.strictEqual(kept.length, LARGE);
    }));

  it('takes nothing of what goes on after it was ended, and can begin again', async () => {
    const keep = () => Buffer.allocUnsafe(LARGE);
    const kept = [];
    await profiled({ interval: INTERVAL }, () => kept.push(keep()));
    kept.push(keep());
    await profiled({ interval: INTERVAL }, () => {
      kept.push(keep());
      assertNear(sum(found('keep'), 'alloc_space'), LARGE, 0.01);
      // One of the profile before.
      kept.forEach(ours.release);
    });
  });

  it('may be ended by the program while it asks for a stack', () => {
    const { value: limit } = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
    const accessor = { configurable: true, get: () => (stopProfile(), limit), set() {} };
    startProfile({ interval: 100 });
    const profiler = getProfiler();
    try {
      Object.defineProperty(Error, 'stackTraceLimit', accessor);
      /* Each is sampled with a probability of seven in eight. */
      for (let i = 0; i < 1000 && getProfiler() !== undefined; i++) Buffer.allocUnsafe(200);
    } finally {
      Object.defineProperty(Error, 'stackTraceLimit', {
        ...{ value: limit, writable: true, enumerable: true, configurable: true },
      });
    }
    for (let i = 0; i < 50; i++) assert.strictEqual(Buffer.allocUnsafe(100).length, 100);
    assert.ok(getProfiler() === undefined);
    assert.strictEqual(profiler.count, 0);
  });

  it('asks for no stack of what the program allocates while it asks for one', () => {
    const { value: limit } = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
    let depth = 0;
    let deepest = 0;
    const get = () => {
      deepest = Math.max(deepest, ++depth);
      /* A piece of no bytes, too: none is due, whatever is. */
      if (depth < 5) [Buffer.from('=', 'base64'), Buffer.allocUnsafe(200), Buffer.alloc(LARGE)];
      depth--;
      return limit;
    };
    return profiled({ interval: 100 }, () => {
      try {
        Object.defineProperty(Error, 'stackTraceLimit', { configurable: true, get, set() {} });
        for (let i = 0; i < 10; i++) [Buffer.allocUnsafe(200), Buffer.alloc(LARGE)];
      } finally {
        Object.defineProperty(Error, 'stackTraceLimit', {
          ...{ value: limit, writable: true, enumerable: true, configurable: true },
        });
      }
      assert.strictEqual(deepest, 1);
      assert.ok(decode().every((sample) => Number.isFinite(sample.alloc_space)));
    });
  });

  it('keeps a program’s own ways with stack traces', () =>
    profiled({ interval: INTERVAL }, () => {
      const { prepareStackTrace, stackTraceLimit } = Error;
      const own = () => 'own';
      Error.prepareStackTrace = own;
      Error.stackTraceLimit = 0;
      try {
        const keepOne = () => Buffer.allocUnsafe(LARGE);
        const kept = keepOne();
        assert.strictEqual(found('keepOne').length, 1);
        assert.deepStrictEqual([Error.prepareStackTrace, Error.stackTraceLimit], [own, 0]);
        assert.strictEqual(kept.length, LARGE);
      } finally {
        Error.stackTraceLimit = stackTraceLimit;
        if (prepareStackTrace === undefined) delete Error.prepareStackTrace;
        else Error.prepareStackTrace = prepareStackTrace;
      }
    }));

  it('is, as a .heapprofile, the tree of what is in use', () =>
    profiled({ interval: INTERVAL }, () => {
      const keepTree = () => Buffer.allocUnsafe(MIB);
      const kept = keepTree();
      const { head, samples } = JSON.parse(takeProfile({ format: 'heapprofile' }));
      assert.strictEqual(head.callFrame.functionName, '(root)');
      const nodes = [];
      const walk = (node) => {
        nodes.push(node);
        node.children.forEach(walk);
      };
      walk(head);
      const node = nodes.find(({ callFrame }) => callFrame.functionName === 'keepTree');
      assertNear(node.selfSize, MIB, 0.01);
      assert.strictEqual(node.callFrame.url, __filename);
      assert.ok(samples.some(({ nodeId, size }) => nodeId === node.id && size === node.selfSize));
      assert.strictEqual(new Set(nodes.map(({ id }) => id)).size, nodes.length);
      assert.strictEqual(kept.length, MIB);
    }));

  it('is, as collapsed stacks, a line for each, with the bytes in use', () =>
    profiled({ interval: INTERVAL }, () => {
      const keepLine = () => Buffer.allocUnsafe(MIB);
      const kept = keepLine();
      const lines = takeProfile({ format: 'collapsed' }).trimEnd().split('\n');
      const line = lines.find((each) => /;keepLine \(.*profile\.test\.js:\d+\) \d+$/.test(each));
      assertNear(Number(line.split(' ').at(-1)), MIB, 0.01);
      assert.strictEqual(kept.length, MIB);
    }));
});

describe('the calls of a profile', () => {
  const code = 'ERR_BUFALLOC_PROFILE';

  it('say that none was begun', () => {
    assert.throws(takeProfile, { code, message: /startProfile\(\) begins one/ });
    assert.throws(stopProfile, { code });
  });

  it('say that one has begun', () =>
    profiled({}, () => assert.throws(startProfile, { code, message: /stopProfile\(\) ends it/ })));

  it('refuse bad options, and change nothing', () => {
    for (const options of [{ interval: 0 }, { interval: '1' }, { stackDepth: 0 }, { depth: 5 }]) {
      assert.throws(() => startProfile(options), { code: 'ERR_INVALID_ARG_VALUE' });
    }
    assert.throws(() => startProfile(5), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => takeProfile({ format: 'svg' }), {
      code: 'ERR_INVALID_ARG_VALUE',
      message: /'pprof' or 'heapprofile' or 'collapsed'. Received 'svg'/,
    });
    assert.throws(stopProfile, { code });
  });
});
