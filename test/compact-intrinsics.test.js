'use strict';

/* compact goes by the array that it is given, not by what a program made of Array's methods. */

const assert = require('node:assert');
const { ours } = require('./support/subject');

const { Buffer, compact } = ours;

/** Calls with methods of Array.prototype replaced; gives what came of it and which were called. */
function withPatched(names, call) {
  const called = [];
  const real = names.map((name) => [name, Array.prototype[name]]);
  for (const name of names) {
    Array.prototype[name] = function () {
      called[called.length] = name;
      return [];
    };
  }
  try {
    return { result: call(), called };
  } finally {
    for (const [name, method] of real) Array.prototype[name] = method;
  }
}

describe('compact of an array', () => {
  const names = ['map', 'filter', 'forEach', 'reduce', 'push', 'slice', 'concat', 'every', 'some'];
  const parts = () => {
    const line = Buffer.from('name=value');
    return [line.subarray(0, 4), line.subarray(5)];
  };

  it('calls no method of Array.prototype that a program has replaced', () => {
    const list = parts();
    const { result, called } = withPatched(names, () => compact(list));
    assert.deepStrictEqual(called, []);
    assert.deepStrictEqual(result.map(String), ['name', 'value']);
    assert.strictEqual(result[0].buffer.byteLength, 9);
  });

  it("calls no method of the array's own, or of its class", () => {
    class List extends Array {
      map() {
        throw new Error('not to be called');
      }
    }
    const list = List.from(parts());
    assert.deepStrictEqual([...compact(list)].map(String), ['name', 'value']);
    const own = parts();
    own.map = List.prototype.map;
    assert.deepStrictEqual([...compact(own)].map(String), ['name', 'value']);
  });

  it('asks no ArrayBuffer for a length that a program has replaced', () => {
    const real = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength');
    const list = parts();
    let result;
    Object.defineProperty(ArrayBuffer.prototype, 'byteLength', { ...real, get: () => 4 });
    try {
      result = compact(list);
    } finally {
      Object.defineProperty(ArrayBuffer.prototype, 'byteLength', real);
    }
    assert.deepStrictEqual(result.map(String), ['name', 'value']);
    assert.strictEqual(result[0].buffer.byteLength, 9);
  });

  it('uses no iterator that a program has replaced', () => {
    const real = Array.prototype[Symbol.iterator];
    const list = parts();
    let result;
    Array.prototype[Symbol.iterator] = () => {
      throw new Error('not to be called');
    };
    try {
      result = compact(list);
    } finally {
      Array.prototype[Symbol.iterator] = real;
    }
    assert.deepStrictEqual(result.map(String), ['name', 'value']);
  });
});
