'use strict';

/*
 * environment: what the page can ask of one environment, the main thread's or a worker's, and what each
 * question answers: objects that can be cloned and be written as JSON.
 *
 * It is loaded when someone looks, and is given what it looks at: where the program has emptied
 * require.cache by then it would find another.
 */

const { isMainThread, threadId } = require('node:worker_threads');
const path = require('node:path');

const { now } = require('../../runtime/builtin');
const { readMap } = require('../map');
const { DOWNLOADS } = require('./downloads');
const { version } = require('../../../package.json');

/** Chunks that a map shows: 1 GiB of them. */
const MAP_CHUNKS = 256;

/** The program, as people call it. */
const TITLE = path.basename(process.argv[1] ?? 'node');

/** The power of two that a size does not exceed. */
const roundUp = (bytes) => 2 ** Math.ceil(Math.log2(bytes));

/** Stores that are alike, as one: a program has thousands, of a few kinds. */
function groupStores(stores) {
  const groups = new Map();
  for (const { kind, native, allocator, current, ...figures } of stores) {
    const isPinning = figures.pinnedBytes > 0;
    const most = roundUp(figures.bytes);
    const key = [kind, native, allocator, current, isPinning, most].join();
    let group = groups.get(key);
    if (group === undefined) {
      group = { kind, native, allocator, current, most, count: 0 };
      groups.set(key, Object.assign(group, { bytes: 0, liveBytes: 0, pinnedBytes: 0, views: 0 }));
    }
    group.count++;
    for (const name of ['bytes', 'liveBytes', 'pinnedBytes', 'views']) group[name] += figures[name];
  }
  return [...groups.values()].sort((a, b) => b.pinnedBytes - a.pinnedBytes || b.bytes - a.bytes);
}

/** The threads of the process's workers that have the package loaded. */
function listWorkers(environments) {
  const threads = environments.map((environment) => environment.threadId);
  return threads.filter((thread) => thread > 0).sort((a, b) => a - b);
}

const createActions = ({ bufalloc, events, leaks }) => ({
  __proto__: null,

  /** A sign of life. */
  here: () => true,

  /** What the curves and the figures are drawn from. */
  state: () => ({
    time: Date.now(),
    process: {
      pid: process.pid,
      title: TITLE,
      node: process.version,
      version,
      uptime: process.uptime(),
    },
    environment: { thread: threadId, isMainThread },
    memory: process.memoryUsage(),
    stats: bufalloc.stats(),
    allocators: bufalloc.allocators().map(({ name, kind, stats }) => ({ name, kind, ...stats() })),
    workers: listWorkers(bufalloc.stats({ all: true }).environments),
    leaks,
  }),

  /** The chunks of the heap. */
  map() {
    const allocators = [];
    events.each((provider) => {
      if (provider.kind === 'arena') return;
      allocators.push({ name: provider.name, ...readMap(provider, MAP_CHUNKS) });
    });
    return { allocators };
  },

  /** What the process's memory consists of. */
  explain: () => bufalloc.explain(),

  /** What is in use by where it was asked for, as a .heapprofile; undefined while no profile is taken. */
  sites() {
    try {
      return { profile: JSON.parse(bufalloc.takeProfile({ format: 'heapprofile' })) };
    } catch (error) {
      if (error.code === 'ERR_BUFALLOC_PROFILE') return { profile: undefined };
      throw error;
    }
  },

  startProfile: () => bufalloc.startProfile() ?? true,
  stopProfile: () => bufalloc.stopProfile() ?? true,

  /** A full collection; the bytes that came back by it. */
  collect() {
    const collector = require('../../reclaim/collector').obtainCollector();
    if (collector === undefined) throw new Error('This runtime lends no collector.');
    const before = bufalloc.stats().heap.liveBytes;
    const start = now();
    collector.full();
    /* V8 frees on threads of its own, which the next collection waits for. */
    collector.minor();
    return { milliseconds: now() - start, bytes: before - bufalloc.stats().heap.liveBytes };
  },

  /** Gives the caches of all allocators back. */
  trim() {
    const start = now();
    return { bytes: bufalloc.trim(), milliseconds: now() - start };
  },

  /** What pins memory; blocks the environment while it looks. */
  census() {
    const { blockedMs, totals, stores } = bufalloc.census();
    return { blockedMs, totals, groups: groupStores(stores) };
  },

  /** A file: see downloads.js. */
  download: ({ format }) => DOWNLOADS[format](bufalloc),
});

/**
 * Makes what does what the page asks.
 *
 * @param {{ bufalloc: object, events: object, leaks: object[] }} subject the module, lib/insight/events.js,
 *   and the leaks that were told of
 * @returns {(action: string, values: object) => Promise<object>}
 */
function createPerformer(subject) {
  const actions = createActions(subject);
  return async (action, values) => actions[action](values);
}

module.exports = { createPerformer };
