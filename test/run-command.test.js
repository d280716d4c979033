'use strict';

/*
 * `bufalloc run`: a program, its child processes and its workers allocate through bufalloc, wherever
 * their working directories are.
 */

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { runNode } = require('./support/child');

const BUFALLOC = path.join(__dirname, '..', 'bin', 'bufalloc.js');
const REGISTERED = "String(Symbol.for('bufalloc.register') in Buffer)";

describe('bufalloc run', () => {
  let folder;
  before(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc run "'))));
  after(() => fs.rmSync(folder, { recursive: true }));

  /** Runs a program of that text by the command, with arguments. */
  function run(code, args = [], options = {}) {
    const script = path.join(folder, 'program.js');
    fs.writeFileSync(script, code);
    return runNode([BUFALLOC, 'run', script, ...args], options);
  }

  it('has a program, and hands it its arguments', async () => {
    const { code, stdout } = await run(`console.log(${REGISTERED}, ...process.argv.slice(2))`, [
      '--help',
      'a b',
    ]);
    assert.deepStrictEqual([code, stdout], [0, 'true --help a b\n']);
  });

  it('has its child in another folder, and a worker after chdir', async () => {
    const { code, stdout, stderr } = await run(`
      const { execFileSync } = require('node:child_process');
      const { Worker } = require('node:worker_threads');
      const args = ['-p', ${JSON.stringify(REGISTERED)}];
      process.stdout.write(execFileSync(process.execPath, args, { cwd: require('node:os').tmpdir() }));
      process.chdir('/');
      new Worker(${JSON.stringify(`console.log(${REGISTERED})`)}, { eval: true });
    `);
    assert.deepStrictEqual([code, stdout, stderr], [0, 'true\ntrue\n', '']);
  });

  it('keeps what NODE_OPTIONS has already', async () => {
    const env = { NODE_OPTIONS: '--no-deprecation' };
    const code = `console.log(process.noDeprecation, ${REGISTERED})`;
    assert.strictEqual((await run(code, [], { env })).stdout, 'true true\n');
  });

  it('works from a folder with a space and a quote in its name', async () => {
    const to = path.join(folder, 'copy');
    for (const name of ['dist', 'lib', 'bin', 'bench/core', 'package.json']) {
      fs.cpSync(path.join(__dirname, '..', name), path.join(to, name), { recursive: true });
    }
    const script = path.join(folder, 'program.js');
    fs.writeFileSync(script, `console.log(${REGISTERED})`);
    const { stdout, stderr } = await runNode([path.join(to, 'bin/bufalloc.js'), 'run', script], {
      env: { BUFALLOC_BACKEND: 'host' },
    });
    assert.deepStrictEqual([stdout, stderr], ['true\n', '']);
  });

  it('ends as the program ends', async () => {
    assert.strictEqual((await run('process.exit(7)')).code, 7);
    if (process.platform === 'win32') return;
    assert.strictEqual((await run("process.kill(process.pid, 'SIGKILL')")).code, 128 + 9);
  });

  describe('a signal', () => {
    /* How often it heard SIGINT, by the time that the command has handed on what came after that. */
    const program = `
      let times = 0;
      process.on('SIGINT', () => ++times === 1 && process.kill(process.ppid, 'SIGTERM'));
      process.on('SIGTERM', () => process.exit(console.log('heard ' + times)));
      setInterval(() => {}, 1000);
      console.log('ready');`;

    /** Starts it by a command that ends with the arguments, and has it interrupted; what it printed. */
    async function interrupt(command, args, send) {
      const script = path.join(folder, 'program.js');
      fs.writeFileSync(script, program);
      const child = spawn(command, [...args, BUFALLOC, 'run', script], {
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text) => {
        output += text;
        if (text.includes('ready')) send(child);
      });
      await once(child, 'close');
      return output;
    }

    it('is handed on', async function () {
      if (process.platform === 'win32') this.skip();
      const output = await interrupt(process.execPath, [], (child) => child.kill('SIGINT'));
      assert.match(output, /^heard 1$/m);
    });

    it('of a terminal is not heard twice', async function () {
      if (process.platform !== 'linux') this.skip();
      const inTerminal = 'import pty, sys; pty.spawn(sys.argv[1:])';
      const args = ['-c', inTerminal, process.execPath];
      const output = await interrupt('python3', args, ({ stdin }) => stdin.write('\x03'));
      assert.match(output, /heard 1\r?$/m);
    });
  });

  it('runs other programs, which start Node.js themselves', async () => {
    if (process.platform === 'win32') return;
    const command = `"${process.execPath}" -p "${REGISTERED}"`;
    const { stdout } = await runNode([BUFALLOC, 'run', 'sh', '-c', command]);
    assert.strictEqual(stdout, 'true\n');
  });

  it('prints the setting, for who starts programs otherwise', async () => {
    const { stdout } = await runNode([BUFALLOC, 'run', '--print']);
    const [, options] = /^NODE_OPTIONS='(.*)'\n$/.exec(stdout);
    const env = { NODE_OPTIONS: options };
    const child = await runNode(['-p', REGISTERED], { env, cwd: os.tmpdir() });
    assert.strictEqual(child.stdout, 'true\n');
  });

  it('has a --help, and says what is wrong', async () => {
    assert.match((await runNode([BUFALLOC, 'run', '--help'])).stdout, /^Usage: bufalloc run/);
    for (const [args, complaint] of [
      [[], /a script or a command is missing/],
      [[''], /a script or a command is missing/],
      [['--frobnicate'], /unknown option '--frobnicate'/],
      [['no-such-program'], /there is no 'no-such-program' to run/],
      ...(process.platform === 'win32' ? [] : [[[os.tmpdir()], /'.*' is no program/]]),
    ]) {
      const { code, stderr } = await runNode([BUFALLOC, 'run', ...args]);
      assert.strictEqual(code, 2);
      assert.match(stderr, complaint);
    }
  });
});
