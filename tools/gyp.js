'use strict';

/*
 * gyp: what binding.gyp says about the addon, for tools that compile it without node-gyp.
 *
 * The file is a Python literal which, its comments apart, is one of JavaScript as well. Of gyp's
 * language this knows lists of strings and conditions on OS, which is what the file uses.
 */

const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

const FILE = path.join(__dirname, '..', 'binding.gyp');
const LISTS = ['sources', 'defines', 'cflags', 'ldflags'];

/** Whether a condition holds for an operating system: `OS=="win"`, `OS!="mac"`. */
function holds(condition, OS) {
  const match = /^OS([!=])="(\w+)"$/.exec(condition);
  if (match === null) throw new Error(`binding.gyp: cannot read the condition ${condition}`);
  return (match[1] === '=') === (match[2] === OS);
}

function collect(settings, OS, lists) {
  for (const name of LISTS) lists[name].push(...(settings[name] ?? []));
  for (const [condition, then, otherwise = {}] of settings.conditions ?? []) {
    collect(holds(condition, OS) ? then : otherwise, OS, lists);
  }
  return lists;
}

/**
 * The settings of the addon on an operating system, in gyp's name for it: `linux`, `mac`, `win`.
 *
 * @param {string} OS
 * @returns {{ name: string, sources: string[], defines: string[], cflags: string[], ldflags: string[] }}
 */
function readAddon(OS) {
  const text = fs.readFileSync(FILE, 'utf8').replace(/^\s*#.*$/gm, '');
  const [target] = vm.runInNewContext(`(${text})`).targets;
  const lists = Object.fromEntries(LISTS.map((name) => [name, []]));
  return { name: target.target_name, ...collect(target, OS, lists) };
}

module.exports = { readAddon };
