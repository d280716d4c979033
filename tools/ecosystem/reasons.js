'use strict';

/*
 * Why the preload costs a job more, where that was looked into; said on the page when it does.
 * Each was found by running the job with the setting that is named.
 */

/** More processor time, by job. */
const slower = {};

/** A higher peak, by job. */
const larger = {
  'redis-parser: 120,000 replies in odd pieces':
    'its buffers of 0.1 to 7 MB nearly all differ in size, and the freed ones are kept for one of their own size. ' +
    '`BUFALLOC_MAX_CACHED_BYTES=16777216` takes the difference away',
};

module.exports = { slower, larger };
