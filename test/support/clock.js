'use strict';

/*
 * The clock of lib/reclaim/idle.js, run by hand: its rounds come when a test says so, and not once a
 * second. To be loaded before the package.
 */

const binding = require('../../lib/stores/binding');

let round;
let isDue = false;

binding.openClock = (onTime) => {
  round = onTime;
  return true;
};
binding.startClock = () => {
  isDue = true;
};

/**
 * Has the next round come.
 *
 * @returns {boolean} false if the clock stands still
 */
function runRound() {
  if (!isDue) return false;
  isDue = false;
  isDue = round() > 0;
  return true;
}

module.exports = { runRound };
