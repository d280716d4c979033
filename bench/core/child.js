'use strict';

// Measures one side of one job of a suite, in a process of its own: `{ cells: { id: { metric: figure } } }`.

const { serve } = require('./serve');
const { loadSide } = require('./sides');

serve(async (job) => {
  const suite = require(`../suites/${job.suite}`);
  return { cells: await suite.measure(job, loadSide(job.side, job.self)) };
});
