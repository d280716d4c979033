'use strict';

/*
 * Checks of whole buffers, by comparing memory: a loop over megabytes would take seconds. What is compared
 * with is the memory itself, one byte on, so that no check allocates.
 */

const { Buffer } = require('node:buffer');

/**
 * @param {Uint8Array} bytes
 * @param {number} byte
 * @returns {boolean} whether every byte is `byte`
 */
const isFilled = (bytes, byte) =>
  bytes.length === 0 ||
  (bytes[0] === byte && Buffer.compare(bytes.subarray(1), bytes.subarray(0, -1)) === 0);

/**
 * @param {Uint8Array} bytes
 * @returns {boolean} whether every byte is zero
 */
const isZero = (bytes) => isFilled(bytes, 0);

module.exports = { isFilled, isZero };
