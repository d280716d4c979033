'use strict';

/*
 * The faces of the package, dist/<name>.js for each subpath of its exports. In a clone each hands on the
 * file of lib/ of that name. For a package (npm's script `prepack`) all of lib/ is put into one file,
 * dist/bufalloc.js, and the faces hand on what is in there: to find and compile twenty files takes a
 * program's start four milliseconds more than one.
 *
 *   node tools/bundle.js           makes that one file
 *   node tools/bundle.js --undo    has the clone as it is checked in (npm's script `postpack`)
 *
 * A package has no script `prepare`, either: there is nothing to build, and npm asks about a tarball that
 * has one.
 *
 * esbuild joins the files as they are, without their comments; what is loaded late stays so.
 */

const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, '..');
const LIB = path.join(ROOT, 'lib');
const DIST = path.join(ROOT, 'dist');
const BUNDLE = path.join(DIST, 'bufalloc.js');
const MANIFEST = path.join(ROOT, 'package.json');
const SCRIPTS = '  "scripts": {\n';
const PREPARE = '    "prepare": "node tools/prepare.js",\n';

const { exports: subpaths } = require('../package.json');

/** The faces: those of the exports that are JavaScript. */
const FACES = Object.values(subpaths)
  .map((target) => target.require?.default ?? target.default ?? target)
  .filter((file) => file.endsWith('.js'))
  .map((file) => path.basename(file, '.js'));

const faceOf = (name, what) => `'use strict';

/* Written by tools/bundle.js; in a package, all of lib/ in one file stands behind it. */
module.exports = ${what(name)};
`;

function writeFaces(what) {
  for (const name of FACES) {
    fs.writeFileSync(path.join(DIST, `${name}.js`), faceOf(name, what));
  }
}

/** Has package.json with the script, which is the first, or without. */
function setPrepare(isThere) {
  const text = fs.readFileSync(MANIFEST, 'utf8').replace(PREPARE, '');
  fs.writeFileSync(MANIFEST, isThere ? text.replace(SCRIPTS, SCRIPTS + PREPARE) : text);
}

function undo() {
  setPrepare(true);
  fs.rmSync(BUNDLE, { force: true });
  writeFaces((name) => `require('../lib/${name}.js')`);
}

/** `__dirname` is the folder of the file that it stands in, in the bundle too. */
const keepFolders = {
  name: 'keep-folders',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, ({ path: file }) => {
      const code = fs.readFileSync(file, 'utf8');
      if (!code.includes('__dirname') || file.endsWith('binding.js')) return undefined;
      const folder = path.relative(DIST, path.dirname(file)).replaceAll('\\', '/');
      const folderOf = `var __dirname = require('node:path').join(__filename, '..', '${folder}');`;
      return { contents: code.replace("'use strict';", `'use strict'; ${folderOf}`), loader: 'js' };
    });
  },
};

function bundle() {
  const { build } = require('esbuild');
  const lines = FACES.map((name) => `exports.${name} = () => require('./${name}.js');`);
  return build({
    stdin: { contents: lines.join('\n'), resolveDir: LIB, sourcefile: 'faces.js' },
    outfile: BUNDLE,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    charset: 'utf8',
    logLevel: 'warning',
    plugins: [keepFolders],
  });
}

async function main() {
  undo();
  if (process.argv.includes('--undo')) return;
  await bundle();
  setPrepare(false);
  writeFaces((name) => `require('./bufalloc.js').${name}()`);
}

main().catch((error) => {
  undo();
  console.error(`bundle: ${error.message}`);
  process.exitCode = 1;
});
