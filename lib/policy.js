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

const LIMITS = {
  /**
   * Dedicated buffers from this size on are C blocks. Making an external
   * ArrayBuffer costs about as much as the runtime's own allocation of 16 KiB.
   */
  nativeMin: { env: 'BUFALLOC_NATIVE_MIN', fallback: () => 64 * KIB },
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

function fromEnvironment(name) {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (value >= 0) return value;
  process.emitWarning(`${name} must be a number of bytes, not '${text}'; ignored`, {
    type: 'BufallocWarning',
    code: 'BUFALLOC_BAD_ENV',
  });
  return undefined;
}

/** The limits in force for the default allocator of this environment, in bytes. */
function readLimits() {
  const limits = {};
  for (const [name, { env, fallback }] of Object.entries(LIMITS)) {
    limits[name] = fromEnvironment(env) ?? fallback();
  }
  return limits;
}

/** Whether BUFALLOC_STORES=host asks for the runtime's own memory only. */
const hostStoresOnly = () => process.env.BUFALLOC_STORES === 'host';

/** Whether the pacer may run: BUFALLOC_PACING=off forbids it. */
const pacingAllowed = () => process.env.BUFALLOC_PACING !== 'off';

/** Whether --zero-fill-buffers was given, on the command line or in NODE_OPTIONS. */
function zeroFillRequested() {
  const inherited = (process.env.NODE_OPTIONS ?? '').replaceAll('"', '').split(/\s+/);
  const options = [...process.execArgv, ...inherited];
  return options.some((option) => option.replaceAll('_', '-') === '--zero-fill-buffers');
}

module.exports = { readLimits, hostStoresOnly, pacingAllowed, zeroFillRequested };
