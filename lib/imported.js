'use strict';

/*
 * imported: the module for `import`, which looks through the text of what it imports for names, and of what that
 * hands on as `module.exports = require(…)`. Of all that a package has in dist/index.js that takes ten milliseconds;
 * index.mjs has the names.
 */

const bufalloc = require('../dist/index.js');

module.exports = bufalloc;
