'use strict';

// What people do today against Buffers that are dear or memory that grows: the built-in over another malloc, which is preloaded into the
// process, and pools from npm. Each is a side of its own. One that is not to be had here is left out, with a word.

const { execFileSync } = require('node:child_process');
const { existsSync, readFileSync, realpathSync } = require('node:fs');
const path = require('node:path');
const { cacheDirectory, npmInstall } = require('./runtimes');

/** By side: the library that is preloaded and Debian's package of it, or the package as npm takes it. */
const peers = {
  jemalloc: { library: 'libjemalloc', debian: 'libjemalloc2' },
  mimalloc: { library: 'libmimalloc', debian: 'libmimalloc2.0' },
  nbufpool: { spec: 'nbufpool@0.1.0' },
  'buffer-reuse-pool': { spec: 'buffer-reuse-pool@1.0.0' },
  unslab: { spec: 'unslab@1.3.0' },
};

const usualFolders = [
  ...[`/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`, '/usr/lib64'],
  ...['/usr/lib', '/usr/local/lib'],
];

/** Paths of the loader's cache that end in `NAME.so` or a version of it. */
function cachedLibraries(name) {
  for (const ldconfig of ['ldconfig', '/sbin/ldconfig']) {
    try {
      const text = execFileSync(ldconfig, ['-p'], { encoding: 'utf8', stdio: 'pipe' });
      return [...text.matchAll(/=> (.*)$/gm)]
        .map(([, file]) => file)
        .filter((file) => path.basename(file).startsWith(`${name}.so`));
    } catch {
      // It is not on the path, or not there: musl has none.
    }
  }
  return [];
}

/** Whether the loader takes a library into a process of this Node's; one that it cannot take it only complains of. */
function loads(file) {
  const code = `process.exit(require('fs').readFileSync('/proc/self/maps', 'latin1').includes(${JSON.stringify(realpathSync(file))}) ? 0 : 1)`;
  try {
    const env = { ...process.env, LD_PRELOAD: file };
    execFileSync(process.execPath, ['-e', code], { env, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const found = new Map();

/** The path of a side's library, or undefined. */
function findLibrary(side) {
  if (!found.has(side)) {
    const { library } = peers[side];
    const usual = usualFolders.flatMap((folder) =>
      ['.so.2', '.so'].map((end) => path.join(folder, library + end)),
    );
    const files = process.platform === 'linux' ? [...cachedLibraries(library), ...usual] : [];
    found.set(
      side,
      files.find((file) => existsSync(file) && loads(file)),
    );
  }
  return found.get(side);
}

const packagePath = (side) => path.join(cacheDirectory('peers'), 'node_modules', side);

function isInstalled(side) {
  try {
    require.resolve(packagePath(side));
    return true;
  } catch {
    return false;
  }
}

/** Fetches those that are missing. Where npm cannot, they stay missing. */
function fetchPackages(sides, say) {
  const missing = sides.filter((side) => !isInstalled(side));
  if (missing.length === 0) return;
  // All of them: npm takes away what it is not told of.
  const specs = Object.values(peers).flatMap(({ spec }) => spec ?? []);
  say(`fetching ${specs.join(', ')} from npm`);
  try {
    npmInstall(cacheDirectory('peers'), specs);
  } catch (error) {
    say(error.message.split('\n')[0]);
  }
}

const isThere = (side) =>
  peers[side].library ? findLibrary(side) !== undefined : isInstalled(side);

/**
 * Prepares the peers among some sides.
 * @param {string[]} sides
 * @param {(text: string) => void} say told what is fetched, and what is left out
 * @param {(side: string) => boolean} [has] whether a peer is here; for tests
 * @returns {string[]} those sides that can be measured here
 */
function preparePeers(sides, say, has = isThere) {
  fetchPackages(
    sides.filter((side) => peers[side]?.spec),
    say,
  );
  return sides.filter((side) => {
    if (!peers[side] || has(side)) return true;
    const { library, debian } = peers[side];
    const why = library ? `no ${library} for LD_PRELOAD (Debian: ${debian})` : 'not installed';
    say(`leaving out ${side}: ${why}`);
    return false;
  });
}

/** The variables of a peer's process; none of another side's. */
function preloadOf(side) {
  return peers[side]?.library ? { LD_PRELOAD: findLibrary(side) } : {};
}

/**
 * What a peer's process loads.
 * @param {string} side
 * @returns {any} the package's exports; null for what is none
 * @throws {Error} where a library was to be preloaded and was not
 */
function loadPeer(side) {
  const { spec, library } = peers[side] ?? {};
  if (library && !readFileSync('/proc/self/maps', 'latin1').includes(library))
    throw new Error(`${library} was not preloaded`);
  return spec ? require(packagePath(side)) : null;
}

module.exports = { preparePeers, preloadOf, loadPeer };
