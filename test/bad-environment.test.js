'use strict';

/* Environment variables that make no sense are warned of once, however many allocators read them. */

const assert = require('node:assert');
const os = require('node:os');
const { SETTINGS } = require('../lib/settings');
const { runFixture, runNode } = require('./support/child');

const load = `require(${JSON.stringify(require.resolve('..'))})`;

/** Those for which everything is a value: a path. */
const ANYTHING = ['BUFALLOC_BINARY', 'BUFALLOC_PROFILE'];

const names = Object.values(SETTINGS).flatMap(({ env = [] }) => env);

describe('an environment variable that makes no sense', () => {
  for (const name of names.filter((each) => !ANYTHING.includes(each))) {
    it(`is warned of once in a process: ${name}`, async () => {
      /* Whoever asks for a backend does not ask for its older name. */
      const env = { BUFALLOC_BACKEND: '', [name]: 'nonsense' };
      const warnings = await runFixture('bad-environment', [], { env });
      assert.deepStrictEqual(warnings, [`BUFALLOC_BAD_ENV: ${name}`]);
    });
  }

  it('is warned of where it is the name of what every object inherits', async () => {
    const env = { BUFALLOC_DEBUG: 'constructor', BUFALLOC_PACING: '__proto__' };
    const warnings = await runFixture('bad-environment', [], { env });
    assert.deepStrictEqual(
      warnings.sort(),
      Object.keys(env).map((name) => `BUFALLOC_BAD_ENV: ${name}`),
    );
  });

  it('is warned of beside the others', async () => {
    const env = { BUFALLOC_MAX_BYTES: '-1', BUFALLOC_MAX_CACHED_BYTES: 'x' };
    const warnings = await runFixture('bad-environment', [], { env });
    assert.deepStrictEqual(
      warnings.sort(),
      Object.keys(env).map((name) => `BUFALLOC_BAD_ENV: ${name}`),
    );
  });

  it('is none where all make sense', async () => {
    const env = { BUFALLOC_MAX_BYTES: '1e9', BUFALLOC_PACING: 'off' };
    assert.deepStrictEqual(await runFixture('bad-environment', [], { env }), []);
  });
});

describe('an environment variable with a size', () => {
  /** What `limits.maxBytes` is with BUFALLOC_MAX_BYTES=`text`; undefined where that is warned of. */
  async function sizeOf(text) {
    const code = `
      const before = ${load}.stats().limits.maxBytes;
      process.on('warning', () => console.log('warned'));
      setImmediate(() => console.log(before));
    `;
    const { stdout } = await runNode(['-e', code], { env: { BUFALLOC_MAX_BYTES: text } });
    return stdout.startsWith('warned') ? undefined : Number(stdout);
  }

  const sizes = {
    1000000: 1e6,
    '1e6': 1e6,
    '64MB': 64e6,
    '1GiB': 2 ** 30,
    '1.5 KiB': 1536,
    '2gib': 2 ** 31,
    Infinity: Infinity,
    '64M': undefined,
    '64XB': undefined,
    MB: undefined,
    '-1MB': undefined,
  };
  it('is half of the memory that the process may use, if there is none', async () => {
    const constrained = process.constrainedMemory() || Infinity;
    const available = Math.min(os.totalmem(), constrained);
    assert.strictEqual(await sizeOf(''), Math.floor(available / 2));
  });

  for (const [text, size] of Object.entries(sizes)) {
    it(`is ${size === undefined ? 'not understood' : size}: ${text}`, async () => {
      assert.strictEqual(await sizeOf(text), size);
    });
  }
});
