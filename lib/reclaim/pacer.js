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
 * what is still out just before the next has survived one, and the next interval is 1.5 times that; but
 * V8 counts what survived, too, and must not come to collect a second time within it. It is
 * longer where collections take a large share of the time: there the program does little with its
 * memory, and has little to gain from having it early. And where so much is in flight that the interval
 * would come near V8's own, the pacer rests: it would only age what is out. Now and then it looks
 * whether that is still so.
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
/**
 * After so many bytes of young ArrayBuffers V8 starts a young collection itself, when it next allocates
 * in its own heap.
 */
const V8_INTERVAL = (runtimeMajor >= 26 ? 64 : runtimeMajor >= 24 ? 128 : 32) * MIB;
/** The interval, as a multiple of what survives. */
const ROOM = 1.5;
/** At most; what would be longer is left to V8. */
const MAX_INTERVAL = MathMin(V8_INTERVAL, 64 * MIB);
/**
 * How long the pacer rests then: twice as long each time, until it has not rested for a while. To look
 * whether it need not takes some collections.
 */
const MIN_REST = 2 * V8_INTERVAL;
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
/** How often a collector is looked for that is not to be had. */
const ATTEMPTS = 3;
/** A JavaScript heap of this size is collected in some 20 ms. */
const IDLE_HEAP_BYTES = 32 * MIB;

const getCollector = lazily(() => require('./collector'));

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
   * @param {() => number} [nextInterval] ends an interval; returns the bytes of the one before that are out
   * @param {() => number} [clock] in milliseconds
   * @param {() => number} [returnedBytes] that came back because they were collected, ever
   * @param {() => number} [youngBytes] of this interval that are out
   */
  constructor(
    obtain = obtainCollector,
    nextInterval = binding.nextInterval,
    clock = now,
    returnedBytes = binding.returnedBytes,
    youngBytes = binding.youngBytes,
  ) {
    this.obtain = obtain;
    this.nextInterval = nextInterval;
    this.clock = clock;
    this.returnedBytes = returnedBytes;
    this.youngBytes = youngBytes;
    this.collector = undefined;
    this.state = 'waiting';
    this.attempts = 0;
    this.interval = MIN_INTERVAL;
    /** What it is at least, by the time that collections take. */
    this.least = MIN_INTERVAL;
    /** Bytes of the interval before the last collection that were out then. */
    this.born = 0;
    /** Bytes handed out since the last collection, and not back when that was last looked at; and ever. */
    this.handedOut = 0;
    this.total = 0;
    this.collections = 0;
    this.milliseconds = 0;
    /** How long it rests the next time that it does. */
    this.rest = MIN_REST;
    /** How often it has collected since. */
    this.awake = 0;
    /** The share of the time that collections take: a moving average. */
    this.share = 0;
    /** What one takes, in ms: the same. */
    this.cost = 0;
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
      const young = this.youngBytes();
      if (young < this.interval - LOOK_BYTES) {
        this.handedOut = young;
        return;
      }
    }
    this.handedOut = 0;
    if (this.state === 'waiting') this.look();
    if (this.state !== 'running') return;
    const born = this.born;
    this.born = this.youngBytes();
    const before = this.end;
    /* Asked for first: what this collection finds dead has survived the last one all the same. */
    const out = this.nextInterval();
    const returned = this.returnedBytes();
    const duration = this.run(this.collector.minor, false);
    const elapsed = this.end - before;
    /* Where nothing of it is back, V8 may not have swept it yet. A collection begins by waiting for that: if as
     * much has come back by now, it was dead. */
    const isUnswept =
      out >= born && elapsed - duration < SWEEP_MS && this.returnedBytes() - returned >= out;
    const survived = isUnswept ? 0 : out;
    /* A clock may stand still. */
    const share = duration / elapsed || 0;
    this.share += (share - this.share) * WEIGHT;
    this.cost += (MathMin(duration, 2 * LARGE_COST) - this.cost) * WEIGHT;
    if (this.share > LARGE_SHARE || this.cost > LARGE_COST) {
      this.least = MathMin(this.least * 2, MAX_LEAST);
    } else if (this.share < SMALL_SHARE && this.cost < SMALL_COST) {
      this.least = MathMax(this.least / 2, MIN_INTERVAL);
    }
    /* What survived counts for V8's own interval: at its end V8 would collect a second time. */
    const left = V8_INTERVAL - survived;
    const room = survived * ROOM;
    const wanted = left < survived ? room : MathMin(room, left);
    if (room > MAX_INTERVAL) {
      this.interval = this.rest;
      this.rest = MathMin(this.rest * 2, MAX_REST);
      this.awake = 0;
    } else {
      this.interval = MathMax(this.least, wanted);
      if (++this.awake >= A_WHILE) this.rest = MIN_REST;
    }
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
    if (this.state !== 'running') return false;
    if (require('node:v8').getHeapStatistics().used_heap_size > IDLE_HEAP_BYTES) return false;
    this.run(this.collector.full, true);
    return true;
  }

  stats() {
    const { state, collections, milliseconds, interval } = this;
    return {
      state,
      collections,
      milliseconds,
      returnedBytes: this.returnedBytes(),
      intervalBytes: interval,
    };
  }
}
isolate(Pacer);

let pacer;

/** The environment's own. */
const defaultPacer = () => (pacer ??= new Pacer());

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
