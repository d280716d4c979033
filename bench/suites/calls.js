'use strict';

// The calls that the suites `micro` and `mixed` time. Each entry makes a batch function: it does the call `count` times on the given Buffer and
// keeps the last result reachable, so that no optimiser can drop the allocation.
//
// How a buffer is used after its allocation: `untouched` not at all, `touched` one write in every 4 KiB page (what makes the OS
// supply memory), `filled` every byte written. The loops are written out one by one on purpose: each is compiled for itself, with
// what it saw alone. `freshCalls` keeps that up where a process measures several cells.

const sink = { last: null };
const page = 4096;
const fillBytes = Uint8Array.prototype.fill;

function touch(buf, size) {
  for (let offset = 0; offset < size; offset += page) buf[offset] = 1;
}

const uses = {
  untouched: (allocate) => (count) => {
    for (let i = 0; i < count; i++) sink.last = allocate();
  },
  touched: (allocate, size) => (count) => {
    for (let i = 0; i < count; i++) {
      const buf = allocate();
      touch(buf, size);
      sink.last = buf;
    }
  },
  filled: (allocate) => (count) => {
    for (let i = 0; i < count; i++) {
      const buf = allocate();
      fillBytes.call(buf, i & 255);
      sink.last = buf;
    }
  },
};

const repeat = (make) => (count) => {
  for (let i = 0; i < count; i++) sink.last = make();
};

// Sources are built with the host's own functions, whichever side is measured.
const { Buffer: Host } = require('node:buffer');

function bytesOf(size) {
  const bytes = Host.allocUnsafeSlow(size);
  for (let i = 0; i < size; i++) bytes[i] = 32 + ((i * 7) % 90);
  return bytes;
}

/** A string whose encoded form is about `size` bytes: one in five of its bytes belongs to a two-byte character. */
function mixedText(size) {
  const pattern = 'The quick brown föx jümps over thé lazy døg. ';
  const length = Math.max(1, Math.floor(size / (Host.byteLength(pattern) / pattern.length)));
  return Host.from(
    pattern.repeat(Math.ceil(length / pattern.length)).slice(0, length),
    'utf16le',
  ).toString('utf16le');
}

function parts(total, count) {
  return Array.from({ length: count }, () => bytesOf(Math.max(1, Math.floor(total / count))));
}

const sources = {
  'from utf8': (size) => [bytesOf(size).toString('latin1')],
  'from utf8 mixed': (size) => [mixedText(size)],
  'from latin1': (size) => [bytesOf(size).toString('latin1'), 'latin1'],
  'from hex': (size) => [bytesOf(size).toString('hex'), 'hex'],
  'from base64': (size) => [bytesOf(size).toString('base64'), 'base64'],
  'from array': (size) => [Array.from(bytesOf(size))],
  'from Buffer': (size) => [bytesOf(size)],
  'from Uint8Array': (size) => [new Uint8Array(bytesOf(size))],
  'from Float64Array': (size) => [new Float64Array(size).fill(7)],
  'from ArrayBuffer': (size) => [new ArrayBuffer(2 * size), size, size],
};

const from = (name) => (Buffer, size) => {
  const args = sources[name](size);
  const makers = {
    1: () => Buffer.from(args[0]),
    2: () => Buffer.from(args[0], args[1]),
    3: () => Buffer.from(args[0], args[1], args[2]),
  };
  return repeat(makers[args.length]);
};

const concat = (count) => (Buffer, size) => {
  const list = parts(size, count);
  return repeat(() => Buffer.concat(list));
};

/** A message's head, and a body that was made by the same side, of lengths that differ: what most protocols write. */
const concatFrame = (Buffer, size) => {
  const head = bytesOf(5);
  const bodies = Array.from({ length: 16 }, (_, i) =>
    Buffer.allocUnsafe(size - i * (size >> 6)).fill(1),
  );
  let next = 0;
  return repeat(() => {
    next = (next + 1) % bodies.length;
    return Buffer.concat([head, bodies[next]]);
  });
};

/** One call site for every kind of source in turn: what a helper sees that a whole program calls. */
const fromAny = (Buffer, size) => {
  const kinds = ['from utf8', 'from array', 'from Buffer', 'from Uint8Array'].map(
    (name) => sources[name](size)[0],
  );
  const [latin1, hex] = ['from latin1', 'from hex'].map((name) => sources[name](size));
  const list = [...kinds.map((kind) => [kind, undefined]), latin1, hex];
  let next = 0;
  return repeat(() => {
    next = next + 1 < list.length ? next + 1 : 0;
    return Buffer.from(list[next][0], list[next][1]);
  });
};

/** The same for lists: of Buffers, of plain arrays, of both, with a length and without. */
const concatAny = (Buffer, size) => {
  const buffers = parts(size, 4);
  const plain = buffers.map((part) => new Uint8Array(part));
  const list = [
    ...[[buffers], [plain], [[buffers[0], plain[1], buffers[2]]]],
    ...[[buffers, size], [[buffers[0]]], [[]]],
  ];
  let next = 0;
  return repeat(() => {
    next = next + 1 < list.length ? next + 1 : 0;
    return Buffer.concat(list[next][0], list[next][1]);
  });
};

/** The same for fills. */
const allocAny = (Buffer, size) => {
  const fills = [undefined, 0, 1, 'ab', Uint8Array.of(1, 2, 3)];
  let next = 0;
  return repeat(() => {
    next = next + 1 < fills.length ? next + 1 : 0;
    return Buffer.alloc(size, fills[next]);
  });
};

/** Batch makers by call: `(Buffer, size, use) => (count) => void`. */
const calls = {
  alloc: (Buffer, size, use) => uses[use](() => Buffer.alloc(size), size),
  'alloc with fill': (Buffer, size) => repeat(() => Buffer.alloc(size, 1)),
  allocUnsafe: (Buffer, size, use) => uses[use](() => Buffer.allocUnsafe(size), size),
  allocUnsafeSlow: (Buffer, size, use) => uses[use](() => Buffer.allocUnsafeSlow(size), size),
  ...Object.fromEntries(Object.keys(sources).map((name) => [name, from(name)])),
  'concat 4': concat(4),
  'concat 16': concat(16),
  'concat 64': concat(64),
  'concat frame': concatFrame,
  'from any': fromAny,
  'concat any': concatAny,
  'alloc any': allocAny,
};

/**
 * A copy of this table with functions of its own. The engine notes what a loop has seen by the function it stands in: cells that
 * share one would make each other's call sites megamorphic, which those of a program are not.
 * @returns {typeof calls}
 */
function freshCalls() {
  delete require.cache[__filename];
  return require(__filename).calls;
}

module.exports = { calls, freshCalls };
