'use strict';

// Suite `mixed`: the calls of the drop-in one after another in one process a side, as a program makes them (calls.js). Each cell pays
// for what the others left behind: garbage, memory that is free or not yet, a slab begun, what the engine has learnt. Nothing is
// collected in between. Besides, filled buffers among live young objects, a process a cell (live.js).

const calls = require('./calls');
const { cells } = require('./cells');
const live = require('./live');

function callsJob({ matches, seed }) {
  return {
    id: 'mixed/calls',
    cells: Object.keys(cells).filter((id) => matches(`mixed/${id}`)),
    describe: { ...cells, process: { part: 'process' } },
    whole: ['process'],
    seed,
  };
}

/**
 * The suite's jobs; those of live.js are not in the short run.
 * @param {{scope: 'summary' | 'quick' | 'full', matches: (id: string) => boolean, seed: number}} options
 */
function jobs(options) {
  const all = [callsJob(options), ...(options.scope === 'summary' ? [] : live.jobs(options))];
  return all
    .filter((job) => job.cells.length > 0)
    .map((job) => ({
      suite: 'mixed',
      sides: ['builtin', 'bufalloc'],
      main: 'ns',
      budget: options.scope === 'full' ? 'full' : 'quick',
      ...job,
    }));
}

/** Measures a job with one side's Buffer; runs inside a child. */
function measure(job, side) {
  return job.seed === undefined ? live.measure(job, side) : calls.measure(job, side);
}

module.exports = { name: 'mixed', jobs, measure };
