/* ----------------------------------------------------------------------------
 * span: the descriptor of a run of pages in a chunk, free or with blocks in it,
 * or of a huge block. Descriptors are apart from the pages; a heap makes them in
 * batches and recycles them.
 * ------------------------------------------------------------------------- */
#ifndef BA_SPAN_H
#define BA_SPAN_H

#include "chunk.h"

/* Apart by so much, what one thread writes does not slow down another. */
#define BA_CACHE_LINE 64

struct ba_span {
  /* What every thread reads that frees a block, beside what it writes. Of the
   * first part nothing changes while a block is out. */
  _Alignas(BA_CACHE_LINE) ba_chunk_t *chunk;
  size_t block_size;
  uint32_t block_count;
  uint16_t first; /* page index in the chunk */
  uint16_t pages;
  uint16_t dirty_pages; /* how many of them are dirty */
  bool is_free;
  uint8_t size_class;             /* see size_class.h */
  _Atomic uint64_t remote_blocks; /* bit set: freed by another thread */
  _Atomic uint64_t orphan_blocks; /* bit set: freed since the heap's end */
  ba_span_t *remote_next;         /* in the stack of spans with remote blocks */
  /* The owner's. */
  _Alignas(BA_CACHE_LINE) ba_link_t link; /* free: list of its size; used: list
                                             of the heap's own */
  ba_link_t idle;       /* free and dirty: all of those, freed last first */
  uint64_t free_blocks; /* bit set: the block is in the span, not out */
  uint64_t zero_blocks; /* bit set: free, never handed out, known zero */
  uint32_t freed_at;    /* tick at which it was last freed */
};

static inline uint8_t *ba_span_start(const ba_span_t *span) {
  return span->chunk->base + ((size_t)span->first << BA_PAGE_SHIFT);
}

/* One bit for each block of the span. */
static inline uint64_t ba_span_all_blocks(const ba_span_t *span) {
  return ~(uint64_t)0 >> (64 - span->block_count);
}

static inline void *ba_span_block(const ba_span_t *span, unsigned index) {
  return ba_span_start(span) + index * span->block_size;
}

static inline unsigned ba_span_index_of(const ba_span_t *span,
                                        const void *block) {
  size_t offset = (size_t)((const uint8_t *)block - ba_span_start(span));
  return (unsigned)((uint32_t)offset / (uint32_t)span->block_size);
}

/* The start of the block that an address is in. */
static inline void *ba_span_block_of(const ba_span_t *span,
                                     const void *address) {
  if (span->block_count == 1) return ba_span_start(span);
  return ba_span_block(span, ba_span_index_of(span, address));
}

static inline ba_span_t *ba_span_of_link(ba_link_t *link) {
  return link == NULL ? NULL : BA_HOLDER(link, ba_span_t, link);
}

typedef struct ba_span_batch ba_span_batch_t;

/* The descriptors of one heap. */
typedef struct ba_spans {
  ba_list_t unused;
  size_t unused_count;
  ba_span_batch_t *batches;
} ba_spans_t;

/* The most that serving one request takes: a new chunk's, and two to cut it. */
#define BA_SPANS_READY 3

/* Sees to it that so many can be had; false when there is no memory. What is asked
 * before anything has changed need not be undone. */
bool ba_spans_prepare(ba_spans_t *spans);

/* One of those, for some pages of a chunk. */
static inline ba_span_t *ba_span_new(ba_spans_t *spans, ba_chunk_t *chunk,
                                     size_t first, size_t pages) {
  ba_span_t *span = BA_HOLDER(spans->unused.first, ba_span_t, link);
  ba_list_remove(&spans->unused, &span->link);
  spans->unused_count--;
  span->chunk = chunk;
  span->first = (uint16_t)first;
  span->pages = (uint16_t)pages;
  return span;
}

static inline void ba_span_delete(ba_spans_t *spans, ba_span_t *span) {
  spans->unused_count++;
  ba_list_push(&spans->unused, &span->link);
}

/* Ends all descriptors of a heap, in use or not. Any thread. */
void ba_spans_end(ba_spans_t *spans);

#endif
