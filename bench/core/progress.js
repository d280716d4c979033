'use strict';

// How far a long job is, on stderr. On a terminal it is one line that is written over and wiped at the end; anywhere else it is one line
// for each part, so that logs stay short.

/**
 * @param {object} [stderr] the process's own unless given
 * @returns {{part: (text: string) => void, progress: (done: number, total: number, what: string) => void,
 *   now: (text: string) => void, note: (text: string) => void, settle: () => void}}
 */
function createProgress(stderr = process.stderr) {
  const live = stderr.isTTY === true;
  let title = '';

  function overwrite(text) {
    const room = (stderr.columns || 80) - 1;
    stderr.write(`\r\x1b[K${text.slice(0, room)}`);
  }

  return {
    /** Says that a part of the job begins. */
    part(text) {
      title = text;
      if (live) overwrite(`${title} …`);
      else stderr.write(`${title} …\n`);
    },

    /** Says how far that part is. */
    progress(done, total, what) {
      if (live) overwrite(`${title} ${done}/${total}: ${what}`);
    },

    /** Says what runs this moment, in the title's place. */
    now(text) {
      if (live) overwrite(text);
    },

    /** A line that stays. */
    note(text) {
      if (live) overwrite('');
      stderr.write(`${text}\n`);
    },

    /** Wipes the progress line. To be called before anything is printed. */
    settle() {
      if (live) overwrite('');
    },
  };
}

/** A time to come, as far as it can be known: whole seconds, or minutes. */
function inWords(ms) {
  const seconds = Math.max(1, Math.round(ms / 1000));
  return seconds < 100 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/**
 * How long a row of parts will take, judged by those done.
 * @param {number} total how many there are
 * @returns {(done: number) => string} `3/40, about 3 min left`
 */
function createCountdown(total) {
  const start = performance.now();
  return (done) => {
    if (done === 0) return `1/${total}`;
    const ms = ((performance.now() - start) / done) * (total - done);
    return `${done + 1}/${total}, about ${inWords(ms)} left`;
  };
}

module.exports = { createProgress, createCountdown };
