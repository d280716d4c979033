'use strict';

/* Environment variables that make no sense are warned of once, however many allocators read them. */

const assert = require('node:assert');
const { runFixture } = require('./support/child');

describe('an environment variable that makes no sense', () => {
  for (const name of ['BUFALLOC_MAX_BYTES', 'BUFALLOC_NATIVE_MIN', 'BUFALLOC_PACING']) {
    it(`is warned of once in a process: ${name}`, async () => {
      const warnings = await runFixture('bad-environment', [], { env: { [name]: 'nonsense' } });
      assert.deepStrictEqual(warnings, [`BUFALLOC_BAD_ENV: ${name}`]);
    });
  }

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
