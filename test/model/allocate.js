'use strict';

/*
 * Allocating as the model does it: the call, its counters, its bytes. The piece that comes of it is
 * followed from then on.
 */

const assert = require('node:assert');
const { KIND, recordOf } = require('../../lib/stores/record');
const { backend, builtin } = require('../support/subject');
const { isZero } = require('../support/bytes');
const { ACQUIRES, CALLS } = require('./calls');
const { fillPattern } = require('./pattern');
const { addressOf, equal } = require('./world');

const pick = (list, n) => list[n % list.length];

/** How much an allocator's counters rose while `work` was done. */
function rise({ api }, work) {
  const before = api.stats();
  const result = work();
  const after = api.stats();
  const of = (read) => read(after) - read(before);
  return {
    result,
    slabs: of(({ stores }) => stores.slab.count),
    dedicated: of(({ stores }) => stores.dedicated.count),
    host: of(({ stores }) => stores.host.count),
    acquired: of(({ stores }) => stores.acquired.count),
    refused: of(({ fallbacks }) => Object.values(fallbacks).reduce((sum, n) => sum + n, 0)),
    allocated: of(({ heap }) => heap.allocatedBlocks),
    live: of(({ heap }) => heap.liveBlocks),
  };
}

/** Makes a call that may be refused because its source is closed or full: then returns undefined. */
function unlessRefused(world, { closed, owner, maxBytes }, call) {
  try {
    return call();
  } catch (error) {
    if (error.code === 'ERR_BUFALLOC_CLOSED' && (closed || owner.closed)) world.tally('closed');
    else if (error.code === 'ERR_BUFALLOC_ARENA_FULL' && maxBytes < Infinity) world.tally('full');
    else throw error;
    return undefined;
  }
}

/** Asserts that an allocator counted one call right: a block for each store from C. */
function checkCounts(made, isAcquire) {
  const stores = made.slabs + made.dedicated + made.acquired;
  assert.strictEqual(made.allocated, stores, 'blocks for the stores');
  // What was dropped before may come back meanwhile.
  assert.ok(made.live <= stores, 'blocks that live');
  if (isAcquire && made.result?.buffer.length > 0) assert.ok(made.acquired + made.host === 1);
  if (backend !== 'v8') assert.strictEqual(made.slabs + made.dedicated, 0);
  if (backend === 'host') assert.strictEqual(stores, 0);
}

/** Whether a store of the runtime's is one buffer's own, to be released: it has a record then. */
const hasRecord = (store) => [KIND.DEDICATED, KIND.ACQUIRED].includes(recordOf(store)?.kind);

/** Follows what a call made, and asserts that its bytes are those expected; returns the piece. */
function follow(world, title, source, { buffer, expected, alignment = 1 }, made, seed) {
  const { isArena, owner } = source;
  const store = buffer.buffer;
  if (made.allocated > 0) world.fromC.add(store);
  const own = !isArena && (made.dedicated + made.acquired > 0 || hasRecord(store));
  if (title.startsWith('acquire')) assert.ok(own, `${title}: it can be released`);
  if (made.host > 0 && made.refused > 0) world.tally('fallback');
  assert.strictEqual(addressOf(buffer) % alignment, 0, `${title}: alignment`);
  if (expected === undefined) {
    const wiped = owner.zeroOnRelease && !isArena && world.fromC.has(store);
    if (wiped) assert.ok(isZero(buffer), `${title}: old bytes show in spite of zeroOnRelease`);
    fillPattern(buffer, seed);
  }
  const copy = builtin.Buffer.alloc(expected?.length ?? buffer.length);
  if (expected === undefined) fillPattern(copy, seed);
  else copy.set(expected);
  assert.ok(equal(buffer, copy), `${title}: its bytes are not those asked for`);
  return world.add(title, source, buffer, copy, own);
}

function allocate(world, where, name, size, seed) {
  const isAcquire = name in ACQUIRES;
  const source = pick(isAcquire ? world.allocators() : world.sources, where);
  const others = world.entries().map(({ buffer }) => buffer);
  const given = { size, seed, others: others.slice(seed % 7, (seed % 7) + 3) };
  const made = rise(source.owner, () =>
    unlessRefused(world, source, () => (CALLS[name] ?? ACQUIRES[name])(source.api, given)),
  );
  const { result } = made;
  if (isAcquire && size > 0 && result !== undefined) source.acquired++;
  if (result === undefined || result.buffer.length === 0) return;
  assert.ok(!source.closed, `${name}: a closed source gave memory`);
  if (!source.isArena) checkCounts(made, isAcquire);
  assert.strictEqual(result.buffer.length, result.expected?.length ?? size, `${name}: its length`);
  follow(world, `${name}(${size})`, source, result, made, seed);
}

/** A view of someone else's ArrayBuffer. */
function share(world, where, size, seed) {
  const source = pick(world.sources, where);
  const store = fillPattern(new Uint8Array(size + 16), seed);
  const buffer = unlessRefused(world, source, () => source.api.from(store.buffer, 8, size));
  if (buffer === undefined || size === 0) return;
  world.add(`from(arrayBuffer, 8, ${size})`, undefined, buffer, store.slice(8, size + 8), false);
}

module.exports = { allocate, follow, pick, rise, share, unlessRefused };
