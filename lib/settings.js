'use strict';

/*
 * settings: everything that can be set, each in one row: its name as an option and in stats(), its
 * environment variable, what it may be, its default and the reason for that. Reading, checking, the
 * tests of the types and the documents' table go by this one table.
 *
 * What it may be is a name of kinds.js, which is loaded where something is set.
 */

const { binding, lazily } = require('./runtime/builtin');

const getKinds = lazily(() => require('./kinds'));

const KIB = 1024;
const MIB = 1024 * KIB;

/* --- defaults ----------------------------------------------------------------------------------- */

/**
 * The memory that this process may use, in bytes: a cgroup's limit where there is one, else what the
 * machine has.
 */
const availableMemory = lazily(() => {
  const total = binding.totalMemory() || Infinity;
  const constrained = process.constrainedMemory?.() ?? 0;
  return constrained > 0 && constrained < total ? constrained : total;
});

/** See `nativeMin` below. */
const nativeMin = (backend) => (backend === 'v8' ? KIB : Infinity);

/* --- the table ------------------------------------------------------------------------------------ */

/**
 * @typedef {object} Setting
 * @property {string} [env] its environment variable
 * @property {boolean} [option] whether createAllocator takes it
 * @property {string} kind what it may be, of kinds.js
 * @property {any} [initial] its default, or a function that gives it for a backend
 */
const SETTINGS = {
  __proto__: null,
  /** The addon's file, where it is not to be looked for: lib/runtime/binding.js reads it. */
  binary: { env: 'BUFALLOC_BINARY', kind: 'text' },
  /** Which way of making stores is used: see lib/stores/backend.js. */
  backend: { env: 'BUFALLOC_BACKEND', kind: 'backend' },
  /** `host`: an older name of the same. */
  stores: { env: 'BUFALLOC_STORES', kind: 'stores' },
  /** What an allocator is for; shown wherever it is. */
  name: { option: true, kind: 'text', initial: 'default' },
  /** Bytes of one slab; half of it is the limit of what is pooled. The built-in's. */
  poolSize: { option: true, kind: 'bytes' },
  /**
   * Dedicated buffers from this size on are C blocks: where they win, each in a process of its own
   * and all in one, whether their memory is left alone, touched or filled (docs/performance.md has
   * the figures). Smaller ones take more memory with all that is kept of them than from malloc(3).
   * Stores that V8 does not make serve acquired buffers and arenas alone.
   */
  nativeMin: { env: 'BUFALLOC_NATIVE_MIN', option: true, kind: 'bytes', initial: nativeMin },
  /**
   * Most bytes in C blocks, for each environment: half of the memory that the process may use, so
   * that the JavaScript heap has the other half.
   */
  maxBytes: {
    env: 'BUFALLOC_MAX_BYTES',
    option: true,
    kind: 'bytes',
    initial: () => Math.floor(availableMemory() / 2),
  },
  /**
   * Most freed bytes kept for reuse, until they have idled for 1 to 3 seconds. A cap below what a
   * program's load swings by makes it fault its memory in again and again (bench/heap measures this).
   */
  maxCachedBytes: {
    env: 'BUFALLOC_MAX_CACHED_BYTES',
    option: true,
    kind: 'bytes',
    initial: () => Math.min(256 * MIB, Math.floor(availableMemory() / 16)),
  },
  /** Clear memory before anyone can have it again. */
  zeroOnRelease: { option: true, kind: 'flag', initial: false },
  /** Ask for huge pages for blocks of 2 MiB and more: what is not touched as a whole takes more memory. */
  hugePages: { option: true, kind: 'flag', initial: false },
  /** Run minor collections to have memory back early: see lib/reclaim/pacer.js. */
  pacing: { env: 'BUFALLOC_PACING', option: true, kind: 'flag', initial: true },
  /** Look for writes after release and for leaks: see lib/insight/debug.js. */
  debug: { env: 'BUFALLOC_DEBUG', option: true, kind: 'flag', initial: false },
  /** Most released bytes that wait to be looked at: a small program's worth of releases. */
  debugQuarantine: {
    env: 'BUFALLOC_DEBUG_QUARANTINE',
    kind: 'bytes',
    initial: 16 * MIB,
  },
  /**
   * One dedicated store in so many faults at its end and after its release: see lib/insight/guard.js. 0 for
   * none: each takes two pages more and some microseconds.
   */
  debugGuard: { env: 'BUFALLOC_DEBUG_GUARD', kind: 'count', initial: 0 },
  /** One acquired buffer in so many is watched for a leak: a stack trace costs microseconds. */
  debugSample: { env: 'BUFALLOC_DEBUG_SAMPLE', kind: 'count', initial: 16 },
  /** When a report is printed to stderr: at the `exit` of the environment, or every so many seconds, too. */
  stats: { env: 'BUFALLOC_STATS', kind: 'reportTimes' },
  /** Where bufalloc/inspect serves its page: on any free port, if none is said. */
  inspect: {
    env: 'BUFALLOC_INSPECT',
    kind: 'loopback',
    initial: { __proto__: null, host: '127.0.0.1', port: 0 },
  },
  /** A file to which a profile is written when the environment ends: see lib/insight/profile-file.js. */
  profile: { env: 'BUFALLOC_PROFILE', kind: 'text' },
};

/* --- reading ----------------------------------------------------------------------------------------- */

const parse = ({ kind, initial }, given) => getKinds()[kind].parse(given, initial);

/** What is wrong with what an environment variable says; undefined if nothing is. */
function complaintOf(setting, given) {
  if (!given || parse(setting, given) !== undefined) return undefined;
  return `${setting.env} must be ${getKinds()[setting.kind].wanted}, not '${given}'`;
}

function warn(complaint) {
  process.emitWarning(`${complaint}; ignored`, {
    type: 'BufallocWarning',
    code: 'BUFALLOC_BAD_ENV',
  });
}

/* What the environment said when it was first asked; it is asked once, and warned of once. */
const fromEnvironment = { __proto__: null };

function readEnvironment(name) {
  const setting = SETTINGS[name];
  if (setting.env === undefined || name in fromEnvironment) return fromEnvironment[name];
  const given = process.env[setting.env];
  if (!given) return (fromEnvironment[name] = undefined);
  const complaint = complaintOf(setting, given);
  if (complaint !== undefined) warn(complaint);
  return (fromEnvironment[name] = parse(setting, given));
}

/** Which backend was asked for, if any was. */
const wantedBackend = () => readEnvironment('backend') ?? readEnvironment('stores');

/**
 * The settings in force for this environment's default allocator.
 *
 * @param {string} backend the name of the one in use
 */
function readSettings(backend) {
  const settings = { __proto__: null };
  for (const name in SETTINGS) {
    const { initial } = SETTINGS[name];
    settings[name] =
      readEnvironment(name) ?? (typeof initial === 'function' ? initial(backend) : initial);
  }
  return settings;
}

module.exports = { SETTINGS, complaintOf, readSettings, wantedBackend };
