'use strict';

/* Buffer(…) and new Buffer(…), the deprecation included. */

const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { ours } = require('./support/subject');
const { isZero } = require('./support/bytes');
const { fixtures, runNode } = require('./support/child');
const { same, sameError } = require('./support/outcome');
const { ways } = require('./fixtures/constructor-call');

const root = path.join(__dirname, '..');

// The constructor may be the built-in's own, and then takes its memory where that does.
const sameBuffer = (call) => same(call, { anyPool: true });

describe('the Buffer constructor', () => {
  // The warning is looked at in child processes, below.
  const previous = process.noDeprecation;
  before(() => (process.noDeprecation = true));
  after(() => (process.noDeprecation = previous));

  const forms = {
    'a size': [5],
    'a size of 0': [0],
    'a large size': [200_000],
    'a fractional size': [2.5],
    'a string': ['abc'],
    'a string and an encoding': ['6162', 'hex'],
    'an array': [[1, 2, 3]],
    'a Uint8Array': [new Uint8Array([1, 2])],
    'an ArrayBuffer': [new ArrayBuffer(8)],
    'an ArrayBuffer, an offset and a length': [new ArrayBuffer(8), 2, 4],
    'its own JSON': [{ type: 'Buffer', data: [1, 2] }],
    'an object with valueOf': [{ valueOf: () => 'abc' }],
  };
  for (const [title, args] of Object.entries(forms)) {
    it(`makes the same buffer, called or constructed, of ${title}`, () => {
      sameBuffer(({ Buffer: B }) => B(...args));
      sameBuffer(({ Buffer: B }) => new B(...args));
      sameBuffer(({ Buffer: B }) => Reflect.construct(B, args));
      sameBuffer(({ Buffer: B }) => B.call({}, ...args));
    });
  }

  it('fills a size with zeroes', () => {
    const { Buffer: B } = ours;
    assert.ok(isZero(new B(150_000)));
  });

  it('shares the memory of an ArrayBuffer', () => {
    const { Buffer: B } = ours;
    const store = new ArrayBuffer(8);
    assert.strictEqual(new B(store).buffer, store);
  });

  it('refuses what the built-in refuses, with its errors', () => {
    const wrong = [[], [undefined], [null], [true], [{}], [() => {}], [Symbol('x')], [5n], [-1]];
    for (const args of [...wrong, [NaN], [Infinity], [2 ** 53], [5, 'utf8'], ['a', 'nonsense']]) {
      sameError(({ Buffer: B }) => B(...args));
      sameError(({ Buffer: B }) => new B(...args));
    }
  });

  it('ignores what a subclass and new.target ask for, as the built-in does', () => {
    sameBuffer(({ Buffer: B }) => {
      class Sub extends B {}
      return new Sub('abc');
    });
    sameBuffer(({ Buffer: B }) => {
      class Sub extends B {
        constructor(text) {
          super(text);
          this.own = 1;
        }
      }
      const sub = new Sub('abc');
      return [sub instanceof Sub, sub instanceof B, sub.own, sub.toString()].join();
    });
    sameBuffer(({ Buffer: B }) => Reflect.construct(B, ['abc'], Array));
  });
});

describe('the deprecation DEP0005 of the constructor', () => {
  let folder;

  // An application with a dependency, where bufalloc is installed as a dependency is.
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-test-'));
    const dependency = path.join(folder, 'node_modules', 'dependency');
    fs.mkdirSync(dependency, { recursive: true });
    fs.symlinkSync(root, path.join(folder, 'node_modules', 'bufalloc'), 'junction');
    const script = path.join(fixtures, 'constructor-call.js');
    fs.copyFileSync(script, path.join(folder, 'own.js'));
    fs.copyFileSync(script, path.join(dependency, 'index.js'));
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** What a process that makes the call says on stderr, without its pid and stacks; and its exit code. */
  async function warningOf(from, bufferModule, how, flags) {
    const code = `require(${JSON.stringify(from)})(require(${JSON.stringify(bufferModule)}).Buffer, '${how}')`;
    const script = path.join(folder, 'app.js');
    fs.writeFileSync(script, code);
    const { stderr, code: exit } = await runNode(
      ['--preserve-symlinks', '--preserve-symlinks-main', ...flags, script],
      { cwd: folder },
    );
    const text = stderr.replace(/\(node:\d+\)/g, '(node)').replace(/^ {4}at .*\n/gm, '');
    return { exit, text };
  }

  /** Compares both sides, with bufalloc as an installed dependency and from other places. */
  async function sameWarning(from, how, flags = [], others = []) {
    const expected = await warningOf(from, 'node:buffer', how, flags);
    for (const place of ['bufalloc', ...others]) {
      assert.deepStrictEqual(await warningOf(from, place, how, flags), expected, place);
    }
    return expected.text;
  }

  it('is given for a call from an application', async () => {
    const text = await sameWarning('./own.js', 'call', [], [root]);
    assert.match(text, /DEP0005/);
  });

  it('is not given for a call from a dependency', async () => {
    const text = await sameWarning('dependency', 'call', [], [root]);
    assert.doesNotMatch(text, /DEP0005/);
  });

  it('is given once', async () => {
    const text = await sameWarning('./own.js', 'twice');
    assert.strictEqual(text.match(/DEP0005/g).length, 1);
  });

  it('is given for a call from a dependency with --pending-deprecation', async () => {
    const text = await sameWarning('dependency', 'construct', ['--pending-deprecation']);
    assert.match(text, /DEP0005/);
  });

  for (const how of ways) {
    it(`is given as by the built-in from an application: ${how}`, async () => {
      await sameWarning('./own.js', how);
    });

    it(`is given as by the built-in from a dependency: ${how}`, async () => {
      await sameWarning('dependency', how);
    });
  }

  it('honours --no-deprecation and --throw-deprecation', async () => {
    assert.strictEqual(await sameWarning('./own.js', 'call', ['--no-deprecation']), '');
    await sameWarning('./own.js', 'construct', ['--trace-deprecation']);
    await sameWarning('./own.js', 'call', ['--throw-deprecation']);
  });
});
