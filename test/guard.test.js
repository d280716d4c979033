'use strict';

/*
 * BUFALLOC_DEBUG_GUARD: one dedicated store in N faults at its end, and anywhere once it was given back, so
 * that native code that goes astray (test/addon) ends the process where it does.
 */

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { backend, hostOnly, native } = require('./support/subject');
const { hasFaulted, runScript } = require('./support/faulting');

const run = (script, every = 1) => runScript(script, { BUFALLOC_DEBUG_GUARD: String(every) });

/** What a script prints, as JSON, guarded one in `every`. */
function print(expression, every) {
  const { stdout, stderr } = run(`console.log(JSON.stringify(${expression}));`, every);
  assert.notStrictEqual(stdout, '', stderr);
  return JSON.parse(stdout);
}

/* What may be guarded; of the mirror's, where V8 makes its stores. */
const MAKERS = {
  acquire: 'ours.acquire(5001)',
  ...(backend === 'v8' && {
    alloc: 'ours.Buffer.alloc(5001)',
    allocUnsafeSlow: 'ours.Buffer.allocUnsafeSlow(5001)',
    'a large from': 'ours.Buffer.from("x".repeat(50_001))',
    "an allocator's": 'ours.createAllocator({ nativeMin: 0 }).allocUnsafeSlow(13)',
  }),
};

describe('a guard', () => {
  it('is off, and not loaded, where nobody asks for it', () => {
    const loaded =
      'Object.keys(require.cache).some((file) => /insight.guard.js|guarded.js/.test(file))';
    const { stdout } = runScript(
      `ours.release(ours.acquire(10)); console.log(ours.stats().guard, ${loaded});`,
    );
    assert.strictEqual(stdout, "{ state: 'off' } false\n");
    assert.deepStrictEqual(print('ours.stats().guard', 0), { state: 'off' });
  });

  native(() => {
    for (const [title, make] of Object.entries(MAKERS)) {
      it(`stops what writes beyond a buffer: ${title}`, () => {
        const result = run(`
          const buffer = ${make};
          addon.keep(buffer);
          addon.poke(buffer.length - 1);
          addon.poke(0);
          console.log('so far');
          addon.poke(buffer.length);
          console.log('went on');`);
        assert.strictEqual(result.stdout, 'so far\n', result.stderr);
        assert.ok(hasFaulted(result), JSON.stringify(result));
      });

      it(`stops what writes after a release: ${title}`, () => {
        const result = run(`
          const buffer = ${make};
          addon.keep(buffer);
          console.log(ours.release(buffer), ours.stats().process.quarantinedBlocks);
          for (let i = 0; i < 100; i++) ours.release(ours.acquire(5001));
          addon.poke(0);
          console.log('went on');`);
        assert.strictEqual(result.stdout, 'true 1\n', result.stderr);
        assert.ok(hasFaulted(result), JSON.stringify(result));
      });
    }

    it('stops what writes after a collection', () => {
      const result = run(`
        const { setImmediate: turn } = require('node:timers/promises');
        (async () => {
          (() => addon.keep(ours.acquire(5000)))();
          while (ours.stats().process.quarantinedBlocks === 0) {
            globalThis.gc();
            await turn();
          }
          console.log('so far');
          addon.poke(0);
          console.log('went on');
        })();`);
      assert.strictEqual(result.stdout, 'so far\n', result.stderr);
      assert.ok(hasFaulted(result), JSON.stringify(result));
    });

    it('has the system refuse to write into what was released', () => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-guard-'));
      const pipe = path.join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      try {
        const { stdout, stderr } = run(`
          const fs = require('node:fs');
          const pipe = fs.openSync(${JSON.stringify(pipe)}, 'r+');
          const buffer = ours.acquire(4096);
          fs.read(pipe, buffer, 0, 4096, null, (error) => console.log(error?.code));
          ours.release(buffer);
          fs.writeSync(pipe, 'too late');`);
        assert.strictEqual(stdout, 'EFAULT\n', stderr);
      } finally {
        fs.rmSync(folder, { recursive: true });
      }
    });

    it('tells of what was written in front of a buffer, when that is released', () => {
      const { stdout, stderr } = run(`
        const buffer = ours.acquire(8);
        addon.keep(buffer);
        addon.poke(-1);
        ours.release(buffer);
        process.on('warning', ({ code }) => console.log(code));`);
      assert.strictEqual(stdout, 'BUFALLOC_DAMAGE\n', stderr);
    });

    it('is of one in so many', () => {
      const script =
        '(() => { for (let i = 0; i < 100; i++) ours.acquire(10); return ours.stats(); })()';
      for (const every of [1, 7, 1000]) {
        const { guard, stores } = print(script, every);
        const expected = { state: 'on', every, stores: Math.floor(100 / every), refused: 0 };
        assert.deepStrictEqual(guard, expected);
        assert.strictEqual(stores.acquired.count, 100);
      }
    });

    it('changes nothing of what a correct program sees but a byteOffset', () => {
      const { stdout, stderr } = run(`
        const { Buffer, acquire, release } = ours;
        const assert = require('node:assert');
        const { isFilled, isZero } = require('./test/support/bytes');
        for (const size of [1, 7, 8, 1000, 1024, 4095, 4096, 100_003, 3_000_001]) {
          for (const buffer of [
            acquire(size, { zero: true }), Buffer.alloc(size), Buffer.allocUnsafeSlow(size).fill(0),
            Buffer.allocUnsafeSlow(size, 64).fill(0), Buffer.from(new Uint8Array(size)),
            Buffer.concat([new Uint8Array(size)]), ours.createArena().alloc(size),
          ]) {
            assert.ok(Buffer.isBuffer(buffer) && buffer.length === size && isZero(buffer));
            assert.ok(isFilled(buffer.fill(7), 7));
          }
          const lent = acquire(size).fill(7);
          assert.ok(lent.byteOffset < 8 && lent.buffer.byteLength === size + lent.byteOffset);
          assert.ok(release(lent) && lent.length === 0 && !release(lent));
        }
        console.log(ours.stats().guard.stores > 9);`);
      assert.strictEqual(stdout, 'true\n', stderr);
    });

    it('goes with the debugging mode, whose quarantine has what is not guarded', () => {
      const { stdout, stderr } = runScript(
        `for (let i = 0; i < 10; i++) ours.release(ours.acquire(1000));
         const { debug, guard, process: { quarantinedBlocks } } = ours.stats();
         console.log(debug.quarantineCount, guard.stores, quarantinedBlocks, debug.leaks);`,
        { BUFALLOC_DEBUG_GUARD: '2', BUFALLOC_DEBUG: '1', BUFALLOC_DEBUG_SAMPLE: '1' },
      );
      assert.strictEqual(stdout, '5 5 5 0\n', stderr);
    });

    it('has ordinary stores serve where there are too many', () => {
      const script = `(() => {
        globalThis.kept = [];
        for (let i = 0; i < 8300; i++) kept.push(ours.acquire(8));
        return ours.stats();
      })()`;
      const { guard, fallbacks, heap } = print(script);
      assert.deepStrictEqual([guard.stores, guard.refused], [8192, 108]);
      assert.strictEqual(fallbacks.memory, 0);
      assert.ok(heap.liveBlocks >= (backend === 'v8' ? 100 : 1));
    });
  });

  hostOnly(() => {
    it('has nothing to guard', () => {
      const { guard } = print('(ours.acquire(10), ours.stats())');
      assert.deepStrictEqual(guard, { state: 'on', every: 1, stores: 0, refused: 0 });
    });
  });
});
