'use strict';

/* Checks of whole buffers, by comparing memory: a loop over megabytes would take seconds. */

const { Buffer } = require('node:buffer');

/**
 * @param {Uint8Array} bytes
 * @param {number} byte
 * @returns {boolean} whether every byte is `byte`
 */
const isFilled = (bytes, byte) => Buffer.alloc(bytes.length, byte).equals(bytes);

/**
 * @param {Uint8Array} bytes
 * @returns {boolean} whether every byte is zero
 */
const isZero = (bytes) => isFilled(bytes, 0);

module.exports = { isFilled, isZero };
