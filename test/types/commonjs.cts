/* What a CommonJS program may write, and what it may not. tsc checks it; it is never run. */

import bufalloc = require('bufalloc');
import byDefault from 'bufalloc';
import {
  Buffer,
  acquire,
  allocSecret,
  compact,
  createAllocator,
  createArena,
  release,
} from 'bufalloc';
import inspection = require('bufalloc/inspect');
import registration = require('bufalloc/register');

const sameModule: typeof bufalloc = byDefault;
const address: string | undefined = inspection.url();
inspection.close();
const undone: boolean = registration.unregister() && registration.register();

// Buffer is the built-in's type, as a value and as a type.
const plain: Buffer = Buffer.alloc(10, 'abc', 'latin1');
const builtin: import('node:buffer').Buffer = plain;
const own: Buffer<ArrayBuffer> = Buffer.from(plain);
const shared: Buffer<SharedArrayBuffer> = Buffer.from(new SharedArrayBuffer(8), 2, 3);
const asConstructor: BufferConstructor = Buffer;
Buffer.poolSize = 65536;
Buffer.concat([plain, new Uint8Array(4)], 8).copy(own);
Buffer.copyBytesFrom(new Uint16Array(4), 1, 2);
const valid: boolean = Buffer.isBuffer(shared) && Buffer.isEncoding('utf8');
// @ts-expect-error a size is a number
Buffer.alloc('10');
// @ts-expect-error no such encoding
Buffer.from('abc', 'utf7');

// Alignment, on every version.
Buffer.allocUnsafe(100, 64).fill(0);
Buffer.allocUnsafeSlow(100, 4096).fill(0);
// @ts-expect-error alloc has no alignment
Buffer.alloc(100, 0, 64);
// @ts-expect-error an alignment is a number
Buffer.allocUnsafe(100, '64');

// What else node:buffer has.
const limit: number = bufalloc.constants.MAX_LENGTH + bufalloc.kMaxLength;
const text: boolean = bufalloc.isUtf8(plain) && bufalloc.isAscii(plain);
const blob: Blob = new bufalloc.Blob([own]);
bufalloc.transcode(plain, 'utf8', 'latin1').swap16();
// @ts-expect-error not every version has it
new bufalloc.SlowBuffer(10);
// @ts-expect-error node:buffer has no such thing
bufalloc.allocate(10);

// acquire, release, compact
const chunk: bufalloc.AcquiredBuffer = acquire(65536, { zero: true, alignment: 4096 });
const options: bufalloc.AcquireOptions = { zero: undefined };
chunk.subarray(1).write('abc');
chunk[Symbol.dispose]();
const released: boolean = release(acquire(10, options)) || release(new Uint8Array(8));
// A secret is an acquired Buffer, but has no options.
const key: bufalloc.AcquiredBuffer = allocSecret(32);
key[Symbol.dispose]();
// @ts-expect-error it is zeroed and has no alignment
allocSecret(32, { zero: true });
// @ts-expect-error a slice is a plain Buffer
acquire(10).subarray(1)[Symbol.dispose]();
// @ts-expect-error no such option
acquire(10, { zeros: true });
// @ts-expect-error an option of the wrong type
acquire(10, { alignment: '64' });
// @ts-expect-error not a Uint8Array
release(new Uint16Array(8));
// @ts-expect-error an ArrayBuffer is none either
release(new ArrayBuffer(8));

const one: Buffer = compact(plain.subarray(1));
const bytes: Uint8Array = compact(new Uint8Array(8).subarray(1));
const [name, value] = compact([plain.subarray(0, 4), plain.subarray(5)]);
const joined: string = name.toString() + value.toString();
const many: Buffer[] = compact([plain] as readonly Buffer[]);
const mixed: Uint8Array[] = compact([plain, bytes] as Uint8Array[]);
// @ts-expect-error it may be a view of any kind
const wrong: Buffer = compact(bytes);
// @ts-expect-error a string has no memory
compact(['abc']);

// Arenas
const arena: bufalloc.Arena = createArena({ slabSize: 4096, maxBytes: Infinity });
const { alloc, allocUnsafe, from } = arena;
alloc(10, 'a').equals(from('abc', 'latin1'));
allocUnsafe(10, 64).equals(arena.concat([plain]));
const used: number = arena.stats().usedBytes + arena.stats().stores;
arena.reset();
arena.close();
arena[Symbol.dispose]();
// @ts-expect-error no such option
createArena({ keepBytes: 4096 });
// @ts-expect-error an arena's buffers are released together
arena.release(plain);
// @ts-expect-error functions are not replaced
arena.alloc = alloc;

// Allocators
const allocator: bufalloc.Allocator = createAllocator({
  name: 'images',
  poolSize: 8192,
  nativeMin: 0,
  maxBytes: 1e9,
  maxCachedBytes: 0,
  zeroOnRelease: true,
  hugePages: true,
  pacing: false,
  debug: false,
});
allocator.name = 'pictures';
allocator.poolSize = 0;
const { acquire: acquireImage, release: releaseImage, stats, close } = allocator;
releaseImage(acquireImage(10));
const title: string = stats().name;
close();
// @ts-expect-error no such option
createAllocator({ maxByte: 1e9 });
// @ts-expect-error not of an allocator: the environment's
createAllocator({ backend: 'v8' });
// @ts-expect-error an option of the wrong type
createAllocator({ pacing: 'off' });

// Statistics
const report: bufalloc.Stats = bufalloc.stats();
const live: number =
  report.heap.liveBytes + report.stores.acquired.bytes + report.stores.host.count;
if (report.pacer.state !== 'off') report.pacer.collections.toFixed();
if (report.debug.state === 'on') report.debug.leaks.toFixed();
const made: 'v8' | 'napi' | 'host' = report.backend.name;
const isSafe: boolean = report.secrets.isLocked && report.secrets.unlocked === 0;
const why: string = report.backend.reason;
const given: number = bufalloc.trim();
// @ts-expect-error where it is off there are no further fields
report.pacer.collections;
const named: string = report.name;
const threads: number[] = bufalloc.stats({ all: true }).environments.map((each) => each.threadId);
const held: number = bufalloc.stats({ all: false }).live.quarantine.bytes;
for (const entry of bufalloc.allocators()) {
  if (entry.kind === 'arena') entry.stats().usedBytes.toFixed();
  else entry.stats().live.host.bytes.toFixed();
}
bufalloc.startProfile({ interval: 1024, stackDepth: 32 });
const zipped: Buffer = bufalloc.takeProfile();
const collapsed: string = bufalloc.takeProfile({ format: 'collapsed' });
bufalloc.stopProfile();
// @ts-expect-error there is no such format
bufalloc.takeProfile({ format: 'svg' });
// @ts-expect-error environments have to be asked for
report.environments;
// @ts-expect-error trim takes nothing
bufalloc.trim(10);

// Insight
const seen: bufalloc.Census = bufalloc.census({ quick: true });
const pinned: number = seen.totals.slab.pinnedBytes + (seen.stores[0]?.bytes ?? 0);
const owner: string | null | undefined = seen.stores[0]?.allocator;
// @ts-expect-error no such option
bufalloc.census({ fast: true });
const told: bufalloc.Explanation = bufalloc.explain({ census: seen });
const largest: number = told.parts[told.advice.part];
const page: string = bufalloc.metrics({ format: 'prometheus', eof: true });
// @ts-expect-error no such format
bufalloc.metrics({ format: 'json' });

export = {
  ...{
    sameModule,
    undone,
    builtin,
    asConstructor,
    valid,
    limit,
    text,
    blob,
    released,
    one,
    joined,
  },
  ...{
    many,
    mixed,
    wrong,
    used,
    title,
    live,
    made,
    isSafe,
    why,
    given,
    pinned,
    owner,
    largest,
    page,
  },
};
