'use strict';

/*
 * Loading the package again in one process, as test runners and hot reloading do: from an emptied
 * cache of modules, or in a vm context of its own with a loader of its own.
 */

const { createRequire, isBuiltin } = require('node:module');
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

const root = path.join(__dirname, '..', '..');

/** Forgets the package, so that the next `require` runs all of it again. */
function forget() {
  for (const file of Object.keys(require.cache)) {
    if (/^(dist|lib)\b/.test(path.relative(root, file))) delete require.cache[file];
  }
}

/** What Node's globals are in a context that a test runner makes. */
function environment(without = []) {
  const names = [
    ...['process', 'Buffer', 'console', 'setTimeout', 'clearTimeout', 'setInterval'],
    ...['clearInterval', 'setImmediate', 'clearImmediate', 'queueMicrotask', 'performance'],
  ];
  const kept = names.filter((name) => !without.includes(name));
  return vm.createContext(Object.fromEntries(kept.map((name) => [name, globalThis[name]])));
}

/**
 * Loads the package in a context: its JavaScript runs there, addons and core modules are the process's.
 *
 * @param {object} context
 */
function loadIn(context) {
  const modules = new Map();
  function load(file) {
    if (!file.endsWith('.js')) return require(file);
    if (modules.has(file)) return modules.get(file).exports;
    const module = { exports: {}, id: file, filename: file, children: [], paths: [] };
    modules.set(file, module);
    const real = createRequire(file);
    const resolved = (name) => (isBuiltin(name) ? require(name) : load(real.resolve(name)));
    const own = Object.assign(resolved, { resolve: real.resolve, cache: {} });
    const names = ['exports', 'require', 'module', '__filename', '__dirname'];
    const code = fs.readFileSync(file, 'utf8');
    const options = { filename: file, parsingContext: context };
    const run = vm.compileFunction(code, names, options);
    run.call(module.exports, module.exports, own, module, file, path.dirname(file));
    return module.exports;
  }
  return load(require.resolve(root));
}

module.exports = { environment, forget, loadIn, root };
