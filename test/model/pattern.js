'use strict';

/* A pattern without a zero byte, so that memory which should be zero and is not can be told. */

const PERIOD = 251;

/**
 * @template {Uint8Array} T
 * @param {T} bytes filled from the first to the last
 * @param {number} seed what begins with another seed has other bytes
 * @returns {T}
 */
function fillPattern(bytes, seed) {
  const head = bytes.subarray(0, PERIOD);
  for (let i = 0; i < head.length; i++) head[i] = ((seed + i * 7) % 255) + 1;
  for (let done = head.length; done < bytes.length; done *= 2) bytes.copyWithin(done, 0, done);
  return bytes;
}

module.exports = { fillPattern };
