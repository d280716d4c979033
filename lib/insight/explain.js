'use strict';

/*
 * explain: what the process's memory (RSS) consists of, in parts that add up to it, and in words what
 * can be done about the largest.
 *
 * What the allocators of all threads have they count themselves; V8 and the runtime tell of this thread. The
 * rest is what remains. Of what is counted some may not be resident: blocks that nobody has written
 * to yet, chunks that were given back. Where more is counted than there is, `absent` is less than 0.
 */

const fs = require('node:fs');
const v8 = require('node:v8');
const { defineOwn, ObjectDefineProperty, runtime } = require('../runtime/builtin');
const { EXPLAIN, checkOptions } = require('../options');
const { adviseOn } = require('./advice');
const { showExplanation } = require('./explanation');

const KIB = 1024;

/** Bytes of RSS that are pages of files: programs and libraries. 0 where the system does not tell. */
function fileBytes() {
  try {
    const status = fs.readFileSync('/proc/self/status', 'latin1');
    return Number(/^RssFile:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * KIB;
  } catch {
    return 0;
  }
}

/**
 * What the runtime says of the process, and of this thread's JavaScript and ArrayBuffers. Deno does not count
 * those; Bun counts ours among them, released or not, and its own heap otherwise.
 *
 * @param {number} host bytes of the runtime's that the allocators know of
 */
function askRuntime(host) {
  const { rss, heapTotal, arrayBuffers = 0 } = process.memoryUsage();
  if (runtime === 'bun') return { rss, script: heapTotal, buffers: host };
  const { total_physical_size: pages, malloced_memory: own } = v8.getHeapStatistics();
  return { rss, script: pages + own, buffers: Math.max(host, arrayBuffers) };
}

/**
 * Adds up what the allocators of all threads have: in blocks of their heaps, and as it was asked for, of C and
 * of the runtime. Secrets lie beside the heaps.
 */
function addUp(environments) {
  const sum = { blocks: 0, cached: 0, asked: 0, host: 0, slabs: 0, secrets: 0 };
  for (const { allocators } of environments) {
    for (const { heap, live } of allocators) {
      sum.blocks += heap.liveBytes;
      sum.cached += heap.cachedBytes;
      sum.slabs += live.slab.bytes;
      sum.secrets += live.secret.bytes;
      for (const [kind, { bytes }] of Object.entries(live)) {
        if (kind === 'host') sum.host += Math.round(bytes);
        else sum.asked += bytes;
      }
    }
  }
  return sum;
}

/** The bytes in C blocks that a census has found to be kept for nothing. An arena keeps its own on purpose. */
function pinnedBy({ stores }) {
  let bytes = 0;
  for (const { native, kind, pinnedBytes } of stores) {
    if (native && kind !== 'arena') bytes += pinnedBytes;
  }
  return bytes;
}

/**
 * Explains the memory of the process.
 *
 * @param {() => object} readStats stats of the module's allocator, with all environments
 * @param {() => object} takeCensus for `census: true`
 * @param {{ census?: boolean | object }} [options]
 * @returns {object} see index.d.ts; its text by `String(…)`
 */
function explain(readStats, takeCensus, options) {
  const { census = false } = checkOptions(EXPLAIN, options);
  const found = census === true ? takeCensus() : census;
  const stats = readStats();
  const { blocks, cached, asked, host, slabs, secrets } = addUp(stats.environments);
  const { rss, script, buffers } = askRuntime(host);
  const pinned = found === false ? slabs : Math.min(pinnedBy(found), asked);
  const files = fileBytes();
  const parts = {
    live: asked - pinned,
    pinned,
    cached,
    reserve: stats.process.warmBytes,
    /* Secrets are beside the heaps. */
    rounding: Math.max(0, blocks - (asked - secrets)),
    metadata: stats.process.metadataBytes,
    host: buffers,
    v8: script,
    files,
  };
  const rest = rss - Object.values(parts).reduce((total, bytes) => total + bytes, 0);
  parts.rest = Math.max(0, rest);
  parts.absent = Math.min(0, rest);
  const explanation = { rss, parts, isEstimate: found === false };
  defineOwn(explanation, 'advice', adviseOn(explanation, stats));
  return ObjectDefineProperty(explanation, 'toString', {
    __proto__: null,
    value: () => showExplanation(explanation),
  });
}

module.exports = { explain };
