'use strict';

/*
 * builtin: what the runtime brings, captured when the package is loaded and before anyone replaced it:
 * `node:buffer`, its Buffer's functions, and the timers of `node:timers`, which are there where the
 * globals are not (a test environment's jsdom) or are someone's fakes.
 */

const { MathCeil, uncurryThis } = require('./primordials');

const buffer = require('node:buffer');
const { clearTimeout, setImmediate, setTimeout } = require('node:timers');
const { isAnyArrayBuffer } = require('node:util/types');

const { Buffer } = buffer;
const { hrtime, versions } = process;

/**
 * The class of ordinary Buffers: a Uint8Array with Buffer's prototype. Its constructor makes a view
 * over (arrayBuffer, byteOffset, length), or zeroed memory of its own.
 */
const FastBuffer = Buffer[Symbol.species];

/** 'node', 'electron', 'bun' or 'deno': what else says that it is Node.js. */
const runtime = ['bun', 'deno', 'electron'].find((name) => versions[name] !== undefined) ?? 'node';

module.exports = {
  buffer,
  Buffer,
  FastBuffer,
  MAX_LENGTH: buffer.constants.MAX_LENGTH,
  bufferCompare: uncurryThis(Buffer.prototype.compare),
  bufferFill: uncurryThis(Buffer.prototype.fill),
  /* The built-in's own, whatever is put in their place later (lib/register.js). */
  builtinAlloc: Buffer.alloc,
  builtinAllocUnsafe: Buffer.allocUnsafe,
  builtinAllocUnsafeSlow: Buffer.allocUnsafeSlow,
  builtinConcat: Buffer.concat,
  builtinCopyBytesFrom: Buffer.copyBytesFrom,
  builtinFrom: Buffer.from,
  /** Whether the built-in's functions take an alignment: from Node.js 26 on. */
  builtinAligns: Buffer.allocUnsafeSlow.length > 1,
  /** The well-known symbol, or what older runtimes know it by. */
  dispose: Symbol.dispose ?? Symbol.for('nodejs.dispose'),
  runtime,
  runtimeMajor: parseInt(versions.node, 10),
  clearTimeout,
  isAnyArrayBuffer,
  setImmediate,
  setTimeout,
  /** Milliseconds, with fractions, by a clock that only goes forward. */
  now() {
    /* By index: an array's iterator is the program's to change. */
    const time = hrtime();
    return time[0] * 1e3 + time[1] / 1e6;
  },
  ceilTo: (size, unit) => MathCeil(size / unit) * unit,
};
