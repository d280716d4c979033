'use strict';

/*
 * supply: the one place that decides where memory comes from. A supply has one C heap; asked for a
 * store, it takes a block of it, or the runtime's memory where there is a reason to: no backend, a
 * budget that is spent, no memory. Reasons are counted.
 *
 * Memory is back in C when a store was collected, or when it is taken back (`takeBack`).
 */

const {
  binding,
  createList,
  FastBuffer,
  guardSlab,
  isolate,
  isZeroFilled,
  MAX_LENGTH,
  NumberIsInteger,
  StringPrototypeStartsWith,
  TypedArrayPrototypeFill,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetLength,
} = require('../runtime/builtin');
const events = require('../insight/events');
const idle = require('../reclaim/idle');
const { defaultPacer } = require('../reclaim/pacer');
const backend = require('./backend');
const { HostCount, takeHostMemory, getMemory } = require('./host');
const { COUNTERS, KIND, Record, createCounters, recordOf, stamp } = require('./record');
const { MAX_BYTES, Warm, coolAll } = require('./warm');

/** What bounds a turn of the event loop, where memory waits for the next. */
const turn = backend.returnsAtTurn ? require('./turn') : undefined;

const { STATUS } = binding;

/** Of the addon's `allocate`: the memory must be zero; where a store's kind begins; what is above the
 * largest alignment there is. */
const ZERO = 1;
const KIND_SHIFT = 24;
const MAX_ALIGNMENT = 2 ** 23;
/** Of what opens a heap. */
const WIPES = 1;
const HAS_HEAP = 2;
const HUGE_PAGES = 4;

/** Whether there was no stack left for something, as V8 and JavaScriptCore say it. */
const isOverflow = ({ message }) =>
  typeof message === 'string' &&
  StringPrototypeStartsWith(message, 'Maximum call stack size exceeded');

/** Why a status of the addon has the runtime serve; undefined if it was not asked for the sake of the turn. */
function reasonOf(status) {
  if (status === undefined) return 'turn';
  if (status === STATUS.BUDGET) return 'budget';
  return status === STATUS.UNSUPPORTED ? 'unsupported' : 'memory';
}

class Supply {
  /**
   * @param {object} settings as lib/settings.js gives them, in bytes
   * @param {'default'|'allocator'} kind
   * @param {Function} openHeap of the binding; gives the handle of a heap, which ends with the supply
   */
  constructor(settings, kind, openHeap) {
    this.settings = settings;
    this.name = settings.name;
    this.kind = kind;
    /** Those that are cut for it. */
    this.slabs = createList();
    this.counters = createCounters();
    /** From this size on, a dedicated buffer comes from C. */
    this.nativeMin = settings.nativeMin;
    const { name, maxBytes, maxCachedBytes, zeroOnRelease, hugePages } = settings;
    const flags =
      (zeroOnRelease ? WIPES : 0) |
      (backend.isNative ? HAS_HEAP : 0) |
      (hugePages ? HUGE_PAGES : 0);
    /** The handle of what C keeps for it. */
    this.heap = openHeap(maxBytes, maxCachedBytes, flags, name, this);
    this.isNative = backend.isNative && this.heap >= 0;
    this.zeroOnRelease = zeroOnRelease;
    this.closed = false;
    /** What was released and is to be taken again as it is. */
    this.warm = new Warm(
      backend.name === 'v8' && !isZeroFilled && !zeroOnRelease && maxCachedBytes >= MAX_BYTES,
    );
    this.pacer = settings.pacing ? defaultPacer(backend.returnsAtTurn) : undefined;
    /** Its debugger, if it has one: lib/insight/debug.js. */
    this.debugger = undefined;
    /** Gives its stats. */
    this.describe = undefined;
    /** What it had from the runtime. */
    this.host = new HostCount(this);
    /** See lib/lifetimes/secret.js. */
    this.allocSecret = undefined;
    /** What has some of its stores guarded, if there is: lib/insight/guard.js. */
    this.guard = undefined;
    /** See lib/stores/guarded.js; where there is any. */
    this.tellOfDamage = undefined;
    /** Takes memory for many small buffers, which nobody can move away; a function of its own, for Slab. */
    this.takeSlab = (size) => {
      const store = this.take(KIND.SLAB, size, 0, false);
      guardSlab(store);
      return store;
    };
    if (this.isNative) idle.begin();
    events.made(this);
  }

  refuse() {
    throw require('../runtime/errors').closedError('allocator');
  }

  /**
   * Takes memory.
   *
   * @param {number} kind of KIND
   * @param {number} size in bytes, an integer from 1 to MAX_LENGTH
   * @param {number} alignment a power of two, or 0 for what there is: 64, or the runtime's
   * @param {boolean} zero whether it must be zero; arbitrary otherwise
   * @returns {ArrayBuffer} with a record, of just `size` bytes unless the record has an offset; the
   *   caller's, until it is collected or taken back
   */
  take(kind, size, alignment, zero) {
    if (this.closed) this.refuse();
    const isNative = this.isNative && kind >= backend.firstKind;
    if (isNative && this.guard !== undefined) {
      const guarded = this.guard.take(this, kind, size, alignment);
      if (guarded !== undefined) return guarded;
    }
    const store = isNative ? this.takeBlock(kind, size, alignment, zero) : undefined;
    return store === undefined
      ? this.takeHost(kind, size, alignment, zero)
      : this.enter(store, kind, true, 0, size, undefined);
  }

  /** An ArrayBuffer over a block of the heap; undefined, and a reason counted, if there is none. */
  takeBlock(kind, size, alignment, zero) {
    if (kind === KIND.ACQUIRED && alignment === 0 && !zero) {
      const store = this.warm.take(size);
      if (store !== undefined) return store;
    }
    const flags =
      (alignment < MAX_ALIGNMENT ? alignment : MAX_ALIGNMENT) |
      (zero || isZeroFilled ? ZERO : 0) |
      (kind << KIND_SHIFT);
    const result = this.mayTake(size) ? binding.allocate(this.heap, size, flags) : undefined;
    if (typeof result === 'object') return result;
    return this.makeRoom(result)
      ? this.takeBlock(kind, size, alignment, zero)
      : this.fallBack(result, size);
  }

  /** Whether C may be asked for `size` bytes; what must know of that does then. */
  mayTake(size) {
    this.account(size);
    return turn === undefined || turn.allows(size);
  }

  /** Has the clock and the pacer know of memory from C. */
  account(size) {
    this.lookAfter();
    const { pacer } = this;
    if (pacer !== undefined) pacer.account(size);
  }

  /** Has what lies idle looked after: other addons have memory from C, whatever the backend. */
  lookAfter() {
    if (idle.isAsleep()) idle.wake();
  }

  /**
   * Frees what is kept warm, and so in the way of a request that C has refused.
   *
   * @param {number} [status] why it has
   * @returns {boolean} whether it is worth another try
   */
  makeRoom(status) {
    return status === STATUS.BUDGET ? this.warm.cool() : this.cool();
  }

  /** Has C know what is out: whoever looks there calls this first. Of all supplies of the environment. */
  cool() {
    return coolAll();
  }

  /** Counts why the runtime has to serve. */
  fallBack(status, size) {
    const reason = reasonOf(status);
    if (reason === 'unsupported') this.isNative = false;
    this.counters[COUNTERS[reason]]++;
    events.tellAll('fellBack', this, reason, size);
    return undefined;
  }

  takeHost(kind, size, alignment, zero) {
    const buffer = this.allocateHost(size, alignment, zero);
    const watch = this.host.add(buffer, size);
    const store = TypedArrayPrototypeGetBuffer(buffer);
    return this.enter(store, kind, false, TypedArrayPrototypeGetByteOffset(buffer), size, watch);
  }

  /** The runtime's memory, of which nothing is old either when what is released must leave no trace. */
  allocateHost(size, alignment, zero) {
    return takeHostMemory(size, alignment, zero || this.zeroOnRelease);
  }

  /** Takes in a block that an addon has filled, shown as an ArrayBuffer of just `size` bytes. */
  adopt(store, size) {
    this.account(size);
    return this.enter(store, KIND.DEDICATED, true, 0, size, undefined);
  }

  /** Makes a store's record, and counts a block. */
  enter(store, kind, isNative, offset, size, watch) {
    const record = new Record(this, kind, isNative, offset, size, watch);
    stamp(store, record);
    if (isNative) {
      this.counters[2 * kind]++;
      this.counters[2 * kind + 1] += size;
    }
    if (events.isHeard) events.handedOut(store, record);
    return store;
  }

  /**
   * A buffer with memory of its own; from C if it is large enough for that to pay.
   *
   * @param {number} size in bytes, above 0; what no buffer can be long gives the built-in's error
   * @param {number} alignment a power of two, or 0
   * @param {boolean} zero whether it must be zero
   */
  dedicated(size, alignment, zero) {
    if (
      alignment === 0 &&
      !(size >= this.nativeMin && size <= MAX_LENGTH && NumberIsInteger(size))
    ) {
      return this.admit(this.allocateHost(size, 0, zero));
    }
    const store = this.take(KIND.DEDICATED, size, alignment, zero);
    return new FastBuffer(store, recordOf(store).offset, size);
  }

  /** Counts a buffer of `size` bytes that the runtime served, and returns it. */
  admit(buffer, size = TypedArrayPrototypeGetLength(buffer)) {
    this.host.add(buffer, size);
    if (events.isHeard) events.served(buffer, size, this);
    return buffer;
  }

  /** Whether an addon has pinned a store. Where that cannot be found out, it is taken to have. */
  isPinned(store) {
    try {
      return binding.isPinned(store);
    } catch {
      return true;
    }
  }

  /**
   * Empties a store, and all buffers over it, and has its memory back; once it is unpinned if an addon
   * has pinned it.
   *
   * @param {ArrayBuffer} store
   * @param {Record} record its own
   * @returns {boolean} false, and nothing changed, if it cannot be emptied: a program has marked it; a
   *   secret is wiped all the same
   * @throws {RangeError} and nothing changed, if there was no stack left to try it
   */
  takeBack(store, record) {
    try {
      const isPinned = record.wasPinned && this.isPinned(store);
      /* At once, and even if it cannot be emptied: an operation may hold the memory a while longer. */
      if (record.kind === KIND.SECRET && !isPinned) {
        TypedArrayPrototypeFill(new FastBuffer(store), 0);
      }
      if (!isPinned && events.isHeard && events.returning(store, record)) {
        /* It is someone's who will free it. */
      } else if (!record.isNative) getMemory().freeHost(store, idle, isPinned);
      else if (isPinned || !this.warm.keep(store, record)) binding.free(store);
    } catch (error) {
      if (isOverflow(error)) throw error;
      return false;
    }
    const { length } = record;
    record.length = 0;
    try {
      if (record.isNative && turn !== undefined) turn.giveBack(length);
      if (record.watch !== undefined) binding.unwatch(record.watch);
      if (events.isHeard) events.returned(record, length);
      if (this.tellOfDamage !== undefined) this.tellOfDamage();
    } catch {
      /* With no stack left for that the memory is back all the same. */
    }
    return true;
  }

  /**
   * The record of one of its stores, for files that are loaded later: where a program has emptied
   * require.cache, or its test runner has, they would have another copy of record.js.
   */
  recordOf(store) {
    return recordOf(store);
  }

  /** Gives all cached memory back to the system; returns the bytes. */
  trim() {
    if (this.closed) return 0;
    if (events.isHeard) events.tell('trimmed', this);
    this.cool();
    const bytes = binding.trimThreads();
    return backend.isNative && this.heap >= 0 ? bytes + binding.trim(this.heap) : bytes;
  }

  /** Ends the heap. Buffers already out stay valid. Should it be interrupted, the next call goes on. */
  close() {
    if (this.closed) return;
    this.host.close();
    events.ended(this);
    this.warm.end();
    if (this.heap >= 0) binding.destroyHeap(this.heap);
    this.closed = true;
  }
}
isolate(Supply);

module.exports = { Supply };
