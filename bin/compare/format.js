'use strict';

/* Numbers for people: bytes, times, rates and ratios, each in the unit that keeps it short. */

const { bytes, count } = require('../../lib/insight/format');

const KIB = 1024;
const MIB = 1024 * KIB;

/** Bytes as MiB with one decimal place, for columns that line up. */
const mib = (number) => `${(number / MIB).toFixed(1)} MiB`;

/** A time given in nanoseconds. */
function time(ns) {
  if (ns < 1e3) return `${ns.toFixed(ns < 100 ? 1 : 0)} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(ns < 1e5 ? 2 : 1)} µs`;
  return `${(ns / 1e6).toFixed(ns < 1e8 ? 1 : 0)} ms`;
}

/** Bytes in a time given in nanoseconds, as MiB a second. */
const rate = (size, ns) => `${count(Math.round(size / MIB / (ns / 1e9)))} MiB/s`;

/** How many times as fast. */
const ratio = (number) => `${number.toFixed(2)} ×`;

module.exports = { KIB, MIB, count, bytes, mib, time, rate, ratio };
