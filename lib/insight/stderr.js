'use strict';

/* stderr: text for people when the process ends. What reports must not change how a program ends. */

const { writeSync } = require('node:fs');

const STDERR = 2;

/** Prints a text, if there is still anywhere to print it. */
function print(text) {
  try {
    writeSync(STDERR, text);
  } catch {
    /* Closed, full, or a pipe that nobody reads. */
  }
}

module.exports = { print };
