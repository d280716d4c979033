'use strict';

// What the commands write to: text on stdout, progress on stderr (progress.js).
//
// Colours are used when stdout is a terminal that has them (Node asks NO_COLOR, TERM and the like) and the user did not turn them off.

const { styleText } = require('node:util');
const { createProgress } = require('./progress');

/** The widths that reports keep to: the first everywhere, up to the second where the terminal has room for it. */
const WIDTH = 80;
const MAX_WIDTH = 132;

const styles = ['bold', 'dim', 'green', 'red', 'yellow', 'cyan'];

// `validateStream` would make Node decide again, for each text, what was decided once below.
const plainStyle = (text) => text;
const colorStyle = (style) => (text) => styleText(style, text, { validateStream: false });

/**
 * How a report looks where it goes.
 * @param {{color?: boolean, stdout?: object}} [options] `color: false` turns colours off
 * @returns {{width: number, paint: Record<string, (text: string) => string>}} columns to keep to, and the styles
 */
function createLook({ color = true, stdout = process.stdout } = {}) {
  const colored =
    color && typeof styleText === 'function' && stdout.isTTY === true && stdout.hasColors();
  return {
    width: Math.min(MAX_WIDTH, Math.max(WIDTH, stdout.columns ?? WIDTH)),
    paint: Object.fromEntries(
      styles.map((style) => [style, colored ? colorStyle(style) : plainStyle]),
    ),
  };
}

/**
 * @param {{ color?: boolean, stdout?: object, stderr?: object }} [options] the streams are the process's own unless given
 * @returns {object} `print(text)`; `width` and `paint` as of `createLook`; `part`, `progress`, `now`, `note` and `settle` as of
 *   `createProgress`
 */
function createTerminal({ color, stdout = process.stdout, stderr = process.stderr } = {}) {
  return {
    ...createLook({ color, stdout }),
    ...createProgress(stderr),

    /** Writes a line (or lines) of the report. */
    print(text = '') {
      stdout.write(`${text}\n`);
    },

    /** Writes a complaint, which is no part of the report. */
    complain(text) {
      stderr.write(`bufalloc: ${text}\n`);
    },
  };
}

module.exports = { createTerminal };
