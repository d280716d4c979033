/* ----------------------------------------------------------------------------
 * heap: blocks of memory by size class, for one owning thread.
 *
 * A heap takes spans of pages from chunks (chunk.h), cuts the small ones into
 * equal blocks, and keeps freed blocks in per-class magazines so that the next
 * block out is the one last touched. It knows nothing of JavaScript.
 *
 * Threads. A heap is owned by the thread that made it. Every function that takes
 * a heap must be called by that thread; those that take a block, or nothing, may
 * be called by any thread, `ba_free` at any time. No function here takes a lock
 * on its fast path, nor does a free by another thread. Threads may own a heap by
 * turns: ba_heap_leave and ba_heap_enter.
 *
 * Errors. Functions that can fail return BA_OK (0) or a negative status; they
 * never abort, and a failed call changes nothing.
 * ------------------------------------------------------------------------- */
#ifndef BA_HEAP_H
#define BA_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ba_heap ba_heap_t;

typedef enum ba_status {
  BA_OK = 0,
  BA_ENOMEM = -1,  /* the operating system has no memory (or address space) */
  BA_EBUDGET = -2, /* the heap's own max_bytes would be exceeded */
  BA_EINVAL = -3,  /* a size of 0, a size that overflows, or an alignment that
                      is not a power of two or exceeds BA_ALIGNMENT_MAX */
} ba_status_t;

/* Every block is aligned to at least this many bytes: one cache line. */
#define BA_ALIGNMENT_MIN ((size_t)64)
/* The largest alignment that can be asked for: one chunk. */
#define BA_ALIGNMENT_MAX ((size_t)4 << 20)

/* Flags of ba_alloc. With BA_COLOUR a block that has room begins at a place of its
 * first page that mostly differs from block to block. */
#define BA_ZERO 1u /* the block's bytes are zero, up to its usable size */
#define BA_COLOUR 2u

typedef struct ba_heap_limits {
  size_t max_bytes;        /* most bytes in live blocks; SIZE_MAX: no limit */
  size_t max_cached_bytes; /* most freed bytes kept resident for reuse; what
                              exceeds it is purged at once */
  bool wipe; /* clear every block as it is freed; nothing this heap hands out
                holds bytes that anyone wrote before */
  bool huge_pages; /* ask for huge pages for blocks of 2 MiB and more */
} ba_heap_limits_t;

/* Counters of one heap: field, JavaScript's name for it, what it counts. All of
 * them are exact; bytes are bytes of blocks as cut (size classes), not as asked
 * for. What other threads freed counts as free. */
#define BA_HEAP_COUNTERS(X)                                                   \
  X(live_bytes, "liveBytes", "in blocks handed out and not freed")            \
  X(live_blocks, "liveBlocks", "blocks handed out and not freed")             \
  X(peak_live_bytes, "peakLiveBytes", "highest live_bytes so far")            \
  X(cached_bytes, "cachedBytes", "free, and resident as far as we know")      \
  X(mapped_bytes, "mappedBytes", "address space: chunks and huge mappings")   \
  X(allocated_blocks, "allocatedBlocks", "handed out since creation")         \
  X(allocated_bytes, "allocatedBytes", "handed out since creation")           \
  X(reused_blocks, "reusedBlocks", "of those, from memory used before")       \
  X(zeroed_bytes, "zeroedBytes", "cleared by hand because of BA_ZERO")        \
  X(known_zero_bytes, "knownZeroBytes", "asked for with BA_ZERO, known zero") \
  X(purged_bytes, "purgedBytes", "given back to the OS, of cached ones")      \
  X(remote_frees, "remoteFrees", "blocks freed by other threads")             \
  X(huge_wanted, "hugeWanted", "mappings for which huge pages were asked")    \
  X(huge_refused, "hugeRefused", "of those, refused by the system")           \
  X(refused_budget, "refusedBudget", "requests refused with BA_EBUDGET")      \
  X(refused_nomem, "refusedNoMemory", "requests refused with BA_ENOMEM")

/* Counters of the process: all heaps of all threads together. `mapped_bytes` is
 * address space for blocks: the chunks and huge mappings of all heaps, orphans
 * included, and the reserve. It leaves out the allocator's own tables, which are
 * `metadata_bytes`; the two add up to all address space that is held. */
#define BA_PROCESS_COUNTERS(X)                                                \
  X(heaps, "heaps", "heaps not destroyed")                                    \
  X(orphaned_heaps, "orphanedHeaps", "destroyed, with blocks still out")      \
  X(mapped_bytes, "mappedBytes", "address space for blocks, reserve as well") \
  X(reserve_bytes, "reserveBytes", "of that, in the reserve, of no heap")     \
  X(warm_bytes, "warmBytes", "of those, resident")                            \
  X(metadata_bytes, "metadataBytes", "address space for tables")              \
  X(guarded_blocks, "guardedBlocks", "between guard pages: see guarded.h")    \
  X(damaged_blocks, "damagedBlocks", "of those, found damaged when freed")    \
  X(quarantined_blocks, "quarantinedBlocks", "freed, and kept to fault")

#define BA_COUNTER_FIELD(field, name, meaning) uint64_t field;

typedef struct ba_heap_stats {
  BA_HEAP_COUNTERS(BA_COUNTER_FIELD)
} ba_heap_stats_t;

typedef struct ba_process_stats {
  BA_PROCESS_COUNTERS(BA_COUNTER_FIELD)
} ba_process_stats_t;

/* Creates a heap owned by the calling thread. `limits` may be NULL for none.
 * The caller owns the result and must end it with ba_heap_destroy. */
ba_status_t ba_heap_create(const ba_heap_limits_t *limits, ba_heap_t **out);

/* Ends a heap. Its free memory goes back to the process-wide reserve at once.
 * Blocks still out stay valid; each may still be freed, by any thread, and the
 * last one releases the rest. */
void ba_heap_destroy(ba_heap_t *heap);

/* Ends the calling thread's turn to own a heap: what anyone frees from then on is
 * queued. Begins that of another; the caller sees to it, by a lock, that there is
 * one turn at a time. A heap that nobody owns may be destroyed by any thread. */
void ba_heap_leave(ba_heap_t *heap);
void ba_heap_enter(ba_heap_t *heap);

/* Allocates `size` bytes aligned to `alignment` (0 for BA_ALIGNMENT_MIN). On
 * BA_OK, *out is a block of at least `size` bytes, which the caller owns and
 * ends with ba_free. Contents are arbitrary unless BA_ZERO is given. */
ba_status_t ba_alloc(ba_heap_t *heap, size_t size, size_t alignment,
                     unsigned flags, void **out);

/* Frees a block of any heap, destroyed or not. Any thread, at any time: what is
 * not freed by the heap's owner is queued for it. NULL is ignored. */
void ba_free(void *block);

/* Bytes usable in a live block; at least what was asked for. */
size_t ba_usable_size(const void *block);

/* The size of the block that serves such a request, usable as a whole without
 * BA_COLOUR; 0 if it overflows. */
size_t ba_good_size(size_t size);

/* What blocks are for, as whoever asks for them tells them apart: by a tag below
 * BA_TAGS, and by the bytes that were asked for. */
#define BA_TAGS 5u

typedef struct ba_tally {
  uint64_t count;
  uint64_t bytes;
} ba_tally_t;

/* Counts a block as out, by 1, or as back, that is about to be freed, by -1. False for
 * one of no heap. Any thread that has the block. */
bool ba_tally_add(const void *block, unsigned tag, int by, size_t size);

/* What is out under a tag. Any thread, while the heap is not destroyed. */
ba_tally_t ba_heap_tally(ba_heap_t *heap, unsigned tag);

/* Replaces the two byte limits. A lower cache limit takes effect at once. */
void ba_heap_set_limits(ba_heap_t *heap, const ba_heap_limits_t *limits);

/* Marks the passing of one unit of time, as the caller measures it, and purges
 * memory that has been free for `idle_ticks` of them, of 2^31 - 1 at most.
 * Returns bytes purged.
 * The order in which blocks were freed is forgotten. */
size_t ba_heap_tick(ba_heap_t *heap, unsigned idle_ticks);

/* Marks the passing of one unit of time for the process-wide reserve, any thread:
 * memory that no heap has needed since the last goes back to the OS. Returns the
 * resident bytes that wait for the next. */
size_t ba_process_tick(void);

/* Takes in remote frees and gives all free memory back to the OS, the
 * process-wide reserve's, unused tables and what is kept to fault included.
 * Returns the resident bytes given back, tables left out. */
size_t ba_heap_trim(ba_heap_t *heap);

/* Takes in remote frees first, so that the counters are true. */
void ba_heap_get_stats(ba_heap_t *heap, ba_heap_stats_t *out);

void ba_process_get_stats(ba_process_stats_t *out);

/* What a run of pages in a chunk is, or a huge block, which is a chunk of its own.
 * One bit for each block of the run, the first one's the lowest: 64 at most. */
typedef struct ba_span_info {
  const void *chunk; /* its first byte */
  size_t chunk_bytes;
  size_t offset; /* of the run in it */
  size_t bytes;
  size_t resident_bytes; /* as far as we know; fresh blocks are not */
  size_t block_size;     /* 0: free pages */
  uint32_t block_count;
  uint64_t live_blocks;  /* handed out and not freed */
  uint64_t fresh_blocks; /* free, and not resident: never handed out, or given
                            back to the OS */
} ba_span_info_t;

typedef void (*ba_span_visitor_t)(void *data, const ba_span_info_t *info);

/* Takes in remote frees, then has `visit` called for every run of pages, chunk by
 * chunk, the runs of one in their order and without gaps. It must not touch the
 * heap. The order in which blocks were freed is forgotten. */
void ba_heap_visit(ba_heap_t *heap, ba_span_visitor_t visit, void *data);

#endif
