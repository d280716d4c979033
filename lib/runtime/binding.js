'use strict';

/*
 * binding: the one file that loads the addon: what was built here, or else the
 * package's prebuilt binary for this platform. No script has to run on
 * installation for that. The rules are node-gyp-build's, which is asked where the
 * usual places have nothing, or nothing that loads: it takes a millisecond to.
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

const ROOT = path.join(__dirname, '..', '..');

/** By these node-gyp-build can be told where to look, and for what. */
const DIRECTIONS = [
  ...['BUFALLOC_PREBUILD', 'PREBUILDS_ONLY', 'LIBC', 'ARM_VERSION'],
  ...['npm_config_arch', 'npm_config_platform'],
];

/** Why there is no addon, and how to come by one. */
function loadError(cause) {
  const platform = `${process.platform}-${process.arch}`;
  const lines = [
    `bufalloc has no addon that loads on ${platform}, Node.js ${process.version}.`,
    'To build it, which takes Python 3, make and a C compiler:',
    `    npx node-gyp rebuild --directory "${ROOT}"`,
    `Cause: ${String(cause.message).trim()}`,
  ];
  const error = new Error(lines.join('\n'), { cause });
  error.code = 'ERR_BUFALLOC_ADDON';
  return error;
}

/**
 * The binary that node-gyp-build would find, if that is in one of the usual places: a build's, or the
 * prebuilt one (tools/prebuild.js names them) where nothing was built.
 *
 * @returns {string|undefined} its path
 */
function usualFile() {
  if (DIRECTIONS.some((name) => process.env[name])) return undefined;
  const folder = path.join(ROOT, 'build');
  const built = path.join(folder, 'Release', 'bufalloc.node');
  if (existsSync(built)) return built;
  if (existsSync(folder)) return undefined;
  const { arch, platform } = process;
  const libc = existsSync('/etc/alpine-release') ? '.musl' : '.glibc';
  const name = `bufalloc${platform === 'linux' ? libc : ''}.node`;
  const prebuilt = path.join(ROOT, 'prebuilds', `${platform}-${arch}`, name);
  return existsSync(prebuilt) ? prebuilt : undefined;
}

function loadAddon() {
  const file = usualFile();
  try {
    if (file !== undefined) return require(file);
  } catch {
    /* node-gyp-build knows of other places, and bundlers of node-gyp-build. */
  }
  try {
    return require('node-gyp-build')(ROOT);
  } catch (error) {
    throw loadError(error);
  }
}

module.exports = {
  ...loadAddon(),
  STATUS,
};
