'use strict';

/* advice: what can be done about the part of the memory that is the largest, in words. */

const { bytes } = require('./format');

/** What nothing can be done about by a program. */
const FIXED = ['files', 'absent'];

/**
 * Which allocator, of which thread, has most of something.
 *
 * @param {Record<string, (allocator: object) => number>} kinds the bytes of each
 */
function findMost(environments, kinds) {
  let most = { name: 'default', kind: Object.keys(kinds)[0], threadId: 0, bytes: 0 };
  for (const { threadId, allocators } of environments) {
    for (const allocator of allocators) {
      for (const [kind, read] of Object.entries(kinds)) {
        const size = read(allocator);
        if (size > most.bytes) most = { name: allocator.name, kind, threadId, bytes: size };
      }
    }
  }
  return most;
}

const CACHED = { cached: ({ heap }) => heap.cachedBytes };

function nameOf({ name, threadId }, { environments }) {
  const owner = name === 'default' ? '' : ` of the allocator '${name}'`;
  return environments.length > 1 ? `${owner} in thread ${threadId}` : owner;
}

const ON_KIND = {
  __proto__: null,
  secret: 'secrets. release() those that are no longer needed.',
  slab: 'small buffers, and what they keep of their slabs. census() tells how much of those is used.',
  dedicated:
    'buffers that the program still holds. A profile shows where they come from, census() how much of each is used.',
  acquired:
    'acquired buffers. release() what is done with, or declare it with `using`. A profile shows where it was acquired.',
  arena:
    'arenas. reset() or close() those whose round is over: they keep all that was cut from them.',
};

const LIVE = {};
for (const kind of Object.keys(ON_KIND)) LIVE[kind] = ({ live }) => live[kind].bytes;
const { slab: SLAB, ...OTHERS } = LIVE;

/** Why the runtime serves what C could. */
function whyHost({ backend, fallbacks }) {
  const times = Object.entries(fallbacks).sort(([, a], [, b]) => b - a)[0];
  if (backend.name !== 'v8') return ` bufalloc's backend is ${backend.name}: ${backend.reason}.`;
  if (times[1] === 0) return '';
  const cure = times[0] === 'budget' ? ': BUFALLOC_MAX_BYTES is too low for them' : '';
  return ` ${times[1]} requests fell back to it (${times[0]})${cure}.`;
}

const ADVICE = {
  __proto__: null,

  live(explanation, stats) {
    const most = findMost(stats.environments, explanation.isEstimate ? OTHERS : LIVE);
    return `Most of what is live is ${bytes(most.bytes)}${nameOf(most, stats)} in ${ON_KIND[most.kind]}`;
  },

  pinned(explanation, stats) {
    const most = findMost(stats.environments, { slab: SLAB });
    return explanation.isEstimate
      ? `${bytes(most.bytes)}${nameOf(most, stats)} are in slabs, each kept by any piece of it that is left. census() tells how much of that is used; compact() what is kept for long.`
      : 'Small pieces keep large stores. compact() what is kept for long; census() lists the stores, and npx bufalloc pins finds in a heap snapshot who holds the pieces.';
  },

  cached(explanation, stats) {
    const most = findMost(stats.environments, CACHED);
    const limit = bytes(stats.limits.maxCachedBytes);
    return `${bytes(most.bytes)}${nameOf(most, stats)} were freed and wait for their next use. What has idled for 1 to 3 seconds goes back by itself; its trim() gives it back at once, and a lower maxCachedBytes keeps less (BUFALLOC_MAX_CACHED_BYTES: ${limit}).`;
  },

  reserve: () =>
    'Memory of threads and allocators that have ended waits for the next ones. trim() gives it back.',

  rounding: () =>
    'Blocks are cut in size classes: up to an eighth is lost on sizes just above one. Ask for somewhat less, or for powers of two.',

  metadata: () => 'They are bufalloc’s own tables. trim() gives back those that are not used.',

  host: (explanation, stats) =>
    `It is the runtime's own memory for buffers and typed arrays: the program's, and what bufalloc leaves to it.${whyHost(stats)} census() lists the large ones.`,

  v8: () =>
    'JavaScript objects take the most. A heap snapshot shows which; --max-old-space-size bounds them.',

  rest: (explanation, { environments }) =>
    `It is neither bufalloc's nor JavaScript's: native libraries, malloc's own cache, stacks${environments.length > 1 ? `, the JavaScript of ${environments.length - 1} more threads` : ''}. With glibc, MALLOC_ARENA_MAX=2 has malloc keep less.`,
};

/**
 * What to do about the largest part.
 *
 * @param {{ parts: object, isEstimate: boolean }} explanation
 * @param {object} stats with all environments
 * @returns {{ part: string, text: string }}
 */
function adviseOn(explanation, stats) {
  let part = 'rest';
  for (const [name, size] of Object.entries(explanation.parts)) {
    if (!FIXED.includes(name) && size > explanation.parts[part]) part = name;
  }
  return { part, text: ADVICE[part](explanation, stats) };
}

module.exports = { adviseOn };
