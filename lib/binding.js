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

/* The counters that `readStats` writes, in the order of src/addon.c. */
const HEAP_FIELDS = [
  'liveBytes',
  'liveBlocks',
  'peakLiveBytes',
  'cachedBytes',
  'mappedBytes',
  'allocatedBlocks',
  'allocatedBytes',
  'reusedBlocks',
  'zeroedBytes',
  'knownZeroBytes',
  'purgedBytes',
  'remoteFrees',
];
const PROCESS_FIELDS = [
  'heaps',
  'orphanedHeaps',
  'mappedBytes',
  'reserveBytes',
  'metadataBytes',
  'orphanedBytes',
];

const STATS_COUNT = HEAP_FIELDS.length + PROCESS_FIELDS.length;

module.exports = {
  ...require('node-gyp-build')(path.join(__dirname, '..')),
  STATUS,
  HEAP_FIELDS,
  PROCESS_FIELDS,
  STATS_COUNT,
};
