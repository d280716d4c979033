/* ----------------------------------------------------------------------------
 * heap_internal: the heap's own structure, shared by heap.c (the fast path and
 * the public functions), blocks.c (where blocks come from) and remote.c (frees
 * by other threads and heaps without an owner).
 * ------------------------------------------------------------------------- */
#ifndef BA_HEAP_INTERNAL_H
#define BA_HEAP_INTERNAL_H

#include <stdatomic.h>

#include "heap.h"
#include "size_class.h"
#include "span.h"

/* Values of span->size_class that are no class. */
enum {
  CLASS_UNCACHED = 254, /* a span of its own, cut for its alignment */
  CLASS_HUGE = 255      /* a mapping of its own */
};

/* Freed blocks of one class, the last freed on top. */
typedef struct ba_magazine {
  uint32_t count;
  uint32_t capacity;
  void **blocks;
} ba_magazine_t;

/* Bytes and blocks that one magazine may hold: enough that a burst of frees
 * (a collection's worth of 64 KiB buffers) seldom reaches the page heap, while
 * all magazines together stay a small part of a busy heap. */
#define MAGAZINE_BYTES ((size_t)4 << 20)
#define MAGAZINE_BLOCKS_MAX ((size_t)64)
#define MAGAZINE_BLOCKS_MIN ((size_t)2)

struct ba_heap {
  /* what every thread reads that frees a block, and seldom changes */
  _Alignas(BA_CACHE_LINE) _Atomic uintptr_t owner; /* a thread's id; 0 once the
                                                      heap is destroyed */
  bool wipe;                                       /* clear what is freed */
  size_t max_bytes;
  size_t max_cached_bytes;
  /* what other threads write (remote.c) */
  _Alignas(BA_CACHE_LINE) _Atomic(ba_span_t *) remote_spans;
  _Atomic size_t out;  /* an orphan's blocks out */
  _Atomic size_t kept; /* an orphan's free bytes, resident */
  /* what the fast path touches */
  _Alignas(BA_CACHE_LINE) size_t live_bytes;
  size_t dirty_bytes; /* live and cached: resident, as far as we know */
  size_t shrink_at;   /* cached bytes at which it is worth trying to shrink */
  size_t peak_live_bytes;
  uint64_t allocated_blocks;
  uint64_t allocated_bytes;
  uint64_t freed_blocks;
  ba_magazine_t magazines[BA_CLASS_COUNT];
  /* what the slow path touches */
  ba_span_t *partial[BA_CLASS_COUNT]; /* spans with a free block */
  ba_span_t *huge_first;              /* cached huge blocks, freed last first */
  ba_span_t *huge_last;
  size_t huge_mapped_bytes;
  uint64_t fresh_blocks;
  uint64_t zeroed_bytes;
  uint64_t known_zero_bytes;
  uint64_t purged_bytes;
  uint64_t remote_frees;
  uint64_t refused_budget;
  uint64_t refused_nomem;
  void **magazine_memory;
  size_t magazine_memory_size;
  ba_pages_t pages;
};

static inline size_t ba_heap_cached_bytes(const ba_heap_t *heap) {
  return heap->dirty_bytes - heap->live_bytes;
}

/* blocks.c: takes a block from spans or the OS, not from a magazine. *zero says
 * whether its bytes are known to be zero. `alignment` is 0 or a power of two
 * above a page; `size` is at least 1. Counts nothing but fresh blocks. */
ba_status_t ba_block_take(ba_heap_t *heap, size_t size, size_t alignment,
                          void **out, bool *zero);

/* blocks.c: returns a block to its span; the memory stays cached. The block no
 * longer counts as live. */
void ba_block_give(ba_heap_t *heap, ba_span_t *span, void *block);

/* blocks.c: empties every magazine into the spans. */
void ba_magazines_flush(ba_heap_t *heap);

/* blocks.c: gives cached memory back until at most `keep_bytes` are left. */
size_t ba_heap_shrink(ba_heap_t *heap, size_t keep_bytes);

/* blocks.c: gives back what has been free since `tick` or longer. */
size_t ba_heap_purge_idle(ba_heap_t *heap, uint32_t tick);

/* blocks.c: unmaps all cached huge blocks. */
void ba_huge_clear(ba_heap_t *heap);

/* heap.c: takes in a block that another thread has freed, and wiped. */
void ba_heap_take_in(ba_heap_t *heap, ba_span_t *span, void *block);

/* heap.c: gives memory back if more is cached than may be. */
void ba_heap_limit_cache(ba_heap_t *heap);

/* heap.c: ends a heap with no block out. Any thread. */
void ba_heap_dispose(ba_heap_t *heap);

/* remote.c: takes in what other threads have freed. */
void ba_remote_drain(ba_heap_t *heap);

/* remote.c: a free by a thread that does not own the block's heap. Any thread. */
void ba_remote_free(ba_heap_t *heap, ba_span_t *span, void *block);

/* remote.c: ends the heap, or leaves that to whoever frees its last block. */
void ba_remote_orphan(ba_heap_t *heap);

size_t ba_remote_orphan_count(void);

#endif
