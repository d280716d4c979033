/*
 * The types of the public API: what `require('bufalloc')` and `import … from 'bufalloc'` give.
 * docs/api.md describes it at length. Sizes are in bytes throughout.
 *
 * They need TypeScript 5.6 or later and @types/node; up to 5.6 what Buffer's functions give is `any`.
 */

/// <reference types="node" />

/* Everything else of node:buffer is the built-in's. What is declared here goes before it. */
export * from 'node:buffer';

/** An ordinary Buffer, the built-in's: bufalloc only allocates the memory. */
export type Buffer<TArrayBuffer extends ArrayBufferLike = ArrayBufferLike> =
  // @ts-ignore TypeScript 5.6 has no parameter there, and takes this for `any`.
  globalThis.Buffer<TArrayBuffer>;

/**
 * The built-in's `Buffer`, of which `alloc`, `allocUnsafe`, `allocUnsafeSlow`, `from`, `concat` and
 * `copyBytesFrom` take their memory from bufalloc. `poolSize` may be assigned; it counts for the
 * next slab, and for this module alone.
 */
export interface BufallocBufferConstructor extends BufferConstructor {
  /**
   * Allocates a buffer whose contents are arbitrary: cut from the slab if smaller than half of
   * `poolSize`, with memory of its own otherwise.
   *
   * @param size in bytes
   * @param alignment a power of two up to 2^30: the address of the first byte is a multiple of it
   * @throws the running version's errors for a bad size
   */
  allocUnsafe(size: number, alignment?: number): Buffer<ArrayBuffer>;

  /**
   * Allocates a buffer with memory of its own, whose contents are arbitrary.
   *
   * @param size in bytes
   * @param alignment a power of two up to 2^30: the address of the first byte is a multiple of it
   * @throws the running version's errors for a bad size
   */
  allocUnsafeSlow(size: number, alignment?: number): Buffer<ArrayBuffer>;
}

/** The drop-in for the built-in `Buffer`. */
export const Buffer: BufallocBufferConstructor;

/**
 * The built-in's, where the running version has it: up to Node.js 24.
 *
 * @deprecated Use `Buffer.allocUnsafeSlow`.
 */
export const SlowBuffer: { new (size: number): Buffer<ArrayBuffer>; prototype: Buffer } | undefined;

/** The allocating functions of `Buffer`. They may be taken off the object that has them. */
export interface BufferFunctions {
  readonly alloc: BufallocBufferConstructor['alloc'];
  readonly allocUnsafe: BufallocBufferConstructor['allocUnsafe'];
  readonly allocUnsafeSlow: BufallocBufferConstructor['allocUnsafeSlow'];
  readonly from: BufallocBufferConstructor['from'];
  readonly concat: BufallocBufferConstructor['concat'];
  readonly copyBytesFrom: BufallocBufferConstructor['copyBytesFrom'];
}

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

/** A Buffer with a store of its own that `using` releases. Its slices are plain Buffers. */
export interface AcquiredBuffer extends ReturnType<BufferConstructor['alloc']>, Disposable {
  /** Releases the buffer; nothing happens if it is released already. */
  [Symbol.dispose](): void;
}

/**
 * Allocates a buffer that is meant to be released. Its contents are arbitrary. Memory that was
 * freed last goes first. The caller releases it, or drops it like any buffer.
 *
 * @param size in bytes, 0 or more
 * @returns a Buffer whose `buffer.byteLength` is just `size`, unless the runtime had to serve an
 *   aligned one
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for bad options; as
 *   `Buffer.allocUnsafeSlow` for a bad size
 */
export function acquire(size: number, options?: AcquireOptions): AcquiredBuffer;

/**
 * Gives a buffer's memory back at once. The buffer and every view of its memory become empty.
 *
 * Release only what no operation uses: while the operating system or an addon is still reading or
 * writing the buffer, or a call of the runtime's that asks an argument for its value in between, that
 * hands its memory to someone else.
 *
 * The first release of a thread makes loops over typed arrays slower from then on, as any transfer
 * of an ArrayBuffer does.
 *
 * @param buffer one with memory of its own from bufalloc, from its first to its last byte
 * @returns `true` if the memory came back; `false`, and nothing changed, for a slice, a part, memory
 *   that is not bufalloc's, an empty buffer, what an addon has pinned, and what was released before
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` for what is no Buffer or Uint8Array
 */
export function release(buffer: Uint8Array): boolean;

/** The folder of bufalloc.h, for the `include_dirs` of another addon's binding.gyp. */
export const include: string;

/**
 * What another addon gives to `bufalloc_load`, of bufalloc.h, for the table of functions; `undefined`
 * where bufalloc has no addon that loads.
 */
export const capi: object | undefined;
/**
 * Allocates a buffer for what must not get about, of zeroes: locked into memory, out of core dumps and
 * forks, between two pages that fault, wiped when it is released, when it is collected and when the
 * process ends by itself. What of that the system refuses is no error: see `stats().secrets`. Where C has
 * no memory it is the runtime's, wiped when it is released or the process ends, and not locked.
 *
 * `compact` leaves it alone, and `Buffer.from` of it is another secret. It may have a `byteOffset` of up to 7.
 *
 * @param size in bytes, 0 or more
 * @throws as `Buffer.allocUnsafeSlow` for a bad size
 */
export function allocSecret(size: number): AcquiredBuffer;

/** What {@link compact} makes of a buffer: itself, or a Buffer. */
export type Compacted<T> = T extends Buffer ? Buffer : Uint8Array;

/**
 * Frees the large memory that a small buffer keeps alive.
 *
 * @returns `buffer` itself if its store is no larger than it; else a copy in memory of exactly its
 *   size
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` for what is no Buffer or Uint8Array
 */
export function compact<T extends Uint8Array>(buffer: T): Compacted<T>;
/**
 * Frees the large memory that small buffers keep alive.
 *
 * @returns a new array in the same order; those that need copying are copied into one store of
 *   exactly their total size
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` for what is no Buffer or Uint8Array; it names the
 *   element
 */
export function compact<T extends readonly Uint8Array[] | []>(
  buffers: T,
): { -readonly [K in keyof T]: Compacted<T[K]> };

/** Options of {@link createArena}; sizes are whole numbers, or `Infinity` for limits. */
export interface ArenaOptions {
  /** What it is for; shown by {@link allocators}. Default: `'arena-1'` and so on. */
  name?: string | undefined;
  /** Bytes of one slab, 1 or more. Default: 65536. */
  slabSize?: number | undefined;
  /** Most bytes in use between two resets; slabs count as a whole. Default: no limit. */
  maxBytes?: number | undefined;
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

/**
 * A region of memory. Its allocating functions throw `ERR_BUFALLOC_ARENA_FULL` (a RangeError) beyond
 * `maxBytes`, and `ERR_BUFALLOC_CLOSED` after `close()`.
 *
 * Resetting and closing while an operation is pending on one of its buffers is as dangerous as
 * releasing then.
 */
export interface Arena extends BufferFunctions, Disposable {
  /** Empties every buffer since the last reset; their memory serves the next ones. */
  reset(): void;
  /** Resets; nothing can be allocated from then on. Closing twice does nothing more. */
  close(): void;
  /** As `close()`. */
  [Symbol.dispose](): void;
  /** A new plain object. */
  stats(): ArenaStats;
}

/**
 * Opens a region of memory, for a request, a frame, a batch.
 *
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for bad options
 */
export function createArena(options?: ArenaOptions): Arena;

/** Options of {@link createAllocator}; byte limits are 0 or more, whole or `Infinity`. */
export interface AllocatorOptions {
  /** What it is for; shown wherever it is. Default: `'allocator-1'` and so on. */
  name?: string | undefined;
  /** Bytes of one slab; half of it is the limit of what is pooled. Default: the built-in's. */
  poolSize?: number | undefined;
  /**
   * Bytes from which on a buffer of its own comes from C; 0 for every size. Default: 1024. Where V8
   * does not make the stores (`stats().backend.name`) none does, whatever this says, and the default
   * is `Infinity`.
   */
  nativeMin?: number | undefined;
  /** Most bytes in C blocks. Default: half of the memory available. */
  maxBytes?: number | undefined;
  /**
   * Most bytes of freed memory kept for reuse. Default: 256 MiB, or 1/16 of the memory available if
   * that is less.
   */
  maxCachedBytes?: number | undefined;
  /** Clear C memory before anyone can have it again. Default: `false`. */
  zeroOnRelease?: boolean | undefined;
  /**
   * Ask the system for huge pages for blocks of 2 MiB and more, arenas' included. `stats().hugePages` says what
   * it gave. Default: `false`.
   */
  hugePages?: boolean | undefined;
  /** Run minor collections to have its memory back early. Default: `true`. */
  pacing?: boolean | undefined;
  /**
   * Look for writes after release, and for acquired buffers that are never released. Default: what
   * `BUFALLOC_DEBUG` says.
   */
  debug?: boolean | undefined;
}

/** A private allocator. All its functions may be taken off it. */
export interface Allocator extends BufferFunctions, Disposable {
  /** What it is for; shown wherever it is. */
  name: string;
  /** Bytes of the next slab. */
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
   * and their memory is freed after them.
   */
  readonly close: () => void;
  /** As `close()`. */
  [Symbol.dispose](): void;
}

/**
 * Makes a private allocator: its own heap, slab, limits and counters.
 *
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for bad options
 */
export function createAllocator(options?: AllocatorOptions): Allocator;

/** Stores of one kind. */
export interface StoreStats {
  count: number;
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

/** What debugging has found, where it is on. */
export interface DebugStats {
  state: 'on';
  /** Released stores that wait in quarantine. */
  quarantineCount: number;
  /** Bytes in those. */
  quarantineBytes: number;
  /** Released stores that were written to. */
  writesAfterRelease: number;
  /** Watched acquired buffers that were collected without a release. */
  leaks: number;
  /** Releases, resets and closes of what core still had. */
  releasesInUse: number;
  /** Calls of core that were given a released buffer. */
  usesAfterRelease: number;
  /** Calls of release() that returned false. */
  refusedReleases: number;
}

/** The counters of a C heap. */
export interface HeapStats {
  /** Bytes in blocks handed out and not freed. */
  liveBytes: number;
  /** Blocks handed out and not freed. */
  liveBlocks: number;
  /** The most that `liveBytes` has been. */
  peakLiveBytes: number;
  /** Bytes freed, still resident, waiting for reuse. */
  cachedBytes: number;
  /** Address space held in chunks and mappings. */
  mappedBytes: number;
  /** Blocks handed out since the heap was made. */
  allocatedBlocks: number;
  /** Bytes in those. */
  allocatedBytes: number;
  /** Of them, those in memory that was used before. */
  reusedBlocks: number;
  /** Bytes cleared because zeroed memory was asked for. */
  zeroedBytes: number;
  /** Bytes of zeroed memory asked for that were known to be zero already. */
  knownZeroBytes: number;
  /** Bytes given back to the operating system. */
  purgedBytes: number;
  /** Blocks that other threads freed. */
  remoteFrees: number;
  /** Mappings for which huge pages were asked. */
  hugeWanted: number;
  /** Of those, the ones that the system refused at once. */
  hugeRefused: number;
  /** Requests refused because `maxBytes` was spent. */
  refusedBudget: number;
  /** Requests refused because the system had no memory. */
  refusedNoMemory: number;
}

/** What is out: handed out, and not yet freed, released, reset or collected. */
export interface LiveStats {
  /** Slabs. */
  slab: StoreStats;
  /** Buffers with a C block of their own. */
  dedicated: StoreStats;
  /** Acquired ones. */
  acquired: StoreStats;
  /** Arenas' slabs and larger ones. */
  arena: StoreStats;
  /** Secrets. */
  secret: StoreStats;
  /** The runtime's memory: from 1 MiB on exact, smaller ones by a sample. */
  host: StoreStats;
}

/** Huge pages, where an allocator asks for them. */
export interface HugePageStats {
  state: 'on';
  /** Bytes of huge pages that the process has where they were asked for; 0 where that cannot be read. */
  bytes: number;
}

/** Guarded stores, where there are any. */
export interface GuardStats {
  state: 'on';
  /** One store in so many. */
  every: number;
  /** Stores that were guarded. */
  stores: number;
  /** Those that were to be, and could not. */
  refused: number;
}

/** What {@link stats} returns: what was held and done since the allocator was made, in this thread. */
export interface Stats {
  /** The allocator's name; `default` for the module's. */
  name: string;
  /** Which way of making stores serves this thread. */
  backend: {
    /** `v8`: made by V8; `napi`: by Node-API; `host`: the runtime's own memory. */
    name: 'v8' | 'napi' | 'host';
    /** Why it is not `v8`; empty if it is. */
    reason: string;
  };
  /** Some memory comes from C; `false` where all is the runtime's own. */
  external: boolean;
  /** The allocator was closed; always `false` for the module. */
  closed: boolean;
  /** Where memory came from, as it was asked for. */
  stores: {
    /** Slabs from C that were cut. */
    slab: StoreStats;
    /** Buffers with a C block of their own. */
    dedicated: StoreStats;
    /** Acquired ones. */
    acquired: StoreStats;
    /** An arena's slabs and larger ones. */
    arena: StoreStats;
    /** Secrets, in C blocks of their own beside the heap. */
    secret: StoreStats;
    /** What the runtime served, slabs and acquired ones included. */
    host: StoreStats;
  };
  /** What of that is out at present. */
  live: LiveStats & {
    /** Released, and waiting in the debugging mode's quarantine. */
    quarantine: StoreStats;
  };
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
    /** With Node-API's stores: 32 MiB were handed out in one turn of the event loop. */
    turn: number;
    /** The operating system had no memory. */
    memory: number;
    /** The runtime allows no external ArrayBuffers. */
    unsupported: number;
  };
  /** What secrets have got of the system. */
  secrets: {
    /** All of them were locked into memory; `true` too where there was none. */
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
  debug: { state: 'off' } | DebugStats;
  guard: { state: 'off' } | GuardStats;
  hugePages: { state: 'off' } | HugePageStats;
  /** One for the thread: all allocators show the same figures, except those without pacing. */
  pacer: { state: 'off' } | PacerStats;
  /** The C heap: blocks as they are cut, in whole size classes. */
  heap: HeapStats;
  /** The heaps of all threads. */
  process: {
    /** Heaps of all threads, this one included. */
    heaps: number;
    /** Heaps that ended with blocks still out. */
    orphanedHeaps: number;
    /** Address space for blocks: all heaps' and the reserve's. The tables' is left out. */
    mappedBytes: number;
    /** Of that, bytes in chunks that wait for the next heap. */
    reserveBytes: number;
    /** Of those, the resident ones. */
    warmBytes: number;
    /** Address space for the allocator's own tables, beside that. */
    metadataBytes: number;
    /** Secrets and guarded stores that are out. */
    guardedBlocks: number;
    /** Of all there were, those in front of which something had written when they were freed. */
    damagedBlocks: number;
    /** Guarded stores that were freed, and are kept to fault. */
    quarantinedBlocks: number;
  };
  /** The limits in force. */
  limits: {
    /** Bytes of the next slab. */
    poolSize: number;
    nativeMin: number;
    maxBytes: number;
    maxCachedBytes: number;
    zeroOnRelease: boolean;
  };
}

/** One environment of the process: the main thread's, or a worker's. */
export interface EnvironmentStats {
  /** The thread's number in `node:worker_threads`; -1 before it has been asked for there. */
  threadId: number;
  /** The allocators that it has: without arenas, which are part of theirs. */
  allocators: {
    name: string;
    /** As of the last tick of that thread's clock, once a second; this thread's as they are. */
    heap: HeapStats;
    live: LiveStats;
  }[];
}

/** What {@link stats} returns when all of the process is asked for. */
export interface ProcessStats extends Stats {
  environments: EnvironmentStats[];
}

/** Options of {@link stats}. */
export interface StatsOptions {
  /** With all environments of the process. Default: `false`. */
  all?: boolean | undefined;
}

/** What an allocator holds and has done, in this thread; a new plain object. */
export function stats(options?: StatsOptions & { all?: false | undefined }): Stats;
/**
 * The same, with all environments of the process.
 *
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for bad options
 */
export function stats(options: StatsOptions & { all: true }): ProcessStats;

/** One of {@link allocators}. To hold it keeps what it shows. */
export type AllocatorEntry =
  | { name: string; kind: 'default' | 'allocator'; stats: typeof stats }
  | { name: string; kind: 'arena'; stats: () => ArenaStats };

/** The allocators and arenas of this environment that are neither closed nor collected. */
export function allocators(): AllocatorEntry[];

/**
 * Gives all free memory back to the operating system: the cache's, and the process's reserve of chunks.
 *
 * @returns the resident bytes given back
 */
export function trim(): number;

/** Options of {@link startProfile}. */
export interface ProfileOptions {
  /**
   * Bytes from one sample to the next, on average. Default: 524288, and as much more as keeps samples
   * to some 1 % of the time.
   */
  interval?: number | undefined;
  /** Most frames of a stack, the innermost. Default: 16. */
  stackDepth?: number | undefined;
}

/**
 * Begins to note which places of the program allocate memory for Buffers, in this thread.
 *
 * @throws {Error} `ERR_BUFALLOC_PROFILE` if a profile is being taken
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for bad options
 */
export function startProfile(options?: ProfileOptions): void;

/** Options of {@link takeProfile}. */
export interface TakeProfileOptions {
  /** Default: `'pprof'`. */
  format?: 'pprof' | 'heapprofile' | 'collapsed' | undefined;
}

/**
 * What was noted so far, gzipped, in pprof's format. The profile goes on.
 *
 * @throws {Error} `ERR_BUFALLOC_PROFILE` if none was begun
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for bad options
 */
export function takeProfile(
  options?: TakeProfileOptions & { format?: 'pprof' | undefined },
): Buffer<ArrayBuffer>;
/** The same as text: for DevTools, or collapsed stacks for flame graphs. */
export function takeProfile(
  options: TakeProfileOptions & { format: 'heapprofile' | 'collapsed' },
): string;

/**
 * Ends the profile and forgets it.
 *
 * @throws {Error} `ERR_BUFALLOC_PROFILE` if none was begun
 */
export function stopProfile(): void;

/** Options of {@link census}. */
export interface CensusOptions {
  /**
   * Ask for typed arrays alone, in a third of the time: a store that only DataViews show, or nobody, is
   * missing. Default: `false`.
   */
  quick?: boolean | undefined;
}

/** What a store is for; `other`: one that bufalloc keeps no record of, as the built-in's pool. */
export type CensusKind = 'slab' | 'dedicated' | 'acquired' | 'arena' | 'secret' | 'other';

/** One live store. */
export interface CensusStore {
  kind: CensusKind;
  /** It is a block of the C heap. */
  native: boolean;
  /** The name of its allocator; `null` for `other`. */
  allocator: string | null;
  bytes: number;
  /** Bytes under at least one view; all, if nobody views a store that is no slab and no arena's. */
  liveBytes: number;
  /** The others: kept for nothing. 0 for a slab that pieces are still cut from. */
  pinnedBytes: number;
  /** How many live views there are. */
  views: number;
  /** Pieces are still cut from it. */
  current: boolean;
  /**
   * Where what is in it was asked for, as far as a profile has sampled it or the debugging mode has noted it:
   * bytes, and frames, the innermost first.
   */
  sites: { bytes: number; frames: string[] }[];
}

/** All stores of a kind. */
export interface CensusTotal {
  count: number;
  bytes: number;
  liveBytes: number;
  pinnedBytes: number;
  views: number;
}

/** What {@link census} returns. */
export interface Census {
  /** For how long nothing else ran, in milliseconds. */
  blockedMs: number;
  totals: Record<CensusKind, CensusTotal>;
  /** What pins most for nothing is first. Of `other` those of 4096 bytes and more. */
  stores: CensusStore[];
}

/**
 * Every live store of this thread, and what of it is alive. V8 collects all garbage and walks its heap:
 * everything else waits meanwhile.
 *
 * @throws {Error} `ERR_BUFALLOC_INSPECTOR` where the runtime has no inspector that finds live objects
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for bad options
 */
export function census(options?: CensusOptions): Census;

/** Options of {@link explain}. */
export interface ExplainOptions {
  /** What `census()` returned, for what is pinned; `true` takes one. Default: `false`. */
  census?: boolean | Census | undefined;
}

/** A part of the memory of the process, in bytes; all of them add up to `rss`. */
export interface MemoryParts {
  /** In use by buffers of the C heap, as they were asked for. */
  live: number;
  /** Kept by pieces that are smaller; without a census all that is in slabs. */
  pinned: number;
  /** Freed, resident, waiting for reuse. */
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
  /** What remains. */
  rest: number;
  /** Negative: counted above, and not resident. */
  absent: number;
}

/** What {@link explain} returns; as a string it is text for people. */
export interface Explanation {
  /** Resident bytes of the process. */
  rss: number;
  parts: MemoryParts;
  /** `pinned` is an upper bound, for want of a census. */
  isEstimate: boolean;
  /** What can be done about the largest part that a program can do something about. */
  advice: { part: keyof MemoryParts; text: string };
}

/**
 * Splits the memory of the process (RSS) until it adds up, and says what to do about the largest part.
 *
 * @throws {Error} `ERR_BUFALLOC_INSPECTOR` if it is to take a census and cannot
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for bad options
 */
export function explain(options?: ExplainOptions): Explanation;

/** Options of {@link metrics}. */
export interface MetricsOptions {
  /** `prometheus`: the older text format. Default: `openmetrics`. */
  format?: 'openmetrics' | 'prometheus' | undefined;
  /** End with `# EOF`, as OpenMetrics demands of a whole text. Default: `false`. */
  eof?: boolean | undefined;
}

/**
 * What the allocators of this thread count, as OpenMetrics text.
 *
 * @returns lines, each ended
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for bad options
 */
export function metrics(options?: MetricsOptions): string;
