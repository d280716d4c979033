'use strict';

/*
 * What a sequence is made of: commands, each a function of the world and of plain arguments that
 * fast-check can print and shrink. A command that finds nothing to work on does nothing. Numbers
 * choose among what there is, whatever its count.
 */

const assert = require('node:assert');
const fc = require('fast-check');
const addon = require('../addon/build/Release/test_addon.node');
const { builtin, ours } = require('../support/subject');
const { isFilled } = require('../support/bytes');
const { gc, turn } = require('../support/collect');
const { allocate, follow, pick, rise, share, unlessRefused } = require('./allocate');
const { ACQUIRES, CALLS } = require('./calls');
const { fillPattern } = require('./pattern');
const { asBuffer, equal } = require('./world');

const MAX_SOURCES = 8;
const MAX_SLICES = 5;
/** More than it takes: lib/stores/warm.js. */
const IN_A_ROW = 12;
const dispose = Symbol.dispose ?? Symbol.for('nodejs.dispose');
const canTransfer = typeof ArrayBuffer.prototype.transfer === 'function';

const isWhole = ({ piece, start, buffer }) => start === 0 && buffer.length === piece.buffer.length;

// --- Using -------------------------------------------------------------------------------------

const WRITES = {
  fill: (bytes, seed) => bytes.fill((seed % 255) + 1),
  pattern: (bytes, seed) => fillPattern(bytes, seed),
  view: ({ buffer, byteOffset, length }, seed) =>
    fillPattern(new Uint8Array(buffer, byteOffset, length), seed),
  part: (bytes, seed) => bytes.subarray(seed % bytes.length).fill((seed % 255) + 1),
  copyWithin: (bytes, seed) => bytes.copyWithin(0, seed % bytes.length),
  text: (bytes, seed) => asBuffer(bytes).write('written', seed % bytes.length, 'latin1'),
  native: (bytes, seed) => addon.write(asBuffer(bytes), seed % 256),
};

function write(world, n, how, seed) {
  if (world.pieces.length === 0) return;
  const { buffer, copy } = pick(world.entries(), n);
  WRITES[how](buffer, seed);
  WRITES[how](copy, seed);
}

const VIEWS = [
  (bytes, start, end) => bytes.subarray(start, end),
  (bytes, start, end) => asBuffer(bytes).slice(start, end),
  (bytes, start, end) => asBuffer(bytes).subarray(start, end),
  ({ buffer, byteOffset }, start, end) => new Uint8Array(buffer, byteOffset + start, end - start),
  ({ buffer, byteOffset }, start, end) => ours.Buffer.from(buffer, byteOffset + start, end - start),
];

function slice(world, n, how, from, length) {
  if (world.pieces.length === 0) return;
  const { piece, buffer, start } = pick(world.entries(), n);
  if (piece.entries.length > MAX_SLICES) return;
  const first = from % buffer.length;
  const end = Math.min(first + length, buffer.length);
  world.addEntry(piece, pick(VIEWS, how)(buffer, first, end), start + first);
}

/** Copies the world makes of a buffer by itself. */
async function clone(world, n, way) {
  if (world.pieces.length === 0) return;
  const { buffer, copy } = pick(world.entries(), n);
  const cloned = way === 0 ? structuredClone(buffer) : await world.echo(buffer, way);
  assert.ok(equal(cloned, copy), 'the clone has other bytes');
}

// --- Giving back -------------------------------------------------------------------------------

const releasable = (world) => world.entries().filter((entry) => entry.piece.own && isWhole(entry));

/** Calls `give` with a buffer; asserts that it says true just if it has to, and what comes of it. */
function releaseEntry(world, entry, give, buffer) {
  const { piece } = entry;
  const expected = piece.own && isWhole(entry);
  const owner = piece.source?.owner ?? world.sources[0];
  const store = buffer.buffer;
  const made = rise(owner, () => give(buffer));
  // `using` has no result.
  assert.strictEqual(made.result ?? expected, expected, `release of ${piece.title}`);
  if (!expected) return;
  owner.released++;
  world.empty(piece);
  world.tally('released');
  const blocks = world.fromC.has(store) ? 1 : 0;
  if (!owner.closed) assert.ok(made.live <= -blocks, 'a block less is out');
}

/** Ways to release, by any allocator's function: another view of the same bytes, `using`, plainly. */
const RELEASES = [
  ({ release }, bytes) => release(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)),
  ({ release }, bytes) => (dispose in bytes ? bytes[dispose]() : release(bytes)),
  ({ release }, bytes) => release(bytes),
];

function release(world, n, where, how) {
  if (world.pieces.length === 0) return;
  const entries = world.entries();
  const own = releasable(world);
  // Most buffers cannot be released: half of the time one of those is taken that can.
  const entry = pick(n % 2 === 0 && own.length > 0 ? own : entries, n >>> 1);
  const { api } = pick(world.allocators(), where);
  releaseEntry(world, entry, (bytes) => RELEASES[how](api, bytes), entry.buffer);
}

/** Requests of one length, so many in a row that what is released is kept for the next of them. */
function repeat(world, where, size, seed) {
  const source = pick(world.allocators(), where);
  if (source.closed || size === 0) return;
  const { acquire, release: giveBack } = source.api;
  let stale = acquire(size);
  for (let i = 0; i < IN_A_ROW; i++) {
    assert.ok(giveBack(stale));
    const buffer = acquire(size).fill(seed + i);
    assert.deepStrictEqual([buffer.length, buffer.buffer.byteLength], [size, size]);
    assert.deepStrictEqual([stale.length, stale[0]], [0, undefined]);
    stale[0] = ~(seed + i);
    assert.ok(isFilled(buffer, (seed + i) & 255));
    stale = buffer;
  }
  assert.ok(giveBack(stale));
  source.acquired += IN_A_ROW + 1;
  source.released += IN_A_ROW + 1;
  world.tally('repeated');
}

/** Releases a buffer and asks for just as much, or a little more, from the same allocator. */
function reuse(world, n, name, seed) {
  const own = releasable(world).filter(({ piece }) => world.sources.includes(piece.source));
  if (own.length === 0) return;
  const entry = pick(own, n);
  const { buffer } = entry;
  const { source } = entry.piece;
  const bytes = buffer.length + (seed % 3);
  releaseEntry(world, entry, source.api.release, buffer);
  const sources = name in ACQUIRES ? world.allocators() : world.sources;
  allocate(world, sources.indexOf(source), name, bytes, seed);
}

function releaseAgain(world, n) {
  if (world.emptied.length === 0) return;
  assert.strictEqual(ours.release(pick(world.emptied, n)), false);
}

function releaseForeign(world, where, size) {
  const bytes = size % 2 === 0 ? builtin.Buffer.alloc(size, 1) : new Uint8Array(size).fill(1);
  assert.strictEqual(pick(world.allocators(), where).api.release(bytes), false);
  assert.strictEqual(bytes.length, size);
}

function drop(world, n) {
  if (world.pieces.length > 0) world.drop(pick(world.pieces, n));
}

/** Takes the memory out of a buffer that has a store of its own. */
function transfer(world, n, move) {
  const alone = world.pieces.filter(({ buffer }) => buffer.buffer.byteLength === buffer.length);
  if (alone.length === 0) return;
  const piece = pick(alone, n);
  const { title, buffer, copy } = piece;
  const moved = move(buffer.buffer);
  if (moved === undefined) return;
  world.tally('transferred');
  world.empty(piece);
  const bytes = builtin.Buffer.from(moved, 0, copy.length);
  world.add(`${title}, moved`, undefined, bytes, copy.slice(), false);
}

/** As a program posts memory away. Where the runtime does not allow it, nothing changes. */
function moveAway(store) {
  try {
    const moved = structuredClone(store, { transfer: [store] });
    return store.byteLength === 0 ? moved : undefined;
  } catch (error) {
    assert.strictEqual(error.name, 'DataCloneError');
    return undefined;
  }
}

const isRight = ({ buffer }) => buffer.buffer.byteLength === buffer.length;

function compactOne(world, where, n) {
  if (world.pieces.length === 0) return;
  const entry = pick(world.entries(), n);
  const source = pick(world.allocators(), where);
  const made = rise(source, () =>
    unlessRefused(world, source, () => ({ buffer: source.api.compact(entry.buffer) })),
  );
  if (made.result === undefined) return;
  const { buffer } = made.result;
  assert.strictEqual(buffer === entry.buffer, isRight(entry), `compact of ${entry.piece.title}`);
  if (buffer === entry.buffer) return;
  assert.strictEqual(buffer.buffer.byteLength, buffer.length);
  assert.ok(equal(buffer, entry.copy), 'the compact copy has other bytes');
  follow(world, `compact(${buffer.length})`, source, { buffer, expected: entry.copy }, made, 0);
}

function compactMany(world, where, numbers) {
  if (world.pieces.length === 0) return;
  const entries = numbers.map((n) => pick(world.entries(), n));
  const source = pick(world.allocators(), where);
  const made = rise(source, () =>
    unlessRefused(world, source, () => source.api.compact(entries.map(({ buffer }) => buffer))),
  );
  if (made.result === undefined) return;
  const copied = entries.flatMap((entry, i) => {
    assert.strictEqual(made.result[i] === entry.buffer, isRight(entry));
    return isRight(entry) ? [] : [{ entry, buffer: made.result[i] }];
  });
  if (copied.length === 0) return;
  const { buffer: store } = copied[0].buffer;
  const whole = builtin.Buffer.from(store);
  const expected = builtin.Buffer.concat(copied.map(({ entry }) => entry.copy));
  assert.strictEqual(store.byteLength, expected.length);
  const title = `compact of ${copied.length}`;
  const piece = follow(world, title, source, { buffer: whole, expected }, made, 0);
  piece.entries = [];
  for (const { buffer } of copied) world.addEntry(piece, buffer, buffer.byteOffset);
}

// --- Allocators and arenas ---------------------------------------------------------------------

function createAllocator(world, options) {
  if (world.sources.length >= MAX_SOURCES) return;
  world.addAllocator(ours.createAllocator(options), options);
}

/** Any allocator but the module. */
function pickPrivate(world, n) {
  const [, ...others] = world.allocators();
  return others.length > 0 ? pick(others, n) : undefined;
}

function closeAllocator(world, n) {
  const source = pickPrivate(world, n);
  if (source === undefined) return;
  source.api.close();
  source.closed = true;
}

/** Its arenas hold on to its heap: they go with it. */
function dropAllocator(world, n) {
  const source = pickPrivate(world, n);
  if (source === undefined) return;
  world.forget(source);
  world
    .arenas()
    .filter(({ owner }) => owner === source)
    .forEach((arena) => world.forget(arena));
  if (!source.closed) world.dropped++;
}

function createArena(world, where, options) {
  if (world.sources.length >= MAX_SOURCES) return;
  const owner = pick(world.allocators(), where);
  world.addArena(owner.api.createArena(options), owner, options);
}

const onArena = (act) => (world, n) => {
  const arenas = world.arenas();
  if (arenas.length > 0) act(world, pick(arenas, n));
};

function resetArena(world, arena) {
  arena.api.reset();
  world.emptyArena(arena);
  world.tally('reset');
}

function closeArena(world, arena) {
  arena.api.close();
  arena.closed = true;
  world.emptyArena(arena);
}

function trim(world, where) {
  const { api } = pick(world.allocators(), where);
  const resident = ({ heap }) => heap.liveBytes + heap.cachedBytes;
  const before = resident(api.stats());
  assert.ok(api.trim() >= 0);
  // Free blocks among live ones stay: pages are given back by whole spans.
  assert.ok(resident(api.stats()) <= before);
}

function setPoolSize(world, where, bytes) {
  pick(world.allocators(), where).api.poolSize = bytes;
}

async function collect(world, type) {
  gc(...(type === 'minor' ? [{ type }] : []));
  await turn();
}

// --- What they are given -----------------------------------------------------------------------

const n = fc.nat(1000);
const KIB = 1024;
const limits = [0, 1, 64, 511, 512, 2048, 4096, 8192, 16 * KIB, 32 * KIB, 64 * KIB, 128 * KIB];
const size = fc.oneof(
  { weight: 6, arbitrary: fc.nat(300) },
  { weight: 4, arbitrary: fc.nat(10_000) },
  { weight: 3, arbitrary: fc.nat(200_000) },
  { weight: 3, arbitrary: fc.constantFrom(...limits, ...limits.map((limit) => limit + 1)) },
  // Sizes that come again, so that memory is used again: whole size classes among them.
  { weight: 9, arbitrary: fc.constantFrom(100, 128, 5120, 40_960, 131_072) },
  { weight: 1, arbitrary: fc.constantFrom(1_900_000, 2_500_000) },
);
const option = (...values) => fc.option(fc.constantFrom(...values), { nil: undefined });
const allocatorOptions = fc.record({
  nativeMin: option(0, 0, 1000),
  poolSize: option(0, 1001, 8192, 200_000),
  maxBytes: option(0, 100_000, 1_000_000),
  maxCachedBytes: option(0, 300_000),
  zeroOnRelease: fc.boolean(),
  pacing: option(false),
});
const arenaOptions = fc.record({
  slabSize: option(64, 1000, 8192),
  maxBytes: option(20_000, 500_000),
});

/** By name: how often each comes up, what it does, and its arguments. */
const COMMANDS = {
  allocate: [24, allocate, n, fc.constantFrom(...Object.keys(CALLS)), size, n],
  acquire: [12, allocate, n, fc.constantFrom(...Object.keys(ACQUIRES)), size, n],
  share: [1, share, n, size, n],
  write: [8, write, n, fc.constantFrom(...Object.keys(WRITES)), n],
  slice: [8, slice, n, fc.nat(VIEWS.length - 1), n, fc.integer({ min: 1, max: 50_000 })],
  clone: [1, clone, n, fc.nat(4)],
  release: [12, release, n, n, fc.nat(RELEASES.length - 1)],
  reuse: [10, reuse, n, fc.constantFrom(...Object.keys({ ...CALLS, ...ACQUIRES })), n],
  repeat: [2, repeat, n, size, n],
  releaseAgain: [1, releaseAgain, n],
  releaseForeign: [1, releaseForeign, n, fc.nat(1000)],
  drop: [4, drop, n],
  compact: [2, compactOne, n, n],
  compactMany: [2, compactMany, n, fc.array(n, { minLength: 1, maxLength: 6 })],
  createAllocator: [6, createAllocator, allocatorOptions],
  closeAllocator: [1, closeAllocator, n],
  dropAllocator: [1, dropAllocator, n],
  createArena: [4, createArena, n, arenaOptions],
  resetArena: [4, onArena(resetArena), n],
  closeArena: [1, onArena(closeArena), n],
  dropArena: [1, onArena((world, arena) => world.forget(arena)), n],
  trim: [1, trim, n],
  setPoolSize: [1, setPoolSize, n, fc.constantFrom(64, 1000, 8192, 65_536)],
  collect: [1, collect, fc.constantFrom('minor', 'full')],
  turn: [2, () => turn()],
  moveAway: [1, (world, which) => transfer(world, which, moveAway), n],
};
if (canTransfer) {
  COMMANDS.transfer = [2, (world, which) => transfer(world, which, (s) => s.transfer()), n];
}

/** One command: its name and arguments. */
const command = fc.oneof(
  ...Object.entries(COMMANDS).map(([name, [weight, , ...args]]) => ({
    weight,
    arbitrary: fc.tuple(fc.constant(name), ...args),
  })),
);

/** Does one command. */
const perform = (world, [name, ...args]) => COMMANDS[name][1](world, ...args);

module.exports = { command, perform };
