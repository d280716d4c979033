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

/**
 * Tells a channel's subscribers; not of what one of them causes itself, which it would be told of without an end.
 *
 * @param {string} name
 * @param {Function} createMessage of what the event is told with
 */
function createTeller(name, createMessage) {
  const target = channel(name);
  let isTelling = false;
  return (a, b, c) => {
    if (!target.hasSubscribers || isTelling) return;
    isTelling = true;
    try {
      target.publish(createMessage(a, b, c));
    } finally {
      isTelling = false;
    }
  };
}

module.exports = {
  __proto__: null,

  fellBack: createTeller('bufalloc:fallback', ({ name: allocator }, reason, size) => ({
    allocator,
    reason,
    size,
  })),

  leaked: createTeller('bufalloc:leak', (allocator, size, place) => ({ allocator, size, place })),

  collected: createTeller('bufalloc:collect', (milliseconds, full) => ({ milliseconds, full })),
};
