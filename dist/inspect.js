'use strict';

/* Written by tools/bundle.js; in a package, all of lib/ in one file stands behind it. */
module.exports = require('../lib/inspect.js');
