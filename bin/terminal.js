'use strict';

/*
 * What the commands write to: text on stdout, progress on stderr.
 *
 * Colours are used when stdout is a terminal that has them (Node asks NO_COLOR, TERM and the like)
 * and the user did not turn them off. On a terminal, progress is one line that is written over and
 * wiped at the end; anywhere else it is one line for each part, so that logs stay short.
 */

const { styleText } = require('node:util');

/** The line width that reports aim at. */
const WIDTH = 100;

const styles = ['bold', 'dim', 'green', 'red', 'yellow', 'cyan'];

// `validateStream` would make Node decide again, for each text, what was decided once below.
const plainStyle = (text) => text;
const colorStyle = (style) => (text) => styleText(style, text, { validateStream: false });

/**
 * @param {{ color?: boolean, stdout?: object, stderr?: object }} [options] `color: false` turns
 *   colours off; the streams are the process's own unless given
 * @returns {object} `print(text)`; `paint.<style>(text)`; `part(title)`, `progress(done, total,
 *   what)` and `settle()` for the progress of a long job
 */
function createTerminal({ color = true, stdout = process.stdout, stderr = process.stderr } = {}) {
  const colored =
    color && typeof styleText === 'function' && stdout.isTTY === true && stdout.hasColors();
  const paint = Object.fromEntries(
    styles.map((style) => [style, colored ? colorStyle(style) : plainStyle]),
  );
  let title = '';

  function overwrite(text) {
    const room = (stderr.columns || 80) - 1;
    stderr.write(`\r\x1b[K${text.slice(0, room)}`);
  }

  return {
    paint,
    width: WIDTH,

    /** Writes a line (or lines) of the report. */
    print(text = '') {
      stdout.write(`${text}\n`);
    },

    /** Writes a complaint, which is no part of the report. */
    complain(text) {
      stderr.write(`bufalloc: ${text}\n`);
    },

    /** Says that a part of the job begins. */
    part(text) {
      title = text;
      if (stderr.isTTY) overwrite(`${title} …`);
      else stderr.write(`${title} …\n`);
    },

    /** Says how far that part is. */
    progress(done, total, what) {
      if (stderr.isTTY) overwrite(`${title} ${done}/${total}: ${what}`);
    },

    /** Wipes the progress line. To be called before anything is printed. */
    settle() {
      if (stderr.isTTY) overwrite('');
    },
  };
}

module.exports = { createTerminal, WIDTH };
