'use strict';

/* What a command looks at before it measures for minutes: whether its results can be written. */

const fs = require('node:fs');
const path = require('node:path');
const { UsageError } = require('./errors');

/**
 * Sees that a file can be written, without making it.
 *
 * @param {string} file
 * @throws {UsageError} if it cannot
 */
function checkWritable(file) {
  const refuse = (why) => new UsageError(`cannot write '${file}': ${why}`);
  if (fs.statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    throw refuse('it is a directory');
  }
  try {
    fs.accessSync(fs.existsSync(file) ? file : path.dirname(file), fs.constants.W_OK);
  } catch (error) {
    const missing = error.code === 'ENOENT';
    throw refuse(missing ? 'there is no such directory' : 'writing is not allowed there');
  }
}

module.exports = { checkWritable };
