'use strict';

/*
 * allocSecret: buffers for what must not get about. What the system does with their memory is read in
 * test/c/guarded.c, what is left of their bytes in secrets-memory.test.js.
 */

const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { once } = require('node:events');
const { Worker, markAsUntransferable } = require('node:worker_threads');
const { backend, builtin, hostMode, hostOnly, native, ours } = require('./support/subject');
const { isFilled, isZero } = require('./support/bytes');
const { fixtures, runNode } = require('./support/child');
const { collectUntil } = require('./support/collect');
const { hasFaulted, runScript } = require('./support/faulting');
const { addressOf, givesEverythingBack, withAllocator } = require('./support/lifetimes');

const { Buffer, acquire, allocSecret, compact, release, stats } = ours;
const root = path.join(__dirname, '..');
const SIZES = [1, 7, 8, 13, 100, 4080, 4096, 5000, 100_000, 3_000_000];
const dispose = Symbol.dispose ?? Symbol.for('nodejs.dispose');
const guarded = () => stats().process.guardedBlocks;

describe('a secret', () => {
  givesEverythingBack();
  afterEach(() => collectUntil(() => guarded() === 0, 'all secrets came back'));

  it('is a Buffer of zeroes of the size that was asked for', () => {
    for (const size of SIZES) {
      const secret = allocSecret(size);
      assert.ok(Buffer.isBuffer(secret) && secret.length === size && isZero(secret), `${size}`);
      assert.ok(isFilled(secret.fill(7), 7));
      assert.strictEqual(secret.subarray(0, 1).buffer, secret.buffer);
      assert.ok(release(secret));
    }
  });

  it('is refused, or empty, where allocUnsafeSlow is', () => {
    for (const size of [0, -1, NaN, '10', undefined, 2 ** 60, Infinity, 1.5, {}]) {
      let expected;
      try {
        expected = builtin.Buffer.allocUnsafeSlow(size).length;
      } catch (error) {
        assert.throws(() => allocSecret(size), { code: error.code, message: error.message });
        continue;
      }
      assert.strictEqual(allocSecret(size).length, expected);
    }
  });

  it('shares its memory with no other buffer', () => {
    const secret = allocSecret(100);
    assert.strictEqual(secret.buffer.byteLength - secret.byteOffset, 100);
    const others = [Buffer.from('abc'), Buffer.allocUnsafe(10), allocSecret(100), acquire(100)];
    others.forEach((other) => assert.notStrictEqual(other.buffer, secret.buffer));
    [secret, others[2], others[3]].forEach((each) => assert.ok(release(each)));
  });

  it('is released as a whole, and once', () => {
    for (const size of SIZES) {
      const secret = allocSecret(size).fill(7);
      const view = secret.subarray(0);
      if (size > 1) assert.ok(!release(secret.subarray(1)));
      assert.ok(release(size % 2 === 0 ? secret : view));
      assert.strictEqual(secret.length + view.length, 0);
      assert.ok(!release(secret));
    }
  });

  it('is released by using', () => {
    const secret = allocSecret(10);
    secret[dispose]();
    assert.strictEqual(secret.length, 0);
    secret[dispose]();
    allocSecret(0)[dispose]();
  });

  it('is left alone by compact, and so is a part of it', () => {
    const secret = allocSecret(13).fill(7);
    const part = secret.subarray(2, 5);
    const small = Buffer.from('abc').subarray(1);
    assert.strictEqual(compact(secret), secret);
    assert.strictEqual(compact(part), part);
    const [first, second, third] = compact([secret, part, small]);
    assert.ok(first === secret && second === part);
    assert.ok(third.toString() === 'bc' && third.buffer.byteLength === 2);
    release(secret);
  });

  it('has secrets for copies by from and copyBytesFrom, wherever they are asked for', () => {
    const secret = allocSecret(13);
    for (let i = 0; i < 13; i++) secret[i] = i;
    const other = ours.createAllocator();
    const arena = ours.createArena();
    for (const subject of [Buffer, other, arena]) {
      const made = stats().secrets;
      const copies = [
        subject.from(secret),
        subject.from(secret.subarray(3)),
        subject.copyBytesFrom(secret, 3),
        subject.from(new Uint16Array(secret.buffer, 0, 5)),
      ];
      const { locked, unlocked } = stats().secrets;
      assert.strictEqual(locked + unlocked - made.locked - made.unlocked, 4);
      assert.deepStrictEqual([...copies[0]], [...secret]);
      for (const copy of copies.slice(1, 3))
        assert.deepStrictEqual([...copy], [...secret.subarray(3)]);
      assert.strictEqual(copies[3].length, 5);
      copies.forEach((copy) => assert.ok(release(copy)));
    }
    arena.close();
    other.close();
    assert.strictEqual(Buffer.from(secret.buffer).buffer, secret.buffer);
    assert.strictEqual(Buffer.from([1, 2, 3]).length + Buffer.from(new Uint8Array(3)).length, 6);
    release(secret);
  });

  it('has secrets for copies of views that say another length than they have', () => {
    const secret = allocSecret(13).fill(7);
    const says = (length) =>
      Object.defineProperty(new Uint8Array(secret.buffer, secret.byteOffset, 13), 'length', {
        value: length,
      });
    const made = stats().secrets;
    const copies = [20, 13.5, 1e6, Infinity, NaN].map((length) => Buffer.from(says(length)));
    const { locked, unlocked } = stats().secrets;
    assert.strictEqual(locked + unlocked - made.locked - made.unlocked, copies.length);
    const bytes = Array(13).fill(7);
    assert.deepStrictEqual([...copies[0]], [...bytes, ...Array(7).fill(0)]);
    for (const copy of copies.slice(1)) assert.deepStrictEqual([...copy], bytes);
    copies.forEach((copy) => assert.ok(release(copy)));
    assert.throws(() => Buffer.from(says(12)), { name: 'RangeError' });
    release(secret);
  });

  it('is counted by its allocator, which may end before it does', () => {
    let kept;
    withAllocator({}, (allocator) => {
      kept = allocator.allocSecret(10).fill(7);
      const { stores, secrets, lifetimes } = allocator.stats();
      assert.deepStrictEqual(
        stores.secret,
        hostMode ? { count: 0, bytes: 0 } : { count: 1, bytes: 10 },
      );
      assert.strictEqual(secrets.locked + secrets.unlocked, 1);
      assert.strictEqual(secrets.isLocked, secrets.unlocked === 0);
      assert.strictEqual(lifetimes.released, 0);
    });
    assert.ok(isFilled(kept, 7) && release(kept));
    const closed = ours.createAllocator();
    closed.close();
    assert.throws(() => closed.allocSecret(10), { code: 'ERR_BUFALLOC_CLOSED' });
  });

  it('is no business of the debugging mode, and leaves no poison', () => {
    withAllocator({ debug: true }, (allocator) => {
      const secret = allocator.allocSecret(100).fill(7);
      assert.ok(release(secret));
      assert.strictEqual(allocator.stats().debug.quarantineCount, 0);
    });
  });

  /* What is no longer anyone's may have got other bytes. */
  const isWiped = ({ code, stdout }) => code === 0 && !stdout.includes('\x07\x07');

  const ENDINGS = ['at its end', 'by process.exit', 'by an error', 'with lengths of its own'];
  for (const ending of ENDINGS) {
    it(`is wiped when the process ends: ${ending}`, async () => {
      const run = (subject, how) =>
        runNode([path.join(fixtures, 'secret-ending.js'), subject, how]);
      const result = await run('secret', ending);
      assert.ok(isWiped(result), JSON.stringify(result));
    });
  }

  it('is wiped when the process ends, unlike other buffers, and also while workers run', async () => {
    const run = (subject, how) => runNode([path.join(fixtures, 'secret-ending.js'), subject, how]);
    const [secret, other] = await Promise.all([
      run('secret', 'with a worker'),
      run('acquired', 'by process.exit'),
    ]);
    assert.ok(isWiped(secret), JSON.stringify(secret));
    assert.strictEqual(other.stdout, '\x07'.repeat(100));
  });

  native(() => {
    it('ends where its page does, and its store begins at a multiple of 8', () => {
      for (const size of SIZES) {
        const secret = allocSecret(size);
        assert.strictEqual((addressOf(secret) + size) % 4096, 0);
        assert.strictEqual((addressOf(secret) - secret.byteOffset) % 8, 0);
        assert.ok(secret.byteOffset < 8);
        release(secret);
      }
    });

    it('comes back when it is dropped', async () => {
      for (let i = 0; i < 20; i++) allocSecret(1000).fill(7);
      assert.ok(guarded() > 0);
      await collectUntil(() => guarded() === 0, 'dropped secrets came back');
    });

    it('says what of it the system refused', () => {
      const before = stats().secrets;
      const secret = allocSecret(10);
      const { isLocked, locked, unlocked, dumped, forked } = stats().secrets;
      assert.strictEqual(locked + unlocked, before.locked + before.unlocked + 1);
      assert.strictEqual(isLocked, unlocked === 0);
      if (process.platform === 'linux') assert.deepStrictEqual([dumped, forked], [0, 0]);
      release(secret);
    });

    it('faults where something goes beyond its end, or before its pages', () => {
      for (const offset of [10, 4096, -4096 - 16]) {
        const result = runScript(`
          addon.keep(ours.allocSecret(10));
          addon.poke(${offset});
          console.log('went on');`);
        assert.ok(hasFaulted(result) && result.stdout === '', JSON.stringify(result));
      }
    });

    it('tells of what was written in front of it, when it is released', () => {
      const { status, stdout, stderr } = runScript(`
        const secret = ours.allocSecret(8);
        addon.keep(secret);
        addon.poke(-1);
        ours.release(secret);
        ours.release(ours.allocSecret(8));
        process.on('warning', ({ name, code }) => console.log(name, code));
        console.log(ours.stats().process.damagedBlocks);`);
      assert.strictEqual(stdout, '1\nBufallocWarning BUFALLOC_DAMAGE\n', stderr);
      assert.strictEqual(status, 0);
    });

    it('is refused where there are too many, and the runtime has it then', () => {
      const { stdout, stderr } = runScript(`
        const kept = [];
        for (let i = 0; i < 8200; i++) kept.push(ours.allocSecret(1));
        const { process: { guardedBlocks }, secrets, fallbacks } = ours.stats();
        console.log(guardedBlocks, fallbacks.memory, secrets.unlocked >= 8, secrets.isLocked);
        kept.forEach((secret) => ours.release(secret));
        console.log(ours.stats().process.guardedBlocks);`);
      assert.strictEqual(stdout, '8192 8 true false\n0\n', stderr);
    });

    if (process.platform === 'linux') {
      it('is served where the system lets nothing be locked, and says so', () => {
        const lines = [
          "const { allocSecret, stats } = require('.');",
          // Has all be loaded that may not be read later.
          'allocSecret(0) && stats();',
          // Whoever may do anything is not held by a limit.
          'if (process.getuid() === 0) process.setuid(65534);',
          'const secret = allocSecret(100).fill(7);',
          'console.log(JSON.stringify(stats().secrets));',
        ];
        const command = 'ulimit -l 0 && exec "$0" -e "$1"';
        const args = ['-c', command, process.execPath, lines.join('\n')];
        const { stdout, stderr } = spawnSync('sh', args, { cwd: root, encoding: 'utf8' });
        // A sanitizer turns mlock into nothing that is refused.
        const locked = process.env.LD_PRELOAD?.includes('asan') ? 1 : 0;
        assert.deepStrictEqual(
          JSON.parse(stdout || stderr),
          { isLocked: locked === 1, locked, unlocked: 1 - locked, dumped: 0, forked: 0 },
          stderr,
        );
      });
    }
  });

  if (backend === 'v8') {
    it('of a worker is wiped and gone when that has ended', async () => {
      const script = `
        const ours = require(${JSON.stringify(require.resolve('..'))});
        globalThis.kept = [ours.allocSecret(100), ours.allocSecret(5000)];
        require('node:worker_threads').parentPort.postMessage(ours.stats().process.guardedBlocks);`;
      const worker = new Worker(script, { eval: true });
      const exit = once(worker, 'exit');
      const [count] = await once(worker, 'message');
      assert.strictEqual(count, 2);
      await exit;
    });

    it('is wiped even if it cannot be released', () => {
      const secret = allocSecret(10).fill(7);
      markAsUntransferable(secret.buffer);
      assert.strictEqual(release(secret), secret.length === 0);
      assert.ok(isZero(secret));
    });

    it('may be given to another thread, where it comes back', async () => {
      const secret = allocSecret(16).fill(7);
      const { port1, port2 } = new MessageChannel();
      port1.postMessage(secret.buffer, [secret.buffer]);
      const { data } = await new Promise((resolve) => (port2.onmessage = resolve));
      assert.ok(secret.length === 0 && isFilled(new Uint8Array(data), 7));
      assert.strictEqual(guarded(), 1);
      port1.close();
    });
  }

  hostOnly(() => {
    it('is the runtime’s memory, which is counted, and not locked', () => {
      const before = stats();
      const secret = allocSecret(10);
      const { stores, secrets } = stats();
      assert.strictEqual(stores.host.count, before.stores.host.count + 1);
      assert.strictEqual(secrets.unlocked, before.secrets.unlocked + 1);
      assert.strictEqual(secrets.dumped, before.secrets.dumped + 1);
      assert.strictEqual(secrets.forked, before.secrets.forked + 1);
      assert.ok(!secrets.isLocked && release(secret));
    });

    it('is forgotten when it was collected', async () => {
      for (let round = 0; round < 4; round++) {
        for (let i = 0; i < 200; i++) allocSecret(100).fill(7);
        await collectUntil(() => true, 'a turn');
      }
      assert.ok(isZero(allocSecret(100)));
    });
  });
});
