'use strict';

/*
 * The statements of the comparison, as data. A group is a heading and its statements; what a
 * statement may hold is said in ../semantics.js.
 */

const groups = [
  require('./fresh'),
  require('./pool'),
  require('./from'),
  require('./encodings'),
  require('./concat'),
  require('./module'),
  require('./ordinary'),
  require('./wrong-input'),
  require('./ours'),
];

module.exports = { groups };
