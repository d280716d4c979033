'use strict';

/*
 * A program in miniature: every call of the package, each of which may fail, with every buffer that
 * is handed out filled with a byte of its own and looked at again in the end. Two buffers with
 * memory in common, old bytes where zeroes belong and bytes that went astray all show.
 */

const { collect } = require('../support/collect');
const { isFilled, isZero } = require('../support/bytes');
const { isDocumented } = require('./errors');

/* Small sizes, so that hundreds of runs take seconds: what reads this sets nativeMin for it. */
const POOL_SIZE = 8192;
const BIG = 9000;
/** More than half a chunk: a mapping of its own. */
const HUGE = 2_200_000;

/** The buffers that are out, and what was found wrong with them. */
class Ledger {
  constructor() {
    this.live = [];
    this.wrong = [];
    this.errors = [];
    this.serial = 0;
    /** Buffers that the end of an arena's round did not empty. */
    this.left = 0;
    this.step = 'start';
  }

  fail(text) {
    this.wrong.push(`${this.step}: ${text}`);
  }

  /** Makes a call; undefined if it fails as it may. */
  attempt(work) {
    try {
      return work();
    } catch (error) {
      this.errors.push(`${this.step}: ${error?.code ?? error?.message}`);
      if (!isDocumented(error)) this.fail(error?.stack ?? String(error));
      return undefined;
    }
  }

  /** Takes a buffer that must have `length` bytes; what they are before: `expected`. */
  take(make, length, expected) {
    const buffer = this.attempt(make);
    if (buffer === undefined) return undefined;
    if (buffer.length !== length) this.fail(`${buffer.length} bytes, not ${length}`);
    if (expected === 0 && !isZero(buffer)) this.fail('old bytes where zeroes belong');
    if (typeof expected === 'number' && !isFilled(buffer, expected)) this.fail('wrong bytes');
    const byte = (this.serial++ % 255) + 1;
    this.live.push({ buffer: buffer.fill(byte), length, byte, step: this.step });
    return buffer;
  }

  /** Looks at all that is out. */
  verify() {
    for (const { buffer, length, byte, step } of this.live) {
      if (buffer.length !== length || !isFilled(buffer, byte)) {
        this.fail(`the buffer of ${step} does not hold what was written`);
      }
    }
  }

  forget(buffer) {
    this.live = this.live.filter((entry) => entry.buffer !== buffer);
  }

  /** Releases, and sees to it that the answer is true to what became of the buffer. */
  release(release, buffer) {
    if (buffer === undefined) return;
    const { length } = buffer;
    const done = this.attempt(() => release(buffer));
    if (done === undefined) {
      this.fail('release threw');
    } else if (done !== (buffer.length === 0)) {
      this.fail(`release said ${done}, and left ${buffer.length} of ${length} bytes`);
    }
    if (buffer.length === 0) this.forget(buffer);
  }
}

const bytes = (length, byte) => new Uint8Array(length).fill(byte);

/** The calls of the mirror. */
function allocate(ledger, subject) {
  const take = (make, length, expected) => ledger.take(make, length, expected);
  take(() => subject.alloc(10), 10, 0);
  take(() => subject.alloc(BIG), BIG, 0);
  take(() => subject.alloc(BIG, 3), BIG, 3);
  take(() => subject.allocUnsafe(100), 100);
  take(() => subject.allocUnsafe(100, 64), 100);
  take(() => subject.allocUnsafe(BIG), BIG);
  take(() => subject.allocUnsafeSlow(BIG, 4096), BIG);
  take(() => subject.from('a'.repeat(50)), 50, 97);
  take(() => subject.from('a'.repeat(BIG)), BIG, 97);
  take(() => subject.from([5, 5, 5]), 3, 5);
  take(() => subject.from(bytes(BIG, 5)), BIG, 5);
  take(() => subject.from({ valueOf: () => 'aaa' }), 3, 97);
  take(() => subject.concat([bytes(50, 5), bytes(50, 5)]), 100, 5);
  take(() => subject.concat([bytes(BIG, 0)], BIG + 9), BIG + 9, 0);
  take(() => subject.copyBytesFrom(bytes(BIG, 5)), BIG, 5);
}

/** Acquired buffers: fresh, used before, zeroed, aligned, released and not. */
function lend(ledger, { acquire, release }) {
  const first = ledger.take(() => acquire(2 * BIG), 2 * BIG);
  const second = ledger.take(() => acquire(100, { zero: true }), 100, 0);
  ledger.release(release, first);
  ledger.release(release, second);
  const used = ledger.take(() => acquire(2 * BIG, { zero: true }), 2 * BIG, 0);
  const aligned = ledger.take(() => acquire(2 * BIG, { alignment: 8192 }), 2 * BIG);
  ledger.take(() => acquire(100, { zero: true }), 100, 0);
  ledger.release(release, aligned);
  ledger.release(release, used);
}

/** Secrets: without memory of C's too, and without what the system refuses. */
function keep(ledger, { allocSecret, from }, release) {
  const first = ledger.take(() => allocSecret(100), 100, 0);
  const large = ledger.take(() => allocSecret(BIG), BIG, 0);
  const copy = first && ledger.take(() => from(first), 100, first[0]);
  ledger.take(() => allocSecret(9), 9, 0);
  for (const secret of [copy, large, first]) {
    ledger.release(release, secret);
    /* What could not be emptied was wiped all the same. */
    const left = ledger.live.find(({ buffer }) => buffer === secret);
    if (left !== undefined) left.byte = 0;
  }
}

/** An arena's rounds: what it gave is empty after each. */
function region(ledger, subject) {
  const arena = ledger.attempt(() => subject.createArena({ slabSize: 4096, maxBytes: 64 * BIG }));
  if (arena === undefined) return;
  for (const end of ['reset', 'reset', 'close']) {
    const outside = ledger.live;
    ledger.live = [];
    for (let i = 0; i < 3; i++) ledger.take(() => arena.alloc(1500), 1500, 0);
    ledger.take(() => arena.alloc(BIG), BIG, 0);
    ledger.take(() => arena.from('a'.repeat(30)), 30, 97);
    ledger.verify();
    const inside = ledger.live;
    ledger.live = outside;
    ledger.attempt(() => arena[end]());
    /* What cannot be emptied is let go, and must then stay whole. */
    const left = inside.filter(({ buffer }) => buffer.length > 0);
    ledger.left += left.length;
    ledger.live.push(...left);
  }
}

/** One allocator from its beginning to its end. */
function useAllocator(ledger, ours, options, end) {
  const allocator = ledger.attempt(() => ours.createAllocator({ poolSize: POOL_SIZE, ...options }));
  if (allocator === undefined) return;
  allocate(ledger, allocator);
  lend(ledger, allocator);
  keep(ledger, allocator, ours.release);
  region(ledger, allocator);
  ledger.release(
    ours.release,
    ledger.take(() => allocator.acquire(HUGE, { zero: true }), HUGE, 0),
  );
  ledger.attempt(() => allocator.trim());
  /* With huge pages it asks the kernel, which takes milliseconds and is no call that could be made to fail. */
  if (!options.hugePages) ledger.attempt(() => allocator.stats());
  if (end) ledger.attempt(() => allocator.close());
}

/** Memory for another addon: given, made to fill, pinned and let go of. */
function lendToAddons(ledger, ours, consumer) {
  const loaded = ledger.attempt(() => consumer.load(ours.capi));
  if (loaded === undefined) return;
  if (loaded.status !== 0) ledger.fail(loaded.message);
  /* What an addon is told by a number, a program is by an error. */
  const served = (make) => () => {
    const result = make();
    if (typeof result !== 'number') return result;
    throw Object.assign(new Error(`status ${result}`), { code: 'ERR_BUFALLOC_NAPI' });
  };
  const take = (make, length, expected) => ledger.take(served(make), length, expected);
  const given = take(() => consumer.give(2 * BIG, BIG, 6), BIG, 6);
  take(() => consumer.make(100, true, 6), 100, 6);
  const buffers = [given, take(() => consumer.make(BIG, false, 6), BIG, 6)];
  buffers.push(ledger.take(() => ours.acquire(100), 100));
  for (const buffer of buffers.filter(Boolean)) {
    const pin = ledger.attempt(served(() => consumer.pin(buffer)));
    if (pin !== undefined) {
      if (ours.release(buffer)) ledger.fail('what is pinned was released');
      if (!consumer.unpinOnThread(pin, buffer[0])) ledger.fail('pinned bytes were changed');
    }
    ledger.release(ours.release, buffer);
  }
}

/**
 * Runs it all.
 *
 * @param {object} ours the package
 * @param {() => boolean} runRound has a round of maintenance come
 * @param {object} consumer another addon: test/support/consumer.js
 * @returns {Promise<Ledger>}
 */
async function runWorkload(ours, runRound, consumer) {
  const ledger = new Ledger();
  ours.Buffer.poolSize = POOL_SIZE;
  const steps = {
    module: () => allocate(ledger, ours.Buffer),
    lifetimes: () => lend(ledger, ours),
    'in a row': () => {
      for (let i = 0; i < 12; i++) {
        ledger.release(
          ours.release,
          ledger.take(() => ours.acquire(BIG), BIG),
        );
      }
    },
    secret: () =>
      keep(ledger, { allocSecret: ours.allocSecret, from: ours.Buffer.from }, ours.release),
    arena: () => region(ledger, ours),
    addons: () => lendToAddons(ledger, ours, consumer),
    compact: () => ledger.take(() => ours.compact(ours.Buffer.from('aaaa').subarray(1)), 3, 97),
    closed: () =>
      useAllocator(ledger, ours, { nativeMin: 0, maxCachedBytes: 65536, hugePages: true }, true),
    dropped: () => useAllocator(ledger, ours, { zeroOnRelease: true, nativeMin: 64 }, false),
    idle: () => {
      for (let i = 0; i < 3; i++) ledger.attempt(() => runRound());
    },
    trim: () => ledger.attempt(() => ours.trim()),
    stats: () => ledger.attempt(() => ours.stats()),
  };
  for (const [name, step] of Object.entries(steps)) {
    ledger.step = name;
    step();
  }
  ledger.step = 'turn';
  ledger.live = ledger.live.filter((_, i) => i % 2 === 0);
  await collect(1);
  ledger.step = 'end';
  ledger.verify();
  ledger.live = [];
  await collect(1);
  return ledger;
}

module.exports = { Ledger, runWorkload, useAllocator };
