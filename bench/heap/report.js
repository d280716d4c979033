'use strict';
/*
 * report: what the runs of the heap benchmark add up to, as data and as tables.
 *
 * Every figure is the median over the runs. The harness's own time for the same phase and mode is
 * taken off each allocator's, and shown. Ratios are another allocator's figure over ours: above 1,
 * ours is faster, or smaller.
 */

const { median } = require('../core/stats');
const { columnsOf, drawTable } = require('../core/table');

const MIB = 2 ** 20;
const OURS = 'bufalloc';
const HARNESS = 'harness';

/** Rows under the phases' own: what they are called, and how they are shown. */
const MEMORY = [
  { name: 'peak RSS', key: 'peakRss' },
  { name: 'RSS at the end', key: 'finalRss' },
];

const sum = (values) => values.reduce((total, value) => total + value, 0);

/** Nanoseconds per pair (per free in the last phase) of one process, by phase and in total. */
function timesOf(run, phases) {
  const times = phases.map(({ operations, unit }, i) => run.phases[i].cpuNs / (operations / unit));
  const pairs = sum(phases.map(({ operations }) => operations)) / 2;
  return [...times, sum(run.phases.map(({ cpuNs }) => cpuNs)) / pairs];
}

function summarizeAllocator(runs, phases) {
  const times = runs.map((run) => timesOf(run, phases));
  return {
    ns: times[0].map((_, i) => median(times.map((of) => of[i]))),
    faults: median(runs.map((run) => sum(run.phases.map(({ faults }) => faults)))),
    peakRss: median(runs.map(({ rss }) => rss.peak)),
    finalRss: median(runs.map(({ rss }) => rss.after)),
  };
}

/** Takes the harness's time off, and sets each figure against ours. */
function compare(summaries) {
  const harness = summaries[HARNESS].ns;
  const net = (name) => summaries[name].ns.map((ns, i) => Math.max(0, ns - harness[i]));
  const ours = { ...summaries[OURS], ns: net(OURS) };
  const compared = {};
  for (const name of Object.keys(summaries)) {
    if (name === HARNESS) continue;
    const figures = { ...summaries[name], ns: net(name) };
    const ratios = { ns: figures.ns.map((ns, i) => ns / ours.ns[i]) };
    for (const { key } of MEMORY) ratios[key] = figures[key] / ours[key];
    compared[name] = { ...figures, ratios };
  }
  return compared;
}

/**
 * Sums the runs up.
 *
 * @param {object[]} runs what each process printed, with its `allocator` and `mode`
 * @param {(mode: string) => object[]} phasesOf a mode's phases, as recordTrace gave them
 * @returns {object[]} for each mode: medians and ratios by allocator, and the harness's own medians
 */
function summarize(runs, phasesOf) {
  const distinct = (key, list) => [...new Set(list.map((run) => run[key]))];
  return distinct('mode', runs).map((mode) => {
    const ofMode = runs.filter((run) => run.mode === mode);
    const summaries = {};
    for (const name of distinct('allocator', ofMode)) {
      const own = ofMode.filter((run) => run.allocator === name);
      summaries[name] = summarizeAllocator(own, phasesOf(mode));
    }
    return { mode, allocators: compare(summaries), harness: summaries[HARNESS] };
  });
}

const showNs = (ns) => (ns < 100 ? ns.toFixed(1) : Math.round(ns).toLocaleString('en'));
const showMib = (bytes) => (bytes / MIB).toFixed(1);

function showCell(name, text, ratio) {
  return name === OURS ? text : `${text} (${ratio.toFixed(2)})`;
}

/**
 * Lays one mode out as a table.
 *
 * @param {object} summary one entry of what summarize gave
 * @param {object[]} phases as recordTrace gave them
 * @param {object} look of bench/core/terminal.js
 * @returns {string}
 */
function renderTable({ allocators, harness }, phases, look) {
  const names = [OURS, ...Object.keys(allocators).filter((name) => name !== OURS)];
  const rows = [...phases, { name: 'total', unit: 2 }].map(({ name, unit }, i) => {
    const cells = names.map((of) =>
      showCell(of, showNs(allocators[of].ns[i]), allocators[of].ratios.ns[i]),
    );
    return [`${name}, ns a ${unit === 2 ? 'pair' : 'free'}`, ...cells, showNs(harness.ns[i])];
  });
  for (const { name, key } of MEMORY) {
    const cells = names.map((of) =>
      showCell(of, showMib(allocators[of][key]), allocators[of].ratios[key]),
    );
    rows.push([`${name}, MiB`, ...cells, showMib(harness[key])]);
  }
  const faults = names.map((of) => allocators[of].faults.toLocaleString('en'));
  rows.push(['page faults', ...faults, harness.faults.toLocaleString('en')]);
  return drawTable(columnsOf([''], [...names, HARNESS]), rows, look);
}

module.exports = { renderTable, summarize };
