'use strict';

// Times one `require` in a process that has loaded nothing else but the stopwatch.

const { startWatch } = require('../../core/watch');

const targets = { bufalloc: '../../..', empty: './empty.js' };
const { side } = JSON.parse(process.argv[2]);

const read = startWatch();
require(targets[side]);
const { ms } = read();

process.stdout.write(`\n${JSON.stringify({ cells: { require: { ms } } })}\n`);
