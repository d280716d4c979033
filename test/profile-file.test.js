'use strict';

/* BUFALLOC_PROFILE: a profile of a program that knows nothing of it, written to a file. */

const assert = require('node:assert');
const { fork } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { gunzipSync } = require('node:zlib');
const { Profile } = require('pprof-format');
const { runNode } = require('./support/child');

const MIB = 1024 * 1024;
const program = path.join(__dirname, 'fixtures', 'profile-program.js');
const register = path.join(__dirname, '..', 'lib', 'register.js');

describe('BUFALLOC_PROFILE', () => {
  let folder;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-profile-'))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const inFolder = (name) => path.join(folder, name);

  async function run(file, args, nodeArgs = []) {
    const result = await runNode([...nodeArgs, '-r', register, program, ...args], {
      env: { BUFALLOC_PROFILE: file },
    });
    assert.strictEqual(result.code, 0, result.stderr);
    return result;
  }

  /** The bytes in use by what `keepBuffers` has allocated, in a profile of collapsed stacks. */
  function readKept(file) {
    const lines = fs.readFileSync(file, 'utf8').split('\n');
    const kept = lines.filter((line) => /;keepBuffers \(.*\) \d+$/.test(line));
    return kept.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /* Of 64 buffers of 1 MiB each is sampled with a probability of 0.86, unless time is short. */
  const assertKept = (bytes) =>
    assert.ok(bytes > 16 * MIB && bytes < 256 * MIB, `${bytes / MIB} MiB`);

  it('has one written at the end, of a program that knows nothing of it', async () => {
    const file = inFolder('a.pb.gz');
    const { stdout, stderr } = await run(file, []);
    assert.deepStrictEqual([stdout, stderr], ['', '']);
    const { stringTable } = Profile.decode(gunzipSync(fs.readFileSync(file)));
    assert.ok(stringTable.strings.includes('keepBuffers'));
  });

  it('writes it in the format that the name tells', async () => {
    await run(inFolder('a.heapprofile'), []);
    assert.ok(JSON.parse(fs.readFileSync(inFolder('a.heapprofile'), 'utf8')).head);
    await run(inFolder('a.collapsed'), []);
    assertKept(readKept(inFolder('a.collapsed')));
  });

  it('writes a file for each worker, with its number', async () => {
    await run(inFolder('a.b.txt'), ['worker']);
    assert.deepStrictEqual(fs.readdirSync(folder).sort(), ['a-1.b.txt', 'a.b.txt']);
    assertKept(readKept(inFolder('a-1.b.txt')));
    assert.strictEqual(readKept(inFolder('a.b.txt')), 0);
  });

  it('has the process’s number in the name where %p is', async () => {
    await run(inFolder('%p.txt'), []);
    const [file] = fs.readdirSync(folder);
    assert.match(file, /^\d+\.txt$/);
  });

  it('writes it where the program has begun, wherever it ends', async () => {
    const elsewhere = fs.mkdtempSync(path.join(folder, 'elsewhere-'));
    const code = `require(${JSON.stringify(register)}); process.chdir(${JSON.stringify(elsewhere)});`;
    const env = { BUFALLOC_PROFILE: 'a.txt' };
    const { stderr } = await runNode(['-e', code], { cwd: folder, env });
    assert.strictEqual(stderr, '');
    assert.deepStrictEqual(
      [fs.existsSync(inFolder('a.txt')), fs.readdirSync(elsewhere)],
      [true, []],
    );
  });

  it('says so if it cannot be written, and lets the program end as it does', async () => {
    const { code, stderr } = await run(inFolder('missing/a.txt'), []);
    assert.strictEqual(code, 0);
    assert.match(stderr, /^\(bufalloc\) BUFALLOC_PROFILE: ENOENT.*\n$/);
  });

  it('has sites in the sources that a source map tells of', async () => {
    const map = {
      version: 3,
      sources: ['original.ts'],
      names: [],
      // The first line of the program is line 10 of the source: column 0, source 0, line 9.
      mappings: 'AASA',
    };
    const code = `function mapped() { return Buffer.allocUnsafeSlow(8 << 20); } global.kept = [mapped(), mapped(), mapped(), mapped()];`;
    fs.writeFileSync(
      inFolder('built.js'),
      `${code}\n//# sourceMappingURL=data:application/json;base64,${btoa(JSON.stringify(map))}\n`,
    );
    const args = ['--enable-source-maps', '-r', register, inFolder('built.js')];
    await runNode(args, { env: { BUFALLOC_PROFILE: inFolder('a.txt') } });
    assert.match(fs.readFileSync(inFolder('a.txt'), 'utf8'), /;mapped \(.*original\.ts:10\) \d+\n/);
  });

  if (process.platform !== 'win32') {
    it('works in a folder that is no longer there', async () => {
      const code = `
        process.chdir(${JSON.stringify(folder)});
        require('node:fs').mkdirSync('gone');
        process.chdir('gone');
        require('node:fs').rmdirSync('../gone');
        require(${JSON.stringify(register)});
        console.log('loaded');`;
      const { stdout } = await runNode(['-e', code], { env: { BUFALLOC_PROFILE: 'a.txt' } });
      assert.strictEqual(stdout, 'loaded\n');
    });

    /** Starts the program, which says when it is ready and ends when it is told. */
    async function start(mode) {
      const child = fork(program, [mode], {
        execArgv: ['-r', register],
        env: { ...process.env, BUFALLOC_PROFILE: inFolder('a.txt') },
      });
      await once(child, 'message');
      const end = async () => {
        const ended = once(child, 'exit');
        child.send('end');
        await ended;
      };
      return { child, end };
    }

    it('writes it on SIGUSR2', async () => {
      const { child, end } = await start('signal');
      child.kill('SIGUSR2');
      await new Promise((resolve) => {
        const look = () => {
          const there = fs.existsSync(inFolder('a.txt')) && readKept(inFolder('a.txt')) > 0;
          if (there) resolve();
          else setTimeout(look, 10);
        };
        look();
      });
      assertKept(readKept(inFolder('a.txt')));
      await end();
    });

    it('leaves SIGUSR2 to a program that has a handler of its own', async () => {
      const { child, end } = await start('own signal');
      child.kill('SIGUSR2');
      assert.deepStrictEqual((await once(child, 'message'))[0], 'own');
      assert.ok(!fs.existsSync(inFolder('a.txt')));
      await end();
      assertKept(readKept(inFolder('a.txt')));
    });

    it('lets a program end that sends itself SIGUSR2 again once it has cleaned up', async () => {
      const { child } = await start('own end');
      const ended = once(child, 'exit');
      child.kill('SIGUSR2');
      assert.deepStrictEqual(await ended, [null, 'SIGUSR2']);
    });
  }
});
