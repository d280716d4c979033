/* The types of the ES module face: the same, and the module itself by default. */

import bufalloc from './index.js';

export default bufalloc;
export * from './index.js';
