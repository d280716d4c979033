'use strict';
/*
 * build: the programs of the heap benchmark, one replay per allocator, in a directory of their own.
 *
 * The heap is compiled from src/ without Node's headers into a shared library, since that is what
 * an addon is and what the other three come as: all four are called in the same way. mimalloc and
 * jemalloc are Debian's packages.
 */

const { execFileSync, spawnSync } = require('node:child_process');
const path = require('node:path');

const { readSettings } = require('../../lib/settings');
const { ROOT, heapSources } = require('../../tools/sources');

const CFLAGS = ['-std=c11', '-O2', '-DNDEBUG', '-Wall', '-Wextra'];

/**
 * Ours comes twice: without limits, and with the package's own limit on what is kept for reuse.
 * `env` is an allocator's environment; `keep` makes one keep all that is freed, as ours without
 * limits does. `harness` is the replay without any allocator; its cost is taken off the others'.
 */
const ALLOCATORS = [
  { name: 'bufalloc', define: 'BENCH_BUFALLOC', library: 'bufalloc' },
  {
    name: 'bufalloc-shipped',
    define: 'BENCH_BUFALLOC',
    library: 'bufalloc',
    env: { BUFALLOC_MAX_CACHED_BYTES: String(readSettings('v8').maxCachedBytes) },
  },
  {
    name: 'mimalloc',
    define: 'BENCH_MIMALLOC',
    library: 'mimalloc',
    debian: 'libmimalloc-dev',
    keep: { MIMALLOC_ALLOW_DECOMMIT: '0' },
  },
  {
    name: 'jemalloc',
    define: 'BENCH_JEMALLOC',
    library: 'jemalloc',
    debian: 'libjemalloc-dev',
    keep: { MALLOC_CONF: 'dirty_decay_ms:-1,muzzy_decay_ms:-1' },
  },
  {
    name: 'glibc',
    define: 'BENCH_GLIBC',
    debian: 'libc6-dev',
    keep: { MALLOC_TRIM_THRESHOLD_: '4000000000', MALLOC_MMAP_THRESHOLD_: '33554432' },
  },
  { name: 'harness', define: 'BENCH_HARNESS' },
];

/** The installed version of a Debian package, or undefined. */
function debianVersion(name) {
  const format = '--showformat=${db:Status-Status} ${Version}';
  const { stdout } = spawnSync('dpkg-query', ['--show', format, name], { encoding: 'utf8' });
  const [status, version] = (stdout ?? '').split(' ');
  return status === 'installed' ? version : undefined;
}

/**
 * Installs what is missing with apt-get.
 *
 * @param {string[]} names Debian packages
 * @throws {Error} that says what to install, when not run by root or when apt-get fails
 */
function installPackages(names) {
  const missing = names.filter((name) => debianVersion(name) === undefined);
  if (missing.length === 0) return;
  const install = ['install', '--yes', '--no-install-recommends', ...missing];
  if (process.getuid() === 0) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const aptGet = (args) =>
      spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
    if (aptGet(install) || (aptGet(['update']) && aptGet(install))) return;
  }
  throw new Error(`Debian packages are missing; as root: apt-get install ${missing.join(' ')}`);
}

function compile(args) {
  execFileSync('cc', [...CFLAGS, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
}

function buildHeap(directory) {
  // Calls inside the library are direct, as they are in an addon that hides its symbols.
  const direct = ['-fno-semantic-interposition', '-Wl,-Bsymbolic'];
  const output = path.join(directory, 'libbufalloc.so');
  const sources = heapSources().map((file) => path.join(ROOT, file));
  compile(['-fPIC', '-shared', '-pthread', ...direct, '-o', output, ...sources]);
}

/**
 * Builds the programs of the given allocators.
 *
 * @param {string} directory where to
 * @param {object[]} allocators of ALLOCATORS
 * @returns {Map<string, string>} each one's program, by name
 */
function build(directory, allocators) {
  buildHeap(directory);
  const programs = new Map();
  for (const { name, define, library } of allocators) {
    const program = path.join(directory, `replay-${name}`);
    const link = library ? [`-L${directory}`, `-Wl,-rpath,${directory}`, `-l${library}`] : [];
    compile([`-D${define}`, '-pthread', '-o', program, path.join(__dirname, 'replay.c'), ...link]);
    programs.set(name, program);
  }
  return programs;
}

module.exports = { ALLOCATORS, build, debianVersion, installPackages };
