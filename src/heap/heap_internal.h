/* ----------------------------------------------------------------------------
 * heap_internal: the heap's own structure, and what its files do for each other.
 *
 *   alloc.c   the fast path, and where a block comes from and goes to
 *   heap.c    a heap's life, limits, giving memory back, counters
 *   blocks.c  blocks that share a span, and blocks with one of their own
 *   huge.c    blocks with a mapping of their own
 *   guarded.c blocks between pages that fault, of no heap
 *   map.c     what every run of pages is, for those who want to see it
 *   remote.c  frees by other threads, and heaps without an owner
 *   tally.c   what is out, by what it is for
 * ------------------------------------------------------------------------- */
#ifndef BA_HEAP_INTERNAL_H
#define BA_HEAP_INTERNAL_H

#include <stdatomic.h>

#include "../os/os.h"
#include "heap.h"
#include "pages.h"
#include "size_class.h"

/* The freed blocks of one size class, the last freed on top. It holds enough that a
 * burst of frees (a collection's worth of 64 KiB buffers) seldom reaches the spans,
 * while all magazines together stay a small part of a busy heap. Its slots are made
 * when the heap first hands out a block of the class; one without holds nothing. */
typedef struct ba_magazine {
  uint32_t count;
  uint32_t capacity;
  void **blocks;
} ba_magazine_t;

typedef struct ba_atomic_tally {
  _Atomic uint64_t count;
  _Atomic uint64_t bytes;
} ba_atomic_tally_t;

struct ba_heap {
  /* What every thread reads that frees a block, and seldom changes. The owner is a
   * thread's id, or 0 for nobody. */
  _Alignas(BA_CACHE_LINE) _Atomic uintptr_t owner;
  bool wipe; /* clear what is freed */
  bool huge_pages;
  size_t max_bytes;
  size_t max_cached_bytes;
  /* What other threads write; remote.c. */
  _Alignas(BA_CACHE_LINE) _Atomic(ba_span_t *) remote_spans;
  _Atomic size_t out; /* an orphan's blocks out */
  /* What other threads returned, which the owner does not look at; tally.c. */
  _Alignas(BA_CACHE_LINE) ba_atomic_tally_t remote_tallies[BA_TAGS];
  /* The owner's. What is cached follows from what is resident, see
   * ba_heap_cached_bytes. */
  _Alignas(BA_CACHE_LINE) ba_heap_stats_t counters;
  ba_atomic_tally_t own_tallies[BA_TAGS]; /* out, but for those */
  uint64_t freed_blocks;
  uint64_t fresh_blocks; /* handed out, from memory never used before */
  size_t shrink_at;    /* cached bytes at which it is worth trying to shrink */
  ba_list_t huge;      /* cached huge blocks, freed last first */
  ba_list_t huge_live; /* those handed out */
  ba_pages_t pages;
  ba_list_t partial[BA_SHARED_CLASS_COUNT]; /* spans with a free block */
  /* Those of what is of no class never have a slot. */
  ba_magazine_t magazines[BA_CLASS_HUGE + 1];
};

/* Free bytes that are resident, as far as we know. */
static inline size_t ba_heap_cached_bytes(const ba_heap_t *heap) {
  return heap->pages.resident_bytes - heap->counters.live_bytes;
}

static inline uint64_t ba_heap_live_blocks(const ba_heap_t *heap) {
  return heap->counters.allocated_blocks - heap->freed_blocks;
}

/* --- alloc.c ------------------------------------------------------------------ */

/* Takes in blocks of a span that other threads have freed, and wiped. */
void ba_heap_take_in(ba_heap_t *heap, ba_span_t *span, uint64_t blocks);

/* Empties every magazine into the spans. */
void ba_heap_flush(ba_heap_t *heap);

/* --- heap.c ------------------------------------------------------------------- */

/* Gives memory back if more is cached than may be. */
void ba_heap_limit_cache(ba_heap_t *heap);

/* Gives cached memory back, of what has been free since `tick` or longer, until at
 * most `keep_bytes` are left. */
size_t ba_heap_shrink(ba_heap_t *heap, size_t keep_bytes, uint32_t tick);

/* Ends a heap with no block out. Any thread. */
void ba_heap_dispose(ba_heap_t *heap);

/* --- where blocks come from --------------------------------------------------- */

/* These take a block; NULL when there is no memory. *zero: whether it is known to be
 * zero. */
void *ba_small_take(ba_heap_t *heap, const ba_request_t *request, bool *zero);

void ba_small_give(ba_heap_t *heap, ba_span_t *span, const void *block);

/* Gives back free blocks of whole pages, in spans that are partly in use, which
 * have been free since `tick` or longer. */
size_t ba_small_purge(ba_heap_t *heap, uint32_t tick);

void *ba_single_take(ba_heap_t *heap, const ba_request_t *request, bool *zero);

void *ba_huge_take(ba_heap_t *heap, const ba_request_t *request, bool *zero);
void ba_huge_give(ba_heap_t *heap, ba_span_t *span);

/* Unmaps blocks that have been cached since `tick` or longer, those freed first
 * first, until `enough` bytes are given back. */
size_t ba_huge_purge(ba_heap_t *heap, size_t enough, uint32_t tick);

/* --- remote.c ------------------------------------------------------------------ */

/* Takes in what other threads have freed. */
void ba_remote_drain(ba_heap_t *heap);

/* A free by a thread that does not own the block's heap. Any thread. */
void ba_remote_free(ba_chunk_t *chunk, void *block);

/* Ends the heap, or leaves that to whoever frees its last block. */
void ba_remote_orphan(ba_heap_t *heap);

/* --- guarded.c ----------------------------------------------------------------- */

/* What stands for the owner of every guarded block. */
extern ba_heap_t ba_guarded_heap;

void ba_guarded_free(ba_chunk_t *chunk, const void *block);
size_t ba_guarded_usable_size(const ba_chunk_t *chunk, const void *block);

#endif
