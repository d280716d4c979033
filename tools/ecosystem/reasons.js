'use strict';

/*
 * Why the preload costs a job more, where that was looked into; said on the page when it does.
 * Each was found by running the job with the setting that is named.
 */

const SLABS =
  'many pooled buffers of some hundred bytes, so many slabs: on Node 20 making and finalizing one costs more than the ' +
  'runtime’s pool does. `BUFALLOC_BACKEND=host` takes the difference away';

/** More processor time, by job. */
const slower = {
  'protobufjs: 30,000 messages': SLABS,
  'pg-protocol: 60,000 inserts written': SLABS,
};

/** A higher peak, by job. */
const larger = {
  'redis-parser: 120,000 replies in odd pieces':
    'its buffers of 0.1 to 7 MB nearly all differ in size, and the freed ones are kept for one of their own size. ' +
    '`BUFALLOC_MAX_CACHED_BYTES=16777216` takes the difference away',
  'pg-protocol: 60,000 inserts written in one turn':
    'no memory comes back before the turn ends; at 32 MiB the runtime takes over',
};

module.exports = { slower, larger };
