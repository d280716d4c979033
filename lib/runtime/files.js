'use strict';

/* files: asking for files that a process may not be allowed to ask for. */

const { existsSync } = require('node:fs');

/** Whether a file is there. Where the permission model keeps it from this process, asking throws: then it is not. */
function isThere(file) {
  try {
    return existsSync(file);
  } catch {
    return false;
  }
}

module.exports = { isThere };
