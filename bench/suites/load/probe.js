'use strict';

// Times one `require` in a process that has loaded nothing else.

const targets = { bufalloc: '../../..', empty: './empty.js' };
const { side } = JSON.parse(process.argv[2]);

const start = process.hrtime.bigint();
require(targets[side]);
const ms = Number(process.hrtime.bigint() - start) / 1e6;

process.stdout.write(`\n${JSON.stringify({ cells: { require: { ms } } })}\n`);
