'use strict';

/*
 * pacer: having dead buffers collected while their memory is still in cache.
 *
 * V8 counts the memory of ArrayBuffers as external, and starts full collections by it; a young one it
 * starts only when its own young space is full, which a program that moves bytes seldom fills. So
 * after every `interval` bytes we run a minor collection ourselves, inside the next allocation: 0.05 to
 * 0.2 ms when little is young and alive. With stores made by V8 the memory is back at once.
 *
 * A collection before what is in flight has died makes it old, and then only a full one frees it. So
 * the interval follows what survives: of what was born in the interval before the last collection,
 * what is still out just before the next has survived one, and the next interval is a quarter longer than
 * that; where all of it is, what is in flight may be many times as much. A full collection of V8's in
 * between makes all that is alive old, and then survivors say nothing. The interval is
 * longer where collections take a large share of the time: there the program does little with its
 * memory, and has little to gain from having it early. And where more is in flight than the longest
 * interval holds, collections have little of it back, and age the rest: then the pacer rests. Now and
 * then it looks whether that is still so.
 *
 * One pacer serves all allocators of an environment: it is its garbage that is collected.
 */

const {
  binding,
  isolate,
  lazily,
  MathMax,
  MathMin,
  now,
  runtimeMajor,
} = require('../runtime/builtin');
const events = require('../insight/events');

const MIB = 1024 * 1024;

/** Bytes between two collections, at least: below, what a collection costs anyway shows. */
const MIN_INTERVAL = 8 * MIB;
/** The interval, as a multiple of what survives. What is shorter makes old what would have died soon. */
const ROOM = 1.25;
/** The same where everything does, as far as that can be measured: it is found out in a few steps. */
const GROWTH = 3;
const EVERYTHING = 0.98;
/**
 * At most. V8 begins a full collection, which makes all that is alive old, when there are 64 MiB more than at the least
 * since the last: what survives and an interval have room in that.
 */
const MAX_INTERVAL = 32 * MIB;
/**
 * After so many bytes of young ArrayBuffers, what survived among them, V8 starts a young collection itself, when it next
 * allocates in its own heap. From Node.js 24 on that is more than what can survive and the longest interval together.
 */
const V8_INTERVAL = runtimeMajor >= 24 ? Infinity : 32 * MIB;
/** The share of the longest interval that collections must have back, or the pacer rests. */
const MIN_YIELD = 0.7;
/**
 * The two after a full one of V8's are not asked for that: it has made old what was alive. Where V8 has ended another
 * meanwhile, and so the memory back, the next is.
 */
const MAX_UNJUDGED = 2;
/**
 * How long it rests then, in bytes: twice as long each time, until it has not rested for a while. To look
 * whether it need not takes some collections.
 */
const MIN_REST = 8 * MAX_INTERVAL;
const MAX_REST = 1024 * MIB;
const A_WHILE = 8;
/** In what time V8 has swept what it found dead, on another thread. */
const SWEEP_MS = 0.25;
/** How many bytes are handed out between two looks at what is back of an interval's, at least. */
const LOOK_BYTES = MIB;
/** At most, for the sake of time alone: memory that lies idle between two is memory that others lack. */
const MAX_LEAST = 16 * MIB;
/**
 * The share of the time that collections may take: above LARGE_SHARE the least interval doubles, below
 * SMALL_SHARE it halves. Filling 8 MiB takes five times as long as a collection in a small heap.
 */
const LARGE_SHARE = 0.3;
const SMALL_SHARE = 0.15;
/**
 * The same for what one of them takes, in ms: with much that is young and alive it takes as long as the
 * page faults do that it spares.
 */
const LARGE_COST = 0.5;
const SMALL_COST = 0.25;
/** What the last collection adds to the averages. */
const WEIGHT = 0.25;
/**
 * While V8 marks, Node.js 24 and 26 make a full collection of a young one, for which the program waits until all is
 * marked. With a JavaScript heap above this size that takes longer than what is back early saves.
 */
const endsMarking = runtimeMajor >= 24;
const LARGE_HEAP_BYTES = 16 * MIB;
/** How many collections in a row may be left out for that. */
const MAX_LEFT_OUT = 3;
/** How often a collector is looked for that is not to be had. */
const ATTEMPTS = 3;
/** A JavaScript heap of this size is collected in some 20 ms. */
const IDLE_HEAP_BYTES = 32 * MIB;

const getCollector = lazily(() => require('./collector'));
const getHeapStatistics = lazily(() => require('node:v8').getHeapStatistics);

const heapBytes = () => getHeapStatistics()().used_heap_size;

/** Where that cannot be found out it is taken not to be. */
function isMarkingMuch() {
  try {
    return endsMarking && binding.isMarking() && heapBytes() > LARGE_HEAP_BYTES;
  } catch {
    return false;
  }
}

/** A program needs one after its first interval. Where the stack ends, there is none for now. */
function obtainCollector() {
  try {
    return getCollector().obtainCollector();
  } catch {
    return undefined;
  }
}

class Pacer {
  /**
   * @param {() => { minor(): void, full(): void }|undefined} [obtain] gets hold of a collector
   * @param {object} [ledger] what the addon knows: `nextInterval`, which ends an interval and returns the bytes of the
   *   one before that are out; `youngBytes`, of this one; `returnedBytes`, that came back because they were
   *   collected, ever; `fullCollections`, how many V8 has ended
   * @param {() => number} [clock] in milliseconds
   * @param {() => boolean} [isMarking] whether V8 is marking so much that a collection has to wait
   * @param {() => number} [heap] how large the JavaScript heap is, in bytes
   */
  constructor(
    obtain = obtainCollector,
    ledger = binding,
    clock = now,
    isMarking = isMarkingMuch,
    heap = heapBytes,
  ) {
    this.obtain = obtain;
    this.ledger = ledger;
    this.clock = clock;
    this.isMarking = isMarking;
    this.heapBytes = heap;
    this.collector = undefined;
    this.state = 'waiting';
    this.attempts = 0;
    /**
     * At first as long as can be. Where all survives a collection, V8 makes objects old at once from then on that are
     * born at the same places, those that go with the buffers as well.
     */
    this.interval = MAX_INTERVAL;
    /** What it is at least, by the time that collections take. */
    this.least = MIN_INTERVAL;
    /** Bytes of the interval before the last collection that were out then. */
    this.born = 0;
    /** Bytes handed out since the last collection, and not back when that was last looked at; and ever. */
    this.handedOut = 0;
    this.total = 0;
    this.collections = 0;
    this.milliseconds = 0;
    /** Collections left out in a row because V8 was marking. */
    this.leftOut = 0;
    /** How long it rests the next time that it does. */
    this.rest = MIN_REST;
    /** How often it has collected since. */
    this.awake = 0;
    /** The share of the time that collections take: a moving average. */
    this.share = 0;
    /** What one takes, in ms: the same. */
    this.cost = 0;
    /** The share of the longest interval that one has back: the same. */
    this.yield = 1;
    /** How many in a row there were with a full one of V8's since the one before the last. */
    this.afterFull = 0;
    /** Bytes that had come back before the last one. */
    this.returned = 0;
    /** Full collections of V8's before the last one, and before the one before that. */
    this.full = 0;
    this.fullBefore = 0;
    /** When the last one ended. */
    this.end = 0;
  }

  /**
   * Notes that `size` bytes are about to be handed out. What is collected before is what was handed out
   * before: a block that is released and taken again needs no collection, whatever its size.
   */
  account(size) {
    if (this.handedOut >= this.interval) this.onInterval();
    this.total += size;
    this.handedOut += size;
  }

  onInterval() {
    /* What the program gave back, or V8 has collected by itself, needs no collection. */
    if (this.interval <= MAX_INTERVAL) {
      const young = this.ledger.youngBytes();
      if (young < this.interval - LOOK_BYTES) {
        this.handedOut = young;
        return;
      }
    }
    this.handedOut = 0;
    if (this.state === 'waiting') this.look();
    if (this.state !== 'running') return;
    if (this.leftOut < MAX_LEFT_OUT && this.isMarking()) {
      this.leftOut++;
      this.interval = MathMin(this.interval, MAX_INTERVAL);
      return;
    }
    this.leftOut = 0;
    const born = this.born;
    this.born = this.ledger.youngBytes();
    const before = this.end;
    /* Asked for first: what this collection finds dead has survived the last one all the same. */
    const out = this.ledger.nextInterval();
    const returned = this.ledger.returnedBytes();
    const wasFull = this.noteFull();
    const duration = this.run(this.collector.minor, false);
    const elapsed = this.end - before;
    /* Where nothing of it is back, V8 may not have swept it yet. A collection begins by waiting for that: if as
     * much has come back by now, it was dead. */
    const isUnswept =
      out >= born && elapsed - duration < SWEEP_MS && this.ledger.returnedBytes() - returned >= out;
    const survived = isUnswept ? 0 : out;
    this.weigh(duration, elapsed);
    this.judge(returned, wasFull);
    if (this.yield < MIN_YIELD) {
      this.beginRest();
      return;
    }
    const wanted = wasFull ? this.interval * ROOM : this.findInterval(born, survived);
    this.interval = MathMin(MathMax(wanted, this.least), MAX_INTERVAL);
    if (++this.awake >= A_WHILE) this.rest = MIN_REST;
  }

  /** Chooses the least interval, by what a collection took, and the time since the one before, in ms. */
  weigh(duration, elapsed) {
    /* A clock may stand still. */
    const share = duration / elapsed || 0;
    this.share += (share - this.share) * WEIGHT;
    this.cost += (MathMin(duration, 2 * LARGE_COST) - this.cost) * WEIGHT;
    if (this.share > LARGE_SHARE || this.cost > LARGE_COST) {
      this.least = MathMin(this.least * 2, MAX_LEAST);
    } else if (this.share < SMALL_SHARE && this.cost < SMALL_COST) {
      this.least = MathMax(this.least / 2, MIN_INTERVAL);
    }
  }

  /**
   * Notes what came back since the last collection; it counts after the longest interval alone, and not where a full
   * collection has aged what was alive.
   */
  judge(returned, wasFull) {
    this.afterFull = wasFull ? this.afterFull + 1 : 0;
    const isTelling = this.afterFull === 0 || this.afterFull > MAX_UNJUDGED;
    if (isTelling && this.interval === MAX_INTERVAL) {
      const back = MathMin((returned - this.returned) / MAX_INTERVAL, 1);
      this.yield += (back - this.yield) * WEIGHT;
    }
    this.returned = returned;
  }

  beginRest() {
    this.interval = this.rest;
    this.rest = MathMin(this.rest * 2, MAX_REST);
    this.awake = 0;
    this.afterFull = 0;
    /* The next that has nothing back is enough for another. */
    this.yield = 1 - WEIGHT;
  }

  /** Whether V8 has collected everything since the collection before the last. */
  noteFull() {
    const full = this.ledger.fullCollections();
    const wasFull = full !== this.fullBefore;
    this.fullBefore = this.full;
    this.full = full;
    return wasFull;
  }

  /** What the interval should be, by how much of the bytes born in the one before the last survived. */
  findInterval(born, survived) {
    const isAll = born > 0 && survived >= born * EVERYTHING;
    const wanted = survived * (isAll ? GROWTH : ROOM);
    /* Little has survived, too, where V8 has just collected by itself. */
    if (wanted < this.interval / ROOM) return this.interval / ROOM;
    const left = V8_INTERVAL - survived;
    return survived > left ? wanted : MathMin(wanted, left);
  }

  /** Looks for a collector. Where little of the stack is left there is none for now. */
  look() {
    this.collector = this.obtain();
    if (this.collector !== undefined) this.state = 'running';
    else if (++this.attempts === ATTEMPTS) this.state = 'unavailable';
  }

  /** Collects; returns what that took, in ms. */
  run(collect, isFull) {
    const start = this.clock();
    collect();
    this.end = this.clock();
    const duration = this.end - start;
    this.collections++;
    this.milliseconds += duration;
    events.tellAll('collected', duration, isFull);
    return duration;
  }

  /**
   * Collects everything, for a program that holds C memory and has gone quiet; only if the JavaScript
   * heap is small enough for that to go unnoticed.
   *
   * @returns {boolean} whether it was done
   */
  collectIdle() {
    if (this.heapBytes() > IDLE_HEAP_BYTES) return false;
    if (this.state === 'waiting') this.look();
    if (this.state !== 'running') return false;
    this.run(this.collector.full, true);
    return true;
  }

  stats() {
    const { state, collections, milliseconds, interval } = this;
    return {
      state,
      collections,
      milliseconds,
      returnedBytes: this.ledger.returnedBytes(),
      intervalBytes: interval,
    };
  }
}
isolate(Pacer);

let pacer;

/**
 * The environment's own.
 *
 * @param {boolean} isBounded whether a turn of the event loop has no more than the longest interval: it begins
 *   with the shortest then
 */
function defaultPacer(isBounded) {
  if (pacer === undefined) {
    pacer = new Pacer();
    if (isBounded) pacer.interval = MIN_INTERVAL;
  }
  return pacer;
}

/** Bytes handed out under it so far. */
const totalHandedOut = () => (pacer === undefined ? 0 : pacer.total);

/** See Pacer's. */
const collectIdle = () => pacer !== undefined && pacer.collectIdle();

module.exports = {
  MAX_INTERVAL,
  MAX_REST,
  MIN_INTERVAL,
  MIN_REST,
  Pacer,
  collectIdle,
  defaultPacer,
  totalHandedOut,
};
