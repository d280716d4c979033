'use strict';

/* The programs of examples/ run: on real data, on both sides, with the same results. */

const assert = require('node:assert');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { runNode } = require('./support/child');
const { ask, askJson, endAll, startLookedAt } = require('./support/looked-at');
const { slabbed } = require('./support/subject');

const folder = path.join(__dirname, '..', 'examples');
const run = (name, ...args) => runNode([path.join(folder, name), ...args]);

/** The table that an example ends with: by side, the numbers of its columns. */
function tableOf(stdout) {
  const rows = stdout.matchAll(/^(built-in|bufalloc) +(\d+) MiB\/s +([\d.]+) s +(\d+) MiB$/gm);
  return Object.fromEntries([...rows].map(([, side, ...numbers]) => [side, numbers.map(Number)]));
}

function assertTable(stdout) {
  const table = tableOf(stdout);
  assert.deepStrictEqual(Object.keys(table), ['built-in', 'bufalloc'], stdout);
  for (const [, , rss] of Object.values(table)) assert.ok(rss > 0, stdout);
}

const examples = {
  'proxy.js': ['--size', '8', '--connections', '3', '--chunk', '64', '--rounds', '1'],
  'hash-files.js': ['--rounds', '1', '--parallel', '2', '--chunk', '4', __dirname],
};

for (const [name, args] of Object.entries(examples)) {
  describe(`examples/${name}`, () => {
    it('shows throughput, CPU time and peak RSS beside the same on the built-in', async () => {
      const { code, stdout, stderr } = await run(name, ...args);
      assert.strictEqual(stderr, '');
      assert.strictEqual(code, 0);
      assertTable(stdout);
    });

    it('explains itself', async () => {
      for (const option of ['--help', '-h']) {
        const { code, stdout } = await run(name, option);
        assert.strictEqual(code, 0);
        assert.ok(stdout.startsWith(`Usage: node examples/${name} [options]`));
        for (const key of args.filter((arg) => arg.startsWith('--')))
          assert.ok(stdout.includes(key));
      }
    });

    it('says what is wrong with its options, and ends with 2', async () => {
      for (const [wrong, complaint] of [
        [['--nonsense'], /Unknown option '--nonsense'/],
        [['--chunk', 'many'], /--chunk must be a whole number above 0, not 'many'/],
        [['--rounds', '0'], /--rounds must be a whole number above 0, not '0'/],
      ]) {
        const { code, stderr } = await run(name, ...wrong);
        assert.match(stderr, complaint);
        assert.match(stderr, /Try --help\.\n$/);
        assert.strictEqual(code, 2);
      }
    });
  });
}

describe('examples/hash-files.js', () => {
  it('comes to the right digests, for files of any size', async () => {
    const files = [process.execPath, __filename, path.join(folder, 'sides.js')];
    const { code, stdout } = await run('hash-files.js', '--list', '--rounds', '1', ...files);
    assert.strictEqual(code, 0);
    for (const file of files) {
      const real = fs.realpathSync(file);
      const digest = createHash('sha256').update(fs.readFileSync(real)).digest('hex');
      assert.ok(stdout.includes(`${digest}  ${real}\n`), file);
    }
  });

  it('takes other hashes, and says when there is none of that name', async () => {
    const { stdout } = await run(
      'hash-files.js',
      ...['--algorithm', 'sha1', '--list', '--rounds', '1', __filename],
    );
    const digest = createHash('sha1').update(fs.readFileSync(__filename)).digest('hex');
    assert.ok(stdout.includes(digest));
    const { code, stderr } = await run('hash-files.js', '--algorithm', 'nonsense');
    assert.deepStrictEqual([code, stderr], [2, "there is no hash 'nonsense'. Try --help.\n"]);
  });

  it('says which name cannot be read', async () => {
    const { code, stderr } = await run('hash-files.js', '/no/such/file');
    assert.deepStrictEqual(
      [code, stderr],
      [2, '/no/such/file cannot be read: ENOENT. Try --help.\n'],
    );
  });
});

describe('examples/leaky-server', () => {
  const leaky = (name) => path.join(folder, 'leaky-server', name);
  let server;

  before(async () => {
    server = await startLookedAt({ program: leaky('server.js'), args: ['--port', '0'] });
    await ask(`${server.url}startProfile`, { method: 'POST' });
    const args = ['--url', await server.stdout(/http:\S+/), '--requests', '300', '--rate', '2000'];
    const { code, stdout, stderr } = await runNode([leaky('load.js'), ...args]);
    assert.deepStrictEqual([code, stderr], [0, '']);
    assert.ok(stdout.endsWith('300 requests\n'));
  });

  after(endAll);

  it('has its culprits in a profile', async () => {
    await ask(`${server.url}collect`, { method: 'POST' });
    const { profile } = await askJson(`${server.url}sites`);
    const inUse = {};
    const visit = ({ callFrame, selfSize, children }) => {
      inUse[callFrame.functionName] = (inUse[callFrame.functionName] ?? 0) + selfSize;
      children.forEach(visit);
    };
    visit(profile.head);
    const held = Object.keys(inUse).filter((name) => inUse[name] > 0);
    for (const name of ['drawPreview', 'readMessage']) assert.ok(held.includes(name), `${held}`);
    assert.ok(inUse.drawPreview > inUse.readMessage);
  });

  slabbed(() => {
    it('has them in a census: pinned, held, and never reset', async () => {
      const { groups } = await askJson(`${server.url}census`, { method: 'POST' });
      const of = (kind, most) => groups.find((group) => group.kind === kind && group.most === most);
      const messages = of('dedicated', 64 * 1024);
      assert.deepStrictEqual([messages.count, messages.liveBytes], [100, 1000]);
      assert.strictEqual(of('acquired', 256 * 1024).count, 100);
      assert.ok(of('arena', 64 * 1024).count > 5);
    });

    it('shows the arena that is never reset', async () => {
      const { allocators } = await askJson(`${server.url}state`);
      const { resets, usedBytes } = allocators.find(({ name }) => name === 'traces');
      assert.strictEqual(resets, 0);
      assert.ok(usedBytes > 300 * 1024);
    });
  });
});

describe('examples/pinned-slabs.js', () => {
  it('pins a slab for each entry, and none with compact', async () => {
    const { code, stdout } = await run('pinned-slabs.js');
    assert.strictEqual(code, 0);
    const mebibytes = [...stdout.matchAll(/([\d.]+) MiB of it pinned/g)].map(([, text]) =>
      Number(text),
    );
    assert.ok(mebibytes[0] > 3.5, stdout);
    assert.ok(mebibytes[1] < 0.1, stdout);
  });
});
