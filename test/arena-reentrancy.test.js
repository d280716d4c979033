'use strict';

/*
 * Arenas whose functions read objects that reset or close them meanwhile: whatever comes of it, no
 * memory has two owners, and nothing stays behind.
 */

const assert = require('node:assert');
const { builtin, ours } = require('./support/subject');
const { isFilled } = require('./support/bytes');
const { BIG, assortment, attempt, givesEverythingBack } = require('./support/lifetimes');

const { createArena } = ours;

describe('an arena that is reset or closed by the objects it reads', () => {
  givesEverythingBack();

  const ends = { reset: (arena) => arena.reset(), close: (arena) => arena.close() };
  for (const [name, end] of Object.entries(ends)) {
    /** Array-likes whose elements end the arena as they are read. */
    const lists = {
      getter: (arena, length) => ({
        length,
        get 0() {
          end(arena);
          return 7;
        },
        1: 7,
      }),
      proxy: (arena, length) =>
        new Proxy(
          { length },
          {
            get(target, key) {
              if (key === '0') end(arena);
              return key in target || typeof key === 'symbol' ? target[key] : 7;
            },
          },
        ),
    };
    for (const [title, make] of Object.entries(lists)) {
      for (const length of [10, BIG]) {
        it(`survives ${name} in from: ${title} of ${length}`, () => {
          const arena = createArena();
          const kept = arena.alloc(10, 7);
          let buffer;
          try {
            buffer = arena.from(make(arena, length));
          } catch (error) {
            assert.ok(error instanceof TypeError || error.code === 'ERR_BUFALLOC_CLOSED');
          }
          assert.strictEqual(kept.length, 0);
          checkAfter(arena, name, buffer);
        });
      }
    }

    for (const pass of [0, 1]) {
      for (const size of [50, BIG]) {
        it(`survives ${name} in concat: pass ${pass}, parts of ${size}`, () => {
          const arena = createArena();
          const parts = [1, 2, 3].map((byte) => builtin.Buffer.alloc(size, byte));
          const list = [...parts];
          let reads = 0;
          Object.defineProperty(list, 1, {
            get() {
              if (reads++ === pass) end(arena);
              return parts[1];
            },
          });
          let buffer;
          try {
            buffer = arena.concat(list);
          } catch (error) {
            assert.ok(error instanceof TypeError || error.code === 'ERR_BUFALLOC_CLOSED');
          }
          parts.forEach((part, i) => assert.ok(isFilled(part, i + 1)));
          checkAfter(arena, name, buffer);
        });
      }
    }

    it(`survives ${name} by a value that becomes a primitive`, () => {
      for (const text of ['abc', 'x'.repeat(BIG)]) {
        for (const make of [
          (arena) => ({ valueOf: () => (end(arena), text) }),
          (arena) => ({ [Symbol.toPrimitive]: () => (end(arena), text) }),
        ]) {
          const arena = createArena();
          arena.from('before');
          let buffer;
          try {
            buffer = arena.from(make(arena));
            assert.strictEqual(buffer.toString(), text);
          } catch (error) {
            assert.strictEqual(error.code, 'ERR_BUFALLOC_CLOSED');
          }
          checkAfter(arena, name, buffer);
        }
      }
    });

    it(`survives ${name} by the fill of alloc`, () => {
      for (const size of [10, BIG]) {
        const arena = createArena();
        let buffer, meanwhile;
        const fill = {
          valueOf() {
            end(arena);
            if (name === 'reset') meanwhile = arena.allocUnsafe(size).fill(9);
            return 7;
          },
        };
        try {
          buffer = arena.alloc(size, fill);
        } catch (error) {
          assert.strictEqual(error.code, 'ERR_BUFALLOC_CLOSED');
        }
        if (meanwhile !== undefined) assert.ok(isFilled(meanwhile, 9), 'nobody else wrote there');
        checkAfter(arena, name, buffer);
      }
    });
  }

  /** Whatever came of it: what was given stays apart from what is given next. */
  function checkAfter(arena, name, buffer) {
    if (name === 'reset') {
      const next = assortment(arena);
      if (buffer) attempt(() => buffer.fill(1));
      for (const one of next) assert.ok(isFilled(one, 7));
      arena.reset();
      assert.strictEqual(buffer?.length ?? 0, 0);
    }
    arena.close();
    assert.strictEqual(buffer?.length ?? 0, 0);
    assert.strictEqual(arena.stats().usedBytes, 0);
  }
});
