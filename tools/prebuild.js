#!/usr/bin/env node
'use strict';

/*
 * Makes the prebuilt binaries of the package, prebuilds/<platform>-<arch>/, where
 * lib/runtime/binding.js finds them. See `usage` below.
 *
 * Node-API's headers (node-api-headers) are all that the addon needs to be compiled, so that a binary
 * is the work of two compiler calls with addon.gypi's sources and flags, by Debian's cross compilers:
 * one for C++, of whose library nothing is used, and one for C and all together. Every binary is then checked for what it needs of the system (tools/binary.js), and the
 * one for this machine is loaded.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');

const headers = require('node-api-headers');
const { checkBinary } = require('./binary');
const { readAddon } = require('./sources');

const ROOT = path.join(__dirname, '..');
const OUT = path.join(ROOT, 'prebuilds');

/*
 * `file` is where lib/runtime/binding.js looks. `debian` is what to install where the
 * compiler is missing. By default GCC's atomic operations for arm64 ask glibc which ones the processor
 * has, by a function that older versions of musl lack.
 */
const TARGETS = {
  'linux-x64': {
    file: 'linux-x64/bufalloc.glibc.node',
    machine: 'x86_64',
    libc: 'glibc',
    debian: 'g++-x86-64-linux-gnu',
  },
  'linux-x64-musl': {
    file: 'linux-x64/bufalloc.musl.node',
    machine: 'x86_64',
    libc: 'musl',
    debian: 'g++-x86-64-linux-gnu musl-dev:amd64',
  },
  'linux-arm64': {
    file: 'linux-arm64/bufalloc.glibc.node',
    machine: 'aarch64',
    libc: 'glibc',
    debian: 'g++-aarch64-linux-gnu libc6-dev-arm64-cross',
  },
  'linux-arm64-musl': {
    file: 'linux-arm64/bufalloc.musl.node',
    machine: 'aarch64',
    libc: 'musl',
    flags: ['-mno-outline-atomics'],
    debian: 'g++-aarch64-linux-gnu musl-dev:arm64 (after dpkg --add-architecture arm64)',
  },
  'win32-x64': {
    file: 'win32-x64/bufalloc.node',
    machine: 'x86_64',
    libc: 'windows',
    debian: 'gcc-mingw-w64-x86-64',
  },
};

const usage = `Usage: node tools/prebuild.js [--all | --target WHAT]

Makes prebuilt binaries in prebuilds/, and checks them.

Options:
  --target WHAT  available  those that can be made here, and says which cannot (default)
                 all        every target; fails if one cannot be made: for a release
                 native     the one for this machine
                 or a list of targets: ${Object.keys(TARGETS).slice(0, 2).join(',')},...
                 The default can be set in BUFALLOC_PREBUILD_TARGETS, for \`npm pack\`.
                 With all, available and native, prebuilds/ is emptied first.
  --all          --target all
  --list         the targets, and which of them have a compiler here
  -h, --help     this text

Exit status: 0 all were made that were asked for, 1 not, 2 wrong usage.
`;

// --- Compilers -------------------------------------------------------------------------------------

/** What a compiler compiles for, `x86_64-linux-gnu`; empty if it is not there. */
function machineOf(compiler) {
  const { status, stdout } = spawnSync(compiler, ['-dumpmachine'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : '';
}

/**
 * The compiler of a target, with the flags that make it one; undefined if there is none. GCC for
 * glibc compiles for musl with the settings that musl's package brings, as its musl-gcc does.
 */
function findCompiler({ machine, libc }) {
  if (libc === 'windows') {
    const compiler = `${machine}-w64-mingw32-gcc`;
    return machineOf(compiler) === '' ? undefined : { compiler, flags: [] };
  }
  for (const compiler of [`${machine}-linux-gnu-gcc`, 'gcc', 'cc']) {
    const [arch, ...rest] = machineOf(compiler).split('-');
    if (arch !== machine || !rest.includes('linux')) continue;
    const isMusl = rest.includes('musl');
    if (isMusl === (libc === 'musl')) return { compiler, flags: [] };
    const specs = `/usr/lib/${machine}-linux-musl/musl-gcc.specs`;
    if (!isMusl && fs.existsSync(specs)) return { compiler, flags: ['-specs', specs] };
  }
  return undefined;
}

/** The target of this machine; undefined if there is none. */
function nativeTarget() {
  const { glibcVersionRuntime } = process.report.getReport().header;
  const isMusl = process.platform === 'linux' && glibcVersionRuntime === undefined;
  const name = `${process.platform}-${process.arch}${isMusl ? '-musl' : ''}`;
  return name in TARGETS ? name : undefined;
}

// --- Building --------------------------------------------------------------------------------------

/** Runs a program in the root of the project. Throws with its output if it fails. */
function run(command, args) {
  const { status, error, stderr } = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} failed:\n${error?.message ?? stderr}`);
}

/** A library by which Windows finds Node-API's functions in the program that loads the addon. */
function makeImportLibrary(compiler, scratch) {
  const { js_native_api_def: js, node_api_def: node } = headers.def_paths;
  const read = (file) => fs.readFileSync(file, 'utf8').replace(/^NAME.*\nEXPORTS\n/, '');
  const definition = path.join(scratch, 'node.def');
  fs.writeFileSync(definition, `LIBRARY node.exe\nEXPORTS\n${read(js)}\n${read(node)}`);
  const library = path.join(scratch, 'libnode.a');
  const dlltool = compiler.replace(/gcc$/, 'dlltool');
  run(dlltool, ['--input-def', definition, '--output-delaylib', library]);
  return library;
}

/** What else a target is linked with, and from which sources. */
function linking({ libc }, { compiler, flags }, addon, scratch) {
  // Code of the compiler's own goes into the binary: no libgcc is needed where it runs.
  const common = ['-shared', '-s', '-static-libgcc', ...flags];
  if (libc !== 'windows') return [...common, '-pthread', ...addon.ldflags];
  const library = makeImportLibrary(compiler, scratch);
  // The time of the build would make every binary another.
  const once = '-Wl,--no-insert-timestamp';
  return [...common, once, '-std=c11', 'tools/delay_load_win.c', library, '-ldelayimp'];
}

/** Compiles a binary. Returns its path. */
function build(target, found, scratch) {
  const addon = readAddon(target.libc === 'windows' ? 'win' : 'linux');
  const isCxx = (file) => file.endsWith('.cc');
  const common = [
    ...['-O3', '-fno-omit-frame-pointer', ...(target.libc === 'windows' ? [] : ['-fPIC'])],
    ...[...(target.flags ?? []), ...addon.cflags],
    ...[...addon.defines, `NODE_GYP_MODULE_NAME=${addon.name}`].map((define) => `-D${define}`),
    ...['-isystem', headers.include_dir],
  ];
  const objects = addon.sources.filter(isCxx).map((source) => {
    const object = path.join(scratch, `${path.basename(source)}.o`);
    const own = [...addon.cflags_cc, ...found.flags, '-nostdinc++'];
    run(found.compiler, [...common, ...own, '-c', source, '-o', object]);
    return object;
  });
  const file = path.join(OUT, target.file);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const sources = addon.sources.filter((source) => !isCxx(source));
  run(found.compiler, [
    ...[...common, ...addon.cflags_c, ...sources, ...objects, '-o', file],
    ...linking(target, found, addon, scratch),
  ]);
  return file;
}

/** Loads a binary into a process of its own. */
function load(file) {
  const code = `require(${JSON.stringify(file)}).outBytes()`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${file} does not load:\n${stderr}`);
}

/** Makes and checks the binary of a target, and says so. */
function make(name, found) {
  const target = TARGETS[name];
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-prebuild-'));
  try {
    const file = build(target, found, scratch);
    const needs = checkBinary(file, target, found.compiler);
    if (name === nativeTarget()) load(file);
    const size = fs.statSync(file).size.toLocaleString('en');
    const shown = path.join('prebuilds', target.file).padEnd(42);
    console.log(`${name.padEnd(17)} ${shown} ${size} bytes, needs ${needs}`);
  } finally {
    fs.rmSync(scratch, { recursive: true });
  }
}

// --- The command line ------------------------------------------------------------------------------

/** The names of the targets that are wanted. Throws for what is none. */
function wantedTargets(what, available) {
  if (what === 'all') return Object.keys(TARGETS);
  if (what === 'available') return available;
  if (what === 'native') {
    const name = nativeTarget();
    if (name === undefined) throw new Error(`there is no target for ${process.platform}`);
    return [name];
  }
  const names = what.split(',');
  const unknown = names.find((name) => !(name in TARGETS));
  if (unknown === undefined) return names;
  const error = new Error(`no such target: ${unknown}\n\n${usage}`);
  error.status = 2;
  throw error;
}

function missingMessage(missing) {
  const lines = missing.map((name) => `  ${name.padEnd(17)} Debian: ${TARGETS[name].debian}`);
  return `no compiler for\n${lines.join('\n')}`;
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        target: { type: 'string' },
        all: { type: 'boolean' },
        list: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    error.status = 2;
    throw error;
  }
}

function main() {
  const options = readOptions();
  if (options.help) return void process.stdout.write(usage);
  const names = Object.keys(TARGETS);
  const compilers = Object.fromEntries(names.map((name) => [name, findCompiler(TARGETS[name])]));
  if (options.list) {
    for (const name of names) console.log(`${name.padEnd(17)} ${compilers[name] ? 'yes' : 'no'}`);
    return;
  }
  const given = options.all ? 'all' : options.target;
  const what = given ?? (process.env.BUFALLOC_PREBUILD_TARGETS || 'available');
  const available = names.filter((name) => compilers[name] !== undefined);
  const wanted = wantedTargets(what, available);
  const missing = wanted.filter((name) => compilers[name] === undefined);
  if (missing.length > 0) throw new Error(missingMessage(missing));
  // What was made of other sources must not end up in a package.
  if (['all', 'available', 'native'].includes(what))
    fs.rmSync(OUT, { recursive: true, force: true });
  if (what === 'available') makeAvailable(names, compilers);
  else for (const name of wanted) make(name, compilers[name]);
}

/** Makes what can be made here; what cannot is said, and is no failure. */
function makeAvailable(names, compilers) {
  let made = 0;
  for (const name of names) {
    try {
      if (compilers[name] === undefined) throw new Error(`no compiler: ${TARGETS[name].debian}`);
      make(name, compilers[name]);
      made++;
    } catch (error) {
      console.log(`${name.padEnd(17)} not made: ${error.message}`);
    }
  }
  console.log(
    `${made} of ${names.length} binaries were made. Where there is none, the addon is built by ` +
      "'npx bufalloc build'.",
  );
}

try {
  main();
} catch (error) {
  console.error(`prebuild: ${error.message}`);
  process.exitCode = error.status ?? 1;
}
