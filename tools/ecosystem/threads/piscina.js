'use strict';

/* A thread of piscina's: its answers are moved. */

const { workerData: loader } = require('node:worker_threads');
const { scramble } = require('./scramble');

const piscina = import(loader).then(({ default: load }) => load('piscina'));

module.exports = async (bytes) => (await piscina).move(scramble(bytes));
