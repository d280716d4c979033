'use strict';

/*
 * settings: everything that can be set, each in one row: its name as an option and in stats(), its
 * environment variable, what it may be, its default and the reason for that. Reading, checking, the
 * tests of the types and the documents' table go by this one table.
 */

const { binding, lazily, NumberIsSafeInteger } = require('./runtime/builtin');

const KIB = 1024;
const MIB = 1024 * KIB;

/* --- kinds of values -------------------------------------------------------------------------- */

/* `valid` and `must` are for options, `parse` and `wanted` for environment variables: `parse` gives
 * undefined for what it does not understand. */
const UNITS = {
  __proto__: null,
  ...{ b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 },
  ...{ kib: KIB, mib: MIB, gib: 1024 * MIB, tib: 1024 * 1024 * MIB },
};

/** `1e6`, `64MB`, `1.5 GiB`; undefined for what is no size. */
function parseBytes(text) {
  const [, number, unit] = /^(.*?)\s*([a-z]*b)?$/i.exec(text.trim()) ?? [];
  if (!number) return undefined;
  const size = Math.floor(Number(number) * (unit ? UNITS[unit.toLowerCase()] : 1));
  return size >= 0 ? size : undefined;
}

const WORDS = {
  __proto__: null,
  ...{ 1: true, on: true, true: true, yes: true },
  ...{ 0: false, off: false, false: false, no: false },
};

const bytes = {
  __proto__: null,
  valid: (value) => value === Infinity || (NumberIsSafeInteger(value) && value >= 0),
  must: 'must be a number of bytes, 0 or more',
  parse: parseBytes,
  wanted: "a number of bytes, as in '67108864', '64MB' or '64MiB'",
};
const count = {
  __proto__: null,
  parse: (text) => (Number(text) >= 0 ? Number(text) : undefined),
  wanted: 'a number',
};
const flag = {
  __proto__: null,
  valid: (value) => typeof value === 'boolean',
  must: 'must be true or false',
  parse: (text) => WORDS[text.toLowerCase()],
  wanted: "'1' or '0' ('on' or 'off')",
};
const text = {
  __proto__: null,
  valid: (value) => typeof value === 'string',
  must: 'must be a string',
  parse: (given) => given,
};
const oneOf = (...choices) => {
  const wanted = choices.map((choice) => `'${choice}'`).join(' or ');
  return {
    __proto__: null,
    valid: (value) => choices.includes(value),
    must: `must be ${wanted}`,
    parse: (given) => (choices.includes(given) ? given : undefined),
    wanted,
  };
};
const reportTimes = {
  __proto__: null,
  parse: (given) => (given === 'exit' ? given : Number(given) > 0 ? Number(given) : undefined),
  wanted: "'exit' or a number of seconds",
};
const LOOPBACK = { __proto__: null, host: '127.0.0.1', port: 0 };
/** `host:port`, either of which may be left out. Nobody beyond this machine may look. */
function parseLoopback(given) {
  const match = /^(127(?:\.\d{1,3}){3}|localhost|\[::1\])?(?:(?:^|:)(\d{1,5}))?$/.exec(given);
  if (match === null || Number(match[2] ?? 0) > 65535) return undefined;
  const [, host = LOOPBACK.host, port = LOOPBACK.port] = match;
  return { __proto__: null, host: host === '[::1]' ? '::1' : host, port: Number(port) };
}
const loopback = {
  __proto__: null,
  parse: parseLoopback,
  wanted: 'a loopback address and a port, as 127.0.0.1:4711',
};
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
 * @property {object} kind what it may be
 * @property {any} [initial] its default, or a function that gives it for a backend
 */
const SETTINGS = {
  __proto__: null,
  /** The addon's file, where it is not to be looked for: lib/runtime/binding.js reads it. */
  binary: { env: 'BUFALLOC_BINARY', kind: text },
  /** Which way of making stores is used: see lib/stores/backend.js. */
  backend: { env: 'BUFALLOC_BACKEND', kind: oneOf('v8', 'napi', 'host') },
  /** `host`: an older name of the same. */
  stores: { env: 'BUFALLOC_STORES', kind: oneOf('host') },
  /** What an allocator is for; shown wherever it is. */
  name: { option: true, kind: text, initial: 'default' },
  /** Bytes of one slab; half of it is the limit of what is pooled. The built-in's. */
  poolSize: { option: true, kind: bytes },
  /**
   * Dedicated buffers from this size on are C blocks: where they win, each in a process of its own
   * and all in one, whether their memory is left alone, touched or filled (docs/performance.md has
   * the figures). Smaller ones take more memory with all that is kept of them than from malloc(3).
   * Stores that V8 does not make serve acquired buffers and arenas alone.
   */
  nativeMin: { env: 'BUFALLOC_NATIVE_MIN', option: true, kind: bytes, initial: nativeMin },
  /**
   * Most bytes in C blocks, for each environment: half of the memory that the process may use, so
   * that the JavaScript heap has the other half.
   */
  maxBytes: {
    env: 'BUFALLOC_MAX_BYTES',
    option: true,
    kind: bytes,
    initial: () => Math.floor(availableMemory() / 2),
  },
  /**
   * Most freed bytes kept for reuse, until they have idled for 1 to 3 seconds. A cap below what a
   * program's load swings by makes it fault its memory in again and again (bench/heap measures this).
   */
  maxCachedBytes: {
    env: 'BUFALLOC_MAX_CACHED_BYTES',
    option: true,
    kind: bytes,
    initial: () => Math.min(256 * MIB, Math.floor(availableMemory() / 16)),
  },
  /** Clear memory before anyone can have it again. */
  zeroOnRelease: { option: true, kind: flag, initial: false },
  /** Ask for huge pages for blocks of 2 MiB and more: what is not touched as a whole takes more memory. */
  hugePages: { option: true, kind: flag, initial: false },
  /** Run minor collections to have memory back early: see lib/reclaim/pacer.js. */
  pacing: { env: 'BUFALLOC_PACING', option: true, kind: flag, initial: true },
  /** Look for writes after release and for leaks: see lib/insight/debug.js. */
  debug: { env: 'BUFALLOC_DEBUG', option: true, kind: flag, initial: false },
  /** Most released bytes that wait to be looked at: a small program's worth of releases. */
  debugQuarantine: {
    env: 'BUFALLOC_DEBUG_QUARANTINE',
    kind: bytes,
    initial: 16 * MIB,
  },
  /**
   * One dedicated store in so many faults at its end and after its release: see lib/insight/guard.js. 0 for
   * none: each takes two pages more and some microseconds.
   */
  debugGuard: { env: 'BUFALLOC_DEBUG_GUARD', kind: count, initial: 0 },
  /** One acquired buffer in so many is watched for a leak: a stack trace costs microseconds. */
  debugSample: { env: 'BUFALLOC_DEBUG_SAMPLE', kind: count, initial: 16 },
  /** When a report is printed to stderr: at the `exit` of the environment, or every so many seconds, too. */
  stats: { env: 'BUFALLOC_STATS', kind: reportTimes },
  /** Where bufalloc/inspect serves its page: on any free port, if none is said. */
  inspect: { env: 'BUFALLOC_INSPECT', kind: loopback, initial: LOOPBACK },
  /** A file to which a profile is written when the environment ends: see lib/insight/profile-file.js. */
  profile: { env: 'BUFALLOC_PROFILE', kind: text },
};

/* --- reading ----------------------------------------------------------------------------------------- */

/** What is wrong with what an environment variable says; undefined if nothing is. */
function complaintOf({ env, kind }, given) {
  if (given === undefined || given === '' || kind.parse(given) !== undefined) return undefined;
  return `${env} must be ${kind.wanted}, not '${given}'`;
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
  const complaint = complaintOf(setting, given);
  if (complaint !== undefined) warn(complaint);
  return (fromEnvironment[name] = given ? setting.kind.parse(given) : undefined);
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

module.exports = {
  SETTINGS,
  bytes,
  complaintOf,
  flag,
  oneOf,
  readSettings,
  text,
  wantedBackend,
};
