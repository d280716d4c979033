'use strict';

/* Buffer.from in every form, Buffer.of and Buffer.copyBytesFrom. */

const assert = require('node:assert');
const { collect } = require('./support/collect');
const vm = require('node:vm');
const { backend, builtin, ours, slabbed } = require('./support/subject');
const { same } = require('./support/outcome');

const { Buffer } = ours;
const HALF = Buffer.poolSize >>> 1;
const ENCODINGS = [
  ...['utf8', 'utf-8', 'UTF8', 'Utf-8', 'ucs2', 'ucs-2', 'UCS2', 'utf16le', 'utf-16le', 'UTF-16LE'],
  ...['latin1', 'LATIN1', 'binary', 'ascii', 'ASCII', 'hex', 'HEX', 'base64', 'Base64'],
  ...['base64url', 'BASE64URL'],
];
const STRINGS = {
  empty: '',
  ascii: 'hello, world',
  'latin-1': 'h\u00e9llo w\u00f6rld \u00ff',
  'multi-byte': '\u20ac \u4e2d\u6587 \u{1f600}\u{1f680}',
  'around the end of ascii': '\x7e\x7f\x80',
  'with lone surrogates': 'a\ud800b\udc00c',
  'with nulls': '\0a\0\0b',
  hex: 'deadBEEF00',
  'hex of odd length': 'abc',
  'broken hex': 'abcdxx12',
  'no hex at all': 'zz',
  base64: 'aGVsbG8gd29ybGQ=',
  'base64 without padding': 'aGVsbG8gd29ybGQ',
  'base64 with spaces': 'aGVs bG8g\nd29y bGQ=',
  'url-safe base64': '_-8_-w',
  'padding alone': '====',
};

describe('Buffer.from a string', () => {
  for (const [title, string] of Object.entries(STRINGS)) {
    it(`reads it in every encoding: ${title}`, () => {
      for (const encoding of ENCODINGS) {
        same(({ Buffer: B }) => B.from(string, encoding));
      }
    });

    it(`writes it back in every encoding: ${title}`, () => {
      for (const encoding of ENCODINGS) {
        const back = Buffer.from(string, encoding).toString(encoding);
        assert.strictEqual(back, builtin.Buffer.from(string, encoding).toString(encoding));
      }
    });
  }

  it('reads utf8 where no encoding, or none that is a string, is given', () => {
    for (const encoding of [undefined, null, '', 0, 5, true, {}, []]) {
      same(({ Buffer: B }) => B.from('h\u00e9', encoding));
    }
  });

  it('reads strings of every length around the pool limit', () => {
    for (const encoding of ['utf8', 'latin1', 'ascii', 'hex', 'base64', 'base64url', 'utf16le']) {
      for (const half of [HALF / 4, HALF / 2, HALF, (HALF * 4) / 3, 2 * HALF]) {
        for (let length = Math.floor(half) - 2; length <= half + 2; length++) {
          for (const character of ['a', '\u00e9', '\u20ac', '=']) {
            same(({ Buffer: B }) => B.from(character.repeat(length), encoding));
          }
        }
      }
    }
  });

  it('reads strings of megabytes', () => {
    const string = 'd\u00e9ad'.repeat(700_000);
    for (const encoding of ['utf8', 'latin1', 'utf16le']) {
      same(({ Buffer: B }) => B.from(string, encoding).length);
      const back = Buffer.from(string, encoding).toString(encoding);
      assert.ok(back === string, `the string changed in ${encoding}`);
    }
  });

  it('reads ropes, slices and external-looking strings alike', () => {
    const rope = ['a'.repeat(20), '\u20ac'.repeat(20)].join('') + 'tail of the rope';
    for (const string of [rope, rope.slice(3, 30), JSON.stringify({ rope }), `${rope}${rope}`]) {
      same(({ Buffer: B }) => B.from(string));
    }
  });
});

describe('Buffer.from values to copy', () => {
  const values = {
    'an array': [1, 2, 3],
    'an empty array': [],
    'an array of numbers that are no bytes': [256, -1, 1.9, NaN, Infinity, 1e10],
    'an array of other things': ['1', '0x10', 'x', null, undefined, true, {}, [5]],
    'an array with holes': [1, , 3], // eslint-disable-line no-sparse-arrays
    'an array-like': { length: 3, 0: 7, 2: 9 },
    'an array-like of length 0': { length: 0, 0: 7 },
    'an array-like of negative length': { length: -4 },
    'an array-like of fractional length': { length: 2.5, 0: 1, 1: 2, 2: 3 },
    'an array-like whose length is NaN': { length: NaN },
    'an array-like whose length is a string': { length: '3', 0: 1 },
    'an array-like whose length is null': { length: null },
    'an object with a buffer but no length': { buffer: new ArrayBuffer(4) },
    'an object with a buffer and a length': { buffer: new ArrayBuffer(4), length: 2, 0: 5 },
    "a built-in's Buffer": builtin.Buffer.from('built in'),
    'a Buffer of ours': Buffer.from('ours'),
    'an empty Buffer': Buffer.alloc(0),
    'a Uint8Array': new Uint8Array([1, 2, 255]),
    'a view into the middle': new Uint8Array([1, 2, 3, 4]).subarray(1, 3),
    'a Uint8ClampedArray': new Uint8ClampedArray([1, 300]),
    'an Int8Array': new Int8Array([-1, -128]),
    'a Uint16Array': new Uint16Array([1, 256, 65535]),
    'an Int32Array': new Int32Array([1, -1]),
    'a Float32Array': new Float32Array([1.5, -1, NaN]),
    'a Float64Array': new Float64Array([1e10, 255.9]),
    'a BigInt64Array': new BigInt64Array([1n, -1n]),
    'a DataView': new DataView(new ArrayBuffer(8)),
    'its own JSON': JSON.parse(JSON.stringify(Buffer.from('json'))),
    'JSON of other things': { type: 'Buffer', data: [1, 'x', 300] },
    'JSON of nothing': { type: 'Buffer', data: [] },
    'JSON without an array': { type: 'Buffer', data: 'abc' },
    'JSON of another type': { type: 'Puffer', data: [1] },
    'an arguments object': (function () {
      return arguments;
    })(1, 2, 3),
  };
  for (const [title, value] of Object.entries(values)) {
    it(`treats as the built-in does: ${title}`, () => {
      same(({ Buffer: B }) => B.from(value));
      same(({ Buffer: B }) => B.from(value, 1, 2));
      same(({ Buffer: B }) => B.from(value, 'hex'));
    });
  }

  it('treats arrays and views around the pool limit as the built-in does', () => {
    for (const length of [HALF - 1, HALF, HALF + 1, 2 * HALF, 200_000]) {
      const view = Uint8Array.from({ length }, (_, i) => i);
      same(({ Buffer: B }) => B.from(view));
      same(({ Buffer: B }) => B.from(new Uint16Array(length).fill(300)));
      same(({ Buffer: B }) => B.from(Array.from(view)));
      same(({ Buffer: B }) => B.from({ length, 0: 1 }));
      same(({ Buffer: B }) => B.from({ type: 'Buffer', data: Array.from(view) }));
    }
  });

  it('treats views that say they have another length as the built-in does', () => {
    for (const length of [5, HALF, 200_000]) {
      for (const said of [length - 1, length / 2, NaN, 2 ** 40, Infinity]) {
        const lying = () =>
          Object.defineProperty(new Uint8Array(length), 'length', { value: said });
        same(({ Buffer: B }) => B.from(lying()));
      }
    }
  });

  it('copies, so that the source and the buffer change apart', () => {
    for (const length of [5, HALF, 200_000]) {
      for (const source of [
        new Uint8Array(length),
        Buffer.alloc(length),
        new Array(length).fill(0),
      ]) {
        const copy = Buffer.from(source);
        source[0] = 1;
        assert.strictEqual(copy[0], 0);
        copy[1] = 2;
        assert.strictEqual(source[1], 0);
      }
    }
  });

  it('reads values of another realm', () => {
    const foreign = (code) => vm.runInNewContext(code);
    for (const code of [
      '[1, 2]',
      'new Uint8Array([1, 2])',
      'new ArrayBuffer(3)',
      '({length: 1})',
    ]) {
      same(({ Buffer: B }) => B.from(foreign(code)));
    }
    same(({ Buffer: B }) => B.from(foreign('new String("abc")')));
  });
});

describe('Buffer.from an ArrayBuffer', () => {
  const kinds = {
    ArrayBuffer: () => Uint8Array.from({ length: 16 }, (_, i) => i).buffer,
    SharedArrayBuffer: () => {
      const shared = new SharedArrayBuffer(16);
      new Uint8Array(shared).forEach((_, i, view) => (view[i] = i));
      return shared;
    },
    'resizable ArrayBuffer': () => new ArrayBuffer(16, { maxByteLength: 32 }),
    'store of one of our buffers': () => Buffer.alloc(16).map((_, i) => i).buffer,
  };
  for (const [title, make] of Object.entries(kinds)) {
    it(`shares its memory: ${title}`, () => {
      const store = make();
      const buffer = Buffer.from(store);
      assert.strictEqual(buffer.buffer, store);
      assert.strictEqual(buffer.length, 16);
      buffer[3] = 99;
      assert.strictEqual(new Uint8Array(store)[3], 99);
      new Uint8Array(store)[4] = 98;
      assert.strictEqual(buffer[4], 98);
    });

    it(`takes an offset and a length as the built-in does: ${title}`, () => {
      const places = [
        undefined,
        null,
        0,
        1,
        15,
        16,
        17,
        -1,
        2.5,
        NaN,
        '4',
        'x',
        Infinity,
        {},
        true,
      ];
      for (const offset of places) {
        same(({ Buffer: B }) => B.from(make(), offset));
        for (const length of places) {
          same(({ Buffer: B }) => B.from(make(), offset, length));
        }
      }
    });
  }

  it('follows a resizable ArrayBuffer that is resized', () => {
    const lengths = ({ Buffer: B }) => {
      const store = new ArrayBuffer(8, { maxByteLength: 16 });
      const [whole, part] = [B.from(store), B.from(store, 2, 4)];
      store.resize(16);
      const grown = [whole.length, part.length];
      store.resize(4);
      return [...grown, whole.length, part.length].join();
    };
    same(lengths);
  });

  it('shares the whole slab behind a pooled buffer', () => {
    const pooled = Buffer.from('pooled');
    const again = Buffer.from(pooled.buffer, pooled.byteOffset, pooled.length);
    assert.strictEqual(again.toString(), 'pooled');
    again[0] = 'P'.charCodeAt(0);
    assert.strictEqual(pooled.toString(), 'Pooled');
  });

  it('treats a detached one as the built-in does', () => {
    same(({ Buffer: B }) => {
      const store = new ArrayBuffer(8);
      structuredClone(store, { transfer: [store] });
      return B.from(store);
    });
  });
});

describe('Buffer.from other objects', () => {
  const objects = {
    'a String object': () => new String('abc'),
    'valueOf giving a string': () => ({ valueOf: () => 'from valueOf' }),
    'valueOf giving an array': () => ({ valueOf: () => [1, 2] }),
    'valueOf giving an ArrayBuffer': () => ({ valueOf: () => new ArrayBuffer(4) }),
    'valueOf giving null': () => ({ valueOf: () => null }),
    'valueOf giving a number': () => ({ valueOf: () => 5 }),
    'valueOf that throws': () => ({
      valueOf() {
        throw new RangeError('from valueOf');
      },
    }),
    'a chain of valueOf': () => ({ valueOf: () => ({ valueOf: () => 'deep' }) }),
    'Symbol.toPrimitive giving a string': () => ({ [Symbol.toPrimitive]: () => 'primitive' }),
    'Symbol.toPrimitive giving a number': () => ({ [Symbol.toPrimitive]: () => 5 }),
    'Symbol.toPrimitive echoing its hint': () => ({ [Symbol.toPrimitive]: (hint) => hint }),
    'a length getter that throws': () => ({
      get length() {
        throw new RangeError('from length');
      },
    }),
    'no prototype, with a length': () => Object.assign(Object.create(null), { length: 1, 0: 65 }),
    'a proxy of an array': () => new Proxy([1, 2, 3], {}),
    'a proxy of a Uint8Array': () => new Proxy(new Uint8Array(3), {}),
    'a proxy that tells its prototype to nobody': () =>
      new Proxy([1, 2, 3], {
        getPrototypeOf() {
          throw new RangeError('from getPrototypeOf');
        },
      }),
    'a proxy that was revoked': () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
    'a revoked proxy of a function': () => {
      const { proxy, revoke } = Proxy.revocable(() => {}, {});
      revoke();
      return proxy;
    },
    'an object with the prototype of ArrayBuffers': () =>
      Object.create(ArrayBuffer.prototype, { length: { value: 1 }, 0: { value: 5 } }),
    'a Map': () => new Map([[1, 2]]),
    'a Set': () => new Set([1]),
    'a Date': () => new Date(0),
    'a Number object': () => new Number(5),
    'a regular expression': () => /x/,
    'a promise': () => Promise.resolve(),
    'an empty object': () => ({}),
    'a Blob': () => new Blob(['x']),
  };
  for (const [title, make] of Object.entries(objects)) {
    it(`treats as the built-in does: ${title}`, () => {
      same(({ Buffer: B }) => B.from(make()));
      same(({ Buffer: B }) => B.from(make(), 'hex'));
      same(({ Buffer: B }) => B.from(make(), 1, 1));
    });
  }

  it('asks an object the same questions in the same order', () => {
    const questions = (side, target) => {
      const asked = [];
      const proxy = new Proxy(target, {
        get(object, key) {
          asked.push(String(key));
          return object[key];
        },
      });
      try {
        side.Buffer.from(proxy);
      } catch {
        asked.push('threw');
      }
      return asked;
    };
    // How often it asks for the same differs between the built-in's versions, too.
    const distinct = (list) => [...new Set(list)];
    for (const target of [[1, 2], { length: 2 }, { type: 'Buffer', data: [1] }, {}]) {
      const asked = distinct(questions(ours, target));
      assert.deepStrictEqual(asked, distinct(questions(builtin, target)));
    }
  });
});

describe('Buffer.from an array of any length', () => {
  it('copies all of it, whatever its last byte', () => {
    for (const length of [1, 31, 32, 33, 63, 64, 65, 100, 4000]) {
      for (const last of [0, 0xa4, 0xa5, 0xa6, 0xff, 0x1a5]) {
        const list = Array.from({ length }, (_, i) => i);
        list[length - 1] = last;
        same(({ Buffer: B }) => B.from(list));
      }
    }
  });

  it('takes holes for zeroes, and asks a getter', () => {
    for (const length of [10, 100]) {
      const list = new Array(length);
      list[3] = 7;
      Object.defineProperty(list, length - 1, { get: () => 0xa5 });
      same(({ Buffer: B }) => B.from(list));
    }
  });
});

describe('Buffer.from an array that answers otherwise each time', () => {
  const LENGTH = 100;

  it('reads each element once, whatever the last byte', () => {
    for (const last of [0, 0xa4, 0xa5, 0xa6]) {
      same(({ Buffer: B }) => {
        let reads = 0;
        const list = new Array(LENGTH).fill(last);
        Object.defineProperty(list, 0, { get: () => ++reads });
        list[1] = { valueOf: () => 10 * ++reads };
        return [...B.from(list), reads];
      });
      same(({ Buffer: B }) => {
        const reads = [];
        const get = (target, key) => {
          if (/^\d/.test(String(key))) reads.push(key);
          return target[key];
        };
        return [...B.from(new Proxy(new Array(LENGTH).fill(last), { get })), reads.join()];
      });
    }
  });
});

describe('Buffer.of', () => {
  it('makes a buffer of its arguments, in a store of its own', () => {
    for (const items of [[], [1], [1, 2, 3], ['5', 'x', 300, -1], new Array(5000).fill(3)]) {
      same(({ Buffer: B }) => B.of(...items));
    }
  });
});

describe('Buffer.copyBytesFrom', () => {
  it('copies the bytes behind a typed array, offset and length in elements', () => {
    const view = new Uint16Array([0x0102, 0x0304, 0x0506, 0x0708]);
    for (const offset of [undefined, 0, 1, 3, 4, 5]) {
      for (const length of [undefined, 0, 1, 2, 10]) {
        same(({ Buffer: B }) => B.copyBytesFrom(view, offset, length));
        same(({ Buffer: B }) => B.copyBytesFrom(view.subarray(1), offset, length));
      }
    }
    same(({ Buffer: B }) => B.copyBytesFrom(new Float64Array([1.5, -0])));
    same(({ Buffer: B }) => B.copyBytesFrom(new Uint32Array(HALF / 4 + 1).fill(0x01020304)));
    same(({ Buffer: B }) => B.copyBytesFrom(new Uint8Array(0)));
  });

  it('copies, so that the source and the buffer change apart', () => {
    const view = new Uint8Array(5);
    const copy = Buffer.copyBytesFrom(view);
    view[0] = 1;
    assert.strictEqual(copy[0], 0);
  });
});

describe('the store of what Buffer.from makes', () => {
  it('is the pool or one of exactly its length', () => {
    for (const length of [1, HALF - 1, HALF, 65536, 200_000]) {
      for (const source of [
        'x'.repeat(length),
        new Uint8Array(length),
        new Array(length).fill(1),
      ]) {
        const { buffer } = Buffer.from(source);
        assert.strictEqual(buffer.byteLength, length < HALF ? Buffer.poolSize : length);
      }
    }
  });

  it(`is ${backend === 'v8' ? 'from C where it is large' : "the host's"}`, () => {
    const { stores } = ours.stats();
    const kept = ['x'.repeat(200_000), new Uint8Array(200_000)].map((value) => Buffer.from(value));
    const kind = backend === 'v8' ? 'dedicated' : 'host';
    assert.strictEqual(ours.stats().stores[kind].count - stores[kind].count, kept.length);
  });
});

describe('Buffer.from of a list that has fewer elements when it is read again', () => {
  it('shows nothing but its elements', async () => {
    for (let i = 0; i < 80; i++) Buffer.allocUnsafe((Buffer.poolSize >>> 1) - 1).fill(0xff);
    await collect();
    for (let i = 0; i < 10; i++) {
      let reads = 0;
      const list = {
        get length() {
          return reads++ < 3 ? 2000 : 1;
        },
        0: 7,
      };
      assert.ok(!Buffer.from(list).includes(0xff));
    }
  });

  it('is the whole string, or an error, where poolSize says something else each time', () => {
    const text = '\u00e9'.repeat(100);
    const { poolSize } = Buffer;
    let asked = 0;
    Buffer.poolSize = { valueOf: () => (asked++ % 3 === 0 ? 8192 : 16) };
    try {
      for (let i = 0; i < 40; i++) {
        let made;
        try {
          made = Buffer.from(text);
        } catch (error) {
          assert.strictEqual(error.name, 'RangeError');
          continue;
        }
        assert.strictEqual(made.toString(), text);
      }
    } finally {
      Buffer.poolSize = poolSize;
    }
  });

  it('leaves the memory of others alone where a list says its length in another way than by a number', () => {
    const odd = [' 5', '5', '0x5', [5], { valueOf: () => 5 }];
    for (const length of odd) {
      const get = (target, key) => (key === 'length' ? length : target[key]);
      const { allocUnsafe, close, from } = ours.createAllocator();
      allocUnsafe(16);
      const made = from({ type: 'Buffer', data: new Proxy([1, 2, 3], { get }) });
      const others = [1, 2, 3].map((byte) => allocUnsafe(16).fill(byte));
      assert.deepStrictEqual([...made], [1, 2, 3, 0, 0]);
      others.forEach((other, i) => assert.ok(other.every((byte) => byte === i + 1)));
      close();
    }
  });

  slabbed(() => {
    it('shows nothing of the slab for an array that is shorter when it is copied', async () => {
      for (let i = 0; i < 80; i++) Buffer.allocUnsafe((Buffer.poolSize >>> 1) - 1).fill(0xff);
      await collect();
      for (const said of [10, 100, 2000]) {
        for (const later of [0, 1, said - 1]) {
          for (let truths = 1; truths < 8; truths++) {
            let reads = 0;
            const get = (target, key) =>
              key === 'length' ? (reads++ < truths ? said : later) : target[key];
            const made = Buffer.from(new Proxy(new Array(said).fill(1), { get }));
            assert.ok(!made.includes(0xff), `${said} bytes ${truths} times, then ${later}`);
          }
        }
      }
    });
  });

  it('is zero after the elements of a view that says it is longer', async () => {
    for (let i = 0; i < 80; i++) Buffer.allocUnsafe((Buffer.poolSize >>> 1) - 1).fill(0xff);
    for (let i = 0; i < 80; i++) builtin.Buffer.allocUnsafe(4000).fill(0xff);
    await collect();
    for (const length of [100, 2000]) {
      const view = Object.defineProperty(new Uint8Array([1, 2, 3, 4]), 'length', { value: length });
      const expected = new Uint8Array(length);
      expected.set(view);
      for (let i = 0; i < 40; i++)
        assert.deepStrictEqual(new Uint8Array(Buffer.from(view)), expected);
    }
  });
});
