'use strict';

// The packages that some programs are made of, installed once into a folder of the cache.

const { existsSync } = require('node:fs');
const path = require('node:path');
const { cacheDirectory, npmInstall } = require('../../core/runtimes');

const specs = ['ws@8.23.0', 'pg-protocol@1.16.1'];
const folder = () => cacheDirectory('programs');
const pathOf = (name) => path.join(folder(), 'node_modules', name);

/** Fetches them unless they are there. @param {(text: string) => void} say told before */
function fetchPackages(say) {
  if (specs.every((spec) => existsSync(pathOf(spec.split('@')[0])))) return;
  say(`fetching ${specs.join(', ')} from npm`);
  npmInstall(folder(), specs);
}

/** What a package exports. */
const load = (name) => require(pathOf(name));

module.exports = { fetchPackages, load };
