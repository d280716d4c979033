'use strict';

/*
 * binary: what a prebuilt addon needs of the system that loads it, read from the file by binutils.
 * A binary that needs more than it may would load on the machine it was made on, and fail on others.
 */

const { spawnSync } = require('node:child_process');

/** What the oldest builds of Node.js that are made ask for; its own ask for more. */
const GLIBC_MAX = '2.17';

/** The libraries that are there wherever Node.js runs. */
const LIBRARIES = {
  glibc: /^(libc\.so\.6|libpthread\.so\.0|ld-linux-[\w-]+\.so\.\d)$/,
  musl: /^libc\.so$/,
  windows: /^(KERNEL32\.dll|msvcrt\.dll|node\.exe)$/i,
};

/** Of the names that belong to compilers and their libraries, those that musl has, or may lack. */
const MUSL_INTERNALS = [
  ...['__cxa_finalize', '__errno_location', '__gmon_start__', '__stack_chk_fail'],
  '__tls_get_addr',
];

/** The output of the binutils that came with a compiler. */
function binutils(compiler, tool, args) {
  const command = /gcc$/.test(compiler) ? compiler.replace(/gcc$/, tool) : tool;
  const found = spawnSync(command, args, { encoding: 'utf8' });
  const { status, stdout } = found.error ? spawnSync(tool, args, { encoding: 'utf8' }) : found;
  if (status !== 0) throw new Error(`${tool} cannot read the binary`);
  return stdout;
}

function compareVersions(a, b) {
  const [x, y] = [a, b].map((version) => version.split('.').map(Number));
  const at = [0, 1, 2].find((i) => (x[i] ?? 0) !== (y[i] ?? 0)) ?? 0;
  return (x[at] ?? 0) - (y[at] ?? 0);
}

function checkLibraries(libraries, libc) {
  const strange = libraries.filter((name) => !LIBRARIES[libc].test(name));
  if (strange.length > 0) throw new Error(`the binary needs ${strange.join(', ')}`);
}

function checkWindows(file, compiler) {
  const text = binutils(compiler, 'objdump', ['-p', file]);
  const libraries = [...text.matchAll(/DLL Name: (\S+)/g)].map(([, name]) => name);
  checkLibraries(libraries, 'windows');
  return libraries.join(', ');
}

function checkMusl(symbols) {
  const names = [...symbols.matchAll(/ UND (__\S+|\S+@\S+)/g)].map(([, name]) => name);
  const strange = names.filter((name) => !MUSL_INTERNALS.includes(name));
  if (strange.length > 0) throw new Error(`the binary needs ${strange.join(', ')}`);
  return 'musl';
}

function checkElf(file, { libc }, compiler) {
  const dynamic = binutils(compiler, 'readelf', ['--dynamic', '--wide', file]);
  checkLibraries(
    [...dynamic.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name]) => name),
    libc,
  );
  if (!/NODELETE/.test(dynamic)) throw new Error('the binary may be unloaded: no -z nodelete');
  const symbols = binutils(compiler, 'readelf', ['--dyn-syms', '--wide', file]);
  if (libc === 'musl') return checkMusl(symbols);
  const versions = [...symbols.matchAll(/ UND \S+@GLIBC_([\d.]+)/g)].map(([, version]) => version);
  const highest = versions.sort(compareVersions).at(-1);
  if (highest === undefined) throw new Error('the binary names no version of glibc');
  if (compareVersions(highest, GLIBC_MAX) > 0) {
    throw new Error(`the binary needs glibc ${highest}; ${GLIBC_MAX} is the most it may need`);
  }
  return `glibc ${highest}`;
}

/**
 * Checks a binary.
 *
 * @param {string} file
 * @param {{ libc: 'glibc'|'musl'|'windows' }} target
 * @param {string} compiler that made it
 * @returns {string} what it needs, in words
 * @throws {Error} if that is more than it may
 */
function checkBinary(file, target, compiler) {
  return target.libc === 'windows'
    ? checkWindows(file, compiler)
    : checkElf(file, target, compiler);
}

module.exports = { checkBinary };
