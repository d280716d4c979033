'use strict';

// Times one `require` in a process that has loaded nothing else but the stopwatch.

const { startWatch } = require('../../core/watch');

const { side, file, cells } = JSON.parse(process.argv[2]);
const target = side === 'empty' ? './empty.js' : file;

const read = startWatch();
require(target);
const { ms } = read();

process.stdout.write(`\n${JSON.stringify({ cells: { [cells[0]]: { ms } } })}\n`);
