'use strict';

/*
 * debug: finding writes after release, and acquired buffers that are never
 * released. On with BUFALLOC_DEBUG=1 or an allocator's `debug` option; when it is
 * off nothing of this file is loaded.
 *
 * Released memory is poisoned and waits in a quarantine, a bounded queue. Nobody
 * can reach it through JavaScript by then, but the system can, in an operation
 * that was begun before: poison that is no longer whole when the memory leaves
 * tells of it. Of acquired buffers a sample is watched for being collected
 * without a release, as by Netty's leak detector.
 *
 * Reports are process warnings with a code; those at exit go to stderr. A fault
 * that shows again from the same place is counted and not reported again.
 */

const { writeSync } = require('node:fs');
const path = require('node:path');
const {
  FastBuffer,
  hostAlloc,
  isolate,
  min,
  registryRegister,
  registryUnregister,
  typedArrayFill,
} = require('./host');

/** What poisoned memory is filled with: no text, no small number, no address. */
const POISON = 0xdb;
const PATTERN = hostAlloc(64 * 1024, POISON);

/** Bounds of the quarantine. Small programs release little: age is one, too. */
const QUARANTINE_BYTES = 16 * 1024 * 1024;
const QUARANTINE_ROUNDS = 2;
/** One acquired buffer in so many is watched. */
const SAMPLE = 16;

const { captureStackTrace } = Error;

/** Where the program is; formatted only when it is shown. */
function capture() {
  const place = {};
  captureStackTrace(place, capture);
  return place;
}

const OWN_FRAME = `${__dirname}${path.sep}`;

/** The frames of the program's own, indented; ours say nothing of use. */
function show(place) {
  const lines = String(place?.stack).split('\n').slice(1);
  const frames = lines.filter((line) => !line.includes(OWN_FRAME)).map((line) => line.trim());
  return frames.length > 0 ? frames.map((frame) => `    ${frame}`).join('\n') : '    (unknown)';
}

/** Where the first byte is that is not poison, and how many are; undefined for none. */
function findDamage(bytes) {
  let first = -1;
  let count = 0;
  for (let start = 0; start < bytes.length; start += PATTERN.length) {
    const end = min(start + PATTERN.length, bytes.length);
    if (PATTERN.compare(bytes, start, end, 0, end - start) === 0) continue;
    for (let i = start; i < end; i++) {
      if (bytes[i] === POISON) continue;
      if (first < 0) first = i;
      count++;
    }
  }
  return count === 0 ? undefined : { first, count };
}

/* Reports that are to be shown in the next tick. */
const pending = new Set();

function warn(message, code, detail) {
  const report = { message, code, detail };
  pending.add(report);
  process.emitWarning(message, { type: 'BufallocWarning', code, detail });
  process.nextTick(() => pending.delete(report));
}

const STDERR = 2;

/* When the process ends there is no next tick. */
function print(message, code, detail) {
  writeSync(STDERR, `(bufalloc) [${code}] BufallocWarning: ${message}\n${detail}\n`);
}

/* Those that may still have something in quarantine when the process ends. */
const all = new Set();

function reportAtExit() {
  for (const { message, code, detail } of pending) print(message, code, detail);
  for (const reference of all) reference.deref()?.flush(print);
}

const bytesOf = (count) => `${count} ${count === 1 ? 'byte' : 'bytes'}`;

/** The debugging of one set of stores. */
class Debugger {
  /**
   * @param {{ quarantineBytes?: number, sample?: number }} settings
   * @param {(store: ArrayBuffer, info?: object) => void} onLeave takes a store
   *   that has left the quarantine, and what was known of it
   */
  constructor({ quarantineBytes = QUARANTINE_BYTES, sample = SAMPLE }, onLeave) {
    this.quarantineBytes = quarantineBytes;
    this.sample = sample;
    this.onLeave = onLeave;
    this.queue = [];
    this.bytes = 0;
    this.round = 0;
    this.acquired = 0;
    this.writesAfterRelease = 0;
    this.leaks = 0;
    this.seen = new Set();
    this.registry = new FinalizationRegistry((trace) => this.onLeak(trace));
    if (all.size === 0) process.on('exit', reportAtExit);
    this.reference = new WeakRef(this);
    all.add(this.reference);
  }

  /** Where memory was asked for. */
  trace({ byteLength }, size = byteLength) {
    return { __proto__: null, size, place: capture() };
  }

  /** Notes where a buffer's own memory was asked for. `watched`: it is to be released. */
  onAllocate(store, info, watched) {
    const trace = this.trace(store, info.length);
    info.trace = trace;
    if (!watched || this.acquired++ % this.sample !== 0) return;
    /* Formatted now: until then, what the frames hold would hold the buffer. */
    trace.place = { stack: trace.place.stack };
    registryRegister(this.registry, store, trace, trace);
  }

  /**
   * Takes the memory of a buffer that was released.
   *
   * @param {ArrayBuffer|undefined} fresh over that memory, which the program never
   *   had; undefined if it went back to the heap
   * @param {{ trace?: object }} info
   */
  onRelease(fresh, info) {
    const { trace } = info;
    info.trace = undefined;
    if (trace !== undefined) registryUnregister(this.registry, trace);
    if (fresh !== undefined) this.enter(fresh, trace, info);
  }

  /** Takes memory that an arena had, in the same way. */
  onReset(fresh, trace) {
    if (fresh !== undefined) this.enter(fresh, trace, undefined);
  }

  enter(fresh, trace, info) {
    typedArrayFill(new FastBuffer(fresh), POISON);
    this.queue.push({ fresh, info, trace, released: capture(), round: this.round });
    this.bytes += fresh.byteLength;
    while (this.bytes > this.quarantineBytes) this.leave(warn);
  }

  /** One round of maintenance: what has waited long enough leaves. */
  tick() {
    this.round++;
    while (this.queue.length > 0 && this.queue[0].round + QUARANTINE_ROUNDS <= this.round) {
      this.leave(warn);
    }
  }

  leave(report) {
    const entry = this.queue.shift();
    const { fresh, info } = entry;
    this.bytes -= fresh.byteLength;
    const damage = findDamage(new FastBuffer(fresh));
    if (damage !== undefined) this.onDamage(entry, damage, report);
    this.onLeave(fresh, info);
  }

  onDamage({ fresh, trace, released }, { first, count }, report) {
    this.writesAfterRelease++;
    const detail =
      `Allocated (${bytesOf(trace?.size ?? fresh.byteLength)}):\n${show(trace?.place)}\n` +
      `Released:\n${show(released)}`;
    if (this.isKnown(detail)) return;
    const message =
      `Write after release: ${bytesOf(count)} of a buffer changed after it was released, the ` +
      `first at offset ${first}. Something still had its memory: an operation that was not ` +
      'awaited, or native code.';
    report(message, 'BUFALLOC_WRITE_AFTER_RELEASE', detail);
  }

  onLeak({ size, place }) {
    this.leaks++;
    const detail = `Acquired (${bytesOf(size)}):\n${show(place)}`;
    if (this.isKnown(detail)) return;
    const message =
      'Leak: an acquired buffer was collected without release(). Its memory came back late. ' +
      (this.sample === 1 ? 'Every one is watched.' : `One in ${this.sample} is watched.`);
    warn(message, 'BUFALLOC_LEAK', detail);
  }

  isKnown(detail) {
    if (this.seen.has(detail)) return true;
    this.seen.add(detail);
    return false;
  }

  /** Lets everything leave the quarantine. */
  flush(report = warn) {
    while (this.queue.length > 0) this.leave(report);
  }

  /** The end of the allocator. */
  close() {
    this.flush();
    all.delete(this.reference);
  }

  stats() {
    const { queue, bytes, writesAfterRelease, leaks } = this;
    return {
      state: 'on',
      quarantineCount: queue.length,
      quarantineBytes: bytes,
      writesAfterRelease,
      leaks,
    };
  }
}
isolate(Debugger);

module.exports = { Debugger };
