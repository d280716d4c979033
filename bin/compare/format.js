'use strict';

/* Numbers for people: bytes, times, rates and ratios, each in the unit that keeps it short. */

const KIB = 1024;
const MIB = 1024 * KIB;

/** 1,234,567 */
const count = (number) => number.toLocaleString('en-US');

/** '512 bytes', '64 KiB', '1.5 MiB', '23.5 GiB' */
function bytes(number) {
  const units = ['bytes', 'KiB', 'MiB', 'GiB'];
  let unit = 0;
  while (number >= KIB && unit < units.length - 1) {
    number /= KIB;
    unit++;
  }
  const rounded = Number(number.toFixed(1));
  return rounded === 1 && unit === 0 ? '1 byte' : `${rounded} ${units[unit]}`;
}

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
