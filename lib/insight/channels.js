'use strict';

/*
 * channels: what happens seldom and is worth knowing, on node:diagnostics_channel. Without a subscriber
 * that costs a look at whether there is one. A message is a new plain object, sizes in bytes:
 *
 *   bufalloc:fallback  { allocator, reason, size }     the runtime serves a request instead of C; reasons are
 *                                                      those of stats().fallbacks
 *   bufalloc:leak      { allocator, size, place }      an acquired buffer was collected without release(), as
 *                                                      the debugging mode finds it; where it was acquired
 *   bufalloc:collect   { milliseconds, full }          the pacer has run a collection, a minor or a full one
 *
 * The functions have the names and parameters of the events (events.js). Subscribers run inside the call
 * that allocates, and may allocate themselves.
 */

const { channel } = require('node:diagnostics_channel');

const fallback = channel('bufalloc:fallback');
const leak = channel('bufalloc:leak');
const collect = channel('bufalloc:collect');

module.exports = {
  __proto__: null,

  fellBack({ name: allocator }, reason, size) {
    if (fallback.hasSubscribers) fallback.publish({ allocator, reason, size });
  },

  leaked(allocator, size, place) {
    if (leak.hasSubscribers) leak.publish({ allocator, size, place });
  },

  collected(milliseconds, full) {
    if (collect.hasSubscribers) collect.publish({ milliseconds, full });
  },
};
