'use strict';

// Suite `load`: the time of `require('bufalloc')` and of `require('bufalloc/register')` in a fresh process, beside that of an empty
// module. Each process loads one module once, with nothing of the suite but its stopwatch loaded before it. In a clone that is
// measured of its files and of what a package has in place of them (tools/bundle.js); in a package, of that.

const path = require('node:path');
const { root: rootFolder } = require('../../core/machine');
const { isClone, packageFolder } = require('../../core/package');

const root = path.join(rootFolder, path.sep);
const leastRuns = 15;

/** What is loaded, by cell. */
const modulesOf = (home) => ({ require: home, register: path.join(home, 'dist', 'register.js') });

/** @param {{matches: (id: string) => boolean}} options */
function jobs(options) {
  const home = packageFolder();
  // Of a clone of which no package could be made there is the clone alone.
  const forms = {
    ...(isClone && { clone: root }),
    ...((!isClone || home !== root) && { package: home }),
  };
  return Object.entries(forms).flatMap(([form, folder]) =>
    Object.entries(modulesOf(folder))
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

module.exports = { name: 'load', jobs };
