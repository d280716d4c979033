/* ----------------------------------------------------------------------------
 * span: runs of pages inside chunks, for one heap.
 *
 * Free spans stand in one list for each page count, with a bitmap of the lists
 * that are not empty: the best fit is found by counting zero bits. Neighbours
 * merge when they are freed; of what is as good a fit, the span freed last goes
 * out first. Descriptors are apart from the pages and recycled by the heap.
 *
 * What the heap writes into a span that it holds (blocks, classes) is its own;
 * this file reads only the fields under "pages".
 * ------------------------------------------------------------------------- */
#ifndef BA_SPAN_H
#define BA_SPAN_H

#include "chunk.h"

/* Apart by so much, what one thread writes does not slow down another. */
#define BA_CACHE_LINE 64

struct ba_span {
  /* What every thread reads, on a cache line with what they all write; the rest
   * of it does not change while a block is out. */
  _Alignas(BA_CACHE_LINE) ba_chunk_t *chunk;
  size_t block_size;
  uint32_t block_count;
  uint16_t first; /* page index in the chunk */
  uint16_t pages;
  uint16_t dirty_pages; /* how many of them are dirty */
  uint8_t is_free;
  uint8_t size_class;             /* the heap's, as those of blocks */
  _Atomic uint64_t remote_blocks; /* bit set: freed by another thread */
  _Atomic uint64_t orphan_blocks; /* bit set: freed since the heap's end */
  ba_span_t *remote_next;
  /* The owner's. */
  _Alignas(BA_CACHE_LINE) ba_span_t *next; /* free: list of its size; used: the
                                              heap's own list */
  ba_span_t *prev;
  ba_span_t *idle_next; /* free and dirty: all of those, freed last first */
  ba_span_t *idle_prev;
  uint64_t free_blocks; /* bit set: the block is in the span, not out */
  uint64_t zero_blocks; /* bit set: free, never handed out, known zero */
  uint32_t freed_at;    /* tick at which it was last freed */
};

static inline uint8_t *ba_span_start(const ba_span_t *span) {
  return span->chunk->base + ((size_t)span->first << BA_PAGE_SHIFT);
}

typedef struct ba_span_batch ba_span_batch_t;

/* All the pages of one heap. */
typedef struct ba_pages {
  void *owner;
  ba_chunk_t *chunks; /* those with spans; huge blocks' are the heap's */
  ba_span_t *idle_first;
  ba_span_t *idle_last;
  ba_span_t *unused; /* descriptors */
  ba_span_batch_t *batches;
  size_t mapped_bytes;
  size_t idle_bytes; /* dirty pages in free spans */
  uint32_t tick;
  ba_span_t *bins[BA_CHUNK_PAGES + 1];
  uint64_t nonempty[BA_CHUNK_PAGES / 64 + 1];
} ba_pages_t;

void ba_pages_init(ba_pages_t *pages, void *owner);

/* Ends the page heap, in which no block may be out: chunks go to the reserve as
 * they are, descriptors go back. Any thread. */
void ba_pages_destroy(ba_pages_t *pages);

/* A descriptor without pages; NULL when there is no memory. */
ba_span_t *ba_span_new(ba_pages_t *pages);
void ba_span_delete(ba_pages_t *pages, ba_span_t *span);

/* The free span that ba_pages_take(pages, count, 1, …) would cut; or NULL. */
const ba_span_t *ba_pages_find(const ba_pages_t *pages, size_t count);

/* Takes `count` pages starting at a multiple of `alignment` pages (a power of
 * two). NULL when no free span fits. Pages that are not dirty are neither
 * committed nor marked. */
ba_span_t *ba_pages_take(ba_pages_t *pages, size_t count, size_t alignment);

/* Adds a chunk from the reserve as one free span; `clean`: without what another
 * heap may have left in it. -1 when there is none. */
int ba_pages_grow(ba_pages_t *pages, bool clean);

/* Frees a span, merging it with its neighbours. */
void ba_pages_give(ba_pages_t *pages, ba_span_t *span);

/* Purges free spans, those idle longest first, until at most `keep_bytes` of
 * them are dirty; chunks left without data go to the reserve. Returns the bytes
 * given back. */
size_t ba_pages_purge(ba_pages_t *pages, size_t keep_bytes);

/* Purges free spans that were freed at or before `tick`. */
size_t ba_pages_purge_idle(ba_pages_t *pages, uint32_t tick);

/* Gives every chunk that is wholly free to the reserve, its pages as they are.
 * Returns the dirty bytes that left with them. */
size_t ba_pages_release_free_chunks(ba_pages_t *pages);

#endif
