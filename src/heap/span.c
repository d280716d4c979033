/* span: see span.h. */
#include "span.h"

#include <string.h>

#include "../os/os.h"
#include "bits.h"
#include "meta.h"

enum { BATCH_SPANS = 62 };

struct ba_span_batch {
  ba_span_batch_t *next;
  ba_span_t spans[BATCH_SPANS];
};

/* --- descriptors ----------------------------------------------------------- */

ba_span_t *ba_span_new(ba_pages_t *pages) {
  if (pages->unused == NULL) {
    ba_os_lock(BA_LOCK_RESERVE);
    ba_span_batch_t *batch = ba_meta_alloc(sizeof *batch);
    ba_os_unlock(BA_LOCK_RESERVE);
    if (batch == NULL) return NULL;
    batch->next = pages->batches;
    pages->batches = batch;
    for (size_t i = 0; i < BATCH_SPANS; i++) {
      ba_span_delete(pages, &batch->spans[i]);
    }
  }
  ba_span_t *span = pages->unused;
  pages->unused = span->next;
  span->next = NULL;
  return span;
}

void ba_span_delete(ba_pages_t *pages, ba_span_t *span) {
  span->next = pages->unused;
  pages->unused = span;
}

void ba_pages_init(ba_pages_t *pages, void *owner) {
  memset(pages, 0, sizeof *pages);
  pages->owner = owner;
}

void ba_pages_destroy(ba_pages_t *pages) {
  while (pages->chunks != NULL) {
    ba_chunk_t *chunk = pages->chunks;
    pages->chunks = chunk->next;
    ba_chunk_release(chunk);
  }
  ba_os_lock(BA_LOCK_RESERVE);
  while (pages->batches != NULL) {
    ba_span_batch_t *batch = pages->batches;
    pages->batches = batch->next;
    ba_meta_free(batch, sizeof *batch);
  }
  ba_os_unlock(BA_LOCK_RESERVE);
}

/* --- lists of free spans --------------------------------------------------- */

static void idle_insert(ba_pages_t *pages, ba_span_t *span) {
  span->idle_prev = NULL;
  span->idle_next = pages->idle_first;
  if (pages->idle_first != NULL) {
    pages->idle_first->idle_prev = span;
  } else {
    pages->idle_last = span;
  }
  pages->idle_first = span;
  pages->idle_bytes += (size_t)span->dirty_pages << BA_PAGE_SHIFT;
}

static void idle_remove(ba_pages_t *pages, ba_span_t *span) {
  if (span->idle_prev != NULL) {
    span->idle_prev->idle_next = span->idle_next;
  } else {
    pages->idle_first = span->idle_next;
  }
  if (span->idle_next != NULL) {
    span->idle_next->idle_prev = span->idle_prev;
  } else {
    pages->idle_last = span->idle_prev;
  }
  pages->idle_bytes -= (size_t)span->dirty_pages << BA_PAGE_SHIFT;
}

static inline void bin_insert(ba_pages_t *pages, ba_span_t *span) {
  size_t count = span->pages;
  span->prev = NULL;
  span->next = pages->bins[count];
  if (span->next != NULL) {
    span->next->prev = span;
  } else {
    pages->nonempty[count / 64] |= (uint64_t)1 << (count % 64);
  }
  pages->bins[count] = span;
}

/* Makes a free span known: to its neighbours, by page count, and if dirty. */
static void insert(ba_pages_t *pages, ba_span_t *span) {
  span->is_free = 1;
  span->chunk->map[span->first] = span;
  span->chunk->map[span->first + span->pages - 1] = span;
  bin_insert(pages, span);
  if (span->dirty_pages != 0) idle_insert(pages, span);
}

static inline void bin_remove(ba_pages_t *pages, ba_span_t *span) {
  size_t count = span->pages;
  if (span->prev != NULL) {
    span->prev->next = span->next;
  } else {
    pages->bins[count] = span->next;
    if (span->next == NULL) {
      pages->nonempty[count / 64] &= ~((uint64_t)1 << (count % 64));
    }
  }
  if (span->next != NULL) span->next->prev = span->prev;
}

static void remove_free(ba_pages_t *pages, ba_span_t *span) {
  bin_remove(pages, span);
  if (span->dirty_pages != 0) idle_remove(pages, span);
  span->is_free = 0;
}

/* --- taking ---------------------------------------------------------------- */

/* The first list at or above `count` pages that is not empty; 0 if none. */
static size_t next_bin(const ba_pages_t *pages, size_t count) {
  if (count > BA_CHUNK_PAGES) return 0;
  size_t word = count / 64;
  uint64_t bits = pages->nonempty[word] & (~(uint64_t)0 << (count % 64));
  while (bits == 0) {
    if (++word == sizeof pages->nonempty / sizeof pages->nonempty[0]) return 0;
    bits = pages->nonempty[word];
  }
  return word * 64 + ba_trailing_zeros(bits);
}

static size_t aligned_first(const ba_span_t *span, size_t alignment) {
  return (span->first + alignment - 1) & ~(alignment - 1);
}

static ba_span_t *find_aligned(const ba_pages_t *pages, size_t count,
                               size_t alignment) {
  for (size_t bin = next_bin(pages, count); bin != 0;
       bin = next_bin(pages, bin + 1)) {
    for (ba_span_t *span = pages->bins[bin]; span != NULL; span = span->next) {
      size_t first = aligned_first(span, alignment);
      if (first + count <= (size_t)span->first + span->pages) return span;
    }
  }
  return NULL;
}

const ba_span_t *ba_pages_find(const ba_pages_t *pages, size_t count) {
  size_t bin = next_bin(pages, count);
  return bin == 0 ? NULL : pages->bins[bin];
}

/* How many pages of a part of `span` are dirty; mostly all of them or none. */
static uint16_t part_dirty(const ba_span_t *span, size_t first, size_t count) {
  if (span->dirty_pages == span->pages) return (uint16_t)count;
  if (span->dirty_pages == 0) return 0;
  return (uint16_t)ba_chunk_dirty_pages(span->chunk, first, count);
}

/* Cuts [first, first + count) out of a span that is in no list; what is left
 * on either side becomes free spans. NULL if a descriptor is missing, and then
 * the span is as it was. */
static ba_span_t *cut(ba_pages_t *pages, ba_span_t *span, size_t first,
                      size_t count) {
  size_t front = first - span->first;
  size_t back = span->pages - front - count;
  ba_span_t *before = NULL;
  ba_span_t *after = NULL;
  if (front != 0 && (before = ba_span_new(pages)) == NULL) goto no_memory;
  if (back != 0 && (after = ba_span_new(pages)) == NULL) goto no_memory;

  ba_chunk_t *chunk = span->chunk;
  if (before != NULL) {
    before->chunk = chunk;
    before->first = span->first;
    before->pages = (uint16_t)front;
    before->dirty_pages = part_dirty(span, before->first, front);
    before->freed_at = span->freed_at;
    insert(pages, before);
  }
  if (after != NULL) {
    after->chunk = chunk;
    after->first = (uint16_t)(first + count);
    after->pages = (uint16_t)back;
    after->dirty_pages = part_dirty(span, after->first, back);
    after->freed_at = span->freed_at;
    insert(pages, after);
  }
  span->dirty_pages = (uint16_t)(span->dirty_pages -
                                 (before != NULL ? before->dirty_pages : 0) -
                                 (after != NULL ? after->dirty_pages : 0));
  span->first = (uint16_t)first;
  span->pages = (uint16_t)count;
  chunk->map[first] = span;
  chunk->map[first + count - 1] = span;
  return span;

no_memory:
  if (before != NULL) ba_span_delete(pages, before);
  return NULL;
}

/* Cuts the first pages off a free span, the usual case: what is left of it keeps
 * its descriptor and its place in the idle list. */
static ba_span_t *cut_front(ba_pages_t *pages, ba_span_t *span, size_t count) {
  ba_span_t *taken = ba_span_new(pages);
  if (taken == NULL) return NULL;
  ba_chunk_t *chunk = span->chunk;
  size_t first = span->first;
  uint16_t dirty = part_dirty(span, first, count);
  taken->chunk = chunk;
  taken->first = (uint16_t)first;
  taken->pages = (uint16_t)count;
  taken->dirty_pages = dirty;
  taken->is_free = 0;
  bin_remove(pages, span);
  if (dirty != 0) {
    if (dirty == span->dirty_pages) {
      idle_remove(pages, span);
    } else {
      pages->idle_bytes -= (size_t)dirty << BA_PAGE_SHIFT;
    }
    span->dirty_pages = (uint16_t)(span->dirty_pages - dirty);
  }
  span->first = (uint16_t)(first + count);
  span->pages = (uint16_t)(span->pages - count);
  bin_insert(pages, span);
  chunk->map[first] = taken;
  chunk->map[first + count - 1] = taken;
  chunk->map[first + count] = span;
  return taken;
}

ba_span_t *ba_pages_take(ba_pages_t *pages, size_t count, size_t alignment) {
  ba_span_t *span;
  if (alignment > 1) {
    span = find_aligned(pages, count, alignment);
  } else {
    size_t bin = next_bin(pages, count);
    span = bin == 0 ? NULL : pages->bins[bin];
  }
  if (span == NULL) return NULL;

  size_t first = aligned_first(span, alignment);
  if (alignment == 1 && !ba_chunk_page_is_dirty(span->chunk, first)) {
    /* Cut at the end that holds data: those pages are faulted in already. */
    size_t last = (size_t)span->first + span->pages - 1;
    if (ba_chunk_page_is_dirty(span->chunk, last)) first = last + 1 - count;
  }
  if (first == span->first && count < span->pages) {
    return cut_front(pages, span, count);
  }
  remove_free(pages, span);
  if (count == span->pages) return span;
  ba_span_t *taken = cut(pages, span, first, count);
  if (taken == NULL) insert(pages, span);
  return taken;
}

/* --- giving ---------------------------------------------------------------- */

/* Merges `other`, a free neighbour, into `span`, which is in no list. */
static void absorb(ba_pages_t *pages, ba_span_t *span, ba_span_t *other) {
  remove_free(pages, other);
  /* The larger share of data says how long the whole has been idle: a small
   * span that comes and goes must not keep a large neighbour resident. */
  if (other->dirty_pages > span->dirty_pages) span->freed_at = other->freed_at;
  if (other->first < span->first) span->first = other->first;
  span->pages = (uint16_t)(span->pages + other->pages);
  span->dirty_pages = (uint16_t)(span->dirty_pages + other->dirty_pages);
  ba_span_delete(pages, other);
}

static void merge_and_insert(ba_pages_t *pages, ba_span_t *span) {
  ba_chunk_t *chunk = span->chunk;
  size_t end = (size_t)span->first + span->pages;
  if (span->first > 0 && chunk->map[span->first - 1]->is_free) {
    absorb(pages, span, chunk->map[span->first - 1]);
  }
  if (end < BA_CHUNK_PAGES && chunk->map[end]->is_free) {
    absorb(pages, span, chunk->map[end]);
  }
  insert(pages, span);
}

void ba_pages_give(ba_pages_t *pages, ba_span_t *span) {
  span->freed_at = pages->tick;
  merge_and_insert(pages, span);
}

/* --- chunks ---------------------------------------------------------------- */

int ba_pages_grow(ba_pages_t *pages, bool clean) {
  ba_span_t *span = ba_span_new(pages);
  if (span == NULL) return -1;
  ba_chunk_t *chunk = ba_chunk_acquire(pages->owner);
  if (chunk == NULL) {
    ba_span_delete(pages, span);
    return -1;
  }
  if (clean) ba_chunk_clean(chunk);
  chunk->next = pages->chunks;
  if (chunk->next != NULL) chunk->next->prev = chunk;
  pages->chunks = chunk;
  pages->mapped_bytes += chunk->size;
  span->chunk = chunk;
  span->first = 0;
  span->pages = BA_CHUNK_PAGES;
  span->freed_at = pages->tick;
  span->dirty_pages = (uint16_t)ba_chunk_dirty_pages(chunk, 0, BA_CHUNK_PAGES);
  insert(pages, span);
  return 0;
}

/* Gives a wholly free span's chunk to the reserve. Returns its dirty bytes. */
static size_t release_chunk(ba_pages_t *pages, ba_span_t *span) {
  ba_chunk_t *chunk = span->chunk;
  size_t dirty = (size_t)span->dirty_pages << BA_PAGE_SHIFT;
  remove_free(pages, span);
  ba_span_delete(pages, span);
  if (chunk->prev != NULL) {
    chunk->prev->next = chunk->next;
  } else {
    pages->chunks = chunk->next;
  }
  if (chunk->next != NULL) chunk->next->prev = chunk->prev;
  pages->mapped_bytes -= chunk->size;
  ba_chunk_release(chunk);
  return dirty;
}

size_t ba_pages_release_free_chunks(ba_pages_t *pages) {
  size_t bytes = 0;
  while (pages->bins[BA_CHUNK_PAGES] != NULL) {
    bytes += release_chunk(pages, pages->bins[BA_CHUNK_PAGES]);
  }
  return bytes;
}

/* --- purging --------------------------------------------------------------- */

/* Purges one dirty free span. A span whose pages cannot be given back (the OS
 * refuses, or its pages are larger than the span) goes to the front of the idle
 * list, where the caller does not come by again. */
static size_t purge_span(ba_pages_t *pages, ba_span_t *span) {
  ba_chunk_t *chunk = span->chunk;
  remove_free(pages, span);
  size_t bytes = ba_chunk_purge(chunk, span->first, span->pages);
  span->dirty_pages = (uint16_t)(span->dirty_pages - (bytes >> BA_PAGE_SHIFT));
  span->freed_at = pages->tick;
  insert(pages, span);
  if (span->pages == BA_CHUNK_PAGES && span->dirty_pages == 0) {
    (void)release_chunk(pages, span);
  }
  return bytes;
}

size_t ba_pages_purge(ba_pages_t *pages, size_t keep_bytes) {
  size_t bytes = 0;
  const ba_span_t *newest = pages->idle_first;
  while (pages->idle_bytes > keep_bytes) {
    ba_span_t *oldest = pages->idle_last;
    bool done = oldest == newest;
    bytes += purge_span(pages, oldest);
    if (done) break;
  }
  return bytes;
}

size_t ba_pages_purge_idle(ba_pages_t *pages, uint32_t tick) {
  size_t bytes = 0;
  const ba_span_t *newest = pages->idle_first;
  ba_span_t *span = pages->idle_last;
  while (span != NULL) {
    /* What cannot be purged moves to the front: stop where the front was. */
    ba_span_t *newer = span == newest ? NULL : span->idle_prev;
    if ((int32_t)(tick - span->freed_at) >= 0) bytes += purge_span(pages, span);
    span = newer;
  }
  return bytes;
}
