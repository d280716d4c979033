'use strict';

/* stderr: text for people when the process ends. What reports must not change how a program ends. */

const { fstatSync, writeSync } = require('node:fs');

const STDERR = 2;

/** Prints a text, if there is still anywhere to print it. */
function print(text) {
  try {
    writeSync(STDERR, text);
  } catch {
    /* Closed, full, or a pipe that nobody reads. */
  }
}

/** Whether there is anywhere to print to. Where it was closed, a file that is opened would take its place. */
function isOpen() {
  try {
    fstatSync(STDERR);
    return true;
  } catch {
    return false;
  }
}

module.exports = { isOpen, print };
