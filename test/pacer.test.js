'use strict';

/*
 * The pacer: when it collects, and how it chooses the interval to the next collection. Its decisions
 * are tested with a collector, survivors and a clock of our own; that dead stores really come back,
 * in a process of its own.
 */

const assert = require('node:assert');
const { MAX_INTERVAL, MAX_REST, MIN_INTERVAL, MIN_REST, Pacer } = require('../lib/reclaim/pacer');
const { hostOnly, native, slabbed } = require('./support/subject');
const { runFixture } = require('./support/child');

const MIB = 1024 * 1024;
const LEAST = MIN_INTERVAL;

/** A pacer in a world where a collection takes `cost` ms, and `pause` ms pass from one to the next. */
function makeWorld({ cost = 0.1, pause = 10, survived = 0 } = {}) {
  const world = {
    time: 0,
    cost,
    pause,
    survived,
    late: 0,
    returned: 0,
    young: Infinity,
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
  const nextInterval = () => {
    world.asked.push('survivors');
    return world.survived;
  };
  const obtain = () => ({ minor: collect('minor'), full: collect('full') });
  const returnedBytes = () => world.returned;
  const youngBytes = () => world.young;
  world.pacer = new Pacer(obtain, nextInterval, () => world.time, returnedBytes, youngBytes);
  return world;
}

/** Hands out one interval's bytes; returns the interval that is chosen then, in MiB. */
function handOut(world) {
  world.time += world.pause;
  world.pacer.account(world.pacer.interval);
  world.pacer.account(0);
  return world.pacer.stats().intervalBytes / MIB;
}

const handOutTimes = (world, times) => Array.from({ length: times }, () => handOut(world));

describe('the pacer', () => {
  it('gets hold of no collector before an interval was handed out', () => {
    let obtained = 0;
    const pacer = new Pacer(
      () => {
        obtained++;
        return { minor() {}, full() {} };
      },
      () => 0,
      ...[undefined, undefined, () => Infinity],
    );
    pacer.account(LEAST - 1);
    pacer.account(1);
    assert.deepStrictEqual([obtained, pacer.stats().state], [0, 'waiting']);
    pacer.account(LEAST);
    assert.deepStrictEqual([obtained, pacer.stats().state], [1, 'running']);
    pacer.account(LEAST);
    assert.strictEqual(obtained, 1);
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

  it('makes the interval 1.5 times what survives, 8 MiB at least', () => {
    const world = makeWorld();
    const intervals = [0, 1, 4, 8, 12, 20, 0].map((survived) => {
      world.survived = survived * MIB;
      return handOut(world);
    });
    assert.deepStrictEqual(intervals, [8, 8, 8, 12, 18, 30, 8]);
  });

  it('makes it no longer than V8 leaves: that counts what survived, too', () => {
    const half = MIN_REST / 4;
    const world = makeWorld({ survived: half });
    const orRest = (interval) => (1.5 * world.survived > MAX_INTERVAL ? MIN_REST : interval);
    assert.strictEqual(handOut(world) * MIB, orRest(half));
    /* Of more than that, V8 ages a part in any case. */
    const more = makeWorld({ survived: half + MIB });
    assert.strictEqual(handOut(more) * MIB, orRest(1.5 * (half + MIB)));
  });

  it('sees no survivors where as much comes back while it collects at once: V8 swept late', () => {
    const world = makeWorld({ survived: 20 * MIB, pause: 0.2 });
    world.young = 20 * MIB;
    world.late = 20 * MIB;
    assert.deepStrictEqual(handOutTimes(world, 3), [8, 8, 8]);
    world.late = 19 * MIB;
    assert.strictEqual(handOut(world), 30);
  });

  it('sees them where V8 had time to sweep, or has begun to: what comes back then died since', () => {
    const world = makeWorld({ survived: 20 * MIB, pause: 10 });
    world.young = 20 * MIB;
    world.late = 40 * MIB;
    assert.strictEqual(handOut(world), 30);
    const soon = makeWorld({ survived: 20 * MIB, pause: 0.2 });
    soon.young = 21 * MIB;
    soon.late = 40 * MIB;
    handOut(soon);
    assert.strictEqual(handOut(soon), 30);
  });

  it('rests where that would be longer than what V8 collects after itself, each time twice as long', () => {
    const world = makeWorld({ survived: MAX_INTERVAL });
    const rests = handOutTimes(world, 12).map((interval) => interval * MIB);
    assert.strictEqual(rests[0], MIN_REST);
    assert.strictEqual(rests[1], 2 * MIN_REST);
    assert.deepStrictEqual(rests.slice(-2), [MAX_REST, MAX_REST]);
    /* It looks in the end though V8 has collected all of it meanwhile. */
    world.young = 0;
    const before = world.minor;
    handOut(world);
    assert.strictEqual(world.minor, before + 1);
  });

  it('begins with a short rest again once it has not rested for eight collections', () => {
    const world = makeWorld({ survived: MAX_INTERVAL });
    handOutTimes(world, 3);
    const restAfter = (collections) => {
      world.survived = 0;
      handOutTimes(world, collections);
      world.survived = MAX_INTERVAL;
      return handOut(world) * MIB;
    };
    assert.strictEqual(restAfter(7), 8 * MIN_REST > MAX_REST ? MAX_REST : 8 * MIN_REST);
    assert.strictEqual(restAfter(8), MIN_REST);
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
    assert.deepStrictEqual([...new Set(intervals)], [16, 8]);
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
    const pacer = new Pacer(
      () => undefined,
      () => asked++,
      ...[undefined, undefined, () => Infinity],
    );
    for (let i = 0; i < 5; i++) pacer.account(pacer.interval);
    const { state, collections } = pacer.stats();
    assert.deepStrictEqual([state, collections, asked], ['unavailable', 0, 0]);
    assert.strictEqual(pacer.collectIdle(), false);
  });

  it('collects everything for a quiet program, if it has a collector already', () => {
    const world = makeWorld();
    assert.strictEqual(world.pacer.collectIdle(), false);
    handOut(world);
    world.pacer.collectIdle();
    assert.ok(world.full <= 1 && world.minor === 1);
    assert.strictEqual(world.pacer.stats().collections, 1 + world.full);
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
