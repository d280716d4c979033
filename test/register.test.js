'use strict';

/*
 * bufalloc/register: a program that knows nothing of bufalloc gets its memory from it, through the
 * built-in Buffer, and everything else stays as it was.
 */

const assert = require('node:assert');
const path = require('node:path');
const { fixtures, runFixture, runNode } = require('./support/child');
const { backend } = require('./support/subject');

const REQUIRE = ['--require', 'bufalloc/register'];
const IMPORT = ['--import', 'bufalloc/register'];
/** What two large buffers are counted as. */
const KIND = backend === 'v8' ? 'dedicated' : 'host';
const TWO_LARGE = { slab: 0, dedicated: 0, acquired: 0, arena: 0, secret: 0, host: 0, [KIND]: 2 };

const run = (mode, nodeArgs = [], env = {}) => runFixture('register', [mode], { nodeArgs, env });
const script = path.join(fixtures, 'register.js');

describe('bufalloc/register', () => {
  for (const preload of [REQUIRE, IMPORT]) {
    it(`has the global Buffer and node:buffer's allocate through bufalloc: ${preload[0]}`, async () => {
      assert.deepStrictEqual(await run('count', preload), TWO_LARGE);
    });
  }

  it('can be asked for in NODE_OPTIONS', async () => {
    const env = { NODE_OPTIONS: REQUIRE.join(' ') };
    assert.deepStrictEqual(await run('count', [], env), TWO_LARGE);
  });

  it('leaves the built-in Buffer what it is, but for where memory comes from', async () => {
    const results = await run('results', REQUIRE);
    assert.deepStrictEqual(results, await run('results'));
    assert.deepStrictEqual([results.same, results.isBuffer], [true, true]);
  });

  it("goes by the built-in's own poolSize", async () => {
    assert.strictEqual(await run('poolSize', REQUIRE), 4096);
  });

  it('reaches what core allocates through Buffer', async () => {
    const core = await run('core', REQUIRE);
    for (const [what, stores] of Object.entries(core)) {
      assert.ok(stores[KIND] > 0, `${what}: ${JSON.stringify(stores)}`);
    }
  });

  it('does nothing the second time', async () => {
    const { answers, same } = await run('twice', REQUIRE);
    assert.deepStrictEqual([answers, same], [[false, false], true]);
  });

  it('is taken over by another copy, which counts what it serves and gives the built-in’s back', async () => {
    assert.deepStrictEqual(await run('copies'), [TWO_LARGE, TWO_LARGE, TWO_LARGE]);
  });

  it('can be undone, and done again', async () => {
    const { answers, counted } = await run('undo');
    assert.deepStrictEqual([answers, counted], [[true, false, true], TWO_LARGE]);
  });

  it('leaves a function alone that something else has wrapped since', async () => {
    assert.deepStrictEqual(await run('wrapped', REQUIRE), { undone: true, kept: true });
  });

  it('can be undone, and done again, with a getter on Object.prototype', async () => {
    const { answers, undone, done } = await run('polluted', REQUIRE);
    assert.deepStrictEqual([answers, undone, done], [[true, true], true, true]);
  });

  for (const preload of [REQUIRE, IMPORT]) {
    it(`is inherited by workers: ${preload[0]}`, async () => {
      const { inherited } = await run('workers', preload);
      assert.deepStrictEqual(inherited, TWO_LARGE);
    });
  }

  it('reaches workers with options of their own through NODE_OPTIONS', async () => {
    const { inherited, own } = await run('workers', [], { NODE_OPTIONS: REQUIRE.join(' ') });
    assert.deepStrictEqual([inherited, own], [TWO_LARGE, TWO_LARGE]);
  });

  it('says nothing', async () => {
    const { code, stderr } = await runNode([...REQUIRE, script, 'count']);
    assert.deepStrictEqual([code, stderr], [0, '']);
  });
});

describe('BUFALLOC_STATS=exit', () => {
  it('prints a summary when the process ends', async () => {
    const env = { BUFALLOC_STATS: 'exit' };
    const { code, stderr } = await runNode([...REQUIRE, script, 'count'], { env });
    assert.strictEqual(code, 0);
    const [title, ...rows] = stderr.trimEnd().split('\n');
    assert.match(title, /^bufalloc: process \d+$/);
    const names = rows.map((row) => row.trim().split(/ {2,}/)[0]);
    assert.deepStrictEqual(names.slice(0, 4), ['backend', 'slabs', 'dedicated', 'runtime’s']);
    const large = rows.find((row) => row.includes(KIND === 'host' ? 'runtime’s' : KIND));
    assert.match(large, /\d+ \(\d+(\.\d)? MiB\)/);
    assert.doesNotMatch(stderr, /NaN|undefined/);
  });

  it('prints one for each worker as well', async () => {
    const env = { BUFALLOC_STATS: 'exit' };
    const { stderr } = await runNode([...REQUIRE, script, 'workers'], { env });
    assert.strictEqual(stderr.match(/^bufalloc: process \d+, worker \d+$/gm)?.length, 2, stderr);
  });

  it('prints none where it has another value, and warns of that', async () => {
    const env = { BUFALLOC_STATS: 'yes' };
    const { stderr } = await runNode([...REQUIRE, script, 'count'], { env });
    assert.match(
      stderr,
      /BUFALLOC_STATS must be 'exit' or a number of seconds, not 'yes'; ignored/,
    );
    assert.doesNotMatch(stderr, /^bufalloc: process/m);
  });
});
