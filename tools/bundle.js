'use strict';

/*
 * The faces of the package, dist/<name>.js for each subpath of its exports. In a clone each hands on the
 * file of lib/ of that name. For a package (npm's script `prepack`) what every program needs of lib/ is put
 * into the first face, dist/index.js: to find twenty files takes a program's start three milliseconds, and one
 * of them a quarter. Another face has its own file of lib/ in it. What is loaded when it is used stays in files
 * of its own, below dist/later/: V8 looks through all of a file before it runs any of it.
 *
 *   node tools/bundle.js                makes those
 *   node tools/bundle.js --undo         has the clone as it is checked in (npm's script `postpack`)
 *   node tools/bundle.js --to FOLDER    makes them for a folder outside, with a package.json: for benchmarks
 *
 * The files stay as they are, without their comments, each in a function: what Node.js makes of them.
 * `requireOwn` stands for `require` of another of them. Those outside of the first face get it from there, by a
 * symbol that the module has in a package.
 *
 * A package has no script `prepare`, either: there is nothing to build, and npm asks about a tarball that
 * has one.
 */

const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, '..');
const LIB = path.join(ROOT, 'lib');
const [option, folder] = process.argv.slice(2);
const isKnown =
  option === undefined ||
  (option === '--undo' && folder === undefined) ||
  (option === '--to' && folder !== undefined);
if (!isKnown) {
  console.error('Usage: node tools/bundle.js [--undo | --to FOLDER]');
  process.exit(2);
}
const HOME = option === '--to' ? path.resolve(folder) : ROOT;
const DIST = path.join(HOME, 'dist');
const LATER = path.join(DIST, 'later');
const MANIFEST = path.join(ROOT, 'package.json');
const SCRIPTS = '  "scripts": {\n';
/** By what the module has `requireOwn` for the files outside of it. */
const OWN = "Symbol.for('bufalloc.require')";
const PREPARE = '    "prepare": "node tools/prepare.js",\n';

const { exports: subpaths } = require('../package.json');

/** The faces: those of the exports that are JavaScript. */
const FACES = Object.values(subpaths)
  .map((target) => target.require?.default ?? target.default ?? target)
  .filter((file) => file.endsWith('.js'))
  .map((file) => path.basename(file, '.js'));

const fileOf = (face) => path.join(DIST, `${face}.js`);

const faceOf = (name) => `'use strict';

/* Written by tools/bundle.js; in a package, what it hands on is in here. */
module.exports = require('../lib/${name}.js');
`;

/** Has package.json with the script, which is the first, or without. */
function setPrepare(isThere) {
  const text = fs.readFileSync(MANIFEST, 'utf8').replace(PREPARE, '');
  fs.writeFileSync(MANIFEST, isThere ? text.replace(SCRIPTS, SCRIPTS + PREPARE) : text);
}

/** The faces as a clone has them, and nothing else. */
function undo() {
  if (HOME === ROOT) setPrepare(true);
  fs.rmSync(LATER, { force: true, recursive: true });
  for (const name of FACES) fs.writeFileSync(fileOf(name), faceOf(name));
}

/* --- the files of lib/, by their path there without the suffix --------------------------------------- */

/** A call for another file of lib/; all of them, and those that are always made at once: in no function, on no condition. */
const ANY = /require\(['"](\.[^'"]+?)(?:\.js)?['"]\)/g;
const AT_ONCE = /^\S(?:(?!=>|\?).)* require\('(\.[^']+?)(?:\.js)?'\)/gm;

const read = (name) => fs.readFileSync(path.join(LIB, `${name}.js`), 'utf8');
const resolve = (from, given) => path.posix.join(path.posix.dirname(from), given);

/** These files, those that they require by calls of a kind, and so on. */
function reach(names, calls) {
  const reached = new Set(names);
  for (const name of reached) {
    for (const [, given] of read(name).matchAll(calls)) {
      if (!given.endsWith('.json')) reached.add(resolve(name, given));
    }
  }
  return reached;
}

/**
 * The function of a file that is to lie in another: `requireOwn` stands for `require` of files of ours. JSON is
 * put in: not every bundler of programs takes it. In parentheses V8 compiles it at once, and not after a first look.
 */
function functionOf(name, file) {
  const { transformSync } = require('esbuild');
  const { code } = transformSync(read(name), { charset: 'ascii', target: 'node20' });
  const home = path.dirname(path.join(LIB, name));
  const folder = path.relative(path.dirname(file), home).replaceAll('\\', '/');
  const body = code
    .replaceAll('(__dirname,', `(__dirname, '${folder}',`)
    .replaceAll(ANY, (call, given) =>
      given.endsWith('.json')
        ? JSON.stringify(require(path.join(home, given)))
        : `requireOwn('${resolve(name, given)}')`,
    );
  return `(function (module, exports, requireOwn) {\n${body}})`;
}

/** The functions in a file that make what it is for: they run when it does. */
const MAKERS = /^function (create\w*)\([^]*?^\}$/gm;

/** The same of a file that runs at the start, with its makers in parentheses. */
const atOnce = (name, file) =>
  functionOf(name, file).replaceAll(MAKERS, (text, maker) => `const ${maker} = (${text});`);

const startOf = (names, later) => `'use strict';

/* Written by tools/bundle.js: files of lib/. */
const files = {
  __proto__: null,
${names.map((name) => `'${name}': ${atOnce(name, fileOf('index'))},\n`).join('')}};

function later(name) {
  switch (name) {
${later.map((name) => `    case '${name}': return require('./later/${name}.js');\n`).join('')}  }
}

const loaded = { __proto__: null };

function requireOwn(name, run) {
  const had = loaded[name];
  if (had !== undefined) return had.exports;
  run ??= files[name] ?? later(name);
  const module = (loaded[name] = { exports: {} });
  try {
    run(module, module.exports, requireOwn);
  } catch (error) {
    loaded[name] = undefined;
    throw error;
  }
  return module.exports;
}

module.exports = requireOwn('index');
Object.defineProperty(module.exports, ${OWN}, { __proto__: null, value: requireOwn });
`;

/**
 * Another face. For an `import` of it Node.js looks for the names that it exports by the text, and sees those that
 * are said in this way.
 */
function otherFace(name) {
  const [names] = /(?<=^module\.exports = )\{[\w, ]+\}/m.exec(read(name));
  return `'use strict';

/* Written by tools/bundle.js: a file of lib/. */
const requireOwn = require('./index.js')[${OWN}];

module.exports = requireOwn('${name}', ${atOnce(name, fileOf(name))});

0 && (module.exports = ${names});
`;
}

function bundle() {
  const start = reach(['index'], AT_ONCE);
  const others = FACES.filter((name) => name !== 'index');
  const later = [...reach(FACES, ANY)].filter((name) => !start.has(name) && !others.includes(name));
  fs.writeFileSync(fileOf('index'), startOf([...start], later));
  for (const name of others) fs.writeFileSync(fileOf(name), otherFace(name));
  for (const name of later) {
    const file = path.join(LATER, `${name}.js`);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, `module.exports = ${functionOf(name, file)};\n`);
  }
}

function main() {
  fs.mkdirSync(DIST, { recursive: true });
  undo();
  if (option === '--undo') return;
  if (HOME === ROOT) setPrepare(false);
  else fs.copyFileSync(MANIFEST, path.join(HOME, 'package.json'));
  bundle();
}

try {
  main();
} catch (error) {
  undo();
  console.error(`bundle: ${error.message}`);
  process.exitCode = 1;
}
