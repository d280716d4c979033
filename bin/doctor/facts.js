'use strict';

/*
 * What the doctor looks at: plain facts of this machine, this runtime and this process. Nothing is
 * judged here. A fact that cannot be had is undefined.
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setImmediate: turn } = require('node:timers/promises');
const packageJson = require('../../package.json');

const root = path.join(__dirname, '..', '..');
const MIB = 1024 * 1024;

/** The first line of a file of the system's, or undefined. */
function readLine(file) {
  try {
    return fs.readFileSync(file, 'utf8').split('\n')[0];
  } catch {
    return undefined;
  }
}

/** The choice in brackets: 'always [madvise] never' is madvise. */
const chosen = (line) => /\[(\w+)\]/.exec(line ?? '')?.[1];

/** The process's limit of address space in bytes; undefined for none. */
function addressSpaceLimit() {
  const line = process.report?.getReport?.().userLimits?.virtual_memory_kbytes?.soft;
  return Number(line) >= 0 ? Number(line) * 1024 : undefined;
}

/** The addon that was loaded, or why none was. */
function findBinary() {
  const { origin } = require('../../lib/runtime/binding');
  if (origin.isMissing) return { missing: require('../../lib/runtime/missing').diagnose(origin) };
  return {
    file: path.relative(root, origin.file),
    prebuilt: origin.file.includes(`${path.sep}prebuilds${path.sep}`),
  };
}

function describeRuntime() {
  const { bun, deno, electron, node, v8 } = process.versions;
  const name = [
    ['Bun', bun],
    ['Deno', deno],
    ['Electron', electron],
    ['Node.js', node],
  ].find(([, version]) => version !== undefined);
  return { name: name[0], version: name[1], node, v8, major: parseInt(node, 10) };
}

/** Hands out enough for the pacer to begin, and lets the memory come back. */
async function exercise({ Buffer, acquire, release, stats }) {
  const problems = [];
  const buffer = acquire(MIB).fill(1);
  if (stats().external && !(release(buffer) && buffer.length === 0)) {
    problems.push('release() did not take a buffer back');
  }
  if (!Buffer.alloc(MIB).every((byte) => byte === 0))
    problems.push('alloc() gave bytes that are not zero');
  for (let i = 0; i < 64; i++) {
    Buffer.allocUnsafeSlow(MIB)[0] = 1;
    await turn();
  }
  return problems;
}

const TRIED_BYTES = 8 * MIB;

/** What the kernel gives an allocator that asks for huge pages, of so many bytes. */
function tryHugePages({ createAllocator }) {
  const allocator = createAllocator({ hugePages: true });
  const buffer = allocator.acquire(TRIED_BYTES).fill(1);
  const { bytes } = allocator.stats().hugePages;
  allocator.release(buffer);
  allocator.close();
  return { asked: TRIED_BYTES, given: Math.min(bytes, TRIED_BYTES) };
}

/** What a secret gets of the system. */
function trySecret({ createAllocator }) {
  const allocator = createAllocator();
  allocator.release(allocator.allocSecret(32));
  const { secrets } = allocator.stats();
  allocator.close();
  return secrets;
}

/**
 * Gathers the facts. Loads the package.
 *
 * @returns {Promise<object>} plain values; `loadError` instead of most where it
 *   does not load
 */
async function gatherFacts() {
  const facts = {
    version: packageJson.version,
    runtime: describeRuntime(),
    platform: `${process.platform}-${process.arch}`,
    binary: findBinary(),
    memory: { total: os.totalmem(), constrained: process.constrainedMemory?.() ?? 0 },
    addressSpace: addressSpaceLimit(),
    hugePages: chosen(readLine('/sys/kernel/mm/transparent_hugepage/enabled')),
    overcommit: readLine('/proc/sys/vm/overcommit_memory'),
    env: Object.fromEntries(
      Object.entries(process.env).filter(([name]) => name.startsWith('BUFALLOC_')),
    ),
  };
  let bufalloc;
  try {
    bufalloc = require('../../');
  } catch (error) {
    return { ...facts, loadError: error.message };
  }
  const { isZeroFilled: zeroFill } = require('../../lib/runtime/builtin');
  const problems = await exercise(bufalloc);
  const hugeTrial = tryHugePages(bufalloc);
  const secrets = trySecret(bufalloc);
  return { ...facts, zeroFill, problems, hugeTrial, secrets, stats: bufalloc.stats() };
}

module.exports = { gatherFacts };
