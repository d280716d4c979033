'use strict';

/*
 * The addons of the tests that have their memory from bufalloc (test/addon/consumer.c). CONSUMERS may name
 * another folder with them, built by another compiler.
 */

const path = require('node:path');

const folder = process.env.CONSUMERS ?? path.join(__dirname, '..', 'addon', 'build', 'Release');

/** Those whose version of the table there is: in C, in C++, and compiled with the header of version 1. */
const CONSUMERS = ['consumer', 'consumer_cxx', 'consumer_older'];

/** One of them, or `consumer_newer`, as it is before it has loaded the table. */
const requireConsumer = (name) => require(path.join(folder, `${name}.node`));

module.exports = { CONSUMERS, requireConsumer };
