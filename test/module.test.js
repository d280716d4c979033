'use strict';

/* The module and its Buffer: what they export, inherit and look like from outside. */

const assert = require('node:assert');
const { pathToFileURL } = require('node:url');
const util = require('node:util');
const { builtin, ours } = require('./support/subject');
const { runNode } = require('./support/child');
const { same } = require('./support/outcome');

const root = require.resolve('..');

/**
 * What each program pays for when it starts in a clone (docs/internals.md), dist/index.js among it; one file that
 * stores by Node-API take beside, and one that reads the variable by which they are asked for.
 */
const MAX_FILES = 22;

const { Buffer } = ours;
const Host = builtin.Buffer;

describe('the module', () => {
  it("exports everything that the built-in's module exports", () => {
    const missing = Reflect.ownKeys(builtin).filter((key) => !(key in ours));
    assert.deepStrictEqual(missing, []);
    const hidden = Object.keys(builtin).filter((key) => !Object.keys(ours).includes(key));
    assert.deepStrictEqual(hidden, []);
  });

  it('exports the same values, Buffer apart', () => {
    for (const key of Object.keys(builtin)) {
      if (key !== 'Buffer') assert.strictEqual(ours[key], builtin[key], key);
    }
    assert.notStrictEqual(Buffer, Host);
  });

  it('leaves what the runtime loads when it is read, and can be assigned to', async () => {
    const code = `
      const bufalloc = require(${JSON.stringify(root)});
      const { get, enumerable, configurable } = Object.getOwnPropertyDescriptor(bufalloc, 'File');
      const isLate = typeof get === 'function' && enumerable && configurable;
      const heir = Object.create(bufalloc);
      Object.defineProperty(Object.prototype, 'get', { get() { throw new Error('met'); }, configurable: true });
      heir.File = 2;
      const isSame = heir.File === 2 && bufalloc.File === require('buffer').File;
      bufalloc.File = 1;
      delete Object.prototype.get;
      const { value } = Object.getOwnPropertyDescriptor(bufalloc, 'File');
      console.log(isLate, isSame, value, require('buffer').File !== 1);
    `;
    const { stdout, stderr } = await runNode(['-e', code]);
    assert.deepStrictEqual([stdout, stderr], ['true true 1 true\n', '']);
  });

  it('has all that is read late where it was frozen', async () => {
    const code = `
      const bufalloc = Object.freeze(require(${JSON.stringify(root)}));
      console.log(bufalloc.File === require('buffer').File);
    `;
    const { stdout, stderr } = await runNode(['-e', code]);
    assert.deepStrictEqual([stdout, stderr], ['true\n', '']);
  });

  it('exports stats and trim beside them', () => {
    for (const name of ['stats', 'trim']) {
      assert.strictEqual(typeof ours[name], 'function', name);
      assert.ok(!(name in builtin), `${name} would hide the built-in's`);
    }
  });

  it('passes INSPECT_MAX_BYTES through, both ways', () => {
    const before = builtin.INSPECT_MAX_BYTES;
    try {
      ours.INSPECT_MAX_BYTES = 2;
      assert.strictEqual(builtin.INSPECT_MAX_BYTES, 2);
      assert.strictEqual(util.inspect(Buffer.from('abc')), '<Buffer 61 62 ... 1 more byte>');
      builtin.INSPECT_MAX_BYTES = 1;
      assert.strictEqual(ours.INSPECT_MAX_BYTES, 1);
      assert.throws(() => (ours.INSPECT_MAX_BYTES = -1), { code: 'ERR_OUT_OF_RANGE' });
    } finally {
      builtin.INSPECT_MAX_BYTES = before;
    }
  });

  it("has the built-in's constants", () => {
    assert.strictEqual(ours.constants.MAX_LENGTH, builtin.constants.MAX_LENGTH);
    assert.strictEqual(ours.constants.MAX_STRING_LENGTH, builtin.constants.MAX_STRING_LENGTH);
  });

  it('loads without a word, and ends without one', async () => {
    const code = `const b = require(${JSON.stringify(root)}); b.Buffer.from('x'); b.stats(); b.trim();`;
    for (const flags of [[], ['--pending-deprecation'], ['--throw-deprecation']]) {
      const result = await runNode([...flags, '-e', code]);
      assert.deepStrictEqual(result, { code: 0, signal: null, stdout: '', stderr: '' });
    }
  });

  it('is loaded from few files', async () => {
    const code = `
      require(${JSON.stringify(root)});
      console.log(JSON.stringify(Object.keys(require.cache)));
    `;
    const { stdout } = await runNode(['-e', code]);
    const files = JSON.parse(stdout);
    const own = files.filter((file) => file.endsWith('.js'));
    assert.ok(own.length > 0 && own.length <= MAX_FILES, own.join('\n'));
  });

  it('leaves no trace on the globals and the built-in', async () => {
    const code = `
      const look = () => JSON.stringify([
        Reflect.ownKeys(globalThis), Reflect.ownKeys(require('buffer')), Reflect.ownKeys(Buffer),
        Reflect.ownKeys(Buffer.prototype), Buffer.poolSize, typeof gc, Buffer.prototype.constructor === Buffer,
        process.execArgv, process._getActiveHandles().length, process.listenerCount('exit'),
      ].map((v) => Array.isArray(v) ? v.map(String).sort() : v));
      const before = look();
      const { Buffer: Ours } = require(${JSON.stringify(root)});
      Ours.from('x'); Ours.alloc(1e6);
      const unchanged = look() === before;
      process.stdout.write(String(unchanged));
    `;
    const { stdout, stderr } = await runNode(['-e', code]);
    assert.deepStrictEqual([stdout, stderr], ['true', '']);
  });

  it('can be imported as an ES module', async () => {
    const face = pathToFileURL(require.resolve('../lib/index.mjs'));
    const code = `
      import whole from ${JSON.stringify(face)};
      import * as names from ${JSON.stringify(face)};
      console.log(JSON.stringify([
        whole.Buffer.from('x').toString(), names.default === whole,
        ['Buffer', 'stats', 'trim'].filter((name) => names[name] !== whole[name]),
      ]));
    `;
    const { stdout, stderr } = await runNode(['--input-type=module', '-e', code]);
    assert.strictEqual(stderr, '');
    assert.deepStrictEqual(JSON.parse(stdout), ['x', true, []]);
  });
});

describe('Buffer and its prototype', () => {
  const made = {
    alloc: Buffer.alloc(150_000),
    'a small alloc': Buffer.alloc(3),
    allocUnsafe: Buffer.allocUnsafe(3),
    allocUnsafeSlow: Buffer.allocUnsafeSlow(150_000),
    from: Buffer.from('abc'),
    concat: Buffer.concat([Buffer.from('abc')]),
    of: Buffer.of(1, 2),
    'an empty one': Buffer.alloc(0),
    'a slice': Buffer.from('abc').subarray(1),
  };

  it("is the built-in's very prototype", () => {
    assert.strictEqual(Buffer.prototype, Host.prototype);
    assert.strictEqual(Buffer.prototype.constructor, Host);
  });

  for (const [title, buffer] of Object.entries(made)) {
    it(`recognises buffers of both kinds as both kinds: ${title}`, () => {
      assert.ok(buffer instanceof Buffer);
      assert.ok(buffer instanceof Host);
      assert.ok(buffer instanceof Uint8Array);
      assert.ok(Buffer.isBuffer(buffer));
      assert.ok(Host.isBuffer(buffer));
      assert.strictEqual(Object.getPrototypeOf(buffer), Host.prototype);
      assert.ok(util.types.isUint8Array(buffer));
    });
  }

  it("recognises the built-in's buffers, and nothing else", () => {
    assert.ok(Host.from('x') instanceof Buffer);
    assert.ok(Buffer.isBuffer(Host.from('x')));
    for (const other of [
      new Uint8Array(1),
      'x',
      null,
      undefined,
      {},
      [],
      Buffer,
      Buffer.prototype,
    ]) {
      same(({ Buffer: B }) => B.isBuffer(other));
      same(({ Buffer: B }) => other instanceof B);
    }
  });

  it('inherits from the built-in', () => {
    assert.strictEqual(Object.getPrototypeOf(Buffer), Host);
    assert.strictEqual(Buffer[Symbol.species], Host[Symbol.species]);
  });

  it('can be extended', () => {
    class Sub extends Buffer {}
    assert.strictEqual(Sub.from('abc').toString(), 'abc');
    assert.strictEqual(Sub.alloc(3).length, 3);
    assert.strictEqual(Sub.poolSize, Buffer.poolSize);
    same(({ Buffer: B }) => {
      class Mine extends B {}
      return Mine.from('abc');
    });
    same(({ Buffer: B }) => {
      class Mine extends B {}
      return Mine.concat([Mine.of(1), Mine.allocUnsafe(2).fill(2)]);
    });
  });

  it('sees methods that were added to the prototype', () => {
    Host.prototype.shout = function shout() {
      return this.toString().toUpperCase();
    };
    try {
      assert.strictEqual(Buffer.from('abc').shout(), 'ABC');
    } finally {
      delete Host.prototype.shout;
    }
  });
});

describe('the statics of Buffer', () => {
  const statics = Object.getOwnPropertyNames(Host).filter((name) => name !== 'prototype');

  it("have the built-in's name and length", () => {
    const shape = (B) => statics.map((name) => [name, B[name]?.name, B[name]?.length]);
    const own = (B) => [B.name, B.length];
    assert.deepStrictEqual(own(Buffer), own(Host));
    assert.deepStrictEqual(shape(Buffer), shape(Host));
  });

  it('work when taken off Buffer', () => {
    const names = ['alloc', 'allocUnsafe', 'allocUnsafeSlow', 'from', 'concat', 'of', 'isBuffer'];
    const args = { from: ['abc'], concat: [[new Uint8Array(3)]], isBuffer: [3] };
    for (const name of names) {
      const call = ({ Buffer: B }) => {
        const taken = B[name];
        return taken(...(args[name] ?? [3]));
      };
      same(call, { unfilled: true });
    }
  });

  it("can be enumerated as the built-in's", () => {
    const enumerated = (B) => {
      const names = [];
      for (const name in B) names.push(name);
      return names.sort();
    };
    assert.deepStrictEqual(enumerated(Buffer), enumerated(Host));
  });

  it('can be replaced and put back, as tests and instrumentation do', () => {
    for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow', 'from', 'concat', 'poolSize']) {
      const { value, ...flags } = Object.getOwnPropertyDescriptor(Host, name);
      const own = Object.getOwnPropertyDescriptor(Buffer, name);
      assert.ok(own, `${name} is an own property`);
      assert.strictEqual(own.enumerable, flags.enumerable, name);
      assert.strictEqual(own.configurable, flags.configurable, name);
      assert.notStrictEqual(value, undefined);
      const before = Buffer[name];
      Buffer[name] = 'replaced';
      assert.strictEqual(Buffer[name], 'replaced');
      Buffer[name] = before;
      assert.strictEqual(Buffer[name], before);
    }
  });

  it('are no constructors where those of the built-in are none', () => {
    const constructs = (fn) => {
      try {
        Reflect.construct(Object, [], fn);
        return true;
      } catch {
        return false;
      }
    };
    const shape = (B) =>
      statics
        .filter((name) => typeof B[name] === 'function')
        .map((name) => [name, constructs(B[name])]);
    assert.deepStrictEqual(shape(Buffer), shape(Host));
  });

  it('give the same answers where they are inherited', () => {
    for (const value of ['utf8', 'UTF-8', 'hex', 'x', '', undefined, null, 5, {}]) {
      same(({ Buffer: B }) => B.isEncoding(value));
      same(({ Buffer: B }) => B.byteLength(value));
      same(({ Buffer: B }) => B.byteLength('h\u00e9', value));
    }
    const [a, b] = [Buffer.from('a'), Host.from('b')];
    same(({ Buffer: B }) => B.compare(a, b));
    same(({ Buffer: B }) => B.compare(b, new Uint8Array([1])));
  });

  it('includes those that a program added to the built-in', () => {
    Host.ownStatic = () => 'there';
    try {
      assert.strictEqual(Buffer.ownStatic(), 'there');
    } finally {
      delete Host.ownStatic;
    }
  });
});
