'use strict';

/*
 * Looking for bytes in a process: patterns that are nowhere but where they were written, and all of the
 * memory that a process of Linux can write.
 */

const fs = require('node:fs');

const CHUNK = 1024 * 1024;
/** What is longer is a sanitizer's shadow, of addresses more than of memory. */
const LONGEST = 16 * 1024 ** 3;

/** The byte at a place of a pattern. */
const byteAt = (seed, i) => (Math.imul(seed + i, 2654435761) >>> 13) & 0xff;

/** Writes the pattern of a seed, byte by byte, so that it is in no other place. */
function fillFrom(bytes, seed) {
  for (let i = 0; i < bytes.length; i++) bytes[i] = byteAt(seed, i);
  return bytes;
}

/** The first bytes of a pattern, to look for. */
const needleOf = (seed) => fillFrom(Buffer.alloc(24), seed);

/** The parts of a process's memory that it can write and has touched. */
function writableParts(pid) {
  const parts = [];
  for (const line of fs.readFileSync(`/proc/${pid}/smaps`, 'latin1').split('\n')) {
    const range = /^([0-9a-f]+)-([0-9a-f]+) (\S+)/.exec(line);
    if (range !== null) {
      const [start, end] = [parseInt(range[1], 16), parseInt(range[2], 16)];
      parts.push({ start, end, isWritable: range[3].startsWith('rw'), isTouched: false });
    } else if (/^Rss:\s+[1-9]/.test(line)) {
      parts.at(-1).isTouched = true;
    }
  }
  return parts.filter(
    ({ start, end, isWritable, isTouched }) => isWritable && isTouched && end - start < LONGEST,
  );
}

/** How often a needle is in what `read(buffer, position)` gives from `start` to `end`. */
function countIn(read, start, end, needle, buffer) {
  let found = 0;
  for (let at = start; at < end; at += CHUNK) {
    const length = read(buffer, Math.min(CHUNK + needle.length - 1, end - at), at);
    const part = buffer.subarray(0, length);
    for (let i = part.indexOf(needle); i >= 0; i = part.indexOf(needle, i + 1)) found++;
  }
  return found;
}

/** How often the pattern of a seed is in a process's memory. */
function countInProcess(pid, seed) {
  const needle = needleOf(seed);
  const buffer = Buffer.alloc(CHUNK + needle.length);
  const memory = fs.openSync(`/proc/${pid}/mem`, 'r');
  const read = (...args) => {
    try {
      return fs.readSync(memory, args[0], 0, args[1], args[2]);
    } catch {
      return 0; // gone by now
    }
  };
  try {
    const parts = writableParts(pid);
    return parts.reduce(
      (sum, { start, end }) => sum + countIn(read, start, end, needle, buffer),
      0,
    );
  } finally {
    fs.closeSync(memory);
  }
}

/** How often it is in a file. */
function countInFile(file, seed) {
  const needle = needleOf(seed);
  const buffer = Buffer.alloc(CHUNK + needle.length);
  const descriptor = fs.openSync(file, 'r');
  const read = (into, length, at) => fs.readSync(descriptor, into, 0, length, at);
  try {
    return countIn(read, 0, fs.fstatSync(descriptor).size, needle, buffer);
  } finally {
    fs.closeSync(descriptor);
  }
}

module.exports = { countInFile, countInProcess, fillFrom };
