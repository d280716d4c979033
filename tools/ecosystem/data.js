'use strict';

/*
 * What the jobs work on: bytes, texts and numbers that are the same in every run and look like
 * data. The bytes are views of plain ArrayBuffers, so that they count as nobody's allocation.
 */

const { integers } = require('../../bench/core/random');

const WORDS = (
  'alpha river market seven quiet bridge signal copper window letter harbour sudden orange ' +
  'winter paper machine garden forty silver number against morning über façade naïve Δelta'
).split(' ');

/**
 * @param {number} seed
 * @returns {object} functions that give the next of a row of values which `seed` decides
 */
function createRandom(seed) {
  /** An unsigned number of 32 bits. */
  const next = integers(seed, 0, 2 ** 32 - 1);

  /** A whole number from `low` to `high`, both included. */
  const between = (low, high) => low + (next() % (high - low + 1));

  const pick = (list) => list[next() % list.length];

  const words = (count) => Array.from({ length: count }, () => pick(WORDS)).join(' ');

  /** A Buffer of noise. */
  function bytes(length) {
    const filled = new Uint32Array(Math.ceil(length / 4)).map(next);
    return Buffer.from(filled.buffer, 0, length);
  }

  /** A Buffer that compresses about as well as text does. */
  function textBytes(length) {
    const pattern = new TextEncoder().encode(words(64));
    const filled = new Uint8Array(length);
    for (let at = 0; at < length; at += pattern.length) {
      filled.set(pattern.subarray(0, length - at), at);
      filled[at] = next();
    }
    return Buffer.from(filled.buffer);
  }

  /** Cuts a Buffer into pieces of odd lengths, as a network would; views, not copies. */
  function* pieces(buffer, longest) {
    for (let at = 0; at < buffer.length;) {
      const end = at + between(1, longest);
      yield buffer.subarray(at, end);
      at = end;
    }
  }

  return { next, between, pick, words, bytes, textBytes, pieces };
}

/** Joins Buffers into one whose memory is nobody's allocation. */
function join(list) {
  const joined = new Uint8Array(list.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const one of list) {
    joined.set(one, at);
    at += one.length;
  }
  return Buffer.from(joined.buffer);
}

module.exports = { createRandom, join };
