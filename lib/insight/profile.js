'use strict';

/*
 * profile: which places of the program allocated the memory of Buffers, and which of it is in use. It is a sampler (events.js)
 * that takes a sample about every `interval` bytes, at exponential distances (sampling.js), so that what it shows is right
 * on average for any size; a sample stands for as many bytes as its probability says. What is not taken costs next to nothing.
 *
 * Sampled are pieces of slabs, and stores of their own: dedicated, acquired, the runtime's, and an arena's as a whole, its
 * slabs included. A sample is in use until it is released, reset or collected, by the object that shows the memory: the
 * store, or of a slab the piece; Node-API's weak references tell, as those do not keep what dies young. To look at
 * them is to sweep them, which is done as they double, and before anything is shown.
 *
 * For other files: `getProfiler()` is what is under way, or undefined; its `each(visit)` goes over the samples in use:
 * `{ object, size, weight, kind, allocator, frames }`, where object is the ArrayBuffer or the piece, and frames, the innermost first, are
 * to be shown by stacks.js's `describe`.
 */

const {
  binding,
  ceilTo,
  createList,
  isolate,
  MathMax,
  MathMin,
  now,
  TypedArrayPrototypeGetBuffer,
} = require('../runtime/builtin');
const { profileError } = require('../runtime/errors');
const { PROFILE, TAKE, checkOptions } = require('../options');
const { KIND_NAMES } = require('../stores/record');
const { FORMATS } = require('./formats');
const { nextDistance, weightOf } = require('./sampling');
const { Stacks } = require('./stacks');

/** The list of what is followed among C's weak lists. */
const FOLLOWED = 1;
/**
 * The share of the time that samples may take, unless the interval was asked for. If they take more they are drawn from
 * larger intervals, and from smaller ones again if they take less than a part of it, as seen after every few. The longest
 * of those may have been interrupted, and does not count.
 */
const SHARE = 0.005;
const ENOUGH = 1 / 4;
const MOST_MORE = 4;
const MAX_THINNING = 1024;
const SAMPLES_PER_LOOK = 16;
/** How many samples there are at least before they are swept. */
const MIN_SWEEP = 256;

/** What is counted at one place, of one kind, for one allocator. */
class Bucket {
  constructor(kind, allocator) {
    this.kind = kind;
    this.allocator = allocator;
    this.allocCount = 0;
    this.allocBytes = 0;
    this.inuseCount = 0;
    this.inuseBytes = 0;
  }
}
isolate(Bucket);

class Sample {
  constructor(profiler, node, bucket, size, weight, place, index) {
    this.profiler = profiler;
    this.node = node;
    this.bucket = bucket;
    this.size = size;
    this.weight = weight;
    this.place = place;
    this.index = index;
  }

  end() {
    this.profiler.end(this);
  }
}
isolate(Sample);

/** The frames of a node, the innermost first. */
function framesOf(node) {
  const frames = [];
  for (let at = node; at.frame !== undefined; at = at.parent) frames.push(at.frame);
  return frames;
}

class Profiler {
  constructor({ interval, stackDepth = PROFILE.stackDepth.initial() }) {
    this.interval = interval ?? PROFILE.interval.initial();
    this.share = interval === undefined ? SHARE : Infinity;
    this.stacks = new Stacks(stackDepth);
    this.startTime = Date.now();
    /** Those in use, and those that were not yet found to be collected. */
    this.samples = createList();
    this.count = 0;
    this.sweepAt = MIN_SWEEP;
    /** Bytes from one sample to the next, on average. */
    this.mean = this.interval;
    /** When that was last looked at, how many samples there were since, and the milliseconds of all and of the longest. */
    this.lookedAt = now();
    this.taken = 0;
    this.spent = 0;
    this.longest = 0;
    this.sampler = this.createSampler();
  }

  /** What is told of memory after the distances that it returns. */
  createSampler() {
    const next = () => nextDistance(this.mean);
    return {
      __proto__: null,
      began: next,
      cut: (piece, size, { kind, name }) => {
        if (kind === 'arena') return Infinity;
        if (piece !== undefined) this.take(piece, size, ceilTo(size, 8), 'slab', name);
        return next();
      },
      took: (store, record) => {
        const { isNative, kind, length, owner } = record;
        const name = isNative ? KIND_NAMES[kind] : 'host';
        record.sample = this.take(store, length, length, name, owner.name);
        return next();
      },
      served: (buffer, size, { name }) => {
        this.take(TypedArrayPrototypeGetBuffer(buffer), size, size, 'host', name);
        return next();
      },
    };
  }

  /**
   * Takes a sample; without one where that cannot be, as at the end of the stack.
   *
   * @param {number} counted the bytes that it was counted by
   */
  take(object, size, counted, kind, allocator) {
    /* Code of the program may run where a stack is asked for, and allocate: it would be asked for another, without an end. */
    if (isTaking) return undefined;
    isTaking = true;
    try {
      const start = now();
      const weight = weightOf(counted, this.mean);
      const node = this.stacks.enter(events.tellSampler);
      /* That code may have ended this. */
      if (profiler !== this) return undefined;
      const place = binding.weakly(FOLLOWED, object);
      const bucket = this.bucketOf(node, kind, allocator);
      const sample = new Sample(this, node, bucket, size, weight, place, this.count);
      bucket.allocCount += weight;
      bucket.allocBytes += weight * size;
      if (place < 0) return undefined;
      bucket.inuseCount += weight;
      bucket.inuseBytes += weight * size;
      this.samples[this.count++] = sample;
      if (this.count >= this.sweepAt) this.sweep();
      const end = now();
      this.spent += end - start;
      this.longest = MathMax(this.longest, end - start);
      if (++this.taken === SAMPLES_PER_LOOK) this.look(end);
      return sample;
    } catch {
      return undefined;
    } finally {
      isTaking = false;
    }
  }

  /** Has more samples taken, or fewer, by the time that they take. */
  look(time) {
    const excess = (this.spent - this.longest) / (time - this.lookedAt) / this.share;
    if (excess > 1) this.setMean(this.mean * MathMin(2 * excess, MOST_MORE));
    else if (excess < ENOUGH) this.setMean(this.mean / 2);
    this.lookedAt = time;
    this.taken = 0;
    this.spent = 0;
    this.longest = 0;
  }

  /** Whatever was counted by another mean begins anew, so that all that comes stands for what it is drawn with. */
  setMean(wanted) {
    const mean = MathMax(this.interval, MathMin(wanted, this.interval * MAX_THINNING));
    if (mean === this.mean) return;
    this.mean = mean;
    events.sampleBy(this.sampler);
  }

  bucketOf({ buckets }, kind, allocator) {
    for (let i = 0; i < buckets.length; i++) {
      if (buckets[i].kind === kind && buckets[i].allocator === allocator) return buckets[i];
    }
    return (buckets[buckets.length] = new Bucket(kind, allocator));
  }

  /** Notes that a sample is no longer in use. */
  end(sample) {
    const { bucket, index, size, weight, place } = sample;
    if (index < 0) return;
    bucket.inuseCount -= weight;
    bucket.inuseBytes -= weight * size;
    binding.leave(FOLLOWED, place);
    const last = this.samples[--this.count];
    last.index = index;
    this.samples[index] = last;
    this.samples[this.count] = undefined;
    sample.index = -1;
  }

  /** Ends the samples that were collected. */
  sweep() {
    for (let i = this.count; i-- > 0;) {
      const sample = this.samples[i];
      if (binding.at(FOLLOWED, sample.place) === undefined) this.end(sample);
    }
    this.sweepAt = 2 * this.count + MIN_SWEEP;
  }

  each(visit) {
    this.sweep();
    for (let i = 0; i < this.count; i++) {
      const { node, bucket, size, weight, place } = this.samples[i];
      const { kind, allocator } = bucket;
      const object = binding.at(FOLLOWED, place);
      visit({ object, size, weight, kind, allocator, frames: framesOf(node) });
    }
  }

  /** What the formats show. */
  describe() {
    this.sweep();
    const stacks = [];
    const walk = (node) => {
      const { buckets, children } = node;
      for (let i = 0; i < buckets.length; i++) {
        const { kind, allocator, allocCount, allocBytes, inuseCount, inuseBytes } = buckets[i];
        const values = [allocCount, allocBytes, inuseCount, inuseBytes];
        stacks.push({ frames: framesOf(node), kind, allocator, values });
      }
      for (let i = 0; i < children.length; i++) walk(children[i]);
    };
    walk(this.stacks.root);
    const { interval, startTime } = this;
    const duration = Math.max(0, Date.now() - startTime);
    return { root: this.stacks.root, stacks, interval, startTime, duration };
  }

  close() {
    while (this.count > 0) this.end(this.samples[this.count - 1]);
  }
}
isolate(Profiler);

let profiler;
let events;
/** Whether a sample is being taken, of whatever profile. */
let isTaking = false;

const getProfiler = () => profiler;

/**
 * Begins to take samples.
 *
 * @param {object} hub lib/insight/events.js
 * @param {{ interval?: number, stackDepth?: number }} [options] `interval`: bytes from one sample to the next, on average
 *   (512 KiB; and as much more as keeps samples to half a percent of the time); `stackDepth`: most frames, the
 *   innermost (16)
 * @throws {Error} ERR_BUFALLOC_PROFILE if that has begun; ERR_INVALID_ARG_VALUE for a bad option
 */
function start(hub, options) {
  const checked = checkOptions(PROFILE, options);
  if (profiler !== undefined) {
    throw profileError('A profile is being taken already: stopProfile() ends it');
  }
  events = hub;
  profiler = new Profiler(checked);
  events.sampleBy(profiler.sampler);
}

function getStarted() {
  if (profiler !== undefined) return profiler;
  throw profileError('No profile is being taken: startProfile() begins one');
}

/**
 * What was sampled so far. The profile goes on.
 *
 * @param {{ format?: 'pprof'|'heapprofile'|'collapsed' }} [options]
 * @returns {Buffer|string} gzipped for pprof, the default; text for the others
 * @throws {Error} ERR_BUFALLOC_PROFILE if none was begun; ERR_INVALID_ARG_VALUE for a bad option
 */
function take(options) {
  const { format = TAKE.format.initial() } = checkOptions(TAKE, options);
  return FORMATS[format].show(getStarted().describe());
}

/**
 * Ends the profile and lets go of its samples.
 *
 * @throws {Error} ERR_BUFALLOC_PROFILE if none was begun
 */
function stop() {
  getStarted();
  events.sampleBy(undefined);
  profiler.close();
  profiler = undefined;
}

module.exports = { getProfiler, start, stop, take };
