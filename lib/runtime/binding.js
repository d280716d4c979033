'use strict';

/*
 * binding: the one file that loads the addon: what was built here, or else the package's prebuilt binary
 * for this platform (tools/prebuild.js names them). No script has to run on installation for that, and
 * nothing is asked of a module loader, which a bundle or a single executable may not have.
 *
 * Where none loads, nothing fails: what stands in for it (absent.js) has all memory be the runtime's,
 * and lib/stores/backend.js says so.
 *
 * The addon's functions are listed in src/addon/addon.c. Statuses below zero, as
 * `allocate` returns them, are those of src/heap/heap.h and src/addon/store.h.
 */

const { existsSync } = require('node:fs');
const path = require('node:path');

const STATUS = {
  NO_MEMORY: -1,
  BUDGET: -2,
  INVALID: -3,
  UNSUPPORTED: -4,
};

/** Where this file is; in a bundle, where the bundle is. A bundled ES module has no __dirname. */
const HERE =
  typeof __dirname === 'string' ? __dirname : path.dirname(process.argv[1] ?? process.execPath);

/** Whether a file is there. Where the permission model keeps it from this process, asking throws: then it is not. */
function isThere(file) {
  try {
    return existsSync(file);
  } catch {
    return false;
  }
}

const ABOVE = path.dirname(HERE);
const FOLDERS = [path.dirname(ABOVE), ABOVE, HERE];

/** The package's own, from here or from dist/, where it is not part of something else. */
const HOME = path.basename(HERE) === 'dist' ? FOLDERS[1] : FOLDERS[0];

/** Where the folders build/ and prebuilds/ may be: there, or beside someone's bundle or single executable. */
const ROOTS = [HOME, ...FOLDERS.filter((folder) => folder !== HOME)];

/** Where an addon may be, the best first: `path.join` is slow to start. */
function listFiles() {
  const { BUFALLOC_BINARY: given } = process.env;
  if (given) return [path.resolve(given)];
  const { arch, platform } = process;
  const { sep } = path;
  const prebuilt = `${sep}prebuilds${sep}${platform}-${arch}${sep}bufalloc.`;
  let kinds = [''];
  if (platform === 'linux')
    kinds = isThere('/etc/alpine-release') ? ['musl.', 'glibc.'] : ['glibc.', 'musl.'];
  return ROOTS.flatMap((root) => [
    `${root}${sep}build${sep}Release${sep}bufalloc.node`,
    ...kinds.map((kind) => `${root}${prebuilt}${kind}node`),
  ]);
}

/**
 * @returns {{ addon?: object, file?: string, failures: { file: string, error: Error }[] }} `failures`:
 *   files that are there and did not load
 */
function load() {
  const failures = [];
  for (const file of listFiles()) {
    if (!isThere(file)) continue;
    try {
      const target = { exports: {} };
      process.dlopen(target, file);
      return { addon: target.exports, file, failures };
    } catch (error) {
      failures.push({ file, error });
    }
  }
  return { failures };
}

const { addon, file, failures } = load();

module.exports = {
  ...(addon ?? require('./absent')),
  STATUS,
  /** What was loaded, or else what was found and did not load: missing.js tells why. And how that is looked for. */
  origin: { home: HOME, roots: ROOTS, file, failures, isMissing: addon === undefined, isThere },
};
