'use strict';

/*
 * The pacer: when it collects, and how it chooses the interval to the next collection. Its decisions
 * are tested with a collector, survivors and a clock of our own; that dead stores really come back,
 * in a process of its own.
 */

const assert = require('node:assert');
const { MAX_INTERVAL, MAX_REST, MIN_INTERVAL, MIN_REST, Pacer } = require('../lib/reclaim/pacer');
const { hostOnly, native, nodeMajor, slabbed } = require('./support/subject');
const { runFixture } = require('./support/child');

const MIB = 1024 * 1024;
const LEAST = MIN_INTERVAL;

/** Where all that was handed out is out, and nothing survives. */
const LEDGER = {
  nextInterval: () => 0,
  youngBytes: () => Infinity,
  returnedBytes: () => 0,
  fullCollections: () => 0,
};

/**
 * A pacer in a world where a collection takes `cost` ms, and `pause` ms pass from one to the next, in which `back` bytes
 * come back. It has found the least interval already.
 */
function makeWorld({ cost = 0.1, pause = 10, survived = 0 } = {}) {
  const world = {
    time: 0,
    cost,
    pause,
    survived,
    late: 0,
    back: 0,
    returned: 0,
    marking: false,
    ended: 0,
    young: Infinity,
    heap: 32 * MIB,
    minor: 0,
    full: 0,
    asked: [],
  };
  const collect = (kind) => () => {
    world[kind]++;
    world.asked.push(kind);
    world.time += world.cost;
    world.returned += world.late;
  };
  const ledger = {
    nextInterval() {
      world.asked.push('survivors');
      return world.survived;
    },
    youngBytes: () => world.young,
    returnedBytes: () => world.returned,
    fullCollections: () => world.ended,
  };
  const obtain = () => ({ minor: collect('minor'), full: collect('full') });
  const clock = () => world.time;
  world.pacer = new Pacer(
    obtain,
    ledger,
    clock,
    () => world.marking,
    () => world.heap,
  );
  world.pacer.interval = LEAST;
  return world;
}

/** Hands out one interval's bytes; returns the interval that is chosen then, in MiB. */
function handOut(world) {
  world.time += world.pause;
  world.returned += world.back;
  world.pacer.account(world.pacer.interval);
  world.pacer.account(0);
  return world.pacer.stats().intervalBytes / MIB;
}

const handOutTimes = (world, times) => Array.from({ length: times }, () => handOut(world));

describe('the pacer', () => {
  it('gets hold of no collector before an interval was handed out', () => {
    let obtained = 0;
    const pacer = new Pacer(() => {
      obtained++;
      return { minor() {}, full() {} };
    }, LEDGER);
    pacer.account(MAX_INTERVAL - 1);
    pacer.account(1);
    assert.deepStrictEqual([obtained, pacer.stats().state], [0, 'waiting']);
    pacer.account(MAX_INTERVAL);
    assert.deepStrictEqual([obtained, pacer.stats().state], [1, 'running']);
    pacer.account(MAX_INTERVAL);
    assert.strictEqual(obtained, 1);
  });

  it('begins with 32 MiB, so that not all survives the first, and makes that shorter by steps', () => {
    const world = makeWorld();
    world.pacer.interval = new Pacer().interval;
    assert.strictEqual(world.pacer.interval, 32 * MIB);
    const intervals = handOutTimes(world, 8);
    assert.deepStrictEqual(intervals.slice(0, 3), [25.6, 25.6 / 1.25, 25.6 / 1.25 / 1.25]);
    assert.strictEqual(intervals.pop(), 8);
  });

  it('collects once an interval, inside the allocation after it', () => {
    const world = makeWorld();
    world.pacer.account(LEAST - 1);
    world.pacer.account(1);
    assert.strictEqual(world.minor, 0);
    world.pacer.account(10 * LEAST);
    assert.strictEqual(world.minor, 1);
    world.pacer.account(1);
    assert.strictEqual(world.minor, 2, 'once, however much it was');
    world.pacer.account(LEAST - 2);
    assert.strictEqual(world.minor, 2);
  });

  it('needs no collection for what is back already: given back, or collected by V8 itself', () => {
    const world = makeWorld();
    world.young = 2 * MIB;
    for (let i = 0; i < 10; i++) world.pacer.account(LEAST - 1);
    assert.strictEqual(world.minor, 0);
    world.young = Infinity;
    world.pacer.account(LEAST - 1);
    assert.strictEqual(world.minor, 1);
    world.pacer.account(1);
    assert.strictEqual(world.minor, 1);
  });

  it('counts what is out still: the rest of the interval is what may be handed out beside it', () => {
    const world = makeWorld();
    world.pacer.account(LEAST);
    world.young = 3 * MIB;
    world.pacer.account(LEAST - 3 * MIB);
    world.young = Infinity;
    world.pacer.account(0);
    assert.strictEqual(world.minor, 1);
  });

  it('collects when less than a MiB is back, which is as often as it looks', () => {
    const world = makeWorld();
    world.young = LEAST - MIB;
    handOut(world);
    assert.strictEqual(world.minor, 1);
    world.young--;
    handOut(world);
    assert.strictEqual(world.minor, 1);
  });

  it('asks what survived before it collects, not after', () => {
    const world = makeWorld();
    handOutTimes(world, 2);
    assert.deepStrictEqual(world.asked, ['survivors', 'minor', 'survivors', 'minor']);
  });

  it('makes the interval a quarter longer than what survives, 8 MiB at least', () => {
    const world = makeWorld();
    const intervals = [0, 1, 4, 8, 12, 20].map((survived) => {
      world.survived = survived * MIB;
      return handOut(world);
    });
    assert.deepStrictEqual(intervals, [8, 8, 8, 10, 15, 25]);
  });

  it('makes it shorter by steps: little survives what V8 has just collected by itself, too', () => {
    const world = makeWorld({ survived: 20 * MIB });
    handOut(world);
    world.survived = 0;
    assert.deepStrictEqual(handOutTimes(world, 2), [20, 16]);
    world.survived = 16 * MIB;
    assert.ok(handOut(world) >= 16);
    world.survived = 0;
    assert.strictEqual(handOutTimes(world, 9).pop(), 8);
  });

  it('makes it no longer than V8 leaves, as that counts what survived, if it is no shorter than that', () => {
    const limit = nodeMajor >= 24 ? Infinity : 32;
    const intervals = [14, 15, 16, 17].map((survived) =>
      handOut(makeWorld({ survived: survived * MIB })),
    );
    const left = [14, 15, 16].map((survived) => Math.min(survived * 1.25, limit - survived));
    assert.deepStrictEqual(intervals, [...left, 21.25]);
  });

  it('makes it three times as long where everything survives: there may be far more', () => {
    const world = makeWorld();
    world.young = LEAST;
    handOut(world);
    world.survived = 0.97 * LEAST;
    assert.strictEqual(handOut(world), 0.97 * 8 * 1.25);
    world.young = world.pacer.interval;
    world.survived = 0.98 * LEAST;
    assert.strictEqual(handOut(world), 0.98 * 8 * 3);
  });

  it('takes no survivors for granted where V8 has ended a full collection, and grows by a quarter', () => {
    const world = makeWorld();
    world.survived = 12 * MIB;
    handOutTimes(world, 2);
    world.ended++;
    world.survived = 0;
    /* What was born in either interval was made old by it. */
    assert.deepStrictEqual(handOutTimes(world, 3), [18.75, 18.75 * 1.25, 18.75]);
  });

  it('makes it 32 MiB at most, while collections have most of that back', () => {
    const world = makeWorld({ survived: 27 * MIB });
    world.back = 0.75 * MAX_INTERVAL;
    assert.deepStrictEqual(new Set(handOutTimes(world, 20)), new Set([32]));
  });

  it('leaves collections out while V8 marks, three in a row at most', () => {
    const world = makeWorld();
    world.marking = true;
    const collected = Array.from({ length: 8 }, () => {
      handOut(world);
      return world.minor;
    });
    assert.deepStrictEqual(collected, [0, 0, 0, 1, 1, 1, 1, 2]);
    world.marking = false;
    handOut(world);
    assert.strictEqual(world.minor, 3);
    world.marking = true;
    assert.deepStrictEqual([handOut(world), world.minor], [8, 3]);
  });

  it('leaves no long rest out for that: it looks after at most 96 MiB more', () => {
    const world = makeWorld({ survived: MAX_INTERVAL });
    while (handOut(world) * MIB <= MAX_INTERVAL);
    const before = world.minor;
    world.marking = true;
    assert.deepStrictEqual(handOutTimes(world, 3), [32, 32, 32]);
    assert.strictEqual(world.minor, before);
    handOut(world);
    assert.strictEqual(world.minor, before + 1);
  });

  it('sees no survivors where as much comes back while it collects at once: V8 swept late', () => {
    const world = makeWorld({ survived: 20 * MIB, pause: 0.2 });
    world.young = 20 * MIB;
    world.late = 20 * MIB;
    assert.deepStrictEqual(handOutTimes(world, 3), [8, 8, 8]);
    world.late = 19 * MIB;
    assert.strictEqual(handOut(world), 32);
  });

  it('sees them where V8 had time to sweep, or has begun to: what comes back then died since', () => {
    const world = makeWorld({ survived: 20 * MIB, pause: 10 });
    world.young = 20 * MIB;
    world.late = 40 * MIB;
    assert.strictEqual(handOut(world), 25);
    const soon = makeWorld({ survived: 20 * MIB, pause: 0.2 });
    soon.young = 21 * MIB;
    soon.late = 40 * MIB;
    handOut(soon);
    assert.strictEqual(handOut(soon), 25);
  });

  it('rests where collections have little back of the longest interval, each time twice as long', () => {
    const world = makeWorld({ survived: MAX_INTERVAL });
    assert.deepStrictEqual(handOutTimes(world, 5), [32, 32, 256, 32, 512]);
    assert.deepStrictEqual(handOutTimes(world, 6), [32, 1024, 32, 1024, 32, 1024]);
    assert.deepStrictEqual([MIN_REST, MAX_REST], [256 * MIB, 1024 * MIB]);
    /* It looks in the end though V8 has collected all of it meanwhile. */
    world.young = 0;
    const before = world.minor;
    handOut(world);
    assert.strictEqual(world.minor, before + 1);
  });

  it('does not rest for one collection in ten that has nothing back', () => {
    const world = makeWorld({ survived: 30 * MIB });
    const backs = [1, 1, 0, 2, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1].map((share) => {
      world.back = share * MAX_INTERVAL;
      return handOut(world);
    });
    assert.deepStrictEqual(new Set(backs), new Set([32]));
  });

  it('does not rest for the two after a full collection of V8’s, which has made old what was alive', () => {
    const world = makeWorld({ survived: 30 * MIB });
    const share = (back) => {
      world.back = back * MAX_INTERVAL;
      return handOut(world);
    };
    [1, 1].forEach(share);
    for (let i = 0; i < 10; i++) {
      world.ended++;
      assert.deepStrictEqual([0, 0, 1, 1, 1].map(share), [32, 32, 32, 32, 32]);
    }
  });

  it('rests where V8 ends a full one before each of them, and they have nothing back', () => {
    const world = makeWorld({ survived: 30 * MIB });
    world.back = MAX_INTERVAL;
    handOutTimes(world, 2);
    world.back = 0;
    const intervals = Array.from({ length: 4 }, () => {
      world.ended++;
      return handOut(world);
    });
    assert.deepStrictEqual(intervals, [32, 32, 32, 256]);
    /* V8 has ended some in the rest, and what follows is judged anew. */
    world.ended++;
    const after = [1, 0, 1, 1, 1].map((back) => {
      world.back = back * MAX_INTERVAL;
      return handOut(world);
    });
    assert.deepStrictEqual(after, [32, 32, 32, 32, 32]);
  });

  it('begins with a short rest again once it has not rested for eight collections', () => {
    const world = makeWorld({ survived: MAX_INTERVAL });
    const untilRest = () => {
      while (handOut(world) * MIB <= MAX_INTERVAL);
      return world.pacer.interval;
    };
    const restAfter = (collections) => {
      Object.assign(world, { survived: 0, back: MAX_INTERVAL });
      handOutTimes(world, collections);
      Object.assign(world, { survived: MAX_INTERVAL, back: 0 });
      return untilRest();
    };
    assert.strictEqual(untilRest(), MIN_REST);
    assert.strictEqual(restAfter(5), 2 * MIN_REST);
    assert.strictEqual(restAfter(7), MIN_REST);
  });

  it('doubles the least interval, up to 16 MiB, while collections take a large share of the time', () => {
    const world = makeWorld({ cost: 0.06, pause: 0.04 });
    assert.deepStrictEqual(handOutTimes(world, 7), [8, 8, 16, 16, 16, 16, 16]);
  });

  it('doubles it while each takes long, whatever the share, but not for one that did', () => {
    const world = makeWorld({ cost: 0.9, pause: 1000 });
    assert.deepStrictEqual(handOutTimes(world, 7), [8, 8, 16, 16, 16, 16, 16]);
    world.cost = 0.1;
    assert.strictEqual(handOutTimes(world, 12).pop(), 8);
    world.cost = 100;
    handOut(world);
    world.cost = 0.1;
    assert.deepStrictEqual(new Set(handOutTimes(world, 8)), new Set([8]));
  });

  it('halves it again when they take a small one', () => {
    const world = makeWorld({ cost: 0.06, pause: 0.04 });
    handOutTimes(world, 7);
    world.cost = 0.01;
    world.pause = 10;
    const intervals = handOutTimes(world, 12);
    assert.deepStrictEqual([intervals[0], intervals.pop()], [16, 8]);
  });

  it('leaves it where their share is in between', () => {
    const world = makeWorld({ cost: 0.2, pause: 0.8 });
    assert.deepStrictEqual(new Set(handOutTimes(world, 20)), new Set([8]));
  });

  it('counts its collections and their milliseconds', () => {
    const world = makeWorld({ cost: 2 });
    handOutTimes(world, 3);
    const { collections, milliseconds } = world.pacer.stats();
    assert.deepStrictEqual([collections, milliseconds], [3, 6]);
  });

  it('is unavailable where the runtime has no collector', () => {
    let asked = 0;
    const pacer = new Pacer(() => undefined, { ...LEDGER, nextInterval: () => asked++ });
    for (let i = 0; i < 5; i++) pacer.account(pacer.interval);
    const { state, collections } = pacer.stats();
    assert.deepStrictEqual([state, collections, asked], ['unavailable', 0, 0]);
    assert.strictEqual(pacer.collectIdle(), false);
  });

  it('collects everything for a quiet program, whose first interval is not full yet either', () => {
    const world = makeWorld();
    assert.ok(world.pacer.collectIdle());
    assert.deepStrictEqual([world.full, world.minor], [1, 0]);
    handOut(world);
    assert.ok(world.pacer.collectIdle());
    assert.deepStrictEqual([world.full, world.minor], [2, 1]);
    assert.strictEqual(world.pacer.stats().collections, 3);
    world.heap++;
    assert.strictEqual(world.pacer.collectIdle(), false);
  });

  it('keeps its intervals within their bounds whatever survives', () => {
    for (const survived of [0, 1, LEAST, MAX_INTERVAL, 2 ** 40]) {
      for (const interval of handOutTimes(makeWorld({ survived, cost: 50, pause: 50 }), 10)) {
        assert.ok(interval * MIB >= LEAST && interval * MIB <= MAX_REST);
      }
    }
  });
});

describe('a process with the pacer', () => {
  native(() => {
    it('has dead stores back without a full collection', async () => {
      const { pacer, liveBytes } = await runFixture('pacing', ['churn']);
      assert.strictEqual(pacer.state, 'running');
      assert.ok(pacer.collections >= 2, `${pacer.collections} collections`);
      assert.ok(pacer.returnedBytes >= 16 * MIB, `${pacer.returnedBytes} bytes came back`);
      assert.ok(liveBytes < 128 * MIB, `${liveBytes} bytes live`);
    });

    it('backs off when everything stays alive', async () => {
      const { pacer } = await runFixture('pacing', ['keep']);
      assert.ok(pacer.intervalBytes >= 12 * MIB, `interval ${pacer.intervalBytes}`);
    });

    it('gives the memory of a program gone quiet back', async () => {
      const { before, after } = await runFixture('pacing', ['quiet']);
      assert.ok(before >= 128 * MIB, `${before} bytes live`);
      assert.ok(after < 16 * MIB, `${after} bytes live or cached`);
    });
  });

  slabbed(() => {
    it('has them back within one turn', async () => {
      const { pacer, liveBytes } = await runFixture('pacing', ['loop']);
      assert.ok(pacer.collections >= 2, `${pacer.collections} collections`);
      assert.ok(liveBytes < 128 * MIB, `${liveBytes} bytes live`);
    });

    it('waits for V8 that is marking a large heap, where it would end that, in workers as well', async function () {
      this.timeout(60_000);
      const nodeArgs = ['--expose-gc'];
      const { here, there } = await runFixture('pacing', ['marking'], { nodeArgs });
      assert.deepStrictEqual(here, [
        [true, 3],
        [false, 3],
        [true, nodeMajor >= 24 ? 0 : 3, 400_000],
      ]);
      assert.deepStrictEqual(there, here);
    });
  });

  it('has no gc to be found afterwards', async () => {
    const { gc } = await runFixture('pacing', ['churn']);
    assert.deepStrictEqual(gc, { here: 'undefined', context: 'undefined', worker: 'undefined' });
  });

  it('collects nothing when BUFALLOC_PACING is off', async () => {
    const { pacer } = await runFixture('pacing', ['churn'], { env: { BUFALLOC_PACING: 'off' } });
    assert.deepStrictEqual(pacer, { state: 'off' });
  });

  for (const text of ['sometimes', '5', '7MB']) {
    it(`warns of a BUFALLOC_PACING that it does not understand, and paces: ${text}`, async () => {
      const env = { BUFALLOC_PACING: text };
      const { pacer, warnings } = await runFixture('pacing', ['warned'], { env });
      assert.notStrictEqual(pacer.state, 'off');
      assert.match(warnings[0], /BUFALLOC_PACING must be .*'on' or 'off'/);
    });
  }

  it('collects nothing for an allocator that was made without it', async () => {
    const { pacer, own } = await runFixture('pacing', ['option']);
    assert.deepStrictEqual([own.state, pacer.collections], ['off', 0]);
  });

  hostOnly(() => {
    it('asks for no collection when its memory is the runtime’s', async () => {
      const { pacer } = await runFixture('pacing', ['churn']);
      assert.strictEqual(pacer.state, 'waiting');
    });
  });
});
