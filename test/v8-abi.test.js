'use strict';

/*
 * What src/addon/v8_abi.h declares by hand is what V8 has: the types, by compiling test/v8-abi/expected.cc
 * against the v8.h of the version that runs this; the mangled names, by comparing what that object
 * asks for with what the addon's own does.
 */

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { ROOT, nodeHeaders, readAddon } = require('../tools/sources');

const CXX = process.env.CXX || 'g++';
const THEIRS = path.join(__dirname, 'v8-abi', 'expected.cc');

/** Compiles a file; returns the symbols of V8 and of operator delete that the object asks for. */
function symbolsOf(source, flags, directory) {
  const object = path.join(directory, `${path.basename(source)}.o`);
  execFileSync(CXX, [...flags, '-fPIC', '-c', source, '-o', object], { cwd: ROOT });
  const names = execFileSync('nm', ['--undefined-only', '--format=posix', object], {
    encoding: 'utf8',
  });
  return names
    .split('\n')
    .map((line) => line.split(' ')[0])
    .filter((name) => /^_ZNK?2v8|^_Zd/.test(name))
    .sort();
}

/* The addon speaks V8's language where that could be tried. */
const { sources, cflags_cc: flags, defines } = readAddon(os.type().toLowerCase());

for (const source of sources.filter((name) => name.endsWith('.cc'))) {
  describe(`the declarations of V8 in ${source}`, () => {
    let directory;
    before(() => (directory = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-abi-'))));
    after(() => fs.rmSync(directory, { recursive: true }));

    it(`are those of the V8 of this Node.js, ${process.versions.v8}`, function () {
      this.timeout(120_000);
      const headers = ['-isystem', nodeHeaders()];
      const ours = symbolsOf(
        source,
        [...flags, ...defines.map((define) => `-D${define}`), ...headers],
        directory,
      );
      const theirs = symbolsOf(THEIRS, ['-std=c++20', ...headers], directory);
      assert.ok(ours.length >= 7, `V8 is called by ${ours.length} names`);
      assert.deepStrictEqual(ours, theirs);
    });
  });
}
