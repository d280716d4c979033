'use strict';

/*
 * The documents say what is so: every JavaScript block of README.md and docs/ is run in a process
 * of its own, with the package resolvable as 'bufalloc'; what a block says that it prints is what
 * it prints; links lead somewhere; and docs/api.md names all there is.
 *
 * A block that says what it prints has a comment at the end of each console.log, in the order in
 * which they run: `console.log(1 + 1); // 2`. Those are compared where V8 makes the stores, as most
 * of them speak of that. A block marked `js using` needs explicit resource management; a runtime
 * without it gets the block with `const` in the place of `using`.
 */

const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const vm = require('node:vm');

const bufalloc = require('..');
const { runNode } = require('./support/child');
const { backend } = require('./support/subject');

const ROOT = path.join(__dirname, '..');
/** Two processes at a time: what a small machine can run at once. */
const PARALLEL = 2;

const read = (file) => fs.readFileSync(path.join(ROOT, file), 'utf8');
/** The files of a folder and of all folders in it. */
const inFolder = (folder) =>
  fs
    .readdirSync(path.join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.relative(ROOT, path.join(parentPath, name)));
const documents = ['README.md', ...inFolder('docs')].filter((file) => file.endsWith('.md'));
const withLinks = [...documents, 'CHANGELOG.md', 'CONTRIBUTING.md'];

/**
 * The fenced blocks of a document.
 *
 * @returns {{ name: string, info: string, code: string }[]} info: what stands after the fence
 */
function blocksOf(file) {
  const text = read(file);
  return [...text.matchAll(/^```(.*)\n([^]*?)^```$/gm)].map(({ 1: info, 2: code, index }) => ({
    name: `${file}:${text.slice(0, index).split('\n').length}`,
    info: info.trim(),
    code,
  }));
}

const isScript = ({ info }) => /^(js|javascript)\b/.test(info);
const needsUsing = ({ info }) => info.endsWith(' using');
const blocks = documents.flatMap(blocksOf).filter(isScript);

/** Whether the runtime knows `using`. */
const canUse = (() => {
  try {
    return Boolean(new vm.Script('{ using nothing = null; }'));
  } catch {
    return false;
  }
})();

const withoutUsing = (code) => code.replace(/\b(await )?using (?=\w+ =)/g, 'const ');
const scriptOf = (block) => (needsUsing(block) && !canUse ? withoutUsing(block.code) : block.code);

/** What a block says that it prints; undefined if it does not say. */
function promisedBy(code) {
  const lines = code.split('\n').filter((line) => /\bconsole\.log\(.*\);/.test(line));
  const promised = lines.map((line) => line.match(/\); \/\/ (.*)$/)?.[1]);
  return promised.some((text) => text !== undefined) ? promised : undefined;
}

/** Runs a block in `folder`. @throws if it fails, or prints what it does not promise */
async function check(block, folder) {
  const script = path.join(folder, `${block.name.replace(/\W/g, '-')}.js`);
  fs.writeFileSync(script, `'use strict';\n${scriptOf(block)}`);
  const { code, signal, stdout, stderr } = await runNode([script], { cwd: folder });
  assert.strictEqual(code, 0, `${block.name} ended with ${code ?? signal}:\n${stderr}`);
  const promised = promisedBy(block.code);
  if (promised === undefined || backend !== 'v8') return;
  assert.deepStrictEqual(stdout.trimEnd().split('\n'), promised);
}

/** A folder in which `require('bufalloc')` finds this package. */
function makeFolder() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-docs-'));
  fs.mkdirSync(path.join(folder, 'node_modules'));
  const link = (name, target) =>
    fs.symlinkSync(target, path.join(folder, 'node_modules', name), 'junction');
  link('bufalloc', ROOT);
  link('prom-client', path.dirname(require.resolve('prom-client/package.json')));
  return folder;
}

/** Starts `work` on every item, a few at a time; a promise for each result, in order. */
function startAll(items, work) {
  const running = Array.from({ length: PARALLEL }, () => Promise.resolve());
  return items.map((item, i) => {
    const result = running[i % PARALLEL].then(() => work(item));
    running[i % PARALLEL] = result.catch(() => {});
    return result;
  });
}

describe('the documents', () => {
  let folder;
  let results;

  before(() => {
    folder = makeFolder();
    results = startAll(blocks, (block) => check(block, folder));
    // Each test awaits its own; until then a failure is no unhandled one.
    for (const result of results) result.catch(() => {});
  });

  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  for (const [i, block] of blocks.entries()) {
    it(`runs as it says: ${block.name}`, () => results[i]);
  }

  it('is checked by something that can fail', async () => {
    const make = (code) => ({ name: 'wrong', info: 'js', code });
    await assert.rejects(check(make("require('bufalloc').nothing();\n"), folder), /is not a func/);
    if (backend !== 'v8') return;
    await assert.rejects(check(make('console.log(2); // 3\n'), folder), { actual: ['2'] });
    await assert.rejects(check(make('console.log(1); // 1\nconsole.log(2);\n'), folder));
  });
});

describe('links in the documents', () => {
  const anchorOf = (heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
  const anchorsOf = (file) =>
    [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading));

  /** Where a link of `file` leads, and what is wrong with that; undefined if nothing is. */
  function faultOf(file, link) {
    const [target, anchor] = link.split('#');
    const found = target === '' ? file : path.posix.join(path.posix.dirname(file), target);
    if (!fs.existsSync(path.join(ROOT, found))) return `${link}: no such file`;
    if (anchor && !anchorsOf(found).includes(anchor)) return `${link}: no such heading`;
    return undefined;
  }

  for (const file of withLinks) {
    it(`lead somewhere: ${file}`, () => {
      const links = [...read(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
      const local = links.filter((link) => !/^[a-z]+:/.test(link));
      assert.deepStrictEqual(local.map((link) => faultOf(file, link)).filter(Boolean), []);
    });
  }
});

describe('docs/api.md', () => {
  const text = read('docs/api.md');
  const missing = (names) => names.filter((name) => !text.includes(`\`${name}`));

  /** The paths of all values in an object: `heap.liveBytes` and the like. */
  const pathsOf = (object, prefix = '') =>
    Object.entries(object).flatMap(([name, value]) =>
      typeof value === 'object' ? pathsOf(value, `${prefix}${name}.`) : [`${prefix}${name}`],
    );

  it('names every export that node:buffer lacks', () => {
    const builtin = require('node:buffer');
    assert.deepStrictEqual(missing(Object.keys(bufalloc).filter((name) => !(name in builtin))), []);
  });

  it('names every field of stats()', () => {
    assert.deepStrictEqual(missing(pathsOf(bufalloc.stats())), []);
  });

  it("names every field of an arena's stats()", () => {
    const arena = bufalloc.createArena();
    assert.deepStrictEqual(missing(pathsOf(arena.stats())), []);
    arena.close();
  });

  it('names every option', () => {
    const { ACQUIRE, ALLOCATOR, ARENA } = require('../lib/settings');
    const names = [ACQUIRE, ALLOCATOR, ARENA].flatMap((table) => Object.keys(table));
    assert.deepStrictEqual(missing(names), []);
  });

  const library = inFolder('lib').map(read).join('\n');

  it('names every environment variable, as README.md does', () => {
    const { SETTINGS } = require('../lib/settings');
    const names = Object.values(SETTINGS).flatMap(({ env = [] }) => env);
    assert.ok(names.length > 0);
    assert.deepStrictEqual(missing(names), []);
    assert.deepStrictEqual(
      names.filter((name) => !read('README.md').includes(`\`${name}\``)),
      [],
    );
  });

  it('lists just the environment variables of the table of settings', () => {
    const { SETTINGS } = require('../lib/settings');
    const [, section] = text.split('\n## Environment variables\n');
    const listed = [...section.split('\n## ')[0].matchAll(/^\| `(BUFALLOC_\w+)`/gm)];
    const names = Object.values(SETTINGS).flatMap(({ env = [] }) => env);
    assert.deepStrictEqual(listed.map(([, name]) => name).sort(), names.sort());
  });

  it('knows of no environment variable that is read elsewhere', () => {
    const elsewhere = inFolder('lib').filter((file) => file.endsWith('.js'));
    const readers = elsewhere.filter((file) => /\bprocess\.env\b/.test(read(file)));
    /* BUFALLOC_BINARY, before there are settings. */
    const known = ['binding.js', 'missing.js'].map((name) => path.join('lib', 'runtime', name));
    known.push(path.join('lib', 'settings.js'));
    assert.deepStrictEqual(readers.sort(), known);
  });

  it('names every error code and warning code of our own', () => {
    const errors = library.match(/\bERR_BUFALLOC_[A-Z_]+/g);
    const warnings = library.match(
      /(?<=')BUFALLOC_(BAD|DAMAGE|LEAK|NO|RELEASE|USE|WRITE)[A-Z_]*(?=')/g,
    );
    const codes = [...new Set([...errors, ...warnings])];
    assert.ok(codes.length > 0);
    assert.deepStrictEqual(missing(codes), []);
  });
});
