'use strict';

/*
 * builtin: what the runtime brings, captured when the package is loaded and before anyone replaced it:
 * `node:buffer`, its Buffer's functions, and the timers of `node:timers`, which are there where the
 * globals are not (a test environment's jsdom) or are someone's fakes. And what it does with memory of
 * its own, so that ours does the same.
 *
 * It is this folder's door: the rest of lib/ has the intrinsics and the addon from here as well. Each path
 * from one folder to a file of another takes Node.js a tenth of a millisecond of every program's start.
 */

const binding = require('./binding');
const primordials = require('./primordials');

const {
  ArrayBufferPrototypeTransfer,
  lazily,
  MathCeil,
  TypedArrayPrototypeFill,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteOffset,
  uncurryThis,
} = primordials;

const buffer = require('node:buffer');
const { clearTimeout, setImmediate, setTimeout } = require('node:timers');
const { isAnyArrayBuffer, isProxy, isSharedArrayBuffer } = require('node:util/types');

const { Buffer } = buffer;

/** Where it is noted that a copy of the package has put its functions in place of Buffer's: lib/register.js. */
const REGISTERED = Symbol.for('bufalloc.register');

/** Buffer's own functions, whoever is registered. */
const builtin = Buffer[REGISTERED]?.builtin ?? Buffer;
const { hrtime, versions } = process;

/**
 * The class of ordinary Buffers: a Uint8Array with Buffer's prototype. Its constructor makes a view
 * over (arrayBuffer, byteOffset, length), or zeroed memory of its own.
 */
const FastBuffer = Buffer[Symbol.species];

/** 'node', 'electron', 'bun' or 'deno': what else says that it is Node.js. */
const runtime = ['bun', 'deno', 'electron'].find((name) => versions[name] !== undefined) ?? 'node';

/** Whether Buffer is Node.js's own code, and does in odd cases what that version's does. */
const isNodeBuffer = runtime === 'node' || runtime === 'electron';

/**
 * Whether small buffers share a store. Bun's built-in has no pool, and nothing there keeps a program, or
 * the runtime's byte streams, from taking a whole slab away with transfer().
 */
const isPooling = runtime !== 'bun';

/** What is handed out again when it was freed last: by malloc(3) if small, by Bun's own allocator if not. */
const PROBE_BYTES = runtime === 'bun' ? 4096 : 256;
const PROBES = 8;

/** Has a piece of the memory that the runtime hands out soiled, and freed. */
function soil() {
  if (runtime !== 'bun') return binding.soil(PROBE_BYTES);
  const own = TypedArrayPrototypeFill(builtin.allocUnsafeSlow(PROBE_BYTES), 0xff);
  ArrayBufferPrototypeTransfer(TypedArrayPrototypeGetBuffer(own), 0);
}

/**
 * Whether the runtime clears memory whose contents may be arbitrary: --zero-fill-buffers, wherever it
 * was said. Memory is soiled and freed, and had again: a byte that is still soiled tells that it
 * is not cleared. Where it never comes back soiled, it is taken to be.
 */
function probeZeroFill() {
  for (let probe = 0; probe < PROBES; probe++) {
    soil();
    const again = builtin.allocUnsafeSlow(PROBE_BYTES);
    /* The first words may be malloc's own. */
    for (let i = 32; i < PROBE_BYTES; i++) if (again[i] !== 0) return false;
  }
  return true;
}

/* Had once: the module's object is anybody's to change. It takes two milliseconds to load. */
const getMark = lazily(() => {
  const { markAsUntransferable, threadId } = require('node:worker_threads');
  binding.setThread(threadId);
  return markAsUntransferable;
});

/**
 * Marks a slab, in which many buffers lie, as the built-in marks its pool: nobody can post it away. From
 * Node.js 24 on that holds for the runtime's own transfers as well, as those of byte streams.
 */
function guardSlab(store) {
  getMark()(store);
}

module.exports = {
  __proto__: primordials,
  binding,
  buffer,
  Buffer,
  FastBuffer,
  MAX_LENGTH: buffer.constants.MAX_LENGTH,
  bufferCompare: uncurryThis(Buffer.prototype.compare),
  bufferFill: uncurryThis(Buffer.prototype.fill),
  /* The built-in's own, whatever is put in their place later (lib/register.js). */
  builtinAlloc: builtin.alloc,
  builtinAllocUnsafe: builtin.allocUnsafe,
  builtinAllocUnsafeSlow: builtin.allocUnsafeSlow,
  builtinConcat: builtin.concat,
  builtinCopyBytesFrom: builtin.copyBytesFrom,
  builtinFrom: builtin.from,
  /** Whether the built-in's functions take an alignment: from Node.js 26.8 on. */
  builtinAligns: builtin.allocUnsafeSlow.length > 1,
  /** The well-known symbol, or what older runtimes know it by. */
  dispose: Symbol.dispose ?? Symbol.for('nodejs.dispose'),
  runtime,
  runtimeMajor: parseInt(versions.node, 10),
  clearTimeout,
  guardSlab,
  isAnyArrayBuffer,
  isNodeBuffer,
  isProxy,
  isSharedArrayBuffer,
  isPooling,
  REGISTERED,
  /** Whether all memory is to be cleared before a program has it. */
  isZeroFilled: probeZeroFill(),
  setImmediate,
  setTimeout,
  /** Milliseconds, with fractions, by a clock that only goes forward. */
  now() {
    /* By index: an array's iterator is the program's to change. */
    const time = hrtime();
    return time[0] * 1e3 + time[1] / 1e6;
  },
  ceilTo: (size, unit) => MathCeil(size / unit) * unit,
  /** Bytes that a typed array shows, from the `start`-th on, as a Buffer of their own. */
  bytesOf: (view, start, length) =>
    new FastBuffer(
      TypedArrayPrototypeGetBuffer(view),
      TypedArrayPrototypeGetByteOffset(view) + start,
      length,
    ),
};
