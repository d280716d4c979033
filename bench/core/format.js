'use strict';

// How figures and sizes are written, in the terminal, in Markdown, on the chart and in cell ids alike.

const { bytes, count } = require('../../lib/insight/format');

const KiB = 1024;
const MiB = 1024 * KiB;

/** Bytes as the suites name them: 64, 4K, 16M. */
function size(bytes) {
  if (bytes >= MiB && bytes % MiB === 0) return `${bytes / MiB}M`;
  if (bytes >= KiB && bytes % KiB === 0) return `${bytes / KiB}K`;
  return String(bytes);
}

/** Three significant digits, never an exponent. */
function digits(value) {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return String(Math.round(value));
  return value.toPrecision(3);
}

/** Nanoseconds in the unit that reads best. */
function time(ns) {
  if (!Number.isFinite(ns)) return '–';
  if (ns >= 60e9) return `${digits(ns / 60e9)} min`;
  if (ns >= 1e9) return `${digits(ns / 1e9)} s`;
  if (ns >= 1e6) return `${digits(ns / 1e6)} ms`;
  if (ns >= 1e3) return `${digits(ns / 1e3)} µs`;
  return `${digits(ns)} ns`;
}

const writers = {
  ns: time,
  ms: (value) => time(value * 1e6),
  MiB: (value) => (Number.isFinite(value) ? `${digits(value)} MiB` : '–'),
  '/s': (value) => (Number.isFinite(value) ? `${digits(value)} /s` : '–'),
  '%': (value) => (Number.isFinite(value) ? `${digits(value * 100)} %` : '–'),
  count: (value) => (Number.isFinite(value) ? String(value) : '–'),
  '×': (value) => (Number.isFinite(value) ? `${value.toFixed(2)} ×` : '–'),
};

/** A figure with its unit: one of `ns`, `ms`, `MiB`, `/s`, `%` of a share, `count`, `×`. */
function figure(value, unit) {
  return writers[unit](value);
}

/** A ratio with two decimals, one from 10 on. */
function ratio(value) {
  if (!Number.isFinite(value)) return '–';
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Bytes in a time given in nanoseconds, as MiB a second. */
const rate = (total, ns) => `${count(Math.round(total / MiB / (ns / 1e9)))} MiB/s`;

module.exports = { KiB, MiB, bytes, count, size, digits, time, figure, ratio, rate };
