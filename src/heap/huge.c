/* ----------------------------------------------------------------------------
 * huge: blocks above 1.875 MiB, each a mapping of its own. Freed ones are cached
 * and serve requests of their own size. Where all sizes differ that would fill the
 * cache with what nothing fits. So a request that finds none, and would have the
 * heap hold a quarter more than was ever in use at once, has a larger one cut down
 * to its size; where there is none, those freed first make room. They are aligned to
 * more than a huge page of the system's, which is 2 MiB nearly everywhere, and have
 * such pages if the heap is to ask for them.
 * ------------------------------------------------------------------------- */
#include "heap_internal.h"

/* Unmaps a block that is in no list. */
static size_t unmap(ba_heap_t *heap, ba_chunk_t *chunk) {
  size_t size = chunk->size;
  heap->pages.mapped_bytes -= size;
  heap->pages.resident_bytes -= size;
  ba_span_delete(&heap->pages.spans, chunk->map[0]);
  ba_chunk_unmap(chunk);
  return size;
}

/* From here on a block may have huge pages. */
#define HUGE_PAGE_SIZE ((size_t)2 << 20)

static void want_huge(ba_heap_t *heap, const ba_chunk_t *chunk) {
  heap->counters.huge_wanted++;
  if (ba_os_want_huge(chunk->base, chunk->size) != 0) {
    heap->counters.huge_refused++;
  }
}

static ba_chunk_t *map(ba_heap_t *heap, size_t block_size) {
  if (!ba_spans_prepare(&heap->pages.spans)) return NULL;
  ba_chunk_t *chunk = ba_chunk_map(block_size, BA_CHUNK_SIZE, 1, heap);
  if (chunk == NULL) return NULL;
  if (ba_os_commit(chunk->base, block_size) != 0) {
    ba_chunk_unmap(chunk);
    return NULL;
  }
  ba_span_t *span = ba_span_new(&heap->pages.spans, chunk, 0, 1);
  chunk->map[0] = span;
  span->dirty_pages = 1;
  span->size_class = BA_CLASS_HUGE;
  span->block_size = block_size;
  span->block_count = 1;
  heap->pages.mapped_bytes += block_size;
  heap->pages.resident_bytes += block_size;
  if (heap->huge_pages && block_size >= HUGE_PAGE_SIZE) want_huge(heap, chunk);
  return chunk;
}

/* What a heap may hold besides what was in use at once: at least so much. */
#define SPARE_MIN ((size_t)16 << 20)

/* The smallest cached block above a size, cut down to it, if that leaves a half or more;
 * NULL if there is none. Its pages are there, where a new mapping's would have to be
 * made. */
static ba_chunk_t *take_larger(ba_heap_t *heap, size_t block_size) {
  ba_chunk_t *best = NULL;
  for (ba_chunk_t *chunk = ba_chunk_of_link(heap->huge.first); chunk != NULL;
       chunk = ba_chunk_next(&heap->huge, chunk)) {
    if (chunk->size > block_size &&
        (best == NULL || chunk->size < best->size)) {
      best = chunk;
    }
  }
  if (best == NULL || best->size > 2 * block_size) return NULL;
  size_t rest = best->size - block_size;
  if (ba_chunk_cut(best, block_size) != 0) return NULL;
  heap->pages.mapped_bytes -= rest;
  heap->pages.resident_bytes -= rest;
  heap->counters.purged_bytes += rest;
  best->map[0]->block_size = block_size;
  ba_list_remove(&heap->huge, &best->link);
  return best;
}

/* By how much the heap would hold more than it may, with another block. */
static size_t excess(const ba_heap_t *heap, size_t block_size) {
  size_t needed = heap->counters.live_bytes + block_size;
  size_t most = heap->counters.peak_live_bytes;
  if (most < needed) most = needed;
  size_t spare = most / 4 > SPARE_MIN ? most / 4 : SPARE_MIN;
  size_t all = ba_heap_cached_bytes(heap) + needed;
  return all > most + spare ? all - most - spare : 0;
}

static ba_chunk_t *make(ba_heap_t *heap, size_t block_size, bool *zero) {
  size_t bytes = excess(heap, block_size);
  ba_chunk_t *chunk = bytes == 0 ? NULL : take_larger(heap, block_size);
  *zero = chunk == NULL;
  if (chunk != NULL) return chunk;
  heap->counters.purged_bytes += ba_huge_purge(heap, bytes, heap->pages.tick);
  return map(heap, block_size);
}

void *ba_huge_take(ba_heap_t *heap, const ba_request_t *request, bool *zero) {
  ba_chunk_t *chunk = ba_chunk_find(&heap->huge, request->block_size);
  *zero = false;
  if (chunk != NULL) {
    ba_list_remove(&heap->huge, &chunk->link);
  } else {
    chunk = make(heap, request->block_size, zero);
  }
  if (chunk == NULL) return NULL;
  chunk->map[0]->is_free = false;
  ba_list_push(&heap->huge_live, &chunk->link);
  return chunk->base;
}

void ba_huge_give(ba_heap_t *heap, ba_span_t *span) {
  ba_chunk_t *chunk = span->chunk;
  ba_list_remove(&heap->huge_live, &chunk->link);
  /* One that would fill most of the cache would drive everything else out. */
  if (chunk->size > heap->max_cached_bytes / 2) {
    heap->counters.purged_bytes += unmap(heap, chunk);
    return;
  }
  span->is_free = true;
  span->freed_at = heap->pages.tick;
  ba_list_push(&heap->huge, &chunk->link);
}

size_t ba_huge_purge(ba_heap_t *heap, size_t enough, uint32_t tick) {
  size_t bytes = 0;
  while (bytes < enough) {
    ba_chunk_t *oldest = ba_chunk_of_link(ba_list_last(&heap->huge));
    if (oldest == NULL) break;
    if ((int32_t)(tick - oldest->map[0]->freed_at) < 0) break;
    ba_list_remove(&heap->huge, &oldest->link);
    bytes += unmap(heap, oldest);
  }
  return bytes;
}
