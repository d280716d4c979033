'use strict';

/* Written by tools/bundle.js; in a package, what it hands on is in here. */
module.exports = require('../lib/inspect.js');
