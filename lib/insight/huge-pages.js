'use strict';

/* huge-pages: what of a process's memory is on huge pages, as the kernel says. Of Linux. */

const { readFileSync } = require('node:fs');

/**
 * Reads what the kernel gave where huge pages were asked for (madvise), by bufalloc or by others. It goes
 * over all mappings, which takes about a millisecond.
 *
 * @returns {number} bytes; 0 where it cannot be read
 */
function readBytes() {
  let text;
  try {
    text = readFileSync('/proc/self/smaps', 'latin1');
  } catch {
    return 0;
  }
  let total = 0;
  for (const [, kibibytes] of text.matchAll(
    /^AnonHugePages: +(\d+) kB\n(?:(?!VmFlags:).*\n)*VmFlags:.* hg\b/gm,
  )) {
    total += Number(kibibytes) * 1024;
  }
  return total;
}

module.exports = { readBytes };
