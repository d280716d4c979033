'use strict';

/*
 * What the model knows of the world: allocators and arenas, every buffer that is alive, and a copy
 * of its bytes.
 *
 * A _piece_ is what one call allocated, with all views of it that the model made; their copies are
 * views of the piece's copy, so that a write through any of them is a write to all. A _source_ is
 * what one can allocate from: the module, an allocator, an arena. `owner` is the allocator behind it,
 * the source itself unless that is an arena.
 */

const assert = require('node:assert');
const addon = require('../addon/build/Release/test_addon.node');
const { builtin, ours } = require('../support/subject');
const { collect, collectUntil } = require('../support/collect');
const { outstanding } = require('../support/lifetimes');

/** Most bytes alive: what is oldest is dropped beyond. */
const MAX_BYTES = 6_000_000;
const MAX_PIECES = 40;
/** Most emptied buffers that are kept to see that they stay empty. */
const MAX_EMPTIED = 40;

/** The module, with the functions in one object, as an allocator has them. */
const moduleApi = {
  ...Object.fromEntries(
    ['alloc', 'allocUnsafe', 'allocUnsafeSlow', 'from', 'concat', 'copyBytesFrom'].map((name) => [
      name,
      ours.Buffer[name],
    ]),
  ),
  acquire: ours.acquire,
  release: ours.release,
  compact: ours.compact,
  createArena: ours.createArena,
  stats: ours.stats,
  trim: ours.trim,
  get poolSize() {
    return ours.Buffer.poolSize;
  },
  set poolSize(bytes) {
    ours.Buffer.poolSize = bytes;
  },
};

/** Where the first byte of a buffer lies. */
const addressOf = (buffer) => Number(addon.describeBuffer(asBuffer(buffer, 1)).address);

/** A Buffer over the first bytes of a Uint8Array. */
const asBuffer = (bytes, length = bytes.length) =>
  builtin.Buffer.from(bytes.buffer, bytes.byteOffset, length);

const equal = (a, b) => a.length === b.length && builtin.Buffer.compare(a, b) === 0;

/** Where two byte sequences differ, in words. */
function difference(actual, expected) {
  if (actual.length !== expected.length) {
    return `its length is ${actual.length}, not ${expected.length}`;
  }
  const at = expected.findIndex((byte, i) => actual[i] !== byte);
  return `byte ${at} of ${expected.length} is ${actual[at]}, not ${expected[at]}`;
}

/** What is to be as it was when everything was let go of: blocks of the module, heaps of all. */
function state() {
  const { heaps, orphanedHeaps } = ours.stats().process;
  return { blocks: outstanding(), heaps, orphanedHeaps };
}

class World {
  /**
   * @param {(name: string) => void} tally told of what happens
   * @param {(bytes: Uint8Array, way: number) => Promise<Uint8Array>} echo has a worker copy bytes
   */
  constructor(tally, echo) {
    this.tally = tally;
    this.echo = echo;
    // What sequences before left in the cache is not to decide what becomes of this one.
    moduleApi.trim();
    this.start = state();
    this.poolSize = ours.Buffer.poolSize;
    /** Of heaps that end when they are collected, and not before. */
    this.dropped = 0;
    this.pieces = [];
    this.emptied = [];
    /** ArrayBuffers that are known to come from C. */
    this.fromC = new WeakSet();
    this.sources = [];
    this.addAllocator(moduleApi, {});
  }

  /** Begins to follow an allocator. */
  addAllocator(api, { zeroOnRelease = false }) {
    const { acquired, released } = api.stats().lifetimes;
    const source = { api, zeroOnRelease, closed: false, acquired, released };
    source.owner = source;
    this.sources.push(source);
  }

  /** Begins to follow an arena. */
  addArena(api, owner, { maxBytes = Infinity }) {
    this.sources.push({ api, owner, isArena: true, maxBytes, closed: false });
  }

  allocators() {
    return this.sources.filter(({ isArena }) => !isArena);
  }

  arenas() {
    return this.sources.filter(({ isArena }) => isArena);
  }

  /** Stops following a source, and lets go of it. */
  forget(source) {
    this.sources = this.sources.filter((one) => one !== source);
  }

  /** All buffers that are alive. */
  entries() {
    return this.pieces.flatMap(({ entries }) => entries);
  }

  /**
   * Begins to follow a buffer of at least one byte.
   *
   * @param {string} title for a failure's message
   * @param {object} source
   * @param {Uint8Array} buffer
   * @param {Uint8Array} copy of its bytes
   * @param {boolean} own whether it can be released
   * @returns {object} the piece
   */
  add(title, source, buffer, copy, own) {
    const address = addressOf(buffer);
    const end = address + buffer.length;
    for (const other of this.pieces) {
      const apart = end <= other.address || other.end <= address;
      assert.ok(apart, `${title} lies over ${other.title}, which is alive`);
    }
    const piece = { title, source, own, address, end, buffer, copy, entries: [] };
    this.addEntry(piece, buffer, 0);
    this.pieces.push(piece);
    this.limit();
    return piece;
  }

  /** Begins to follow a view of a piece, from its byte `start` on. */
  addEntry(piece, buffer, start) {
    const copy = piece.copy.subarray(start, start + buffer.length);
    piece.entries.push({ piece, buffer, start, copy });
  }

  /** Drops what is oldest while there is too much. */
  limit() {
    const bytes = () => this.pieces.reduce((sum, { buffer }) => sum + buffer.length, 0);
    while (this.pieces.length > MAX_PIECES || (this.pieces.length > 1 && bytes() > MAX_BYTES)) {
      this.pieces.shift();
    }
  }

  /** Lets go of a piece: its memory comes back by collection. */
  drop(piece) {
    this.pieces = this.pieces.filter((one) => one !== piece);
  }

  /** Notes that a piece was emptied: all of its buffers are to be empty for ever. */
  empty(piece) {
    this.drop(piece);
    this.emptied.push(...piece.entries.map(({ buffer }) => buffer));
    this.emptied = this.emptied.slice(-MAX_EMPTIED);
  }

  /** Notes that everything of an arena was emptied. */
  emptyArena(arena) {
    this.pieces.filter(({ source }) => source === arena).forEach((piece) => this.empty(piece));
  }

  /** Asserts that the world is as the model has it. */
  check() {
    for (const { buffer, copy, piece } of this.entries()) {
      if (!equal(buffer, copy)) assert.fail(`${piece.title}: ${difference(buffer, copy)}`);
    }
    for (const { length } of this.emptied) {
      assert.strictEqual(length, 0, 'what was emptied has bytes again');
    }
    this.allocators().forEach((allocator) => this.checkAllocator(allocator));
    this.arenas().forEach((arena) => this.checkArena(arena));
  }

  checkAllocator({ api, owner, closed, acquired, released }) {
    const { lifetimes, heap, process: whole, limits } = api.stats();
    assert.strictEqual(lifetimes.acquired, acquired);
    assert.strictEqual(lifetimes.released, released);
    if (closed) return;
    assert.ok(heap.liveBlocks <= heap.allocatedBlocks);
    assert.ok(heap.liveBytes <= heap.peakLiveBytes && heap.peakLiveBytes <= heap.allocatedBytes);
    assert.ok(heap.liveBytes + heap.cachedBytes <= heap.mappedBytes);
    assert.ok(heap.mappedBytes + whole.reserveBytes <= whole.mappedBytes);
    assert.ok(heap.liveBytes <= limits.maxBytes, 'more is alive than maxBytes allows');
    const mine = this.pieces.filter(({ source }) => source?.owner === owner);
    const stores = new Set(mine.map(({ buffer }) => buffer.buffer));
    const live = [...stores].filter((store) => this.fromC.has(store)).length;
    const out = heap.liveBlocks;
    assert.ok(live <= out, `${live} stores are alive, and ${out} blocks are out`);
  }

  checkArena(arena) {
    const { usedBytes, stores, closed } = arena.api.stats();
    assert.strictEqual(closed, arena.closed);
    assert.ok(usedBytes <= arena.maxBytes, 'more is used than maxBytes allows');
    if (closed) assert.strictEqual(usedBytes + stores, 0);
  }

  /**
   * Ends the sequence. What is out outlives its allocator; when it is let go of, everything comes
   * back, but for heaps whose allocators were dropped: those end when these are collected.
   */
  async end() {
    for (const arena of this.arenas()) {
      arena.api.close();
      arena.closed = true;
      this.emptyArena(arena);
    }
    for (const allocator of this.allocators().slice(1)) {
      allocator.api.close();
      allocator.closed = true;
    }
    this.check();
    await collect(1);
    this.check();
    this.reset();
    const { start, dropped } = this;
    /* Bun's collector takes what looks like an address on the stack for one: some may stay. */
    if (process.versions.bun !== undefined) return;
    await collectUntil(() => state().blocks <= start.blocks, 'all blocks came back');
    await collectUntil(
      () => state().orphanedHeaps <= start.orphanedHeaps,
      'no heap is left without its allocator',
    );
    assert.ok(state().heaps <= start.heaps + dropped, 'heaps of closed allocators are left');
  }

  /** Lets go of everything. */
  reset() {
    this.pieces = [];
    this.emptied = [];
    this.sources = [];
    ours.Buffer.poolSize = this.poolSize;
  }
}

module.exports = { World, state, addressOf, asBuffer, equal };
