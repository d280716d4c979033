'use strict';

/* What the comparison ran on and with: the head of the report. */

const os = require('node:os');
const packageJson = require('../../package.json');

const runtimeNames = { node: 'Node.js' };

/**
 * @param {object} builtin the module `node:buffer`
 * @param {object} ours this package
 * @returns {object} plain facts
 */
function describeMachine(builtin, ours) {
  const { backend, external, limits } = ours.stats();
  const [{ model = 'unknown processor' } = {}] = os.cpus();
  return {
    bufalloc: packageJson.version,
    runtime: runtimeNames[process.release.name] ?? process.release.name,
    version: process.versions.node,
    v8: process.versions.v8,
    napi: process.versions.napi,
    options: process.execArgv,
    processor: model.trim(),
    cores: os.availableParallelism(),
    memory: os.totalmem(),
    system: `${os.type()} ${os.release().split('-')[0]}`,
    arch: process.arch,
    poolSize: builtin.Buffer.poolSize,
    backend,
    external,
    limits,
  };
}

module.exports = { describeMachine };
