'use strict';

/*
 * sources: which files are C or C++ here, by layer, as sources.gypi lists them; how the addon is
 * compiled, as addon.gypi says; and where this Node.js keeps its headers. For every build and check
 * that is not node-gyp's own.
 *
 *   node tools/sources.js LAYER... [--from FOLDER]
 *
 * prints the sources of layers (heap, os_posix, os_win, addon, addon_linux), one a line, relative to
 * a folder of the project: for the .gyp files of other folders.
 *
 * A gyp file is a Python literal which, its comments apart, is one of JavaScript as well. Of gyp's
 * language this knows lists of strings, `<@(name)` and conditions on OS, which is what ours use.
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const vm = require('node:vm');

const ROOT = path.join(__dirname, '..');
const CODE_FOLDERS = ['src', 'include', 'test', 'bench', 'examples'];
const LISTS = ['sources', 'defines', 'cflags', 'cflags_c', 'cflags_cc', 'ldflags'];

function readGyp(name) {
  const text = fs.readFileSync(path.join(ROOT, name), 'utf8').replace(/^\s*#.*$/gm, '');
  return vm.runInNewContext(`(${text})`);
}

/**
 * The sources of some layers.
 *
 * @param {...string} layers as sources.gypi names them, without `_sources`
 * @returns {string[]} paths from the root of the project
 */
function sourcesOf(...layers) {
  const { variables } = readGyp('sources.gypi');
  return layers.flatMap((layer) => {
    const files = variables[`${layer}_sources`];
    if (files === undefined) throw new Error(`sources.gypi has no ${layer}_sources`);
    return files;
  });
}

/** The layers of the heap as a library of its own, for a platform. */
const heapSources = (windows = process.platform === 'win32') =>
  sourcesOf('heap', windows ? 'os_win' : 'os_posix');

/** Whether a condition holds for an operating system: `OS=="win"`, `OS!="mac" and OS!="win"`. */
function holds(condition, OS) {
  return condition.split(' and ').every((term) => {
    const match = /^OS([!=])="(\w+)"$/.exec(term);
    if (match === null) throw new Error(`addon.gypi: cannot read the condition ${condition}`);
    return (match[1] === '=') === (match[2] === OS);
  });
}

function collect(settings, OS, lists) {
  for (const name of LISTS) {
    for (const item of settings[name] ?? []) {
      const layer = /^<@\((\w+)_sources\)$/.exec(item);
      lists[name].push(...(layer === null ? [item] : sourcesOf(layer[1])));
    }
  }
  for (const [condition, then, otherwise = {}] of settings.conditions ?? []) {
    collect(holds(condition, OS) ? then : otherwise, OS, lists);
  }
  return lists;
}

/**
 * The settings of the addon on an operating system, in gyp's name for it: `linux`, `mac`, `win`.
 *
 * @param {string} OS
 * @returns {{ name: string, sources: string[], defines: string[], cflags: string[],
 *   cflags_c: string[], cflags_cc: string[], ldflags: string[] }}
 */
function readAddon(OS) {
  const [target] = readGyp('addon.gypi').targets;
  const lists = Object.fromEntries(LISTS.map((name) => [name, []]));
  return { name: target.target_name, ...collect(target, OS, lists) };
}

/** Every file below a folder, without what is built or installed there. */
function filesBelow(folder) {
  const isBuilt = (name) => name === 'build' || name === 'node_modules';
  return fs.readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [file];
    return isBuilt(entry.name) ? [] : filesBelow(file);
  });
}

/**
 * All C and C++ files, headers included.
 * @returns {string[]} paths from the root of the project
 */
function allFiles() {
  return CODE_FOLDERS.filter((folder) => fs.existsSync(path.join(ROOT, folder)))
    .flatMap(filesBelow)
    .filter((file) => /\.(c|h|cc)$/.test(file));
}

/** The C files that compile on POSIX; with Node's headers those of the addon as well. */
function posixSources() {
  return allFiles().filter((file) => file.endsWith('.c') && !file.endsWith('_win.c'));
}

/**
 * The folder of node_api.h: beside the running node, or where node-gyp put it when it built the addon.
 * @returns {string | undefined}
 */
function nodeHeaders() {
  const version = process.versions.node;
  const candidates = [
    path.join(process.env.npm_config_nodedir ?? '', 'include', 'node'),
    path.join(path.dirname(process.execPath), '..', 'include', 'node'),
    path.join(os.homedir(), '.cache', 'node-gyp', version, 'include', 'node'),
    path.join(os.homedir(), 'Library', 'Caches', 'node-gyp', version, 'include', 'node'),
  ];
  return candidates.find((folder) => fs.existsSync(path.join(folder, 'node_api.h')));
}

function main() {
  const args = process.argv.slice(2);
  const at = args.indexOf('--from');
  const [, from] = at < 0 ? [] : args.splice(at, 2);
  for (const file of sourcesOf(...args)) {
    console.log(path.posix.relative(from ?? '.', file));
  }
}

if (require.main === module) main();

module.exports = {
  ROOT,
  allFiles,
  filesBelow,
  heapSources,
  nodeHeaders,
  posixSources,
  readAddon,
};
