'use strict';

/*
 * The clock of lib/reclaim/idle.js, run by hand: its rounds come when a test says so, and not once a
 * second. To be loaded before the package.
 */

const binding = require('../../lib/runtime/binding');

let round = () => 0;

binding.openClock = (onTime) => {
  round = onTime;
  return true;
};
binding.startClock = () => {};

/**
 * Has a round come.
 *
 * @returns {boolean} whether another is due; until memory comes back or is taken, if not
 */
const runRound = () => round() > 0;

module.exports = { runRound };
