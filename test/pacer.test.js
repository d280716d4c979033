'use strict';

/*
 * The pacer: when it collects, what it makes of the outcome, and that it stays within its budget.
 * Its decisions are tested with a collector and a clock of our own; that dead stores really come
 * back, in a process of its own.
 */

const assert = require('node:assert');
const { Pacer } = require('../lib/reclaim/pacer');
const { native, hostMode } = require('./support/subject');
const { runFixture } = require('./support/child');
const { turn } = require('./support/collect');

const MIB = 1024 * 1024;
const INTERVAL = 16 * MIB;

/** A pacer whose collections take `ms` and are counted; its clock stands still otherwise. */
function pacerTaking(ms) {
  const world = { time: 0, collections: 0 };
  const collect = () => {
    world.collections++;
    world.time += ms;
  };
  const clock = () => world.time;
  world.pacer = new Pacer(5, () => collect, clock, clock);
  return world;
}

/** Hands out one interval's bytes and lets the loop turn. */
async function oneInterval(pacer) {
  pacer.account(pacer.interval);
  await turn();
}

describe('the pacer', () => {
  it('gets hold of no collector before an interval was handed out', () => {
    let obtained = 0;
    const pacer = new Pacer(5, () => {
      obtained++;
      return () => {};
    });
    pacer.account(INTERVAL - 1);
    assert.deepStrictEqual([obtained, pacer.stats().state], [0, 'waiting']);
    pacer.account(1);
    assert.deepStrictEqual([obtained, pacer.stats().state], [1, 'running']);
  });

  it('collects once an interval, when the event loop turns', async () => {
    const world = pacerTaking(0.05);
    world.pacer.account(INTERVAL);
    world.pacer.account(INTERVAL);
    assert.strictEqual(world.collections, 0);
    await turn();
    assert.strictEqual(world.collections, 1);
  });

  it('doubles its interval when nothing comes back for a while', async () => {
    const { pacer } = pacerTaking(0.05);
    const intervals = [];
    for (let i = 0; i < 8; i++) {
      await oneInterval(pacer);
      intervals.push(pacer.stats().intervalBytes / MIB);
    }
    assert.deepStrictEqual(intervals, [16, 16, 16, 16, 16, 32, 64, 128]);
  });

  it('lengthens its interval to 1 GiB at most', async () => {
    const { pacer } = pacerTaking(0.05);
    for (let i = 0; i < 20; i++) await oneInterval(pacer);
    assert.strictEqual(pacer.stats().intervalBytes, 1024 * MIB);
  });

  it('spends at most 50 ms of any second on collections', async () => {
    const world = pacerTaking(20);
    for (let i = 0; i < 10; i++) {
      await oneInterval(world.pacer);
      world.time += 10;
    }
    assert.strictEqual(world.collections, 2);
    assert.strictEqual(world.pacer.stats().skipped, 8);
    world.time += 1000;
    await oneInterval(world.pacer);
    assert.strictEqual(world.collections, 3);
  });

  it('counts its collections and their milliseconds', async () => {
    const { pacer } = pacerTaking(2);
    for (let i = 0; i < 3; i++) await oneInterval(pacer);
    const { collections, milliseconds } = pacer.stats();
    assert.deepStrictEqual([collections, milliseconds], [3, 6]);
  });

  it('is unavailable where the runtime has no collector', async () => {
    const pacer = new Pacer(5, () => undefined);
    await oneInterval(pacer);
    assert.strictEqual(pacer.stats().state, 'unavailable');
    assert.strictEqual(pacer.holdsBack, false);
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
      assert.ok(pacer.intervalBytes > 16 * MIB, `interval ${pacer.intervalBytes}`);
    });

    it('gives the memory of a program gone quiet back', async () => {
      const { before, after } = await runFixture('pacing', ['quiet']);
      assert.ok(before >= 128 * MIB, `${before} bytes live`);
      assert.ok(after < 16 * MIB, `${after} bytes live or cached`);
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

  it('takes BUFALLOC_PACING as a percentage', async () => {
    const none = await runFixture('pacing', ['churn'], { env: { BUFALLOC_PACING: '0' } });
    assert.deepStrictEqual(none.pacer, { state: 'off' });
    const all = await runFixture('pacing', ['churn'], { env: { BUFALLOC_PACING: '100' } });
    assert.strictEqual(all.pacer.skipped ?? 0, 0);
  });

  it('warns of a BUFALLOC_PACING that it does not understand, and paces', async () => {
    const env = { BUFALLOC_PACING: 'sometimes' };
    const { pacer, warnings } = await runFixture('pacing', ['warned'], { env });
    assert.notStrictEqual(pacer.state, 'off');
    assert.match(warnings[0], /BUFALLOC_PACING must be 'off' or a percentage/);
  });

  it('collects nothing for an allocator that was made without it', async () => {
    const { pacer, own } = await runFixture('pacing', ['option']);
    assert.deepStrictEqual([own.state, pacer.collections], ['off', 0]);
  });

  it('asks for no collection when its memory is the runtime’s', async () => {
    if (!hostMode) return;
    const { pacer } = await runFixture('pacing', ['churn']);
    assert.strictEqual(pacer.state, 'waiting');
  });
});
