'use strict';

/* default: the one set of stores of this environment, behind all that the module exports. */

const { readLimits } = require('./policy');
const { Stores } = require('./stores');

module.exports = { stores: new Stores(readLimits()) };
