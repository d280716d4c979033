'use strict';

/*
 * The load of one thread: every allocating call at mixed sizes, in bursts with turns of the event
 * loop between. Every buffer that is kept has a pattern, and is checked when it is used and when it
 * is given up. The counters are checked against what was called.
 */

const assert = require('node:assert');
const { createHistogram } = require('node:perf_hooks');
const { setImmediate: turn } = require('node:timers/promises');
const { Buffer: HostBuffer } = require('node:buffer');
const ours = require('../..');
const { fillPattern } = require('../model/pattern');

const { Buffer, acquire, release, compact, createArena, createAllocator, stats } = ours;
const KIB = 1024;
const BURST_MS = 4;
const LARGEST = 3072 * KIB;
const scratch = HostBuffer.alloc(LARGEST);
const zeros = HostBuffer.alloc(LARGEST);

/** Odd limits, as allocators are made with. */
const OPTIONS = [
  {},
  { nativeMin: 0 },
  { nativeMin: 0, zeroOnRelease: true },
  { maxBytes: 500_000 },
  { maxBytes: 0, poolSize: 2000 },
  { maxCachedBytes: 0, pacing: false },
];

/** A generator of numbers from 0 up to 1, the same for the same seed (mulberry32). */
function createRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function histogramOf(map, name) {
  if (!map.has(name)) map.set(name, createHistogram());
  return map.get(name);
}

/** Each operation's count and latencies, in microseconds. */
function figuresOf(histograms) {
  return [...histograms].map(([name, histogram]) => {
    const [p50, p99] = [50, 99].map((percent) => histogram.percentile(percent) / 1000);
    return { name, count: histogram.count, p50, p99, max: histogram.max / 1000 };
  });
}

/** Asserts that a buffer has the pattern of its seed. */
function check(buffer, seed, what) {
  const expected = fillPattern(scratch.subarray(0, buffer.length), seed);
  if (HostBuffer.compare(buffer, expected) === 0) return;
  const at = expected.findIndex((byte, i) => byte !== buffer[i]);
  assert.fail(`${what}: byte ${at} of ${buffer.length} is ${buffer[at]}, not ${expected[at]}`);
}

function checkZero(buffer, what) {
  if (HostBuffer.compare(buffer, zeros.subarray(0, buffer.length)) === 0) return;
  const at = buffer.findIndex((byte) => byte !== 0);
  assert.fail(`${what}: byte ${at} of ${buffer.length} is ${buffer[at]}, not 0`);
}

/** What a buffer is made with, by the name that the report shows. */
const CALLS = {
  alloc: (size) => Buffer.alloc(size),
  'alloc, filled': (size) => Buffer.alloc(size, 'fill'),
  allocUnsafe: (size) => Buffer.allocUnsafe(size),
  allocUnsafeSlow: (size) => Buffer.allocUnsafeSlow(size),
  'from a string': (size) => Buffer.from('s'.repeat(size)),
  'from a view': (size) => Buffer.from(scratch.subarray(0, size)),
  concat: (size) =>
    Buffer.concat([scratch.subarray(0, size >> 1), scratch.subarray(size >> 1, size)]),
  copyBytesFrom: (size) => Buffer.copyBytesFrom(scratch, 0, size),
  acquire: (size) => acquire(size),
  'acquire, zeroed': (size) => acquire(size, { zero: true }),
};
const ZEROED = ['alloc', 'acquire, zeroed'];

class Load {
  /** @param {{ seed: number, maxBytes: number }} options maxBytes: most held at a time */
  constructor({ seed, maxBytes }) {
    this.random = createRandom(seed);
    this.maxBytes = maxBytes;
    this.held = [];
    this.heldBytes = 0;
    this.arenas = [];
    this.operations = 0;
    this.next = seed;
    /** Latencies in nanoseconds by operation: since they were last looked at, and of all time. */
    this.recent = new Map();
    this.total = new Map();
    this.base = stats().lifetimes;
    this.acquired = 0;
    this.released = 0;
  }

  below(limit) {
    return Math.floor(this.random() * limit);
  }

  /** Mostly small; now and then what has a mapping of its own. */
  size() {
    const kind = this.random();
    const limit = [KIB, 32 * KIB, 300 * KIB, LARGEST].find(
      (_, i) => kind < [0.6, 0.85, 0.98, 1][i],
    );
    return 1 + this.below(Math.min(limit, this.maxBytes / 4));
  }

  /** Does something and records how long it took, in nanoseconds. */
  timed(name, work) {
    const start = process.hrtime.bigint();
    const result = work();
    const taken = Number(process.hrtime.bigint() - start);
    histogramOf(this.recent, name).record(Math.max(taken, 1));
    this.operations++;
    return result;
  }

  /** The latencies of each operation since this was last asked. */
  takeLatencies() {
    const taken = figuresOf(this.recent);
    for (const [name, histogram] of this.recent) histogramOf(this.total, name).add(histogram);
    this.recent = new Map();
    return taken;
  }

  /** The latencies of each operation, of all time. */
  latencies() {
    this.takeLatencies();
    return figuresOf(this.total);
  }

  /** Fills a buffer and keeps it; gives others up where there are too many. */
  hold(what, buffer) {
    const seed = this.next++ % 255;
    fillPattern(buffer, seed);
    this.held.push({ what, buffer, seed });
    this.heldBytes += buffer.length;
    while (this.heldBytes > this.maxBytes || this.held.length > 500) this.giveUp();
  }

  /** Takes one of those held, any one, and checks it. */
  take() {
    if (this.held.length === 0) return undefined;
    const at = this.below(this.held.length);
    const one = this.held[at];
    this.held[at] = this.held.at(-1);
    this.held.pop();
    this.heldBytes -= one.buffer.length;
    check(one.buffer, one.seed, one.what);
    return one;
  }

  /** Releases what can be released, most of the time, and drops the rest. */
  giveUp() {
    const one = this.take();
    if (one === undefined || this.random() < 0.25) return;
    if (!this.timed('release', () => release(one.buffer))) {
      check(one.buffer, one.seed, one.what);
      return;
    }
    assert.strictEqual(one.buffer.length, 0, 'what was released is empty');
    this.released++;
  }

  allocate() {
    const names = Object.keys(CALLS);
    const name = names[this.below(names.length)];
    const size = this.size();
    const buffer = this.timed(name, () => CALLS[name](size));
    assert.strictEqual(buffer.length, size);
    if (ZEROED.includes(name)) checkZero(buffer, name);
    if (name.startsWith('acquire')) this.acquired++;
    this.hold(name, buffer);
  }

  /** Keeps a small part of a large one. */
  compact() {
    const one = this.take();
    if (one === undefined) return;
    const part = one.buffer.subarray(0, 1 + this.below(200));
    this.hold(
      'compact',
      this.timed('compact', () => compact(part)),
    );
  }

  /** A region: some buffers, checked before they are emptied. */
  useArena() {
    if (this.arenas.length < 3)
      this.arenas.push(createArena({ slabSize: 1 + this.below(300_000) }));
    const at = this.below(this.arenas.length);
    const arena = this.arenas[at];
    const buffers = Array.from({ length: 20 }, (_, i) => {
      const buffer = this.timed('arena.allocUnsafe', () =>
        arena.allocUnsafe(1 + this.below(40_000)),
      );
      return fillPattern(buffer, i);
    });
    buffers.forEach((buffer, i) => check(buffer, i, 'arena'));
    const fate = this.random();
    if (fate < 0.05) this.arenas.splice(at, 1);
    if (fate < 0.05) return;
    if (fate < 0.15) this.timed('arena.close', () => this.arenas.splice(at, 1)[0].close());
    else this.timed('arena.reset', () => arena.reset());
    assert.ok(
      buffers.every(({ length }) => length === 0),
      'what an arena gave out is empty',
    );
  }

  /** An allocator of its own, closed or dropped with buffers out. */
  useAllocator() {
    const options = OPTIONS[this.below(OPTIONS.length)];
    const own = this.timed('createAllocator', () => createAllocator(options));
    const buffers = Array.from({ length: 10 }, (_, i) => {
      const call = ['acquire', 'alloc', 'allocUnsafe', 'allocUnsafeSlow'][i % 4];
      const buffer = own[call](1 + this.below(i % 3 === 0 ? 150_000 : 2000));
      if (call === 'alloc') checkZero(buffer, 'alloc of an allocator');
      return fillPattern(buffer, i);
    });
    buffers.forEach((buffer, i) => check(buffer, i, 'allocator'));
    const released = buffers.slice(0, 4).filter((buffer) => own.release(buffer)).length;
    const { lifetimes } = own.stats();
    assert.strictEqual(lifetimes.released, released);
    assert.strictEqual(lifetimes.acquired, 3);
    if (this.random() < 0.8) this.timed('allocator.close', own.close);
    buffers.slice(4).forEach((buffer, i) => check(buffer, i + 4, 'closed allocator'));
  }

  /** One operation of any kind. */
  step() {
    const kind = this.random();
    if (kind < 0.85) this.allocate();
    else if (kind < 0.93) this.giveUp();
    else if (kind < 0.97) this.compact();
    else if (kind < 0.999) this.useArena();
    else this.useAllocator();
  }

  /** Works for a while without a turn, as a callback does. */
  burst(ms = BURST_MS) {
    const end = performance.now() + ms;
    while (performance.now() < end) this.step();
  }

  /** Bursts with turns between them until `done()`. */
  async work(done) {
    while (!done()) {
      this.burst();
      await turn();
    }
    this.checkCounters();
  }

  checkCounters() {
    const { lifetimes, heap, limits, external } = stats();
    const since = (name) => lifetimes[name] - this.base[name];
    assert.strictEqual(since('acquired'), this.acquired, 'lifetimes.acquired');
    assert.strictEqual(since('released'), this.released, 'lifetimes.released');
    if (!external) return;
    assert.ok(heap.liveBlocks <= heap.allocatedBlocks, 'more blocks live than were allocated');
    assert.ok(heap.liveBytes <= heap.peakLiveBytes, 'more lives than at its peak');
    assert.ok(heap.liveBytes <= limits.maxBytes, 'more lives than maxBytes');
    assert.ok(heap.liveBytes + heap.cachedBytes <= heap.mappedBytes, 'more in use than mapped');
  }

  /** Gives everything up. */
  end() {
    while (this.held.length > 0) this.giveUp();
    this.arenas.forEach((arena) => arena.close());
    this.arenas = [];
    this.checkCounters();
  }
}

module.exports = { Load, check, createRandom };
