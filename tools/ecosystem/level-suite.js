'use strict';

/*
 * Runs abstract-level's tests on a package of its kind, which its own tarball does not do.
 *
 *   node level-suite.js <package> <folder with the packages>
 */

const { mkdtempSync, rmSync } = require('node:fs');
const { createRequire } = require('node:module');
const os = require('node:os');
const path = require('node:path');

const [name, directory] = process.argv.slice(2);
const load = createRequire(path.join(directory, 'package.json'));

const temporary = mkdtempSync(path.join(os.tmpdir(), 'bufalloc-level-'));
process.on('exit', () => rmSync(temporary, { recursive: true, force: true }));

let made = 0;
const factories = {
  'classic-level': (options) =>
    new (load('classic-level').ClassicLevel)(path.join(temporary, `${made++}`), options),
  'memory-level': (options) => new (load('memory-level').MemoryLevel)(options),
};

load('abstract-level/test')({ test: load('tape'), factory: factories[name] });
