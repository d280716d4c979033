'use strict';

/*
 * createAllocator({ hugePages }): blocks of 2 MiB and more for which huge pages are asked. What the kernel
 * gives is its own affair; what it was asked, it says (test/c/huge.c reads that of each block).
 */

const assert = require('node:assert');
const fs = require('node:fs');
const { backend, hostOnly, native, ours } = require('./support/subject');
const { isFilled, isZero } = require('./support/bytes');
const { givesEverythingBack, isAligned, withAllocator } = require('./support/lifetimes');

const { release } = ours;
const MIB = 1024 * 1024;
const HUGE = 2 * MIB;

const setting = '/sys/kernel/mm/transparent_hugepage/enabled';
const isNever = !fs.existsSync(setting) || fs.readFileSync(setting, 'utf8').includes('[never]');

describe('huge pages', () => {
  givesEverythingBack();

  it('are not asked for unless an allocator is to', () => {
    withAllocator({}, (allocator) => {
      release(allocator.acquire(4 * MIB));
      assert.deepStrictEqual(allocator.stats().hugePages, { state: 'off' });
      assert.strictEqual(allocator.stats().heap.hugeWanted, 0);
    });
    assert.deepStrictEqual(ours.stats().hugePages, { state: 'off' });
  });

  it('are true or false', () => {
    assert.throws(() => ours.createAllocator({ hugePages: 'on' }), {
      code: 'ERR_INVALID_ARG_VALUE',
    });
  });

  native(() => {
    it('are asked for from 2 MiB on, for memory that begins with one', () => {
      withAllocator({ hugePages: true }, (allocator) => {
        const wanted = () => allocator.stats().heap.hugeWanted;
        release(allocator.acquire(MIB).fill(1));
        assert.strictEqual(wanted(), 0);
        for (const [i, size] of [HUGE, 3 * MIB, 5 * MIB + 1].entries()) {
          const buffer = allocator.acquire(size, { zero: true });
          assert.strictEqual(wanted(), i + 1);
          assert.ok(isAligned(buffer, HUGE) && isZero(buffer));
          assert.ok(isFilled(buffer.fill(7), 7));
          assert.ok(release(buffer));
        }
        release(allocator.acquire(5 * MIB + 1));
        assert.strictEqual(wanted(), 3, 'what is cached has them');
      });
    });

    it('are asked for by arenas of such an allocator, for slabs too', () => {
      withAllocator({ hugePages: true }, (allocator) => {
        const arena = allocator.createArena({ slabSize: HUGE });
        arena.allocUnsafe(100).fill(7);
        assert.strictEqual(allocator.stats().heap.hugeWanted, 1);
        arena.alloc(4 * MIB);
        assert.strictEqual(allocator.stats().heap.hugeWanted, 2);
        arena.close();
      });
    });

    if (backend === 'v8') {
      it('are asked for by the functions of Buffer', () => {
        withAllocator({ hugePages: true }, (allocator) => {
          const kept = [allocator.alloc(3 * MIB), allocator.allocUnsafe(4 * MIB)];
          assert.strictEqual(allocator.stats().heap.hugeWanted, 2);
          kept.forEach((buffer) => release(buffer));
        });
      });
    }

    it('are told of as the kernel gave them', () => {
      withAllocator({ hugePages: true }, (allocator) => {
        /* Of the process: what other tests left may be there still, and go at any time. */
        const before = allocator.stats().hugePages.bytes;
        const buffer = allocator.acquire(16 * MIB).fill(1);
        const { hugePages, heap } = allocator.stats();
        assert.ok(hugePages.bytes % HUGE === 0 && hugePages.bytes >= 0);
        if (isNever) assert.strictEqual(hugePages.bytes, 0);
        assert.ok(heap.hugeRefused <= heap.hugeWanted);
        release(buffer);
        allocator.trim();
        assert.ok(allocator.stats().hugePages.bytes <= before);
      });
    });
  });

  hostOnly(() => {
    it('are none where there is no memory of C’s', () => {
      withAllocator({ hugePages: true }, (allocator) => {
        release(allocator.acquire(4 * MIB).fill(1));
        assert.deepStrictEqual(allocator.stats().hugePages, { state: 'on', bytes: 0 });
      });
    });
  });
});
