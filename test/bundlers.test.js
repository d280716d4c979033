'use strict';

/*
 * Bundlers: a program with bufalloc in it, bundled by each in the ways that docs/install.md gives, works
 * and has the C heap; left out of the bundle, or in it with the folder prebuilds/ beside. And a single
 * executable.
 */

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { origin } = require('../lib/runtime/binding');
const { runNode } = require('./support/child');

const ROOT = path.join(__dirname, '..');
const NAMES = '{ Buffer, acquire, createArena, release, stats, trim }';
const PROGRAM = `
const arena = createArena();
arena.alloc(100000);
arena.close();
console.log(Buffer.alloc(100000).length, release(acquire(1000)), trim() >= 0, stats().backend.name);
`;
const EXPECTED = '100000 true true v8\n';
/* What is left undefined is the runtime's choice. */
const env = { BUFALLOC_BACKEND: '' };

/** esbuild's output has no \`require\` of its own in an ES module. */
const REQUIRE =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

const nameOf = (format, isExternal) =>
  `${isExternal ? 'external' : 'whole'}.${format === 'esm' ? 'mjs' : 'cjs'}`;

function esbuild(input, output, format, isExternal) {
  return require('esbuild').build({
    entryPoints: [input],
    outfile: output,
    bundle: true,
    platform: 'node',
    format,
    logLevel: 'silent',
    external: isExternal ? ['bufalloc'] : [],
    banner: !isExternal && format === 'esm' ? { js: REQUIRE } : {},
  });
}

async function webpack(input, output, format, isExternal) {
  const isModule = format === 'esm';
  const type = isModule ? 'module' : 'commonjs';
  const compiler = require('webpack')({
    mode: 'production',
    target: 'node',
    context: path.dirname(input),
    entry: input,
    externals: isExternal ? { bufalloc: `${type} bufalloc` } : {},
    experiments: { outputModule: isModule },
    output: {
      path: path.dirname(output),
      filename: path.basename(output),
      module: isModule,
      ...(isModule ? { library: { type } } : {}),
    },
  });
  const stats = await new Promise((resolve, reject) =>
    compiler.run((error, result) => (error ? reject(error) : resolve(result))),
  );
  assert.deepStrictEqual(stats.toJson({ all: false, errors: true, warnings: true }).errors, []);
}

async function rollup(input, output, format, isExternal) {
  const plugins = [
    require('@rollup/plugin-commonjs')(),
    require('@rollup/plugin-node-resolve').nodeResolve({ preferBuiltins: true }),
  ];
  const bundle = await require('rollup').rollup({
    input,
    external: isExternal ? ['bufalloc'] : [],
    plugins,
    onwarn: ({ message }) => assert.fail(message),
  });
  await bundle.write({ file: output, format: format === 'esm' ? 'es' : 'cjs' });
}

/** Writes a folder; it knows ES modules by the package.json. */
async function ncc(input, output, format, isExternal) {
  const cli = require.resolve('@vercel/ncc/dist/ncc/cli.js');
  const folder = path.join(path.dirname(output), `ncc-${path.basename(output)}`);
  const externals = isExternal ? ['--external', 'bufalloc'] : [];
  const args = [cli, 'build', input, '--out', folder, '--no-cache', ...externals];
  const { code, stdout, stderr } = await runNode(args);
  assert.strictEqual(code, 0, stdout + stderr);
  const [file] = fs.readdirSync(folder).filter((name) => /^index\.[cm]?js$/.test(name));
  fs.renameSync(path.join(folder, file), output);
}

const BUNDLERS = {
  esbuild: { bundle: esbuild, formats: ['cjs', 'esm'] },
  webpack: { bundle: webpack, formats: ['cjs', 'esm'] },
  rollup: { bundle: rollup, formats: ['cjs', 'esm'] },
  ncc: { bundle: ncc, formats: ['cjs'] },
};

describe('bundled', function () {
  this.timeout(300_000);

  let scratch;
  /** A project with the package installed, and a program in both languages. */
  before(function () {
    if (origin.isMissing || process.platform !== 'linux') return this.skip();
    scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-bundlers-'));
    const installed = path.join(scratch, 'node_modules', 'bufalloc');
    for (const name of ['dist', 'lib', 'package.json']) {
      fs.cpSync(path.join(ROOT, name), path.join(installed, name), { recursive: true });
    }
    placeBinary(installed);
    fs.writeFileSync(
      path.join(scratch, 'app.cjs'),
      `const ${NAMES} = require('bufalloc');${PROGRAM}`,
    );
    fs.writeFileSync(path.join(scratch, 'app.mjs'), `import ${NAMES} from 'bufalloc';${PROGRAM}`);
  });

  after(() => {
    if (scratch !== undefined) fs.rmSync(scratch, { recursive: true });
  });

  /** The binary in use as a prebuilt one. */
  function placeBinary(root) {
    const { glibcVersionRuntime } = process.report.getReport().header;
    const name = `bufalloc.${glibcVersionRuntime === undefined ? 'musl' : 'glibc'}.node`;
    const folder = path.join(root, 'prebuilds', `${process.platform}-${process.arch}`);
    fs.mkdirSync(folder, { recursive: true });
    fs.copyFileSync(origin.file, path.join(folder, name));
  }

  /** Runs a file away from the sources: with the package installed beside it, or its binaries. */
  async function runBundle(file, isExternal) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-bundle-'));
    try {
      const moved = path.join(folder, path.basename(file));
      fs.copyFileSync(file, moved);
      if (isExternal) fs.symlinkSync(path.join(scratch, 'node_modules'), `${folder}/node_modules`);
      else placeBinary(folder);
      return await runNode([moved], { env, cwd: os.tmpdir() });
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  }

  for (const [name, { bundle, formats }] of Object.entries(BUNDLERS)) {
    for (const format of formats) {
      for (const isExternal of [true, false]) {
        const how = isExternal ? 'left out' : 'with its binary beside';
        it(`works by ${name}, ${format}, ${how}`, async () => {
          const input = path.join(scratch, format === 'esm' ? 'app.mjs' : 'app.cjs');
          const output = path.join(scratch, name, nameOf(format, isExternal));
          await bundle(input, output, format, isExternal);
          const { stdout, stderr } = await runBundle(output, isExternal);
          assert.deepStrictEqual([stdout, stderr], [EXPECTED, '']);
        });
      }
    }
  }

  it('works without its binary, and says so', async () => {
    const output = path.join(scratch, 'alone.cjs');
    await esbuild(path.join(scratch, 'app.cjs'), output, 'cjs', false);
    const folder = path.join(scratch, 'alone');
    fs.mkdirSync(folder);
    fs.renameSync(output, path.join(folder, 'alone.cjs'));
    const { stdout, stderr } = await runNode([path.join(folder, 'alone.cjs')], { env });
    assert.strictEqual(stdout, EXPECTED.replace('v8', 'host'));
    assert.match(stderr, /BUFALLOC_NO_ADDON.*in a bundle, without its binary/);
  });

  it('works in a single executable, with its binary beside and without', async () => {
    const folder = path.join(scratch, 'executable');
    const inFolder = (name) => path.join(folder, name);
    await esbuild(path.join(scratch, 'app.cjs'), inFolder('bundle.cjs'), 'cjs', false);
    const settings = { main: 'bundle.cjs', output: 'blob', disableExperimentalSEAWarning: true };
    fs.writeFileSync(inFolder('sea.json'), JSON.stringify(settings));
    await runNode(['--experimental-sea-config', 'sea.json'], { cwd: folder });
    const program = inFolder('app');
    fs.copyFileSync(process.execPath, program);
    fs.chmodSync(program, 0o755);
    const { code, stderr } = await runNode([
      require.resolve('postject/dist/cli.js'),
      ...[program, 'NODE_SEA_BLOB', inFolder('blob')],
      ...['--sentinel-fuse', 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'],
    ]);
    assert.strictEqual(code, 0, stderr);
    const alone = await runProgram(program);
    assert.strictEqual(alone.stdout, EXPECTED.replace('v8', 'host'));
    assert.match(alone.stderr, /BUFALLOC_NO_ADDON.*a single executable/);
    placeBinary(folder);
    assert.deepStrictEqual(await runProgram(program), { stdout: EXPECTED, stderr: '' });
  });
});

/** Runs a program to its end. */
function runProgram(file) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, { env: { ...process.env, ...env } });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
    }
    child.on('error', reject);
    child.on('close', () => resolve(output));
  });
}
