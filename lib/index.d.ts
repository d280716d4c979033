/*
 * What `require('bufalloc')` gives, and `import … from 'bufalloc'`, by name or whole: everything that
 * `node:buffer` exports on the running version, with `Buffer` replaced, and besides what is below. Sizes are
 * in bytes throughout. [Settings](../docs/settings.md) has the environment variables, the backends and the
 * command line, [Errors and warnings](../docs/errors.md) every code and message.
 *
 * TypeScript needs to be 5.6 or later, with `@types/node`; up to 5.6 what Buffer's functions give is `any`.
 */

/// <reference types="node" />

/* Everything else of node:buffer is the built-in's. What is declared here goes before it. */
export * from 'node:buffer';

/** An ordinary Buffer, the built-in's: bufalloc only allocates the memory. */
export type Buffer<TArrayBuffer extends ArrayBufferLike = ArrayBufferLike> =
  // @ts-ignore TypeScript 5.6 has no parameter there, and takes this for `any`.
  globalThis.Buffer<TArrayBuffer>;

/** What is declared beside the built-in's statics. */
export interface BufallocBufferConstructor extends BufferConstructor {
  /**
   * Allocates a buffer whose contents are arbitrary: cut from the slab if smaller than half of
   * `poolSize`, with memory of its own otherwise.
   *
   * @param size In bytes.
   * @param alignment A power of two up to 2^30: the address of the first byte is a multiple of it. It is
   *   Node 26.8's argument, and works on every version. Where the built-in has none, other values are
   *   ignored, as they are there. An aligned buffer of its own comes from C at any size, where V8 makes the
   *   stores; above 4 MiB of alignment it comes from the runtime.
   * @throws The running version's errors for a bad size; `ERR_BUFALLOC_ADDON` for an alignment where no
   *   addon loads and the runtime has none.
   */
  allocUnsafe(size: number, alignment?: number): Buffer<ArrayBuffer>;

  /**
   * Allocates a buffer with memory of its own, whose contents are arbitrary.
   *
   * @param size In bytes.
   * @param alignment As above.
   * @throws As above.
   */
  allocUnsafeSlow(size: number, alignment?: number): Buffer<ArrayBuffer>;
}

/**
 * The drop-in: a callable constructor that inherits from the built-in `Buffer` and has the very same
 * `prototype`. All statics of the running version are there. These allocate from bufalloc:
 *
 * - `alloc(size[, fill[, encoding]])`: always memory of its own.
 * - `allocUnsafe(size[, alignment])`, `from(string[, encoding])`, `from(buffer)`, `from(typedArray)`,
 *   `concat(list[, totalLength])`, `copyBytesFrom(view[, offset[, length]])`: from the slab below
 *   `poolSize >>> 1`, memory of its own from there on.
 * - `from(array)`, `from(arrayLike)`: from the slab below `poolSize >>> 1`, else the runtime's memory.
 * - `from(object)` with `valueOf()` or `[Symbol.toPrimitive]()`: as what that gives.
 * - `allocUnsafeSlow(size[, alignment])`: always memory of its own.
 *
 * Memory of its own is a C block from `nativeMin` bytes up, and the runtime's below. Where the
 * [backend](../docs/settings.md#backends) is not `v8`, slabs and memory of its own are the runtime's.
 * `from(arrayBuffer[, byteOffset[, length]])` shares the ArrayBuffer and allocates nothing. `of`, `Buffer()` and
 * `new Buffer()` are the built-in's.
 *
 * Wrong arguments go to the built-in's function: the error, its `code` and its message are the running
 * version's. `poolSize` starts at the built-in's value and may be assigned: that counts for the next
 * slab, and for this module alone. As a type, `Buffer` is the built-in's.
 */
export const Buffer: BufallocBufferConstructor;

/**
 * The runtime's: whether every character of a string is Latin-1's. Undefined where the running version has none, which came during
 * Node.js 26.
 */
export const isLatin1: ((input: string) => boolean) | undefined;

/**
 * The built-in's, where the running version has it: up to Node.js 24.
 *
 * @deprecated Use `Buffer.allocUnsafeSlow`.
 */
export const SlowBuffer: { new (size: number): Buffer<ArrayBuffer>; prototype: Buffer } | undefined;

/** Options of {@link acquire}. */
export interface AcquireOptions {
  /** All bytes are zero. Default: `false`. */
  zero?: boolean | undefined;
  /**
   * A power of two, at most 2 MiB (2097152): the address of the first byte is a multiple of it.
   * Default: 1.
   */
  alignment?: number | undefined;
}

/**
 * A Buffer with a store of its own that `using` releases. What `subarray`, `slice` and the like make of it are plain
 * Buffers.
 */
export interface AcquiredBuffer extends ReturnType<BufferConstructor['alloc']>, Disposable {
  /** Releases the buffer; nothing happens if it is released already. */
  [Symbol.dispose](): void;
}

/**
 * Allocates a buffer that is meant to be released. Its contents are arbitrary: mostly those of the last
 * one that was released of its size.
 *
 * @param size In bytes, 0 or more.
 * @returns The caller's, who releases it or drops it like any buffer. Its `buffer.byteLength` is just `size`, and
 *   its `byteOffset` 0, unless the runtime had to serve an aligned one.
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for bad options; for a bad size as
 *   `Buffer.allocUnsafeSlow`.
 * @remarks
 * The memory is from C at any size, where there is a C heap.
 */
export function acquire(size: number, options?: AcquireOptions): AcquiredBuffer;

/**
 * Gives a buffer's memory back at once. The buffer and every view of its memory become empty.
 *
 * **Release only what no operation uses.** While the operating system or an addon is still reading or
 * writing the buffer, or a call that has not returned has it, its memory would go to someone else. See
 * [When you know you are done](../docs/guide.md#when-you-know-you-are-done).
 *
 * The first release of a thread, or the first `reset` of an arena, makes loops over typed arrays slower from
 * then on, as any transfer of an ArrayBuffer does:
 * [by how much](../docs/differences.md#the-first-release-makes-loops-over-typed-arrays-slower).
 *
 * @param buffer With memory of its own from bufalloc, from its first to its last byte: acquired, or
 *   dedicated. Any allocator's `release` takes those of all allocators of the thread.
 * @returns `true` if the memory came back; `false`, and nothing changed, for
 *   - a slice of a slab, and any buffer of an arena,
 *   - a buffer of the mirror below `nativeMin`, and of any size where the
 *     [backend](../docs/settings.md#backends) is not `v8`,
 *   - memory that is not bufalloc's, a SharedArrayBuffer's included,
 *   - a part of a buffer,
 *   - an empty buffer, and one that was released or transferred,
 *   - a store marked with `markAsUntransferable` on Node 24 and later,
 *   - a buffer that [an addon has pinned](../docs/native-addons.md#pins).
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` for what is no Buffer or Uint8Array.
 * @remarks
 * Slices of an acquired buffer need no release of their own. They are emptied with it.
 * @example
 * ```js
 * const { Buffer, acquire, release } = require('bufalloc');
 *
 * console.log(release(Buffer.allocUnsafe(10))); // false
 * console.log(release(acquire(10).subarray(1))); // false
 * console.log(release(acquire(10))); // true
 * ```
 */
export function release(buffer: Uint8Array): boolean;

/**
 * Allocates a buffer for what must not get about: locked into memory, out of core dumps and forks, between
 * two pages that fault, wiped when it is released, when it is collected and when the process ends by
 * itself. [Secrets](../docs/secrets.md) says what that is worth.
 *
 * @param size In bytes, 0 or more.
 * @returns Zeroes, with memory of its own. It may have a `byteOffset` of up to 7.
 * @throws As `Buffer.allocUnsafeSlow` for a bad size. What the system refuses is no error: see
 *   `stats().secrets`.
 * @remarks
 * Where C has no memory it is the runtime's, wiped when it is released or the process ends, and not locked.
 * `compact` leaves it alone, and `Buffer.from` of it is another secret.
 */
export function allocSecret(size: number): AcquiredBuffer;

/** What {@link compact} makes of a buffer: itself, or a Buffer. */
export type Compacted<T> = T extends Buffer ? Buffer : Uint8Array;

/**
 * Frees the large memory that a small buffer keeps alive.
 *
 * @param buffer A Buffer or Uint8Array.
 * @returns `buffer` itself if its store is no larger than it, or a secret's; else a copy in memory of exactly
 *   its size.
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` for what is no Buffer or Uint8Array.
 */
export function compact<T extends Uint8Array>(buffer: T): Compacted<T>;
/**
 * Frees the large memory that small buffers keep alive.
 *
 * @param buffers Buffers or Uint8Arrays.
 * @returns A new array in the same order; those that need copying are copied into one store of
 *   exactly their total size.
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE`, which names the element.
 * @example
 * ```js
 * const { Buffer, compact } = require('bufalloc');
 *
 * const line = Buffer.from('name=value');
 * const [name, value] = compact([line.subarray(0, 4), line.subarray(5)]);
 * console.log(`${name} ${value}`, name.buffer === value.buffer, name.buffer.byteLength); // name value true 9
 * ```
 */
export function compact<T extends readonly Uint8Array[] | []>(
  buffers: T,
): { -readonly [K in keyof T]: Compacted<T[K]> };

/** Options of {@link createArena}. */
export interface ArenaOptions {
  /** What it is for; shown by {@link allocators}. Default: `'arena-1'` and so on. */
  name?: string | undefined;
  /** Bytes of one slab, 1 or more. Default: 65536. */
  slabSize?: number | undefined;
  /** Most bytes in use between two resets, whole or `Infinity`; slabs count as a whole. Default: no limit. */
  maxBytes?: number | undefined;
}

/**
 * A region of memory. Everything that its functions allocate lies in stores of the arena: small buffers are
 * cut from its slabs, `alloc`'s too; what is half a slab and more has a store of its own. `from(arrayBuffer)` shares
 * that ArrayBuffer, and a reset does not touch it.
 *
 * The allocating functions throw `ERR_BUFALLOC_ARENA_FULL` (a RangeError) beyond `maxBytes`, and
 * `ERR_BUFALLOC_CLOSED` after `close()`.
 *
 * Resetting and closing while an operation is pending on one of its buffers is as dangerous as
 * releasing then. Memory that [an addon has pinned](../docs/native-addons.md#pins) is kept: it comes back at the
 * unpin.
 */
export interface Arena extends BufferFunctions, Disposable {
  /** Empties every buffer since the last reset. Their memory is ready for the next round. */
  reset(): void;
  /** Resets, and gives all memory back; nothing can be allocated from then on. Closing twice does nothing more. */
  close(): void;
  /** As `close()`. */
  [Symbol.dispose](): void;
  /** What it holds at present: a new plain object. */
  stats(): ArenaStats;
}

/** What {@link Arena.stats} returns. */
export interface ArenaStats {
  /** What it is for. */
  name: string;
  /** Bytes in use since the last reset, in stores as a whole. */
  usedBytes: number;
  /** How many stores are in use. */
  stores: number;
  /** How often it was reset, `close()` included. */
  resets: number;
  /** Whether it is closed. */
  closed: boolean;
}

/** The allocating functions of `Buffer`, for an arena or allocator. They may be taken off the object that has them. */
export interface BufferFunctions {
  readonly alloc: BufallocBufferConstructor['alloc'];
  readonly allocUnsafe: BufallocBufferConstructor['allocUnsafe'];
  readonly allocUnsafeSlow: BufallocBufferConstructor['allocUnsafeSlow'];
  readonly from: BufallocBufferConstructor['from'];
  readonly concat: BufallocBufferConstructor['concat'];
  readonly copyBytesFrom: BufallocBufferConstructor['copyBytesFrom'];
}

/**
 * Opens a region of memory, for a request, a frame, a batch.
 *
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for bad options.
 */
export function createArena(options?: ArenaOptions): Arena;

/** Options of {@link createAllocator}. */
export interface AllocatorOptions {
  /** What it is for; shown wherever it is. Default: `'allocator-1'` and so on. */
  name?: string | undefined;
  /** Bytes of one slab; half of it is the limit of what is pooled. Default: the built-in's. */
  poolSize?: number | undefined;
  /**
   * Bytes from which on a buffer of its own comes from C; 0 for every size, which leaves only fallbacks to the
   * runtime. Default: 1024. Where V8 does not make the stores ([`stats().backend.name`](../docs/settings.md#backends))
   * none does, whatever this says, and the default is `Infinity`.
   */
  nativeMin?: number | undefined;
  /** Most bytes in C blocks. Default: half of the memory available. */
  maxBytes?: number | undefined;
  /**
   * Most bytes of freed memory kept for reuse. Default: 256 MiB, or 1/16 of the memory available if
   * that is less. From 16 MiB on, up to so much that was released may lie idle besides, for a second, where requests
   * in a row are of one length.
   */
  maxCachedBytes?: number | undefined;
  /**
   * Clear a C block as it is freed, before anyone can have it again. Host stores are the runtime's to free: they are
   * cleared before they are handed out, so that nobody's old bytes show, but what was in them stays in the
   * runtime's memory. Default: `false`.
   */
  zeroOnRelease?: boolean | undefined;
  /**
   * Ask the system for [huge pages](../docs/performance.md#huge-pages) for blocks of 2 MiB and more, arenas' included.
   * `stats().hugePages` says what it gave. Default: `false`.
   */
  hugePages?: boolean | undefined;
  /** Run minor collections to have its memory back early. Default: `true`. */
  pacing?: boolean | undefined;
  /**
   * [Find mistakes with released memory](../docs/debugging.md): writes after release, releases of what is in
   * use, acquired buffers that are never released. Default: what `BUFALLOC_DEBUG` says.
   */
  debug?: boolean | undefined;
}

/** A private allocator. All its functions may be taken off it: `const { allocUnsafe } = createAllocator()`. */
export interface Allocator extends BufferFunctions, Disposable {
  /** What it is for; shown wherever it is. May be assigned. */
  name: string;
  /** Bytes of one slab. May be assigned; it counts for the next one. */
  poolSize: number;
  readonly acquire: typeof acquire;
  readonly allocSecret: typeof allocSecret;
  readonly release: typeof release;
  readonly compact: typeof compact;
  readonly createArena: typeof createArena;
  readonly stats: typeof stats;
  readonly trim: typeof trim;
  /**
   * Ends it: allocating throws `ERR_BUFALLOC_CLOSED` from then on. Buffers that are out stay valid,
   * and their memory is freed after them. An allocator that is dropped without `close()` ends when it is collected.
   */
  readonly close: () => void;
  /** As `close()`. */
  [Symbol.dispose](): void;
}

/**
 * Makes a private allocator: its own heap, slab, limits and counters. It shares no memory with another one.
 *
 * Byte limits are 0 or more, whole or `Infinity`, and hold for this allocator alone, beside those of the others. The
 * defaults are those of the module, [environment variables](../docs/settings.md#environment-variables) included.
 *
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for bad options.
 * @example
 * ```js
 * const { createAllocator } = require('bufalloc');
 *
 * const images = createAllocator({ name: 'images', maxBytes: 256 * 1024 * 1024, nativeMin: 0 });
 * const { alloc } = images;
 * console.log(alloc(1000).length, images.stats().stores.dedicated.count); // 1000 1
 * images.close();
 * try {
 *   alloc(1000);
 * } catch (error) {
 *   console.log(error.code); // ERR_BUFALLOC_CLOSED
 * }
 * ```
 */
export function createAllocator(options?: AllocatorOptions): Allocator;

/**
 * What {@link stats} returns: what is held, and what was done since the allocator was made, in this thread. After
 * `close()` the counters of `live`, `heap` and `process` are 0.
 *
 * To bound what a program leaks, watch the sum of `live`. To see whether limits are too small, watch `fallbacks`.
 */
export interface Stats {
  /** The allocator's name; `default` for the module's. */
  name: string;
  /** [Who makes the stores](../docs/settings.md#backends) of this thread. */
  backend: {
    /** `v8`: V8 itself; `napi`: Node-API; `host`: the runtime, over its own memory. */
    name: 'v8' | 'napi' | 'host';
    /** Why it is not `v8`; empty if it is. */
    reason: string;
  };
  /** There is a C heap: some memory comes from it. `false` where all is the runtime's own. */
  external: boolean;
  /** The allocator was closed; always `false` for the module. */
  closed: boolean;
  /** Where memory came from so far, as it was asked for. */
  stores: {
    /** Slabs from C that were cut. */
    slab: StoreStats;
    /** Buffers of the mirror with a C block of their own. */
    dedicated: StoreStats;
    /** Acquired buffers from C. */
    acquired: StoreStats;
    /** An arena's slabs and larger stores, from C. */
    arena: StoreStats;
    /** Secrets in C blocks of their own, beside the heap. */
    secret: StoreStats;
    /** What the runtime served, for whatever purpose: slabs and acquired ones included. */
    host: StoreStats;
  };
  /** What of that is out at present. */
  live: LiveStats & {
    /** Released, and waiting in the debugging mode's quarantine. */
    quarantine: StoreStats;
  };
  /** How acquired buffers ended. */
  lifetimes: {
    /** Calls of `acquire`. */
    acquired: number;
    /** Releases that returned `true`. */
    released: number;
  };
  /** Requests that the runtime served instead of C, by reason. */
  fallbacks: {
    /** `maxBytes` was spent. */
    budget: number;
    /** With `napi`: a turn of the event loop had its share, 32 MiB that have not come back, or 16,384 stores. */
    turn: number;
    /** The operating system had no memory. */
    memory: number;
    /** The runtime allows no external ArrayBuffers. */
    unsupported: number;
  };
  /** What [secrets](../docs/secrets.md) have got of the system. */
  secrets: {
    /** All of them so far were locked into memory; `true` too where there was none. */
    isLocked: boolean;
    /** Those that were locked. */
    locked: number;
    /** Those that were refused that, the runtime's memory included. */
    unlocked: number;
    /** Those that core dumps may have. */
    dumped: number;
    /** Those that forked processes may see. */
    forked: number;
  };
  /** The debugging mode; where it is `off` there are no further fields. */
  debug: { state: 'off' } | DebugStats;
  /** Guarded stores; where there are none the state is `off` and there are no further fields. */
  guard: { state: 'off' } | GuardStats;
  /** Huge pages; where the allocator asks for none the state is `off` and there are no further fields. */
  hugePages: { state: 'off' } | HugePageStats;
  /** One for the thread: all allocators show the same figures, except those with `pacing: false`. */
  pacer: { state: 'off' } | PacerStats;
  /** The allocator's C heap: blocks as they are cut, in whole size classes. */
  heap: HeapStats;
  /** All of the process. */
  process: {
    /** Heaps of all threads, this one included. */
    heaps: number;
    /** Heaps that ended with blocks still out. */
    orphanedHeaps: number;
    /** Bytes of address space for blocks: all heaps' and the reserve's. The tables' is left out. */
    mappedBytes: number;
    /** Bytes of that in chunks that wait for the next heap. */
    reserveBytes: number;
    /** Of those, the resident ones. */
    warmBytes: number;
    /** Bytes of address space for the allocator's own tables, beside that. */
    metadataBytes: number;
    /** Secrets and guarded stores that are out. */
    guardedBlocks: number;
    /** Of all there were, those in front of which something had written when they were freed. */
    damagedBlocks: number;
    /** Guarded stores that were freed, and are kept to fault. */
    quarantinedBlocks: number;
  };
  /** The limits in force: see {@link createAllocator}. */
  limits: {
    /** Bytes of the next slab. */
    poolSize: number;
    /** Bytes from which on a buffer of its own comes from C. */
    nativeMin: number;
    /** Most bytes in C blocks. */
    maxBytes: number;
    /** Most bytes of freed memory kept for reuse. */
    maxCachedBytes: number;
    /** C memory is cleared before anyone can have it again. */
    zeroOnRelease: boolean;
  };
}

/** Stores of one kind. */
export interface StoreStats {
  /** How many. */
  count: number;
  /** Bytes in those, as they were asked for. */
  bytes: number;
}

/**
 * What is live: handed out, and not yet released, reset or collected, in bytes as they were asked for. C counts its own
 * as they come back: exactly, by any thread, and also those that were moved to another thread, for as long as
 * anyone there has them. With `napi` they come back when the event loop has turned after a collection.
 *
 * The runtime tells nobody when it frees. Of its memory every store from 1 MiB on is watched, and of smaller ones one
 * in 1 MiB on average, which stands for the others: `host` is right on average, and to within some 10 % from
 * 100 MiB of small ones on. It falls at once for what is released or reset, and else when the event loop has turned
 * after a collection. What is moved to another thread leaves it when its ArrayBuffer is collected here. Watching
 * takes up to 10 µs for each.
 */
export interface LiveStats {
  /** Slabs from C that any of their buffers is left of: a small buffer keeps all of it. */
  slab: StoreStats;
  /** Buffers of the mirror with a C block of their own. */
  dedicated: StoreStats;
  /** Acquired buffers from C. */
  acquired: StoreStats;
  /** An arena's slabs and larger stores, from C. */
  arena: StoreStats;
  /** Secrets, those of the runtime's memory left out. */
  secret: StoreStats;
  /** The runtime's memory, an estimate. */
  host: StoreStats;
}

/** What [the debugging mode](../docs/debugging.md) has found, where it is on. */
export interface DebugStats {
  /** It is on. */
  state: 'on';
  /** Released stores that wait in quarantine. */
  quarantineCount: number;
  /** Bytes in those. */
  quarantineBytes: number;
  /** Released stores whose bytes had changed. */
  writesAfterRelease: number;
  /** Watched acquired buffers that were collected without a release. */
  leaks: number;
  /** Releases, resets and closes of what core still had. */
  releasesInUse: number;
  /** Calls of core that were given a released buffer. */
  usesAfterRelease: number;
  /** Calls of `release` that returned `false`. */
  refusedReleases: number;
}

/** [Guarded stores](../docs/debugging.md#beyond-the-end-and-too-late), where there are any. */
export interface GuardStats {
  /** There are some. */
  state: 'on';
  /** One store in so many. */
  every: number;
  /** Stores that were guarded. */
  stores: number;
  /** Those that were to be, and could not. */
  refused: number;
}

/** Huge pages, where an allocator asks for them. */
export interface HugePageStats {
  /** It asks. */
  state: 'on';
  /** Bytes of huge pages that the process has where they were asked for; 0 where that cannot be read. */
  bytes: number;
}

/** The pacer's work, where it is not `off`. */
export interface PacerStats {
  /** `waiting` until enough was handed out; `unavailable`: no collector to be had. */
  state: 'waiting' | 'running' | 'unavailable';
  /** Collections that were run. */
  collections: number;
  /** Milliseconds that they took. */
  milliseconds: number;
  /** Bytes that came back because they were collected. */
  returnedBytes: number;
  /** Bytes of C memory between two collections, at present. */
  intervalBytes: number;
}

/** The counters of a C heap. */
export interface HeapStats {
  /** Bytes in blocks handed out and not freed. */
  liveBytes: number;
  /** Blocks handed out and not freed. */
  liveBlocks: number;
  /** The most that `liveBytes` has been, what `acquire` kept of released buffers for its next call among it. */
  peakLiveBytes: number;
  /** Bytes freed, still resident, waiting for reuse. */
  cachedBytes: number;
  /** Bytes of address space held in chunks and mappings of its own. */
  mappedBytes: number;
  /** Blocks handed out since the heap was made; what `acquire` hands on as it was released counts once. */
  allocatedBlocks: number;
  /** Bytes in those. */
  allocatedBytes: number;
  /** Of those blocks, the ones in memory that was used before. */
  reusedBlocks: number;
  /** Bytes cleared because zeroed memory was asked for. */
  zeroedBytes: number;
  /** Bytes of zeroed memory asked for that were known to be zero already. */
  knownZeroBytes: number;
  /** Bytes given back to the operating system. */
  purgedBytes: number;
  /** Blocks that other threads freed, V8's own among them. */
  remoteFrees: number;
  /** Mappings for which huge pages were asked. */
  hugeWanted: number;
  /** Of those, the ones that the system refused at once. */
  hugeRefused: number;
  /** Requests refused because `maxBytes` was spent, until what `acquire` kept for its next call was given up. */
  refusedBudget: number;
  /** Requests refused because the operating system had no memory. */
  refusedNoMemory: number;
}

/** What {@link stats} returns when all of the process is asked for. */
export interface ProcessStats extends Stats {
  /** The main thread's, and the workers'. */
  environments: EnvironmentStats[];
}

/**
 * One environment of the process: the main thread's, or a worker's. What was done so far, fallbacks, the pacer and
 * the quarantine can't be had of other threads; `live` has what waits in theirs by its kind.
 */
export interface EnvironmentStats {
  /**
   * The thread's number in `node:worker_threads`; -1 for a thread that has made no small buffer yet and has not asked
   * itself.
   */
  threadId: number;
  /** The allocators that it has. An arena's stores are counted with its allocator's. */
  allocators: {
    /** The one that it was made with, at most 63 bytes of it. */
    name: string;
    /**
     * Its thread's own to count: of another thread it is as of the last tick of that thread's clock, which comes once a
     * second, and not while its event loop is blocked.
     */
    heap: HeapStats;
    /**
     * True at the time of the call, whichever thread reads it; of another, with what `acquire` keeps there for its
     * next call until the next round of the clock, 16 MiB at most.
     */
    live: LiveStats;
  }[];
}

/** Options of {@link stats}. */
export interface StatsOptions {
  /** With all environments of the process. Default: `false`. */
  all?: boolean | undefined;
}

/**
 * What the allocator holds and has done since it was made, in this thread.
 *
 * @returns A new plain object of plain values.
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for bad options.
 */
export function stats(options?: StatsOptions & { all?: false | undefined }): Stats;
/**
 * The same, with all environments of the process.
 *
 * @example
 * ```js
 * const { stats } = require('bufalloc');
 *
 * const [main] = stats({ all: true }).environments;
 * console.log(main.threadId, main.allocators[0].name); // 0 default
 * ```
 */
export function stats(options: StatsOptions & { all: true }): ProcessStats;

/** One of {@link allocators}. */
export type AllocatorEntry =
  | { name: string; kind: 'default' | 'allocator'; stats: typeof stats }
  | { name: string; kind: 'arena'; stats: () => ArenaStats };

/**
 * The allocators and arenas of this thread that are neither closed nor collected: the module's own, those of
 * `createAllocator`, and arenas.
 *
 * @returns A new array. To hold an entry keeps what it shows; the list itself keeps nothing.
 * @example
 * ```js
 * const { allocators, createArena } = require('bufalloc');
 *
 * const arena = createArena({ name: 'frames' });
 * arena.alloc(1000);
 * for (const { name, kind, stats } of allocators()) {
 *   if (kind === 'arena') console.log(name, stats().usedBytes); // frames 65536
 * }
 * arena.close();
 * ```
 */
export function allocators(): AllocatorEntry[];

/**
 * Gives free memory back to the operating system: the cache's, and the process's reserve of chunks. Free blocks that
 * share a span of pages with live ones stay.
 *
 * Memory that is idle goes back by itself after 1 to 3 seconds. This is for a program that knows that it has gone
 * quiet.
 *
 * @returns The resident bytes given back, those of the memory that threads have for
 *   [other addons](../docs/native-addons.md) among them.
 */
export function trim(): number;

/** What {@link census} returns: a new plain object. */
export interface Census {
  /** For how long nothing else ran, in milliseconds. */
  blockedMs: number;
  /** All stores of each kind. */
  totals: Record<CensusKind, CensusTotal>;
  /** One by one, what pins most for nothing first. Of `other` those of 4096 bytes and more. */
  stores: CensusStore[];
}

/**
 * What a store is for; `other`: one that bufalloc keeps no record of, as of the built-in's pool and of host buffers
 * below `nativeMin`.
 */
export type CensusKind = 'slab' | 'dedicated' | 'acquired' | 'arena' | 'secret' | 'other';

/** All stores of a kind. */
export interface CensusTotal {
  /** How many. */
  count: number;
  /** Bytes in those. */
  bytes: number;
  /** The sum of their `liveBytes`. */
  liveBytes: number;
  /** The sum of their `pinnedBytes`. */
  pinnedBytes: number;
  /** The sum of their `views`. */
  views: number;
}

/** One live store. */
export interface CensusStore {
  /** What it is for. */
  kind: CensusKind;
  /** It is a block of the C heap. */
  native: boolean;
  /** The name of its allocator; `null` for `other`. */
  allocator: string | null;
  /** Its size. */
  bytes: number;
  /**
   * Bytes under at least one view; all, if nobody views a store that is no slab and no arena's: whoever has the
   * ArrayBuffer may want it.
   */
  liveBytes: number;
  /** The others: kept for nothing. 0 for a slab that pieces are still cut from. */
  pinnedBytes: number;
  /** How many live typed arrays and DataViews there are. */
  views: number;
  /** Pieces are still cut from it. */
  current: boolean;
  /**
   * Where what is in it was asked for, as far as a profile ({@link startProfile}) has sampled it or
   * [the debugging mode](../docs/debugging.md) has noted it. The innermost frame is first.
   */
  sites: { bytes: number; frames: string[] }[];
}

/** Options of {@link census}. */
export interface CensusOptions {
  /**
   * Ask V8 for typed arrays alone, in a third of the time: a store that only DataViews show, or nobody, is
   * missing. Default: `false`.
   */
  quick?: boolean | undefined;
}

/**
 * Every live store of this thread, and what of it is alive: who keeps memory for nothing. A 10-byte slice keeps its
 * whole slab.
 *
 * @throws {Error} `ERR_BUFALLOC_INSPECTOR` where the runtime has no inspector that finds live objects: Bun, Deno, a
 *   Node.js built without one.
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for bad options.
 * @remarks
 * It costs nothing until it is called. Then V8 collects all garbage and walks its heap, three times, and everything
 * else waits: about 0.1 s in a small heap, 2 s with a million live objects. It uses an inspector session of its own,
 * and leaves others alone. Nothing that it saw is kept. V8 gives every short typed array an ArrayBuffer of its own as
 * it looks, which takes some 200 bytes for each and stays. Memory shared between threads is left out.
 */
export function census(options?: CensusOptions): Census;

/** What {@link explain} returns: a new plain object. `String(explain())` is the same as text for people. */
export interface Explanation {
  /** Resident bytes of the process. */
  rss: number;
  /** What they consist of. */
  parts: MemoryParts;
  /** There was no census: `pinned` is an upper bound. */
  isEstimate: boolean;
  /** The largest part that a program can do something about, what that is, and whose it is. */
  advice: { part: keyof MemoryParts; text: string };
}

/** The parts of the memory of a process, in bytes; all of them add up to `rss`. */
export interface MemoryParts {
  /** In use by buffers from C, of all threads, as they were asked for. */
  live: number;
  /**
   * Of C's memory, kept for nothing by smaller pieces; without a census all that is in slabs, which is the most it can
   * be.
   */
  pinned: number;
  /** Freed and resident, waiting for reuse, of all threads. */
  cached: number;
  /** Resident, in chunks that wait for the next heap. */
  reserve: number;
  /** Lost on size classes. */
  rounding: number;
  /** The allocator's own tables. */
  metadata: number;
  /** ArrayBuffers over the runtime's own memory, in this thread; where more is known of, that. */
  host: number;
  /** V8's heap, of this thread. */
  v8: number;
  /** Pages of programs and libraries; 0 where the system does not tell. */
  files: number;
  /** What remains: native libraries, malloc's cache, stacks, other threads' JavaScript. */
  rest: number;
  /** 0 or negative: counted above and not resident, as buffers that nobody has written to yet. */
  absent: number;
}

/** Options of {@link explain}. */
export interface ExplainOptions {
  /** What `census()` returned, for what is pinned; `true` takes one. Default: `false`. */
  census?: boolean | Census | undefined;
}

/**
 * Splits the memory of the process, as the system counts it (RSS), until it adds up, and says what to do about the
 * largest part.
 *
 * @throws {Error} `ERR_BUFALLOC_INSPECTOR` if it is to take a census and cannot.
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for bad options.
 * @example
 * ```js
 * const { acquire, explain } = require('bufalloc');
 *
 * const kept = acquire(256 * 1024 * 1024).fill(1);
 * const { rss, parts, advice } = explain();
 * const sum = Object.values(parts).reduce((total, bytes) => total + bytes, 0);
 * console.log(sum === rss, parts.live === kept.length, advice.part); // true true live
 * ```
 */
export function explain(options?: ExplainOptions): Explanation;

/** Options of {@link metrics}. */
export interface MetricsOptions {
  /** `prometheus`: the older text format. Default: `'openmetrics'`. */
  format?: 'openmetrics' | 'prometheus' | undefined;
  /**
   * End with `# EOF`, as a whole text must in OpenMetrics. Default: `false`, so that another's may
   * follow.
   */
  eof?: boolean | undefined;
}

/**
 * What the allocators of this thread count, as [OpenMetrics](https://github.com/prometheus/OpenMetrics) text.
 *
 * @returns Lines, each ended.
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for bad options.
 * @remarks
 * The families, and their labels. Allocators of the same name are added up. A worker has its own counters, and serves
 * its own metrics.
 *
 * - `bufalloc_memory_bytes` (`allocator`, `state`): `live`, `cached`, `mapped`, as in `stats().heap`.
 * - `bufalloc_live_bytes`, `bufalloc_live_stores` (`allocator`, `kind`): as in `stats().live`.
 * - `bufalloc_limit_bytes` (`allocator`, `limit`): `max`, `max_cached`.
 * - `bufalloc_stores_total`, `bufalloc_stores_bytes_total` (`allocator`, `kind`): as in `stats().stores`.
 * - `bufalloc_blocks_total` (`allocator`, `memory`): blocks handed out, `reused` and `fresh`.
 * - `bufalloc_purged_bytes_total` (`allocator`): given back to the operating system.
 * - `bufalloc_fallbacks_total` (`allocator`, `reason`): as in `stats().fallbacks`.
 * - `bufalloc_acquired_total`, `bufalloc_released_total` (`allocator`): as in `stats().lifetimes`.
 * - `bufalloc_process_bytes` (`state`): of all threads, `mapped`, of that the `reserve`; `metadata`.
 * - `bufalloc_process_heaps` (`state`): of all threads, `open`; `orphaned`, ended with blocks out.
 * - `bufalloc_collections_total`, `bufalloc_collection_seconds_total`: the pacer's.
 * - `bufalloc_returned_bytes_total`: that came back because they were collected.
 *
 * Joined to prom-client's:
 * @example
 * ```js
 * const http = require('node:http');
 * const { Registry, collectDefaultMetrics } = require('prom-client');
 * const bufalloc = require('bufalloc');
 *
 * const register = new Registry(Registry.OPENMETRICS_CONTENT_TYPE);
 * collectDefaultMetrics({ register });
 *
 * const server = http.createServer(async (request, response) => {
 *   response.setHeader('Content-Type', register.contentType);
 *   response.end(bufalloc.metrics() + (await register.metrics()));
 * });
 * server.listen(0, async () => {
 *   const answer = await fetch(`http://localhost:${server.address().port}/metrics`);
 *   const lines = (await answer.text()).split('\n');
 *   console.log(lines[1], lines.at(-2)); // # TYPE bufalloc_memory_bytes gauge # EOF
 *   server.close();
 * });
 * ```
 */
export function metrics(options?: MetricsOptions): string;

/** Options of {@link startProfile}. */
export interface ProfileOptions {
  /**
   * Bytes from one sample to the next, on average, 1 or more. Default: 524288, and as much more as
   * keeps samples to half a percent of the thread's time. What is asked for is kept to, whatever it
   * takes.
   */
  interval?: number | undefined;
  /** Most frames of a stack, the innermost, from 1 to 256. Default: 16. */
  stackDepth?: number | undefined;
}

/**
 * Begins to note, in this thread, which places of the program allocate memory for Buffers, and what of it is in use. A
 * sample is taken about every `interval` bytes and stands for as many of its size as it was likely to be taken: what
 * comes out is right on average for every size. Pieces of slabs, dedicated and acquired buffers, arenas and the
 * runtime's memory are sampled alike.
 *
 * A sample takes some 10 µs, more where the stack is deep; what is not sampled costs a subtraction for a store
 * and nothing for a piece of a slab (`node bench/profile.js`). While there is no profile it costs nothing.
 *
 * @throws {Error} `ERR_BUFALLOC_PROFILE` if a profile is being taken.
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for bad options.
 */
export function startProfile(options?: ProfileOptions): void;

/** Options of {@link takeProfile}. */
export interface TakeProfileOptions {
  /**
   * What it is to be. Default: `'pprof'`.
   * - `'pprof'`: a gzipped protocol buffer, for `go tool pprof`, speedscope and Pyroscope: `alloc_objects`,
   *   `alloc_space`, `inuse_objects` and `inuse_space`, with labels `kind` (as in `stats().live`) and `allocator`.
   * - `'heapprofile'`: text of what is in use, for the memory panel of Chrome's DevTools: to be saved as
   *   `.heapprofile`.
   * - `'collapsed'`: text of what is in use, a line for each stack, for flame graphs.
   */
  format?: 'pprof' | 'heapprofile' | 'collapsed' | undefined;
}

/**
 * What was noted so far. The profile goes on.
 *
 * Memory is in use until it is released, reset or collected; a piece of a slab until the Buffer that was handed out is
 * collected, though a slice of it may live on. With `--enable-source-maps` places are those of the sources.
 *
 * @throws {Error} `ERR_BUFALLOC_PROFILE` if none was begun.
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for bad options.
 */
export function takeProfile(
  options?: TakeProfileOptions & { format?: 'pprof' | undefined },
): Buffer<ArrayBuffer>;
/**
 * The same as text.
 *
 * @example
 * ```js
 * const { Buffer, startProfile, stopProfile, takeProfile } = require('bufalloc');
 *
 * startProfile({ interval: 1024 });
 * const images = Array.from({ length: 10 }, () => Buffer.alloc(1024 * 1024));
 * const lines = takeProfile({ format: 'collapsed' });
 * stopProfile();
 * console.log(images.length, lines.length > 0); // 10 true
 * ```
 */
export function takeProfile(
  options: TakeProfileOptions & { format: 'heapprofile' | 'collapsed' },
): string;

/**
 * Ends the profile and forgets it.
 *
 * @throws {Error} `ERR_BUFALLOC_PROFILE` if none was begun.
 */
export function stopProfile(): void;

/**
 * The folder of `bufalloc.h`, for `include_dirs` of another addon's `binding.gyp`:
 * [Native addons](../docs/native-addons.md).
 */
export const include: string;

/**
 * What `bufalloc_load` of that header takes; `undefined` where no addon of bufalloc's loads. By it other addons have
 * memory from bufalloc on any thread, make Buffers of it and pin Buffers: [Native addons](../docs/native-addons.md).
 */
export const capi: object | undefined;

/**
 * What happens seldom is published on `node:diagnostics_channel`, in the thread where it happens. Without a subscriber
 * nothing is paid. The messages are plain objects. A subscriber runs inside the call that allocates, and may allocate:
 * what it causes by that its channel does not tell of.
 *
 * @example
 * ```js
 * const { subscribe } = require('node:diagnostics_channel');
 * const { createAllocator } = require('bufalloc');
 *
 * subscribe('bufalloc:fallback', ({ allocator, reason, size }) => {
 *   console.log(allocator, reason, size); // frames budget 1000
 * });
 * createAllocator({ name: 'frames', maxBytes: 0 }).acquire(1000);
 * ```
 */
export interface DiagnosticsChannels {
  /** The runtime serves a request instead of C. */
  'bufalloc:fallback': {
    /** The allocator's name. */
    allocator: string;
    /** Why: a counter of `stats().fallbacks`. */
    reason: keyof Stats['fallbacks'];
    /** Bytes that were asked for. */
    size: number;
  };
  /** The pacer has run a collection. */
  'bufalloc:collect': {
    /** How long it took. */
    milliseconds: number;
    /** Of all of V8's heap, and not of the young objects alone. */
    full: boolean;
  };
  /** [The debugging mode](../docs/debugging.md) has found that an acquired buffer was never released. */
  'bufalloc:leak': {
    /** The allocator's name. */
    allocator: string;
    /** Its bytes. */
    size: number;
    /** Where it was acquired. */
    place: string;
  };
}
