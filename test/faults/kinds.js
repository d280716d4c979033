'use strict';

/* The addon whose calls can be made to fail (faults.h), and the kinds of calls. */

const path = require('node:path');

const binary = path.join(__dirname, '..', 'addon', 'build', 'Release', 'faulty_bufalloc.node');

/** In the order of faults.h. */
const KINDS = ['os', 'libc', 'napi', 'half', 'backing', 'empty'];

module.exports = { KINDS, binary };
