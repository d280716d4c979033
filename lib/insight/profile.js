'use strict';

/*
 * profile: which places of the program allocated the memory of Buffers, and which of it is in use. It listens (events.js)
 * and takes a sample about every `interval` bytes, at exponential distances (sampling.js), so that what it shows is right
 * on average for any size; a sample stands for as many bytes as its probability says.
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
  createList,
  isolate,
  MathMax,
  MathMin,
  now,
  TypedArrayPrototypeGetBuffer,
} = require('../runtime/builtin');
const { profileError } = require('../runtime/errors');
const { PROFILE, TAKE, checkOptions } = require('../options');
const { KIND } = require('../stores/record');
const { FORMATS } = require('./formats');
const { nextDistance, random, weightOf } = require('./sampling');
const { Stacks } = require('./stacks');

/** The list of what is followed among C's weak lists. */
const FOLLOWED = 1;
/**
 * The share of the time that samples may take, unless the interval was asked for. Beyond it only one in so many of those that are due is taken, and stands for
 * as many more: half as many as before, or twice as many, as seen after every so many.
 */
const MAX_SHARE = 0.02;
const SMALL_SHARE = MAX_SHARE / 4;
const MAX_THINNING = 1024;
const SAMPLES_PER_LOOK = 16;
/** What no slab is ever cut into: a small integer, which costs no memory. */
const MAX_DISTANCE = 2 ** 30;
/** How many samples there are at least before they are swept. */
const MIN_SWEEP = 256;

const NAMES = createList();
for (const name in KIND) NAMES[KIND[name]] = name.toLowerCase();

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
    this.maxShare = interval === undefined ? MAX_SHARE : Infinity;
    this.stacks = new Stacks(stackDepth);
    this.startTime = Date.now();
    /** Those in use, and those that were not yet found to be collected. */
    this.samples = createList();
    this.count = 0;
    this.sweepAt = MIN_SWEEP;
    /** One sample in so many is taken of those that are due. */
    this.thinning = 1;
    /** When that was last looked at, and how many samples and milliseconds there were since. */
    this.lookedAt = now();
    this.taken = 0;
    this.spent = 0;
    this.listener = this.createListener();
  }

  /** What is told of every allocation: mostly it subtracts and compares. */
  createListener() {
    const { interval } = this;
    let left = nextDistance(interval);
    const take = (object, size, kind, allocator) => {
      left = nextDistance(interval);
      if (this.thinning > 1 && random() * this.thinning > 1) return undefined;
      return this.take(object, size, kind, allocator, take);
    };
    return {
      __proto__: null,
      /* Each slab counts for itself, from its first piece on. */
      cut(piece, size, { kind, name }, isFirst) {
        if (kind === 'arena') return MAX_DISTANCE;
        if (!isFirst) take(piece, size, 'slab', name);
        return nextDistance(interval);
      },
      handedOut(store, record) {
        if (record.kind === KIND.SLAB || (left -= record.length) > 0) return;
        const kind = record.isNative ? NAMES[record.kind] : 'host';
        record.sample = take(store, record.length, kind, record.owner.name);
      },
      served(buffer, size, { name }) {
        if ((left -= size) > 0 || size === 0) return;
        take(TypedArrayPrototypeGetBuffer(buffer), size, 'host', name);
      },
      returned: ({ sample }) => {
        if (sample?.profiler === this) this.end(sample);
      },
    };
  }

  /**
   * Takes a sample; without one where that cannot be, as at the end of the stack.
   *
   * @param {Function} from what the program has called, as the capture knows it
   */
  take(object, size, kind, allocator, from) {
    try {
      const start = now();
      const weight = this.thinning * weightOf(size, this.interval);
      const node = this.stacks.enter(from);
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
      if (++this.taken === SAMPLES_PER_LOOK) this.look(end);
      return sample;
    } catch {
      return undefined;
    }
  }

  /** Has more samples taken, or fewer, by the time that they take. */
  look(time) {
    const share = this.spent / (time - this.lookedAt);
    if (share > this.maxShare) this.thinning = MathMin(this.thinning * 2, MAX_THINNING);
    else if (share < SMALL_SHARE) this.thinning = MathMax(this.thinning / 2, 1);
    this.lookedAt = time;
    this.taken = 0;
    this.spent = 0;
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

const getProfiler = () => profiler;

/**
 * Begins to take samples.
 *
 * @param {object} hub lib/insight/events.js
 * @param {{ interval?: number, stackDepth?: number }} [options] `interval`: bytes from one sample to the next, on average
 *   (512 KiB; and as much more as keeps the profile below 2 % of the time); `stackDepth`: most frames, the
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
  events.listen(profiler.listener);
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
  events.ignore(profiler.listener);
  profiler.close();
  profiler = undefined;
}

module.exports = { getProfiler, start, stop, take };
