'use strict';

/*
 * Compresses and decompresses on the threadpool, in the zlib format, into Buffers that may be released.
 */

const { capi } = require('bufalloc');
const addon = require('./build/Release/deflate.node');

addon.load(capi);

/**
 * @param {Buffer} buffer
 * @param {{ level?: number }} [options] level: 0 to 9
 * @returns {Promise<Buffer>}
 */
const deflate = (buffer, { level = 6 } = {}) => addon.deflate(buffer, level);

/**
 * @param {Buffer} buffer
 * @param {{ size?: number }} [options] size: in bytes, of what comes out, if that is known; a guess will do
 * @returns {Promise<Buffer>}
 */
const inflate = (buffer, { size = 4 * buffer.length } = {}) => addon.inflate(buffer, size);

module.exports = { deflate, inflate };
