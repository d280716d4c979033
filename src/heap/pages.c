/* pages: see pages.h. */
#include "pages.h"

#include "bits.h"
#include "size_class.h"

/* --- lists of free spans --------------------------------------------------- */

/* The first bin whose spans all have at least `count` pages: bins are as size
 * classes, with a page for a quantum. BA_PAGES_BINS if there is none. */
static size_t bin_above(size_t count) {
  return ba_class_of(count << BA_QUANTUM_SHIFT);
}

/* The bin in which a free span of `count` pages stands: all in the next have more. */
static size_t bin_of(size_t count) { return bin_above(count + 1) - 1; }

/* Has the page map lead to a span from both its ends, as neighbours look. */
static void map_ends(ba_span_t *span) {
  span->chunk->map[span->first] = span;
  span->chunk->map[span->first + span->pages - 1] = span;
}

/* Makes a free span known: to its neighbours, by page count, and if dirty. */
static void insert(ba_pages_t *pages, ba_span_t *span) {
  size_t bin = bin_of(span->pages);
  span->is_free = true;
  map_ends(span);
  ba_list_push(&pages->bins[bin], &span->link);
  pages->nonempty |= (uint64_t)1 << bin;
  if (span->dirty_pages != 0) ba_list_push(&pages->idle, &span->idle);
}

static void remove_free(ba_pages_t *pages, ba_span_t *span) {
  size_t bin = bin_of(span->pages);
  ba_list_remove(&pages->bins[bin], &span->link);
  if (pages->bins[bin].first == NULL) {
    pages->nonempty &= ~((uint64_t)1 << bin);
  }
  if (span->dirty_pages != 0) ba_list_remove(&pages->idle, &span->idle);
  span->is_free = false;
}

/* --- cutting ----------------------------------------------------------------- */

/* Cuts the first `count` pages off a span that is in no list and gives them a
 * descriptor of their own. */
static ba_span_t *split(ba_pages_t *pages, ba_span_t *span, size_t count) {
  ba_span_t *front =
      ba_span_new(&pages->spans, span->chunk, span->first, count);
  size_t dirty = span->dirty_pages == span->pages
                     ? count
                     : ba_chunk_dirty_pages(span->chunk, span->first, count);
  front->dirty_pages = (uint16_t)dirty;
  front->freed_at = span->freed_at;
  front->is_free = false;
  span->first = (uint16_t)(span->first + count);
  span->pages = (uint16_t)(span->pages - count);
  span->dirty_pages = (uint16_t)(span->dirty_pages - dirty);
  return front;
}

/* Takes [first, first + count) out of a free span. */
static ba_span_t *cut(ba_pages_t *pages, ba_span_t *span, size_t first,
                      size_t count) {
  size_t front = first - span->first;
  remove_free(pages, span);
  if (front != 0) insert(pages, split(pages, span, front));
  if (count == span->pages) return span;
  ba_span_t *taken = split(pages, span, count);
  insert(pages, span);
  return taken;
}

/* --- chunks ---------------------------------------------------------------- */

/* Adds a chunk as one free span; NULL when there is none. Chunks are aligned to their
 * size. A heap's first is a small one, if that does. */
static ba_span_t *grow(ba_pages_t *pages, size_t count, size_t alignment) {
  bool is_small = pages->chunks.first == NULL &&
                  count <= BA_SMALL_CHUNK_PAGES &&
                  alignment <= BA_SMALL_CHUNK_SIZE;
  ba_chunk_t *chunk =
      ba_reserve_take(is_small ? BA_SMALL_CHUNK_SIZE : BA_CHUNK_SIZE,
                      pages->owner, pages->clean);
  if (chunk == NULL) return NULL;
  ba_list_push(&pages->chunks, &chunk->link);
  pages->mapped_bytes += chunk->size;
  ba_span_t *span = ba_span_new(&pages->spans, chunk, 0, chunk->pages);
  span->freed_at = pages->tick;
  span->dirty_pages = (uint16_t)ba_chunk_dirty_pages(chunk, 0, chunk->pages);
  pages->resident_bytes += (size_t)span->dirty_pages << BA_PAGE_SHIFT;
  insert(pages, span);
  return span;
}

/* Gives a wholly free span's chunk to the reserve. */
static void release_chunk(ba_pages_t *pages, ba_span_t *span) {
  ba_chunk_t *chunk = span->chunk;
  remove_free(pages, span);
  ba_list_remove(&pages->chunks, &chunk->link);
  pages->mapped_bytes -= chunk->size;
  pages->resident_bytes -= (size_t)span->dirty_pages << BA_PAGE_SHIFT;
  ba_span_delete(&pages->spans, span);
  ba_reserve_give(chunk);
}

void ba_pages_release_free_chunks(ba_pages_t *pages) {
  ba_chunk_t *next;
  for (ba_chunk_t *chunk = ba_chunk_of_link(pages->chunks.first); chunk != NULL;
       chunk = next) {
    ba_span_t *span = chunk->map[0];
    next = ba_chunk_next(&pages->chunks, chunk);
    if (span->is_free && span->pages == chunk->pages) {
      release_chunk(pages, span);
    }
  }
}

void ba_pages_end(ba_pages_t *pages) {
  while (pages->chunks.first != NULL) {
    ba_reserve_give(ba_chunk_of_link(ba_list_pop(&pages->chunks)));
  }
  ba_spans_end(&pages->spans);
}

/* --- taking and giving ------------------------------------------------------- */

/* The first page of a span that starts at a multiple of `alignment` bytes. */
static size_t aligned_first(const ba_span_t *span, size_t alignment) {
  uintptr_t start = (uintptr_t)ba_span_start(span);
  return span->first + ((-start & (alignment - 1)) >> BA_PAGE_SHIFT);
}

/* Of each bin the span that was freed last: without alignment the first bin's fits,
 * and with any that of a bin whose spans all have room. One that is shorter fits
 * where such a block lay before, and would stay empty if it were passed by. */
ba_span_t *ba_pages_find(const ba_pages_t *pages, size_t count,
                         size_t alignment) {
  size_t bin = alignment == 1 ? bin_above(count) : bin_of(count);
  uint64_t bins = pages->nonempty & (~(uint64_t)0 << bin);
  for (; bins != 0; bins &= bins - 1) {
    size_t next = ba_trailing_zeros(bins);
    ba_span_t *span = ba_span_of_link(pages->bins[next].first);
    size_t end = (size_t)span->first + span->pages;
    if (aligned_first(span, alignment) + count <= end) return span;
  }
  return NULL;
}

ba_span_t *ba_pages_take(ba_pages_t *pages, ba_span_t *found, size_t count,
                         size_t alignment, bool *fresh) {
  if (!ba_spans_prepare(&pages->spans)) return NULL;
  ba_span_t *span = found != NULL ? found : grow(pages, count, alignment);
  if (span == NULL) return NULL;

  size_t first = aligned_first(span, alignment);
  if (alignment == 1 && span->dirty_pages != span->pages &&
      !span->chunk->dirty[first]) {
    /* Cut at the end that holds data: those pages are faulted in already. */
    size_t last = (size_t)span->first + span->pages - 1;
    if (span->chunk->dirty[last]) first = last + 1 - count;
  }
  span = cut(pages, span, first, count);
  map_ends(span);
  *fresh = span->dirty_pages == 0;
  if (span->dirty_pages != count) {
    if (ba_chunk_commit(span->chunk, span->first, count) != 0) {
      ba_pages_give(pages, span);
      return NULL;
    }
    pages->resident_bytes += (count - span->dirty_pages) << BA_PAGE_SHIFT;
    span->dirty_pages = span->pages; /* committed: it stays so while in use */
  }
  return span;
}

/* Merges `other`, a free neighbour, into `span`, which is in no list. */
static void absorb(ba_pages_t *pages, ba_span_t *span, ba_span_t *other) {
  remove_free(pages, other);
  /* The larger share of data says how long the whole has been idle: a small
   * span that comes and goes must not keep a large neighbour resident. */
  if (other->dirty_pages > span->dirty_pages) span->freed_at = other->freed_at;
  if (other->first < span->first) span->first = other->first;
  span->pages = (uint16_t)(span->pages + other->pages);
  span->dirty_pages = (uint16_t)(span->dirty_pages + other->dirty_pages);
  ba_span_delete(&pages->spans, other);
}

void ba_pages_give(ba_pages_t *pages, ba_span_t *span) {
  ba_chunk_t *chunk = span->chunk;
  size_t end = (size_t)span->first + span->pages;
  span->freed_at = pages->tick;
  if (span->first > 0 && chunk->map[span->first - 1]->is_free) {
    absorb(pages, span, chunk->map[span->first - 1]);
  }
  if (end < chunk->pages && chunk->map[end]->is_free) {
    absorb(pages, span, chunk->map[end]);
  }
  insert(pages, span);
}

/* --- purging --------------------------------------------------------------- */

/* Purges one dirty free span. A span whose pages cannot be given back (the OS
 * refuses, or its pages are larger than the span) goes to the front of the idle
 * list, where the caller does not come by again. */
static size_t purge_span(ba_pages_t *pages, ba_span_t *span) {
  ba_chunk_t *chunk = span->chunk;
  remove_free(pages, span);
  size_t bytes = ba_chunk_purge(chunk, span->first, span->pages);
  pages->resident_bytes -= bytes;
  span->dirty_pages = (uint16_t)(span->dirty_pages - (bytes >> BA_PAGE_SHIFT));
  span->freed_at = pages->tick;
  insert(pages, span);
  if (span->pages == chunk->pages && span->dirty_pages == 0) {
    release_chunk(pages, span);
  }
  return bytes;
}

size_t ba_pages_purge(ba_pages_t *pages, size_t enough, uint32_t tick) {
  size_t bytes = 0;
  const ba_link_t *newest = pages->idle.first;
  ba_link_t *link = ba_list_last(&pages->idle);
  while (link != NULL && bytes < enough) {
    /* What cannot be purged moves to the front: stop where the front was. */
    ba_link_t *newer = link == newest ? NULL : ba_list_prev(&pages->idle, link);
    ba_span_t *span = BA_HOLDER(link, ba_span_t, idle);
    if ((int32_t)(tick - span->freed_at) >= 0) bytes += purge_span(pages, span);
    link = newer;
  }
  return bytes;
}
