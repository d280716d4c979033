'use strict';

/* Written by tools/bundle.js; in a package, lib/ stands behind it in one file. */
module.exports = require('../lib/inspect.js');
