'use strict';

/* What the threads do with the bytes they are sent. */

/** @returns {Buffer} every byte XORed, in memory of its own, which can be moved */
function scramble(bytes) {
  const out = Buffer.alloc(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = bytes[i] ^ 0x5a;
  return out;
}

module.exports = { scramble };
