'use strict';

/*
 * binding: the one file that loads the addon. node-gyp-build finds what was built
 * here, or else the package's prebuilt binary for this platform. No script has to
 * run on installation for that.
 *
 * The addon's functions are listed in src/addon/addon.c. Statuses below zero, as
 * `allocate` returns them, are those of src/heap/heap.h and src/addon/store.h.
 */

const path = require('node:path');

const STATUS = {
  NO_MEMORY: -1,
  BUDGET: -2,
  INVALID: -3,
  UNSUPPORTED: -4,
};

const ROOT = path.join(__dirname, '..', '..');

/** Why there is no addon, and how to come by one. */
function loadError(cause) {
  const platform = `${process.platform}-${process.arch}`;
  const lines = [
    `bufalloc has no addon that loads on ${platform}, Node.js ${process.version}.`,
    'To build it, which takes Python 3, make and a C compiler:',
    `    npx node-gyp rebuild --directory "${ROOT}"`,
    `Cause: ${String(cause.message).trim()}`,
  ];
  const error = new Error(lines.join('\n'), { cause });
  error.code = 'ERR_BUFALLOC_ADDON';
  return error;
}

function loadAddon() {
  const load = require('node-gyp-build');
  try {
    return load(ROOT);
  } catch (error) {
    throw loadError(error);
  }
}

module.exports = {
  ...loadAddon(),
  STATUS,
};
