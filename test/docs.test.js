'use strict';

/*
 * The documents say what is so: every JavaScript block of README.md and docs/ is run in a process
 * of its own, with the package resolvable as 'bufalloc'; what a block says that it prints is what
 * it prints; links lead somewhere; docs/api.md is what the types say; and all settings, codes and messages
 * are named.
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
  it('is what the types say: npm run docs', async () => {
    const { makePage } = require('../tools/api');
    assert.strictEqual(read('docs/api.md'), await makePage());
  });
});

describe('docs/settings.md', () => {
  const { SETTINGS } = require('../lib/settings');
  const variables = Object.values(SETTINGS).flatMap(({ env = [] }) => env);

  it('lists just the environment variables of the table of settings', () => {
    const listed = [...read('docs/settings.md').matchAll(/^\| `(BUFALLOC_\w+)`/gm)];
    assert.deepStrictEqual(listed.map(([, name]) => name).sort(), variables.sort());
  });

  it('has no variable that README.md lacks', () => {
    const readme = read('README.md');
    assert.deepStrictEqual(
      variables.filter((name) => !readme.includes(`\`${name}\``)),
      [],
    );
  });

  it('knows of no environment variable that is read elsewhere', () => {
    const elsewhere = inFolder('lib').filter((file) => file.endsWith('.js'));
    const readers = elsewhere.filter((file) => /\bprocess\.env\b/.test(read(file)));
    /* BUFALLOC_BINARY, before there are settings. */
    const known = ['binding.js', 'missing.js'].map((name) => path.join('lib', 'runtime', name));
    known.push(path.join('lib', 'settings.js'));
    assert.deepStrictEqual(readers.sort(), known);
  });
});

describe('docs/errors.md', () => {
  const join = (text) => text.replace(/\s+/g, ' ');
  const page = join(read('docs/errors.md'));
  const sources = ['lib', 'bin', 'bench/core', 'bench/report']
    .flatMap(inFolder)
    .concat('bench/run.js', 'tools/prebuild.js', 'tools/prepare.js', 'tools/binary.js')
    .filter((file) => file.endsWith('.js') && !file.includes('static'));
  const code = sources
    .map(read)
    .join('\n')
    .replace(/\/\*[^]*?\*\//g, '');

  /** The pieces of three words and more of what is said to users, between `${…}`. */
  function piecesOfMessages() {
    const saying =
      /\b(?:\w*Error|refuse|warn|emitWarning|stderr\.write|console\.error|invalidOption)\(([^;]*)\)[;,]/g;
    const literal = /'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g;
    return [...code.matchAll(saying)]
      .flatMap(([, given]) => [...given.matchAll(literal)])
      .flatMap(([, single, double, template]) =>
        (single ?? double ?? template).split(/\$\{[^}]*\}/),
      )
      .filter((piece) => /\w+\W+\w+\W+\w/.test(piece))
      .map((piece) => join(piece.replace(/\\[nr]|\\x1b\[K/g, ' ')).trim());
  }

  it('names every error code and warning code of our own', () => {
    const codes = code.match(
      /\bERR_BUFALLOC_[A-Z_]+|(?<=')BUFALLOC_(BAD|DAMAGE|INSPECT|LEAK|NO|RELEASE|USE|WRITE)[A-Z_]*(?=')/g,
    );
    assert.ok(codes.length > 0);
    assert.deepStrictEqual(
      [...new Set(codes)].filter((name) => !page.includes(`\`${name}\``)),
      [],
    );
  });

  it('has the text of every message', () => {
    const pieces = piecesOfMessages();
    assert.ok(pieces.length > 50, `${pieces.length} pieces`);
    assert.deepStrictEqual(
      pieces.filter((piece) => !page.includes(piece)),
      [],
    );
  });
});
