'use strict';

// The Node versions to measure on. tools/runtimes.js finds them.

const { cacheDirectory, findRuntime, isNodeVersion, npmInstall } = require('../../tools/runtimes');

/**
 * Resolves `20,24` to runnable versions, in that order.
 * @param {string} [list] versions separated by commas; by default the running one
 * @param {(text: string) => void} [say] told before each download
 * @returns {{version: string, major: number, execPath: string}[]}
 */
function resolveRuntimes(list, say = () => {}) {
  const specs = list ? list.split(',').map((spec) => spec.trim()) : [process.versions.node];
  const wrong = specs.find((spec) => !isNodeVersion(spec));
  if (wrong !== undefined) throw new RangeError(`--runtimes: "${wrong}" is no Node version`);
  return specs.map((spec) => {
    const runtime = findRuntime(spec, say);
    if (runtime === undefined)
      throw new Error(`npm has no package of Node ${spec} for this platform`);
    return runtime;
  });
}

module.exports = { resolveRuntimes, cacheDirectory, npmInstall };
