'use strict';

// Peak and current resident memory of this process, in MiB. On Linux the peak is the kernel's own mark for this address space
// (VmHWM), which can be set back to the present value before a measured region. Elsewhere it is the process's lifetime maximum.
// `ru_maxrss` is not used on Linux because it starts from the parent's size at the fork.

const { readFileSync, writeFileSync } = require('node:fs');

const onLinux = process.platform === 'linux';

/** Starts a peak measurement. */
function resetPeak() {
  if (!onLinux) return;
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // A container may forbid it: the peak then counts from the start of the process, on both sides.
  }
}

/** Highest resident memory since `resetPeak`, MiB. */
function peakMiB() {
  if (!onLinux) return process.resourceUsage().maxRSS / 1024;
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))[1]) / 1024;
}

/** Resident memory at this moment, MiB. */
function residentMiB() {
  return process.memoryUsage.rss() / 2 ** 20;
}

module.exports = { resetPeak, peakMiB, residentMiB };
