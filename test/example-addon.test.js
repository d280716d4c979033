'use strict';

/* examples/addon: built as another project builds it, it compresses and decompresses as zlib does. */

const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const zlib = require('node:zlib');
const { release } = require('..');

const root = path.join(__dirname, '..');

describe('examples/addon', () => {
  let scratch, folder, addon;

  /* A project beside which the package is installed. */
  before(function () {
    this.timeout(180_000);
    scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-example-'));
    folder = path.join(scratch, 'examples', 'addon');
    const isSource = (name) => !/[\\/](build|node_modules)$/.test(name);
    fs.cpSync(path.join(root, 'examples', 'addon'), folder, { recursive: true, filter: isSource });
    fs.mkdirSync(path.join(scratch, 'node_modules'));
    fs.symlinkSync(root, path.join(scratch, 'node_modules', 'bufalloc'), 'junction');
    fs.symlinkSync(path.join(root, 'src'), path.join(scratch, 'src'), 'junction');
    const shell = process.platform === 'win32';
    const args = ['exec', '--no', '--', 'node-gyp', 'rebuild', '-C', folder, '--loglevel=error'];
    const built = spawnSync('npm', args, { cwd: root, shell, encoding: 'utf8' });
    assert.strictEqual(built.status, 0, `${built.stdout}${built.stderr}`);
    assert.doesNotMatch(built.stderr, /warning:/);
    addon = require(folder);
  });

  after(() => fs.rmSync(scratch, { recursive: true }));

  const inputs = {
    nothing: Buffer.alloc(0),
    text: Buffer.from('what is said again is short. '.repeat(10_000)),
    noise: require('node:crypto').randomBytes(300_000),
  };

  for (const [what, input] of Object.entries(inputs)) {
    it(`compresses ${what} as zlib reads it`, async () => {
      for (const level of [0, 1, 9]) {
        const packed = await addon.deflate(input, { level });
        assert.ok(zlib.inflateSync(packed).equals(input));
        assert.strictEqual(release(packed), true);
      }
    });

    it(`decompresses ${what} as zlib writes it, whatever size was guessed`, async () => {
      const packed = zlib.deflateSync(input);
      for (const size of [undefined, 1, 10_000, 1_000_000]) {
        assert.ok((await addon.inflate(packed, { size })).equals(input));
      }
    });
  }

  it('reads an input that is released meanwhile', async () => {
    const input = require('..').acquire(1_000_000).fill('again. ');
    const expected = Buffer.from(input);
    const packing = addon.deflate(input);
    assert.strictEqual(release(input), false);
    assert.ok(zlib.inflateSync(await packing).equals(expected));
    assert.strictEqual(release(input), true);
  });

  it('says what is wrong with its input', async () => {
    await assert.rejects(addon.inflate(Buffer.from('nonsense')), /data error/);
    const half = zlib.deflateSync(inputs.noise).subarray(0, 1000);
    await assert.rejects(addon.inflate(half), /buffer error/);
    assert.throws(() => addon.deflate('text'), TypeError);
  });

  it('is measured beside what addons do without bufalloc', () => {
    const bench = path.join(folder, 'bench.js');
    const args = [bench, '--jobs', '4', '--runs', '1', '--size', '64'];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.strictEqual(stderr, '');
    const row = ' +\\d+ MiB/s +[\\d.]+ ms/MiB +\\d+ MiB\n';
    const ways = ['bufalloc, released', 'bufalloc', 'external', 'copy'];
    const rows = ways.map((way) => `  ${way}${row}`).join('');
    assert.match(stdout, new RegExp(`^deflate\n${rows}inflate\n${rows}$`));
  });
});
