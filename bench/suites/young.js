'use strict';

// Live young objects: what makes a collection of the young generation dear. A set of them is replaced piece by piece, as a server's
// sessions or a cache's entries are: all of it in the time in which 10 MiB of buffers are handed out, so that a collection at any
// time finds most of it young and alive.

const { MiB } = require('../core/format');

const bytesPerSet = 10 * MiB;

/**
 * @param {number} count objects in the set, each with another one inside
 * @param {number} bytes of buffers that are handed out from call to call
 * @returns {() => void} replaces the share that is due for so many bytes
 */
function keepYoung(count, bytes) {
  const objects = Array.from({ length: count }, (_, i) => ({ id: i, at: { x: i, y: 0 } }));
  const each = Math.ceil((count * bytes) / bytesPerSet);
  let next = 0;
  return function replaceSome() {
    for (let i = 0; i < each; i++) {
      next = next + 1 < count ? next + 1 : 0;
      objects[next] = { id: next, at: { x: i, y: next } };
    }
  };
}

module.exports = { keepYoung };
