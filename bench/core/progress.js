'use strict';

// The progress line on stderr: rewritten in place on a terminal, one line a job otherwise.

const { time } = require('./format');

/**
 * @param {number} total jobs to come
 * @returns {{tell: (text: string) => void, step: (label: string) => void, note: (text: string) => void, end: () => void}}
 */
function createProgress(total) {
  const live = process.stderr.isTTY === true;
  const start = performance.now();
  let done = 0;

  const left = () => {
    if (done === 0) return '';
    const ms = ((performance.now() - start) / done) * (total - done);
    return `, about ${time(Math.round(ms / 1000) * 1e9)} left`;
  };
  const clear = () => {
    if (live) process.stderr.write('\r\x1b[K');
  };

  return {
    /** Says what runs this moment; shown on a terminal only. */
    tell(text) {
      if (live) process.stderr.write(`\r\x1b[K[${done}/${total}${left()}] ${text}`);
    },
    /** A job has ended. */
    step(label) {
      done++;
      if (!live) process.stderr.write(`[${done}/${total}${left()}] ${label}\n`);
    },
    /** A line that stays. */
    note(text) {
      clear();
      process.stderr.write(`${text}\n`);
    },
    end: clear,
  };
}

module.exports = { createProgress };
