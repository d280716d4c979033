'use strict';

/*
 * binding: the one file that loads the addon. node-gyp-build finds a prebuilt
 * binary for this platform, or the one that was built here.
 *
 * The addon's functions are listed in src/addon.c. Statuses below zero, as
 * `allocate` returns them, are those of src/heap.h and src/addon.h.
 */

const path = require('node:path');

const STATUS = {
  NO_MEMORY: -1,
  BUDGET: -2,
  INVALID: -3,
  UNSUPPORTED: -4,
};

/** How many counters `readStats` writes. */
const STATS_COUNT = 18;

module.exports = {
  ...require('node-gyp-build')(path.join(__dirname, '..')),
  STATUS,
  STATS_COUNT,
};
