'use strict';

/*
 * The types, lib/*.d.ts: that they let programs write what they may, and no more (test/types/); and
 * that they and the module at run time agree on every name. docs/api.md is made of them.
 *
 * For the latter the tests write programs for tsc: objects with the names that were found, of a type
 * that asks for just these. tsc then names what is missing and what there is too much.
 */

const assert = require('node:assert');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const bufalloc = require('..');
const { runNode } = require('./support/child');

const root = path.join(__dirname, '..');
const tsc = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');

/** What tsc complains of, line by line; empty if it does not. */
function compile(args) {
  return new Promise((resolve) => {
    const options = { cwd: root, maxBuffer: 1 << 24 };
    execFile(process.execPath, [tsc, ...args, '--pretty', 'false'], options, (error, stdout) => {
      resolve(error ? stdout.trim() || String(error) : '');
    });
  });
}

/** Compiles programs of the lines given, each in a file of its own, named for its key. */
async function compileLines(programs) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-types-'));
  try {
    const files = Object.entries(programs).map(([name, lines]) => {
      const file = path.join(folder, name);
      fs.writeFileSync(file, `${lines.join('\n')}\n`);
      return file;
    });
    const settings = ['--module', 'nodenext', '--target', 'es2022', '--lib', 'es2022'];
    return await compile([...files, '--ignoreConfig', '--strict', '--noEmit', ...settings]);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** A line that brings in the types of a file of lib/. */
const importOf = (name, file) =>
  `import type * as ${name} from '${path.join(root, 'lib', file).replaceAll('\\', '/')}';`;
const importTypes = importOf('types', 'index.js');

/** The text of a value of the same shape: the same names, and values of the same types. */
function shape(value) {
  if (typeof value === 'number') return '0';
  if (typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(shape).join(', ')}]`;
  const fields = Object.entries(value).map(([name, field]) => `${name}: ${shape(field)}`);
  return `{ ${fields.join(', ')} }`;
}

/** A line that declares a value to be of a type. */
let declared = 0;
const declare = (type, value) => `export const value${++declared}: ${type} = ${value};`;

/** A line that tsc accepts if a type has just these names. */
const declareNames = (type, names) =>
  declare(`Record<keyof ${type}, 0>`, `{ ${names.map((name) => `${name}: 0`).join(', ')} }`);

/** What is in the types as what may be missing. */
const sometimes = ['SlowBuffer', 'isLatin1'].filter((name) => !(name in bufalloc));

describe('the types', () => {
  it('allow what programs may write, and nothing else', async () => {
    assert.strictEqual(await compile(['-p', path.join('test', 'types')]), '');
  });

  it('find their file in the package, CommonJS and ES modules', () => {
    const { exports, types } = require('../package.json');
    const files = [exports['.'].import.types, exports['.'].require.types, types];
    for (const file of [...files, exports['./register'].types, exports['./inspect'].types]) {
      assert.ok(fs.existsSync(path.join(root, file)), file);
    }
  });

  it('find those of each subpath where exports are not looked at', () => {
    const { exports, typesVersions } = require('../package.json');
    const subpaths = Object.entries(exports).filter(([name, { types }]) => name !== '.' && types);
    assert.deepStrictEqual(
      typesVersions['*'],
      Object.fromEntries(
        subpaths.map(([name, { types }]) => [name.replace('./', ''), [types.replace('./', '')]]),
      ),
    );
  });

  it('name every export, and no other', async () => {
    const exported = await import('../lib/index.mjs');
    // In a process of its own: loading it changes the built-in.
    const registered = await runNode(['-p', 'Object.keys(require("./lib/register")).join()'], {
      cwd: root,
    });
    const complaints = await compileLines({
      'commonjs.mts': [
        importTypes,
        importOf('register', 'register.js'),
        declareNames("Omit<typeof types, 'default'>", [...Object.keys(bufalloc), ...sometimes]),
        declareNames("Omit<typeof register, 'default'>", registered.stdout.trim().split(',')),
      ],
      'module.mts': [
        importOf('types', 'index.mjs'),
        declareNames('typeof types', Object.keys(exported)),
      ],
    });
    assert.strictEqual(complaints, '');
  });

  it('name every function of an allocator and of an arena', async () => {
    const without = (type) => `Omit<types.${type}, typeof Symbol.dispose>`;
    const arena = bufalloc.createArena();
    const allocator = bufalloc.createAllocator();
    const own = ['reset', 'close', 'stats'];
    const mirrored = Object.keys(arena).filter((name) => !own.includes(name));
    const complaints = await compileLines({
      'objects.mts': [
        importTypes,
        declareNames(without('Allocator'), Object.keys(allocator)),
        declareNames(without('Arena'), Object.keys(arena)),
        declareNames('types.BufferFunctions', mirrored),
      ],
    });
    allocator.close();
    arena.close();
    assert.strictEqual(complaints, '');
  });

  it('have every option', async () => {
    const tables = require('../lib/options');
    const options = {
      AcquireOptions: tables.ACQUIRE,
      AllocatorOptions: tables.ALLOCATOR,
      ArenaOptions: tables.ARENA,
      CensusOptions: tables.CENSUS,
      ExplainOptions: tables.EXPLAIN,
      MetricsOptions: tables.METRICS,
      ProfileOptions: tables.PROFILE,
      StatsOptions: tables.STATS,
      TakeProfileOptions: tables.TAKE,
    };
    const lines = Object.entries(options).map(([type, table]) =>
      declareNames(`types.${type}`, Object.keys(table)),
    );
    assert.strictEqual(await compileLines({ 'options.mts': [importTypes, ...lines] }), '');
  });

  describe('of statistics', () => {
    let plain, off, debugging, guarded, arena;
    before(async () => {
      const read = (options) => {
        const allocator = bufalloc.createAllocator(options);
        const stats = allocator.stats();
        allocator.close();
        return stats;
      };
      plain = bufalloc.stats();
      off = read({ pacing: false, debug: false });
      debugging = read({ debug: true, hugePages: true });
      /* JSON has no Infinity, which a limit may be. */
      const script = `console.log(JSON.stringify(require(${JSON.stringify(require.resolve('..'))}).stats(),
        (name, value) => (value === Infinity ? 0 : value)))`;
      const env = { BUFALLOC_DEBUG_GUARD: '1' };
      guarded = JSON.parse((await runNode(['-e', script], { env })).stdout);
      const region = bufalloc.createArena();
      arena = region.stats();
      region.close();
    });

    it('have the fields that there are', async () => {
      const complaints = await compileLines({
        'stats.mts': [
          importTypes,
          declare('types.Stats', shape(plain)),
          declare('types.Stats', shape(off)),
          declare('types.Stats', shape(debugging)),
          declare('types.Stats', shape(guarded)),
          declare('types.ArenaStats', shape(arena)),
          declare('types.ProcessStats', shape(bufalloc.stats({ all: true }))),
        ],
      });
      assert.strictEqual(complaints, '');
    });
  });
});
