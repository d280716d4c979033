'use strict';

/*
 * What a command throws when it was called the wrong way: one line for the user instead of a
 * stack, and exit status 2.
 */

class UsageError extends Error {
  /**
   * @param {string} message what is wrong, without a full stop
   * @param {string} [hint] a command line that tells more
   */
  constructor(message, hint) {
    super(message);
    this.name = 'UsageError';
    this.hint = hint;
  }
}

module.exports = { UsageError };
