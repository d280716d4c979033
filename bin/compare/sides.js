'use strict';

/*
 * The two sides of the comparison: what `require` gives for each.
 *
 * The parent and the child programs all load a side by its name, so that a child holds the one
 * that it measures and nothing of the other.
 */

const loaders = {
  'built-in': () => require('node:buffer'),
  bufalloc: () => require('../..'),
};

/** Their names, in the order of every report. */
const sides = Object.keys(loaders);

/**
 * @param {string} side one of `sides`
 * @returns {object} a module like `node:buffer`
 */
const loadSide = (side) => loaders[side]();

module.exports = { sides, loadSide };
