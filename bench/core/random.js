'use strict';

// A small seeded generator, so that both sides get the same sizes and cells in the same order.

/** Integers from `low` to `high`, both included (mulberry32). */
function integers(seed, low, high) {
  let state = seed >>> 0;
  const span = high - low + 1;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return low + (((mixed ^ (mixed >>> 14)) >>> 0) % span);
  };
}

/** A copy of the list in an order that the seed decides (Fisher and Yates). */
function shuffle(list, seed) {
  const copy = [...list];
  const next = integers(seed, 0, 2 ** 32 - 1);
  for (let i = copy.length - 1; i > 0; i--) {
    const j = next() % (i + 1);
    [copy[i], copy[j]] = [copy[j], copy[i]];
  }
  return copy;
}

module.exports = { integers, shuffle };
