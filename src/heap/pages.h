/* ----------------------------------------------------------------------------
 * pages: the free pages of one heap, as spans inside chunks. Here pages are
 * committed, purged and counted, and nowhere else in a heap, but for what huge blocks
 * have (huge.c), and blocks that share a used span (blocks.c).
 *
 * Free spans stand in lists by length, eight for each doubling, and a word tells
 * which are not empty. Spans are asked for in just these lengths, so that any of
 * the first such list fits. Neighbours merge when they are freed; of what is as
 * good a fit, the span freed last goes out first.
 *
 * What the heap writes into a span that it holds (blocks, classes) is its own.
 * ------------------------------------------------------------------------- */
#ifndef BA_PAGES_H
#define BA_PAGES_H

#include "span.h"

enum { BA_PAGES_BINS = 64 }; /* 1 … 8 pages, then eight a doubling to 1,024 */

/* The owner's, but for ba_pages_end. It begins as zeroed memory with an owner. */
typedef struct ba_pages {
  /* Huge blocks' included; but not those of blocks in a used span that were never
   * handed out, or were given back to the OS. */
  size_t resident_bytes;
  size_t mapped_bytes;
  void *owner;
  bool clean; /* no chunk comes from another heap */
  uint32_t tick;
  ba_list_t chunks; /* those with spans; huge blocks' are the heap's */
  ba_list_t idle;   /* free spans with dirty pages */
  ba_spans_t spans;
  uint64_t nonempty;
  ba_list_t bins[BA_PAGES_BINS];
} ba_pages_t;

/* Ends the pages, in which no block may be out: chunks go to the reserve as they
 * are, descriptors go back. Any thread. */
void ba_pages_end(ba_pages_t *pages);

/* A free span for `count` pages, of a chunk at most, starting at a multiple of
 * `alignment` bytes (1 or a power of two above a page), wherever it starts itself: the
 * best for 1, and one that is soon found for others. NULL if there is none. */
ba_span_t *ba_pages_find(const ba_pages_t *pages, size_t count,
                         size_t alignment);

/* Takes such pages, committed, out of the free span that ba_pages_find gave for
 * them, or out of another chunk if that is NULL; NULL when there is no memory.
 * *fresh: whether all of them are known to be zero. */
ba_span_t *ba_pages_take(ba_pages_t *pages, ba_span_t *found, size_t count,
                         size_t alignment, bool *fresh);

/* Frees a span, merging it with its neighbours. */
void ba_pages_give(ba_pages_t *pages, ba_span_t *span);

/* Purges free spans that were freed at or before `tick`, those idle longest first,
 * until `enough` bytes are given back; chunks left without data go to the reserve.
 * Returns the bytes given back. */
size_t ba_pages_purge(ba_pages_t *pages, size_t enough, uint32_t tick);

/* Gives every chunk that is wholly free to the reserve, its pages as they are. */
void ba_pages_release_free_chunks(ba_pages_t *pages);

#endif
