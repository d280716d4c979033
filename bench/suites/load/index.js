'use strict';

// Suite `load`: the time of `require('bufalloc')` in a fresh process, beside that of an empty module. Each process loads one
// module once, with nothing of the suite but its stopwatch loaded before it.

const path = require('node:path');

const leastRuns = 15;

/** The suite's one job. @param {{matches: (id: string) => boolean}} options */
function jobs(options) {
  const id = 'require';
  if (!options.matches(`load/${id}`)) return [];
  return [
    {
      suite: 'load',
      id: 'load/require',
      script: path.join(__dirname, 'probe.js'),
      sides: ['empty', 'bufalloc'],
      cells: [id],
      describe: { [id]: { call: 'require' } },
      main: 'ms',
      leastRuns,
    },
  ];
}

module.exports = { name: 'load', jobs };
