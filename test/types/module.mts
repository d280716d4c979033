/* What an ES module may write, and what it may not. tsc checks it; it is never run. */

import bufalloc, { Buffer, acquire, createAllocator, createArena, release, stats } from 'bufalloc';
import * as namespace from 'bufalloc';
import type { AcquiredBuffer, Arena, Allocator, ArenaStats, Stats } from 'bufalloc';
import { Blob, INSPECT_MAX_BYTES, SlowBuffer, constants } from 'bufalloc';
import { unregister } from 'bufalloc/register';

// By name, by default, and as a namespace: one module.
const sameBuffer: typeof Buffer = bufalloc.Buffer;
const sameAgain: typeof bufalloc = namespace.default;
const sameFunction: typeof acquire = namespace.acquire;
// @ts-expect-error there is one default and no other
bufalloc.default;
// @ts-expect-error no such export
import { allocate } from 'bufalloc';
// @ts-expect-error only what package.json exports can be imported
import stores from 'bufalloc/lib/stores.js';

export const buffer: Buffer = Buffer.allocUnsafe(100, 64);
export const built: import('node:buffer').Buffer<ArrayBuffer> = Buffer.alloc(100);

export function work(): Stats {
  using chunk: AcquiredBuffer = acquire(65536);
  using arena: Arena = createArena();
  using allocator: Allocator = createAllocator({ nativeMin: 0 });
  const held: ArenaStats = arena.stats();
  chunk.set(allocator.from(`${held.usedBytes}`));
  release(chunk);
  return stats();
}

// @ts-expect-error a plain Buffer is not released at the end of a block
export const disposable: Disposable = Buffer.alloc(10);

export const others: unknown[] = [
  ...[new Blob([]).size, INSPECT_MAX_BYTES.toFixed(), constants.MAX_STRING_LENGTH],
  ...[sameBuffer, sameAgain, sameFunction, unregister() === true],
];

// Node.js 25 and later have no SlowBuffer.
if (SlowBuffer !== undefined) others.push(new SlowBuffer(10).length);
