'use strict';

// Suite `load`: the time of `require('bufalloc')` and of `require('bufalloc/register')` in a fresh process, beside that of an empty
// module. Each process loads one module once, with nothing of the suite but its stopwatch loaded before it. In a clone that is
// measured of its files and of what a package has in place of them (tools/bundle.js); in a package, of that.

const { execFileSync } = require('node:child_process');
const { copyFileSync, existsSync, mkdirSync } = require('node:fs');
const path = require('node:path');
const { root } = require('../../core/machine');

const leastRuns = 15;
const bundler = path.join(root, 'tools', 'bundle.js');
const isClone = existsSync(bundler);

/** A folder that is as an installed package's is, as far as loading goes. */
const packed = path.join(root, 'build', 'package');

/** What is loaded, by cell. */
const modulesOf = (home) => ({ require: home, register: path.join(home, 'dist', 'register.js') });

/** @param {{matches: (id: string) => boolean}} options */
function jobs(options) {
  const forms = isClone ? { clone: root, package: packed } : { package: root };
  return Object.entries(forms).flatMap(([form, home]) =>
    Object.entries(modulesOf(home))
      .map(([call, file]) => ({ id: `${form}/${call}`, call, form, file }))
      .filter(({ id }) => options.matches(`load/${id}`))
      .map(({ id, call, form, file }) => ({
        suite: 'load',
        id: `load/${id}`,
        script: path.join(__dirname, 'probe.js'),
        file,
        sides: ['empty', 'bufalloc'],
        cells: [id],
        describe: { [id]: { call, form } },
        main: 'ms',
        leastRuns,
      })),
  );
}

/** Makes that folder. */
function pack() {
  if (!isClone) return;
  const { file } = require('../../../lib/runtime/binding').origin;
  const build = path.join(packed, 'build', 'Release');
  mkdirSync(build, { recursive: true });
  copyFileSync(file, path.join(build, path.basename(file)));
  execFileSync(process.execPath, [bundler, '--to', packed], { stdio: 'inherit' });
}

module.exports = { name: 'load', jobs, prepare: pack };
