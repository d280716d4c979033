'use strict';

/*
 * debug: finding writes after release, and acquired buffers that are never released. On with
 * BUFALLOC_DEBUG=1 or an allocator's `debug` option; when it is off nothing of this file is loaded. It
 * listens (events.js) for one supply, whose memory it takes over as it comes back.
 *
 * Released memory is poisoned and waits in a quarantine, a bounded queue. Nobody can reach it through
 * JavaScript by then, but the system can, in an operation that was begun before: poison that is no
 * longer whole when the memory leaves tells of it. Of acquired buffers a sample is watched for being
 * collected without a release, as by Netty's leak detector.
 *
 * Beside that, what is in the hands of core is known while it is (uses.js, mistakes.js).
 *
 * Reports are process warnings with a code (warnings.js); those at exit go to stderr. A fault that shows
 * again from the same place is counted and not reported again. Nothing here throws into the program.
 */

const {
  binding,
  bufferCompare,
  builtinAlloc,
  createList,
  FastBuffer,
  FinalizationRegistry,
  FinalizationRegistryPrototypeRegister,
  FinalizationRegistryPrototypeUnregister,
  Float64Array,
  isolate,
  MathMin,
  sliceList,
  TypedArrayPrototypeFill,
} = require('../runtime/builtin');
const idle = require('../reclaim/idle');
const { moveHost } = require('../stores/memory');
const { KIND } = require('../stores/record');
const { print } = require('./stderr');
const { createMistakes } = require('./mistakes');
const { watchUses } = require('./uses');
const { capture, innermost, printPending, printReport, warn } = require('./warnings');

/** What poisoned memory is filled with: no text, no small number, no address. */
const POISON = 0xdb;
const PATTERN = builtinAlloc(64 * 1024, POISON);

/** How long memory waits at most, in rounds: small programs release little, and quiet ones nothing. */
const QUARANTINE_ROUNDS = 2;

/** Where the first byte is that is not poison, and how many are; undefined for none. */
function findDamage(bytes) {
  let first = -1;
  let count = 0;
  for (let start = 0; start < bytes.length; start += PATTERN.length) {
    const end = MathMin(start + PATTERN.length, bytes.length);
    /* Deno holds the end of what it compares with against the length of the other. */
    if (bufferCompare(bytes, PATTERN, 0, end - start, start, end) === 0) continue;
    for (let i = start; i < end; i++) {
      if (bytes[i] === POISON) continue;
      if (first < 0) first = i;
      count++;
    }
  }
  return count === 0 ? undefined : { first, count };
}

/** Has the debuggers of all allocators that are there looked after. */
function lookAfter(events) {
  const forEachDebugger = (visit) =>
    events.each((provider) => {
      if (provider.debugger !== undefined) visit(provider.debugger);
    });
  idle.begin();
  idle.addTask(() => {
    let busy = false;
    forEachDebugger((each) => {
      each.tick();
      if (each.bytes > 0) busy = true;
    });
    return busy;
  });
  process.on('exit', () => {
    printPending();
    forEachDebugger((each) => {
      each.flush(printReport);
      each.printCounts();
    });
  });
}

const WRITE = 'BUFALLOC_WRITE_AFTER_RELEASE';
const LEAK = 'BUFALLOC_LEAK';

const bytesOf = (count) => `${count} ${count === 1 ? 'byte' : 'bytes'}`;

/** The debugging of one supply. */
class Debugger {
  /** @param {{ debugQuarantine: number, debugSample: number }} settings */
  constructor(events, { name, debugQuarantine, debugSample }) {
    this.events = events;
    this.name = name;
    this.quarantineBytes = debugQuarantine;
    this.sample = debugSample > 0 ? debugSample : 1;
    /* A queue: what entered first is at `first`. */
    this.queue = createList();
    this.first = 0;
    this.bytes = 0;
    /* C's stores among them, by kind: two numbers for each, how many and their bytes. */
    this.waiting = new Float64Array(8);
    this.round = 0;
    this.acquired = 0;
    this.writesAfterRelease = 0;
    this.leaks = 0;
    /** How often each fault was seen, by code and place. */
    this.seen = new Map();
    this.mistakes = createMistakes((code, place) => this.isKnown(code, place));
    this.registry = new FinalizationRegistry((trace) => this.onLeak(trace));
  }

  /** Notes where memory was asked for, and watches what is to be released. */
  onTake(store, record) {
    if (record.kind === KIND.SLAB) return;
    const trace = { __proto__: null, size: record.length, place: capture(this.events.handedOut) };
    record.site = trace;
    if (record.kind !== KIND.ACQUIRED || this.acquired++ % this.sample !== 0) return;
    FinalizationRegistryPrototypeRegister(this.registry, store, trace, trace);
  }

  /**
   * Empties a store, as its memory was given back, and has the memory wait.
   *
   * @returns {boolean} true; false for what is not to wait
   * @throws and changes nothing if it cannot be emptied
   */
  onReturn(store, record) {
    const trace = record.site;
    /* Of secrets nothing is kept, and what is guarded has a quarantine of its own. */
    if (record.kind === KIND.SECRET || record.isGuarded) {
      if (trace !== undefined) FinalizationRegistryPrototypeUnregister(this.registry, trace);
      return false;
    }
    const fresh = record.isNative ? binding.move(store) : moveHost(store);
    if (trace !== undefined) FinalizationRegistryPrototypeUnregister(this.registry, trace);
    const released = capture(this.events.returning);
    this.mistakes.onRelease(record, released);
    if (fresh === undefined) return true;
    TypedArrayPrototypeFill(new FastBuffer(fresh), POISON);
    const { round } = this;
    const kind = record.isNative ? record.kind : -1;
    const entry = {
      __proto__: null,
      fresh,
      kind,
      trace,
      released,
      round,
    };
    this.queue[this.queue.length] = entry;
    this.bytes += fresh.byteLength;
    this.note(entry, 1);
    while (this.bytes > this.quarantineBytes) this.leave(warn);
    if (idle.isAsleep()) idle.wake();
    return true;
  }

  /** Counts what C takes for live as waiting, or no longer. */
  note({ kind, fresh }, sign) {
    if (kind < 0) return;
    this.waiting[2 * kind] += sign;
    this.waiting[2 * kind + 1] += sign * fresh.byteLength;
  }

  /** One round of maintenance: what has waited long enough leaves. */
  tick() {
    this.round++;
    while (this.count > 0 && this.queue[this.first].round + QUARANTINE_ROUNDS <= this.round) {
      this.leave(warn);
    }
  }

  get count() {
    return this.queue.length - this.first;
  }

  leave(report) {
    const entry = this.queue[this.first];
    this.queue[this.first++] = undefined;
    if (this.first > this.count) {
      this.queue = sliceList(this.queue, this.first, this.queue.length);
      this.first = 0;
    }
    this.bytes -= entry.fresh.byteLength;
    this.note(entry, -1);
    const damage = findDamage(new FastBuffer(entry.fresh));
    binding.free(entry.fresh);
    if (damage !== undefined) this.onDamage(entry, damage, report);
  }

  onDamage({ trace, released }, { first, count }, report) {
    this.writesAfterRelease++;
    const taken = trace?.place ?? '    (unknown)';
    if (this.isKnown(WRITE, `${innermost(taken)}\n${innermost(released)}`)) return;
    const size = trace === undefined ? '' : ` (${bytesOf(trace.size)})`;
    const message =
      `Write after release: ${bytesOf(count)} of a buffer changed after it was released, the ` +
      `first at offset ${first}. Something still had its memory: an operation that was not ` +
      'awaited, or native code.';
    const detail = `Allocated${size}:\n${taken}\nReleased:\n${released}`;
    report(message, WRITE, detail);
  }

  onLeak({ size, place }) {
    this.leaks++;
    this.events.tellAll('leaked', this.name, size, place);
    if (this.isKnown(LEAK, innermost(place))) return;
    const message =
      'Leak: an acquired buffer was collected without release(). Its memory came back late. ' +
      (this.sample === 1 ? 'Every one is watched.' : `One in ${this.sample} is watched.`);
    warn(message, LEAK, `Acquired (${bytesOf(size)}):\n${place}`);
  }

  /** Whether a fault was reported from that place before; counts it. */
  isKnown(code, place) {
    const key = `[${code}] ${place}`;
    const count = this.seen.get(key) ?? 0;
    this.seen.set(key, count + 1);
    return count > 0;
  }

  /** What was seen again and not reported again. */
  printCounts() {
    for (const [key, count] of this.seen) {
      if (count > 1) print(`(bufalloc) ${count} times: ${key}\n`);
    }
  }

  /** Lets everything leave the quarantine. */
  flush(report = warn) {
    while (this.count > 0) this.leave(report);
  }

  /** The end of the allocator. */
  close() {
    this.flush();
    /* What is released from now on leaves at once: no more rounds look at it. */
    this.quarantineBytes = 0;
  }

  stats() {
    const { count, bytes, writesAfterRelease, leaks } = this;
    return {
      state: 'on',
      quarantineCount: count,
      quarantineBytes: bytes,
      writesAfterRelease,
      leaks,
      ...this.mistakes.counts,
    };
  }
}
isolate(Debugger);

/* One for all: a supply's own would keep it from being collected when the supply is. */
const listener = {
  __proto__: null,
  handedOut: (store, record) => record.owner.debugger?.onTake(store, record),
  returning: (store, record) => record.owner.debugger?.onReturn(store, record),
  trimmed: (supply) => supply.debugger?.flush(),
  ended: (provider) => provider.debugger?.close(),
  refused(buffer, record) {
    const debug = record === undefined ? own : record.owner.debugger;
    debug?.mistakes.onRefusal(buffer, record);
  },
};

/** The module's, if that is debugged: what is none of ours is its affair. */
let own;

let isListening = false;

/**
 * Debugs a supply from now on.
 *
 * @param {object} events lib/insight/events.js
 * @param {import('../stores/supply').Supply} supply
 */
function debug(events, supply) {
  supply.debugger = new Debugger(events, supply.settings);
  if (supply.kind === 'default') own = supply.debugger;
  if (isListening) return;
  isListening = true;
  lookAfter(events);
  events.listen(listener);
  watchUses((store, name, wrapper, isOver) => {
    const record = supply.recordOf(store);
    return record?.owner.debugger?.mistakes.onUse(record, name, wrapper, isOver);
  });
}

module.exports = { debug };
