'use strict';

/*
 * reader: JSON from a file that may be larger than memory, piece by piece. Who reads says what is to
 * come; what is not wanted is skipped. The file is read in blocks, and nothing of it is kept.
 */

const fs = require('node:fs');

const BLOCK_BYTES = 1024 * 1024;

const QUOTE = 0x22; // "
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const END = -1;

const isSpace = (byte) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** What is wrong with a file: for people. */
class SnapshotError extends Error {}

/** Raw bytes of a string, at most so many of them; escapes are left as they are. */
function createText(maxBytes) {
  const bytes = Buffer.alloc(maxBytes);
  let length = 0;
  return {
    bytes,
    clear: () => (length = 0),
    add(byte) {
      if (length < maxBytes) bytes[length++] = byte;
    },
    get length() {
      return length;
    },
  };
}

/** The string whose raw bytes were kept; the last escape may have been cut. */
function decode(bytes, start = 0, end = bytes.length) {
  const raw = bytes.toString('utf8', start, end);
  if (!raw.includes('\\')) return raw;
  for (let cut = 0; cut < 6; cut++) {
    try {
      return JSON.parse(`"${raw.slice(0, raw.length - cut)}"`);
    } catch {
      /* Without its last character, then. */
    }
  }
  return raw;
}

/**
 * Opens a file.
 *
 * @param {string} file
 * @param {(done: number, total: number) => void} onBlock is told how far it is, in bytes
 */
function openReader(file, onBlock) {
  /* A pipe, which is no file, would have it wait for who writes to it. */
  const { O_RDONLY, O_NONBLOCK = 0 } = fs.constants;
  const descriptor = fs.openSync(file, O_RDONLY | O_NONBLOCK);
  const stat = fs.fstatSync(descriptor);
  const block = Buffer.alloc(BLOCK_BYTES);
  let position = 0;
  let end = 0;
  let done = 0;

  /** The next byte, which stays; END at the end. */
  function peek() {
    if (position < end) return block[position];
    end = fs.readSync(descriptor, block, 0, BLOCK_BYTES, null);
    position = 0;
    done += end;
    onBlock(done, stat.size);
    return end === 0 ? END : block[0];
  }

  function fail(what) {
    if (peek() === END) {
      throw new SnapshotError(`it ends after ${done} bytes, before ${what}: it was cut short`);
    }
    throw new SnapshotError(`${what} was expected at byte ${done - end + position}`);
  }

  /** The next byte that is no space; it stays. */
  function look() {
    let byte = peek();
    while (isSpace(byte)) {
      position++;
      byte = peek();
    }
    return byte;
  }

  /** Whether the next is such a byte, which is then read. */
  function take(byte) {
    if (look() !== byte) return false;
    position++;
    return true;
  }

  function need(byte, what) {
    if (!take(byte)) fail(what);
  }

  /** Reads a string into `text`, or nowhere. */
  function readText(text, what) {
    need(QUOTE, what);
    text?.clear();
    let isEscape = false;
    for (;;) {
      const byte = peek();
      if (byte === END) fail(`the end of ${what}`);
      position++;
      if (byte === QUOTE && !isEscape) return;
      isEscape = byte === BACKSLASH && !isEscape;
      text?.add(byte);
    }
  }

  /** Reads a number that is a whole one and not negative. */
  function readNumber(what) {
    let byte = look();
    if (byte < ZERO || byte > NINE) fail(what);
    let value = 0;
    do {
      value = value * 10 + (byte - ZERO);
      byte = ++position < end ? block[position] : peek();
    } while (byte >= ZERO && byte <= NINE);
    if (byte === END) fail(`the end of ${what}`);
    return value;
  }

  /** Reads any value and passes its bytes on. */
  function readRaw(onByte, what) {
    let depth = 0;
    do {
      const byte = look();
      if (byte === END) fail(`the end of ${what}`);
      if (byte === QUOTE) {
        onByte(QUOTE);
        readText({ clear: () => {}, add: onByte }, what);
        onByte(QUOTE);
        continue;
      }
      if (depth === 0 && (byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_LIST)) {
        fail(what);
      }
      if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth++;
      else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--;
      position++;
      onByte(byte);
      if (depth === 0 && (byte === MINUS || isWord(byte))) {
        while (isWord(peek())) onByte(block[position++]);
      }
    } while (depth > 0);
  }

  /** What numbers, `true`, `false` and `null` go on with. */
  const isWord = (byte) =>
    (byte >= ZERO && byte <= NINE) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x2e || // .
    byte === 0x2b || // +
    byte === 0x45 || // E
    byte === MINUS;

  return {
    size: stat.size,
    isFile: stat.isFile(),
    close: () => fs.closeSync(descriptor),
    fail,
    readNumber,
    readText,

    /** Reads a small value, as JSON.parse gives it. */
    readValue(what, maxBytes) {
      const bytes = [];
      readRaw((byte) => {
        if (bytes.length === maxBytes) throw new SnapshotError(`${what} is too long`);
        bytes.push(byte);
      }, what);
      try {
        return JSON.parse(Buffer.from(bytes).toString());
      } catch {
        throw new SnapshotError(`${what} is no JSON`);
      }
    },

    skipValue: (what) => readRaw(() => {}, what),

    /** Reads a list; `onItem` reads one item. */
    readList(what, onItem) {
      need(OPEN_LIST, what);
      if (take(CLOSE_LIST)) return;
      do onItem();
      while (take(COMMA));
      need(CLOSE_LIST, `the end of ${what}`);
    },

    /** Reads an object; `onKey` reads the value of one key. */
    readObject(what, onKey) {
      const key = createText(64);
      need(OPEN_OBJECT, what);
      if (take(CLOSE_OBJECT)) return;
      do {
        readText(key, `a name in ${what}`);
        const name = decode(key.bytes, 0, key.length);
        need(COLON, `the value of "${name}"`);
        onKey(name);
      } while (take(COMMA));
      need(CLOSE_OBJECT, `the end of ${what}`);
    },
  };
}

module.exports = { SnapshotError, createText, decode, openReader };
