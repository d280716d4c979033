'use strict';

/*
 * policy: how much memory may be used, and from which size on C memory pays.
 *
 * Each limit has a default with its reason, and an environment variable.
 */

const os = require('node:os');

const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * The memory that this process may use, in bytes: a cgroup's limit where there
 * is one, else what the machine has.
 */
function availableMemory() {
  const total = os.totalmem();
  const constrained = process.constrainedMemory?.() ?? 0;
  return constrained > 0 && constrained < total ? constrained : total;
}

/* From Node 24 on the runtime's own allocation of a large buffer is several
 * times dearer than before. */
const isDearHost = () => parseInt(process.versions.node, 10) >= 24;

const LIMITS = {
  __proto__: null,
  /**
   * Dedicated buffers from this size on are C blocks: where they win whether
   * their memory is left alone, touched or filled (docs/performance.md has the
   * figures). Below, making and finalizing an external ArrayBuffer costs more.
   */
  nativeMin: { env: 'BUFALLOC_NATIVE_MIN', fallback: () => (isDearHost() ? 16 : 128) * KIB },
  /**
   * Most bytes in C blocks, for each environment: half of the memory that the
   * process may use, so that the JavaScript heap has the other half.
   */
  maxBytes: { env: 'BUFALLOC_MAX_BYTES', fallback: () => Math.floor(availableMemory() / 2) },
  /**
   * Most freed bytes kept for reuse, until they have idled for 1 to 3 seconds. A
   * cap below what a program's load swings by makes it fault its memory in again
   * and again (bench/heap measures this).
   */
  maxCachedBytes: {
    env: 'BUFALLOC_MAX_CACHED_BYTES',
    fallback: () => Math.min(256 * MIB, Math.floor(availableMemory() / 16)),
  },
  /** Most bytes in released stores that wait for the next request of their size. */
  maxWarmBytes: { env: 'BUFALLOC_MAX_WARM_BYTES', fallback: () => 64 * MIB },
  /**
   * Most bytes of C memory handed out in one turn of the event loop. Nothing
   * comes back before the loop turns, so that this bounds what a synchronous
   * loop can pile up: twice this, and its peak would be 100 MiB above the
   * built-in's (test/memory.test.js).
   */
  maxBytesPerTurn: { env: 'BUFALLOC_MAX_BYTES_PER_TURN', fallback: () => 32 * MIB },
};

function warnOf(name, wanted, text) {
  process.emitWarning(`${name} must be ${wanted}, not '${text}'; ignored`, {
    type: 'BufallocWarning',
    code: 'BUFALLOC_BAD_ENV',
  });
}

function fromEnvironment(name) {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (value >= 0) return value;
  warnOf(name, 'a number of bytes', text);
  return undefined;
}

/** Whether an environment variable says yes. */
const isSet = (name) => !['', '0', 'off', 'false', undefined].includes(process.env[name]);

/** The limits in force for the default allocator of this environment, in bytes. */
function readLimits() {
  const limits = { __proto__: null, debug: isSet('BUFALLOC_DEBUG') };
  for (const name in LIMITS) {
    const { env, fallback } = LIMITS[name];
    limits[name] = fromEnvironment(env) ?? fallback();
  }
  return limits;
}

/**
 * Whether the runtime's own memory is all that may be used: BUFALLOC_STORES=host
 * asks for it, and Deno runs the finalizers of external ArrayBuffers on threads
 * other than their own, where Node-API's rules forbid it.
 */
const hostStoresOnly = () =>
  process.env.BUFALLOC_STORES === 'host' || process.versions.deno !== undefined;

/** Most time that early collections may take, in percent, without anyone's wish. */
const PACING_PERCENT = 5;

/**
 * Most time that early collections may take, in percent of any second; 0 for no
 * such collections. BUFALLOC_PACING is `off` or that number.
 */
function pacingPercent() {
  const text = process.env.BUFALLOC_PACING;
  if (text === undefined || text === '' || text === 'on') return PACING_PERCENT;
  if (text === 'off') return 0;
  const percent = Number(text);
  if (percent >= 0 && percent <= 100) return percent;
  warnOf('BUFALLOC_PACING', "'off' or a percentage from 0 to 100", text);
  return PACING_PERCENT;
}

/** Whether --zero-fill-buffers was given, on the command line or in NODE_OPTIONS. */
function zeroFillRequested() {
  const inherited = (process.env.NODE_OPTIONS ?? '').replaceAll('"', '').split(/\s+/);
  const options = [...process.execArgv, ...inherited];
  return options.some((option) => option.replaceAll('_', '-') === '--zero-fill-buffers');
}

/** How debugging is to be done: BUFALLOC_DEBUG_QUARANTINE and BUFALLOC_DEBUG_SAMPLE. */
const debugSettings = () => ({
  quarantineBytes: fromEnvironment('BUFALLOC_DEBUG_QUARANTINE'),
  sample: fromEnvironment('BUFALLOC_DEBUG_SAMPLE') || undefined,
});

/** Every environment variable that is read. */
const ENVIRONMENT = [
  ...Object.values(LIMITS).map(({ env }) => env),
  'BUFALLOC_DEBUG',
  'BUFALLOC_DEBUG_QUARANTINE',
  'BUFALLOC_DEBUG_SAMPLE',
  'BUFALLOC_PACING',
  'BUFALLOC_STATS',
  'BUFALLOC_STORES',
];

module.exports = {
  ENVIRONMENT,
  readLimits,
  debugSettings,
  hostStoresOnly,
  pacingPercent,
  zeroFillRequested,
};
