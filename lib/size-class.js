'use strict';

/*
 * size-class: the block sizes of the C heap (src/heap/size_class.h), for stores that
 * are to fill a block.
 */

const { ceil, clz32 } = Math;

/** Up to here classes are 64 bytes apart; above, there are eight per doubling. */
const LINEAR_MAX = 512;
const QUANTUM = 64;
const STEPS = 8;
const INT_MAX = 2 ** 30;

/** The largest power of two that is at most `n`, which is above 2^30. */
function topPower(n) {
  let power = INT_MAX;
  while (power * 2 <= n) power *= 2;
  return power;
}

/**
 * The smallest size class that holds `size` bytes: less than 12.5 % more, or
 * less than 64 bytes more up to 512.
 *
 * @param {number} size an integer above 0
 */
function classSize(size) {
  if (size <= LINEAR_MAX) return (size + QUANTUM - 1) & -QUANTUM;
  if (size <= INT_MAX) {
    const step = 1 << (28 - clz32(size - 1));
    return (size + step - 1) & -step;
  }
  const step = topPower(size - 1) / STEPS;
  return ceil(size / step) * step;
}

module.exports = { classSize };
