'use strict';

/*
 * census: every live store of this environment, and what of it is alive: who pins memory for nothing. It
 * costs nothing until it is asked for. Then it blocks, while V8 collects all garbage and walks its heap,
 * and says for how long.
 *
 * V8 tells which typed arrays, DataViews and ArrayBuffers there are (inspector.js); the rest follows. What
 * lies under several views is alive once. Of a slab that pieces are still cut from nothing is pinned for
 * nothing: its rest is for the next ones. Nothing that was found is kept.
 */

const { isArrayBuffer, isDataView } = require('node:util/types');
const {
  ArrayBufferPrototypeGetByteLength,
  DataViewPrototype,
  DataViewPrototypeGetBuffer,
  DataViewPrototypeGetByteLength,
  DataViewPrototypeGetByteOffset,
  FastBuffer,
  Float64Array,
  now,
  ObjectGetPrototypeOf,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetSymbolToStringTag,
} = require('../runtime/builtin');
const { CENSUS, checkOptions } = require('../options');
const { KIND, KIND_NAMES } = require('../stores/record');
const { showObjects } = require('./inspector');

/* Of the built-in's own realm: the globals may be a test environment's. */
const TypedArrayPrototype = ObjectGetPrototypeOf(ObjectGetPrototypeOf(FastBuffer.prototype));
const ArrayBufferPrototype = ObjectGetPrototypeOf(TypedArrayPrototypeGetBuffer(new FastBuffer(1)));

/** Stores that are not ours count from so many bytes on one by one: most have a Uint8Array of a few. */
const MIN_OTHER_BYTES = 4096;

/** What is known of one store while it is looked at. Most have one view, and need no lists. */
const createEntry = (bytes) => ({
  bytes,
  views: 0,
  start: 0,
  end: 0,
  starts: undefined,
  ends: undefined,
  isCurrent: false,
  sites: undefined,
});

function noteView(entry, start, length) {
  const end = start + length;
  if (entry.views++ === 0) {
    entry.start = start;
    entry.end = end;
    return;
  }
  entry.starts ??= [entry.start];
  entry.ends ??= [entry.end];
  entry.starts.push(start);
  entry.ends.push(end);
}

/**
 * Gathers the stores behind views, by the lists that V8 shows.
 *
 * @param {object} cursor what a slab's own view of itself inherits from
 */
function createGatherer(cursor) {
  const entries = new Map();

  /** The entry of an ArrayBuffer; undefined for shared memory, which is no one environment's. */
  function entryOf(store) {
    const known = entries.get(store);
    if (known !== undefined) return known;
    if (!isArrayBuffer(store)) return undefined;
    const entry = createEntry(ArrayBufferPrototypeGetByteLength(store));
    entries.set(store, entry);
    return entry;
  }

  function onTypedArray(view) {
    const length = TypedArrayPrototypeGetByteLength(view);
    const entry = entryOf(TypedArrayPrototypeGetBuffer(view));
    if (entry === undefined) return;
    if (ObjectGetPrototypeOf(view) === cursor) entry.isCurrent = true;
    else noteView(entry, TypedArrayPrototypeGetByteOffset(view), length);
  }

  function onDataView(view) {
    let start, length;
    try {
      start = DataViewPrototypeGetByteOffset(view);
      length = DataViewPrototypeGetByteLength(view);
    } catch {
      /* Its memory is gone. */
      return;
    }
    const entry = entryOf(DataViewPrototypeGetBuffer(view));
    if (entry !== undefined) noteView(entry, start, length);
  }

  return {
    entries,
    onTypedArrays(list) {
      for (let i = 0; i < list.length; i++) {
        if (TypedArrayPrototypeGetSymbolToStringTag(list[i]) !== undefined) onTypedArray(list[i]);
      }
    },
    onDataViews(list) {
      for (let i = 0; i < list.length; i++) if (isDataView(list[i])) onDataView(list[i]);
    },
    onArrayBuffers(list) {
      for (let i = 0; i < list.length; i++) entryOf(list[i]);
    },
  };
}

/** How many bytes lie in at least one view. */
function viewedBytes({ start, end, starts, ends }) {
  if (starts === undefined) return end - start;
  const opening = Float64Array.from(starts).sort();
  const closing = Float64Array.from(ends).sort();
  let total = 0;
  let depth = 0;
  let from = 0;
  for (let i = 0, j = 0; j < closing.length;) {
    if (i < opening.length && opening[i] <= closing[j]) {
      if (depth++ === 0) from = opening[i];
      i++;
    } else if (--depth === 0) {
      total += closing[j++] - from;
    } else j++;
  }
  return total;
}

/**
 * What of a store is alive. What nobody views at all is the ArrayBuffer's whose holder has it; but a slab's
 * or an arena's holder wanted one piece.
 */
function liveBytesOf(entry, record) {
  const isCut = record?.kind === KIND.SLAB || record?.kind === KIND.ARENA;
  return entry.views === 0 && !isCut ? entry.bytes : viewedBytes(entry);
}

/** Where it was asked for, as the debugging mode has noted it: `at` before each frame. */
function debugSites({ site, length }) {
  if (typeof site?.place !== 'string') return [];
  const frames = site.place.split('\n').map((line) => line.trim().replace(/^at /, ''));
  return [{ bytes: length, frames }];
}

/** Notes what a profile has sampled, by the stores that it lies in. */
function noteSamples(profiler, entries) {
  const { describe: describeFrame } = require('./stacks');
  profiler.each(({ object, size, frames }) => {
    const isPiece = TypedArrayPrototypeGetSymbolToStringTag(object) !== undefined;
    const entry = entries.get(isPiece ? TypedArrayPrototypeGetBuffer(object) : object);
    if (entry === undefined) return;
    const shown = frames.map((frame) => {
      const { name, file, line, column } = describeFrame(frame);
      return `${name} (${file}:${line}:${column})`;
    });
    (entry.sites ??= []).push({ bytes: size, frames: shown });
  });
}

/** The public form of an entry. */
function describe(store, entry, recordOf) {
  const record = recordOf(store);
  const liveBytes = liveBytesOf(entry, record);
  return {
    kind: record === undefined ? 'other' : KIND_NAMES[record.kind],
    native: record !== undefined && record.isNative,
    allocator: record === undefined ? null : record.owner.name,
    bytes: entry.bytes,
    liveBytes,
    pinnedBytes: entry.isCurrent ? 0 : entry.bytes - liveBytes,
    views: entry.views,
    current: entry.isCurrent,
    sites: entry.sites ?? (record === undefined ? [] : debugSites(record)),
  };
}

const createTotal = () => ({ count: 0, bytes: 0, liveBytes: 0, pinnedBytes: 0, views: 0 });

function addUp(stores) {
  const totals = {};
  for (const kind of [...KIND_NAMES, 'other']) totals[kind] = createTotal();
  for (const store of stores) {
    const total = totals[store.kind];
    total.count++;
    for (const name of ['bytes', 'liveBytes', 'pinnedBytes', 'views']) total[name] += store[name];
  }
  return totals;
}

/**
 * Looks at every live store of this environment. See index.d.ts for what is told of each.
 *
 * @param {object} ours of the files that made the stores, where require.cache may have others by now:
 *   `recordOf(store)`; `cursor`, what a slab's own view of itself inherits from; `getProfiler()`,
 *   the profile that is being taken, undefined for none
 * @param {{ quick?: boolean }} [options] `quick`: by typed arrays alone
 * @returns {object} a new plain object; sizes in bytes
 * @throws {Error} ERR_BUFALLOC_INSPECTOR where there is no inspector that tells
 */
function takeCensus({ recordOf, cursor, getProfiler, cool }, options) {
  const { quick = false } = checkOptions(CENSUS, options);
  const start = now();
  cool();
  const { entries, onTypedArrays, onDataViews, onArrayBuffers } = createGatherer(cursor);
  const looks = [onTypedArrays, onDataViews, onArrayBuffers];
  const prototypes = [TypedArrayPrototype, DataViewPrototype, ArrayBufferPrototype];
  const count = quick ? 1 : prototypes.length;
  let next = 0;
  showObjects(prototypes.slice(0, count), (list) => looks[next++](list));
  const profiler = getProfiler();
  if (profiler !== undefined) noteSamples(profiler, entries);
  const stores = [];
  for (const [store, entry] of entries) {
    if (entry.bytes > 0) stores.push(describe(store, entry, recordOf));
  }
  stores.sort((a, b) => b.pinnedBytes - a.pinnedBytes || b.bytes - a.bytes);
  const totals = addUp(stores);
  const shown = stores.filter(({ kind, bytes }) => kind !== 'other' || bytes >= MIN_OTHER_BYTES);
  return { blockedMs: now() - start, totals, stores: shown };
}

module.exports = { takeCensus };
