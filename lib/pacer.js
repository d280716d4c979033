'use strict';

/*
 * pacer: having dead buffers collected while their memory is still in cache.
 *
 * V8 does not count external ArrayBuffers when it decides on a young collection:
 * left alone they pile up until a full one, by when their memory is cold. So
 * after every `interval` bytes of C memory we run a minor collection ourselves,
 * 30 to 50 microseconds when the young heap is small. It runs when the event
 * loop turns, where the buffers of the callbacks before it are dead; their stores
 * come back in the turn after.
 *
 * A collection is not free, so that the pacer watches what it gets for it. The
 * interval doubles when little came back (what is alive stays alive, and is only
 * moved) or when what came back was dear (the young heap is large), and halves
 * again when it pays. One pacer serves all allocators of an environment.
 */

const binding = require('./binding');
const { cpuUsage, createList, isolate, max, min, now, setImmediate, sliceList } = require('./host');

const MIB = 1024 * 1024;

/** Bytes of C memory between two collections, to begin with and at least. */
const MIN_INTERVAL = 16 * MIB;
/** At most: by then V8's own full collections come first. */
const MAX_INTERVAL = 1024 * MIB;
/**
 * At most while memory does come back, however dear: from 64 MiB on, V8 starts
 * full collections by itself, of milliseconds.
 */
const BUSY_INTERVAL = 48 * MIB;
const WINDOW_MS = 1000;
/** What the last collection adds to the averages: memory may come back late. */
const WEIGHT = 0.25;
/** The share of what was handed out that must come back for it to pay. */
const POOR_RETURN = 0.25;
const GOOD_RETURN = 0.5;
/**
 * What memory that comes back may cost: a fifth of what it takes to fault in
 * fresh pages, some 100 us for each MiB.
 */
const DEAR_MS_PER_MIB = 0.02;
/** A JavaScript heap of this size is collected in some 20 ms. */
const IDLE_HEAP_BYTES = 32 * MIB;
/** Without a collector: most C memory that may be out. See `holdsBack`. */
const UNPACED_BYTES = 64 * MIB;

/**
 * V8's own `gc`, as test tools get hold of it: the flag shows it to contexts made
 * while it is set. It is taken back at once, unless the program was started with
 * it, so that `gc` appears nowhere else.
 *
 * @returns {Function|undefined} undefined where the runtime has none
 */
function obtainCollector() {
  if (typeof globalThis.gc === 'function') return globalThis.gc;
  /* Loaded when they are needed: most of the time of a require is theirs. */
  const v8 = require('node:v8');
  const vm = require('node:vm');
  try {
    v8.setFlagsFromString('--expose-gc');
    return vm.runInNewContext('typeof gc === "function" ? gc : undefined');
  } catch {
    return undefined;
  } finally {
    takeFlagBack(v8);
  }
}

function takeFlagBack(v8) {
  try {
    v8.setFlagsFromString('--no-expose-gc');
  } catch {
    /* A runtime without the flag has not set it either. */
  }
}

/** The time that all threads of this process have run, in ms. */
function processTime() {
  const { user, system } = cpuUsage();
  return (user + system) / 1000;
}

/** How long the last collections took: a queue over one second. */
class TimeBudget {
  /** @param {number} limit most time in collections, in ms over any second */
  constructor(limit) {
    this.limit = limit;
    this.entries = createList();
    this.first = 0;
    this.spent = 0;
  }

  /** Whether another collection of `expected` ms stays within the budget. */
  allows(time, expected) {
    const { entries } = this;
    while (this.first < entries.length && entries[this.first].time <= time - WINDOW_MS) {
      this.spent -= entries[this.first++].duration;
    }
    if (this.first === entries.length) this.spent = 0;
    if (this.first > entries.length / 2) {
      this.entries = sliceList(entries, this.first, entries.length);
      this.first = 0;
    }
    return this.spent + expected <= this.limit;
  }

  /** Whether most of the budget is spent. */
  isShort() {
    return this.spent > this.limit * 0.8;
  }

  add(time, duration) {
    this.entries[this.entries.length] = { __proto__: null, time, duration };
    this.spent += duration;
  }
}
isolate(TimeBudget);

class Pacer {
  /**
   * @param {number} percent most time that collections may take of any second
   * @param {() => Function|undefined} [obtain] gets hold of a collector
   * @param {() => number} [clock] in milliseconds
   * @param {() => number} [cpuClock] the process's own time, in milliseconds
   */
  constructor(percent, obtain = obtainCollector, clock = now, cpuClock = processTime) {
    this.obtain = obtain;
    this.clock = clock;
    this.cpuClock = cpuClock;
    this.collect = undefined;
    this.state = 'waiting';
    this.interval = MIN_INTERVAL;
    /** Bytes handed out since the last collection. */
    this.handedOut = 0;
    this.due = false;
    this.collections = 0;
    this.milliseconds = 0;
    this.skipped = 0;
    this.returnedBytes = 0;
    /** C memory is not to be handed out for now: too much of it is out. */
    this.holdsBack = false;
    this.budget = new TimeBudget((percent / 100) * WINDOW_MS);
    /** What the last collection took, in ms. */
    this.duration = 0;
    /** Moving averages: of what came back, a share of what was handed out; */
    this.share = 1;
    /** and of what that took, in ms for each MiB handed out. */
    this.cost = 0;
    this.lastFinalized = 0;
    this.onTurn = () => this.run();
  }

  /** Notes that `size` bytes were handed out, or refused because of `holdsBack`. */
  account(size) {
    this.handedOut += size;
    if (this.handedOut >= this.interval && !this.due) this.onInterval();
  }

  onInterval() {
    if (this.state === 'waiting') {
      this.collect = this.obtain();
      this.state = this.collect === undefined ? 'unavailable' : 'running';
    }
    if (this.state === 'running') {
      this.due = true;
      setImmediate(this.onTurn).unref?.();
    } else {
      this.limit();
    }
  }

  run() {
    const returned = this.takeReturned();
    if (this.collections > 0) this.adapt(returned);
    this.due = false;
    this.handedOut = 0;
    const start = this.clock();
    if (!this.budget.allows(start, this.duration)) {
      this.skipped++;
      return;
    }
    this.duration = this.runCollector({ type: 'minor' });
  }

  /* Collects, and returns what that took, in ms: by the clock or by the process's
   * own time, whichever is less. The one counts what other processes ran in
   * between, the other what other threads of this one did. */
  runCollector(options) {
    const start = this.clock();
    const cpuStart = this.cpuClock();
    /* Only without any argument is a collection full on every version. */
    if (options === undefined) this.collect();
    else this.collect(options);
    const cpuTime = this.cpuClock() - cpuStart;
    const end = this.clock();
    const duration = cpuTime < end - start ? cpuTime : end - start;
    this.budget.add(end, duration);
    this.collections++;
    this.milliseconds += duration;
    return duration;
  }

  /** Bytes that came back since this was last asked. */
  takeReturned() {
    const finalized = binding.finalizedBytes();
    const returned = finalized - this.lastFinalized;
    this.lastFinalized = finalized;
    if (this.collections > 0) this.returnedBytes += returned;
    return returned;
  }

  /** Sets the interval by what the last collections brought, and what they cost. */
  adapt(returned) {
    const { handedOut, share, cost } = this;
    this.share = share + (returned / handedOut - share) * WEIGHT;
    this.cost = cost + (this.duration / (handedOut / MIB) - cost) * WEIGHT;
    const dear = this.cost > this.share * DEAR_MS_PER_MIB;
    if (this.share < POOR_RETURN) this.setInterval(this.interval * 2, MAX_INTERVAL);
    else if (dear || this.budget.isShort()) this.setInterval(this.interval * 2, BUSY_INTERVAL);
    else if (this.share > GOOD_RETURN) this.setInterval(this.interval / 2, MAX_INTERVAL);
  }

  setInterval(bytes, most) {
    this.interval = max(min(bytes, most), MIN_INTERVAL);
  }

  /**
   * Collects everything, for a program that holds C memory and has gone quiet;
   * only if the JavaScript heap is small enough for that to go unnoticed.
   *
   * @returns {boolean} whether it was done
   */
  collectIdle() {
    if (this.state !== 'running') return false;
    if (require('node:v8').getHeapStatistics().used_heap_size > IDLE_HEAP_BYTES) return false;
    this.runCollector();
    return true;
  }

  /* Without a collector, dead stores come back late: a bounded amount of C memory
   * is out, and the runtime serves the rest. */
  limit() {
    this.holdsBack = binding.liveStoreBytes() > UNPACED_BYTES;
    this.handedOut = 0;
  }

  stats() {
    const { state, collections, milliseconds, skipped, returnedBytes, interval } = this;
    return { state, collections, milliseconds, skipped, returnedBytes, intervalBytes: interval };
  }
}
isolate(Pacer);

module.exports = { Pacer };
