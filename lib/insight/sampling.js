'use strict';

/*
 * sampling: choosing things by their bytes. Between two choices lie exponential distances of a given
 * mean, so that every byte is as likely to be chosen as any other, whatever pattern a program has; what
 * is chosen stands for all of its size.
 *
 * The numbers are our own: Math.random is the program's, which may have seeded it.
 */

const { MathCeil, MathExpm1, MathLog, now } = require('../runtime/builtin');

/** A 32-bit xorshift generator's; never 0. */
let state = (now() * 1e6) | 1;

/** @returns {number} above 0, at most 1 */
function random() {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return ((state >>> 0) + 1) / 2 ** 32;
}

/** Below this a number is a small integer for the engine, and counting it down costs no memory. */
const SMALL = 2 ** 30;

/** The bytes to the next choice, 1 or more; `mean` on average. */
function nextDistance(mean) {
  const distance = MathCeil(-MathLog(random()) * mean) || 1;
  return distance < SMALL ? distance | 0 : distance;
}

/** How many of its size a chosen one stands for: it is chosen with a probability of 1 / that. */
const weightOf = (size, mean) => -1 / MathExpm1(-size / mean);

module.exports = { nextDistance, random, weightOf };
