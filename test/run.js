'use strict';

/*
 * The program of `npm test`. Builds the test addons if they are missing or older than their sources,
 * then runs the suite once for each backend that this runtime has, each time in a process of its own:
 * with stores made by V8, by Node-API, and on the runtime's own memory. What has nothing to do with
 * that is run once, and in a process of its own too: what it loads, bundlers and what draws, is not
 * to be gone through by each of the others' collections. Arguments go to mocha
 * (`npm test -- --grep pool`); naming test files runs those alone. Ends with one line for all passes
 * and exits with 1 if anything failed.
 */

const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const { filesBelow } = require('../tools/sources');
const { findChromium } = require('./support/browser');

const root = path.join(__dirname, '..');
const addon = path.join(__dirname, 'addon');
const binaries = ['test_addon', 'faulty_bufalloc', 'consumer_newer'].map((name) =>
  path.join(addon, 'build', 'Release', `${name}.node`),
);
const sources = ['test/addon', 'test/faults', 'include', 'src']
  .flatMap(filesBelow)
  .filter((file) => /\.(c|cc|h|gyp)$/.test(file))
  .map((file) => path.join(root, file));
const mocha = path.join(path.dirname(require.resolve('mocha/package.json')), 'bin', 'mocha.js');

/** Files that know of no backend, or start programs on each themselves. */
const ONCE = [
  'bad-environment',
  'bench',
  'bundlers',
  'c',
  'compare',
  'example-addon',
  'examples',
  'exit-reports',
  'missing',
  'package',
  'page',
  'page-server',
  'pins',
  'run-command',
  'types',
  'v8-abi',
];

/** Why the tests of the page in a browser are left out; undefined if they are not. */
function whyNoPage() {
  if (process.env.CI) return 'it is a step of its own in CI';
  return findChromium() === undefined ? 'there is no Chromium' : undefined;
}

/** One for each backend that this runtime has, the best first: lib/stores/backend.js. */
function listBackends() {
  const code = 'process.stdout.write(require(".").stats().backend.name)';
  const has = (backend) =>
    spawnSync(process.execPath, ['-e', code], {
      cwd: root,
      env: { ...cleanEnvironment(), BUFALLOC_BACKEND: backend },
      encoding: 'utf8',
    }).stdout === backend;
  return ['v8', 'napi', 'host'].filter(has);
}

/** The environment without settings of bufalloc's: the tests are of the defaults. */
function cleanEnvironment() {
  const isSetting = (name) => /^BUFALLOC_(?!FAULT_|FC_|MODEL_)/.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isSetting(name)));
}

/**
 * Builds the test addons unless they are there and younger than their sources. By way of npm, which
 * tells node-gyp where its user's settings say that Node's headers are.
 */
function buildAddons() {
  const modified = (file) => (fs.existsSync(file) ? fs.statSync(file).mtimeMs : 0);
  const built = Math.min(...binaries.map(modified));
  if (sources.every((source) => modified(source) < built)) return;
  console.log('building the test addons');
  const args = ['exec', '--no', '--', 'node-gyp', 'rebuild', '-C', 'test/addon', '--loglevel=warn'];
  const shell = process.platform === 'win32';
  const { status } = spawnSync('npm', args, { cwd: root, stdio: 'inherit', shell });
  if (status !== 0) throw new Error('the test addons were not built');
}

/**
 * What is to be run: on each backend all files but those of ONCE, which come first. On each backend
 * what `args` name, if they name files.
 *
 * @param {string[]} args for mocha
 * @returns {{ title: string, backend: string, args: string[] }[]}
 */
function planPasses(args) {
  const backends = listBackends();
  const pass = (backend, more) => ({
    title: `BUFALLOC_BACKEND=${backend}`,
    backend,
    args: [...more, ...args],
  });
  if (args.some((arg) => arg.endsWith('.js'))) return backends.map((backend) => pass(backend, []));
  const why = whyNoPage();
  if (why !== undefined) console.log(`test/page.test.js is left out: ${why}`);
  const once = ONCE.filter((name) => name !== 'page' || why === undefined);
  const fileOf = (name) => `test/${name}.test.js`;
  const others = [...ONCE.flatMap((name) => ['--ignore', fileOf(name)]), 'test/*.test.js'];
  return [
    { ...pass(backends[0], once.map(fileOf)), title: 'once' },
    ...backends.map((backend) => pass(backend, others)),
  ];
}

/**
 * Runs one of them.
 *
 * @returns {Promise<{ title: string, counts?: object, code: number }>} counts: from the reporter
 */
function runPass({ title, backend, args }) {
  console.log(`\n${title}`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--expose-gc', mocha, ...args], {
      cwd: root,
      env: { ...cleanEnvironment(), BUFALLOC_BACKEND: backend },
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    });
    let counts;
    child.on('message', (message) => (counts = message));
    child.on('error', reject);
    child.on('close', (code) => resolve({ title, counts, code: code ?? 1 }));
  });
}

/** All passes' counts in one line. There are none where another reporter was asked for. */
function summary(results) {
  const total = (name) => results.reduce((sum, { counts }) => sum + (counts?.[name] ?? 0), 0);
  const each = results.map(({ title, counts, code }) => {
    if (counts === undefined) return `${title}: ended with ${code}`;
    const { passes, failures, pending } = counts;
    const skipped = pending > 0 ? `, ${pending} skipped` : '';
    const died = code !== 0 && failures === 0 ? `, ended with ${code}` : '';
    return `${title}: ${passes} passed, ${failures} failed${skipped}${died}`;
  });
  return `${total('passes')} passed, ${total('failures')} failed (${each.join('; ')})`;
}

async function main() {
  buildAddons();
  const results = [];
  for (const pass of planPasses(process.argv.slice(2))) results.push(await runPass(pass));
  console.log(summary(results));
  if (results.some(({ code }) => code !== 0)) process.exitCode = 1;
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
