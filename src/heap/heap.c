/* ----------------------------------------------------------------------------
 * heap: a heap's life and limits, how it gives memory back, and the counters.
 * See heap.h; handing out blocks is in alloc.c.
 * ------------------------------------------------------------------------- */
#include "guarded.h"
#include "heap_internal.h"
#include "meta.h"
#include "process.h"

struct ba_process ba_process;

/* --- life ------------------------------------------------------------------ */

ba_status_t ba_heap_create(const ba_heap_limits_t *limits, ba_heap_t **out) {
  static const ba_heap_limits_t none = {SIZE_MAX, SIZE_MAX, false, false};
  ba_heap_t *heap = ba_meta_alloc(sizeof *heap);
  if (heap == NULL) return BA_ENOMEM;
  if (limits == NULL) limits = &none;
  ba_heap_set_limits(heap, limits);
  heap->wipe = limits->wipe;
  heap->huge_pages = limits->huge_pages;
  heap->pages.owner = heap;
  heap->pages.clean = limits->wipe;
  ba_heap_enter(heap);
  ba_process.heaps++;
  *out = heap;
  return BA_OK;
}

void ba_heap_leave(ba_heap_t *heap) {
  atomic_store_explicit(&heap->owner, 0, memory_order_relaxed);
}

void ba_heap_enter(ba_heap_t *heap) {
  atomic_store_explicit(&heap->owner, ba_os_thread_id(), memory_order_relaxed);
}

void ba_heap_destroy(ba_heap_t *heap) {
  ba_process.heaps--;
  ba_heap_leave(heap);
  ba_remote_orphan(heap);
}

void ba_heap_dispose(ba_heap_t *heap) {
  ba_pages_end(&heap->pages);
  for (size_t i = 0; i < BA_CLASS_COUNT; i++) {
    ba_magazine_t *magazine = &heap->magazines[i];
    ba_meta_free(magazine->blocks,
                 magazine->capacity * sizeof magazine->blocks[0]);
  }
  ba_meta_free(heap, sizeof *heap);
  /* With the last heap the tables go too. */
  if (ba_process.heaps == 0 && ba_process.orphaned_heaps == 0) {
    ba_meta_trim();
  }
}

void ba_heap_set_limits(ba_heap_t *heap, const ba_heap_limits_t *limits) {
  heap->max_bytes = limits->max_bytes;
  heap->max_cached_bytes = limits->max_cached_bytes;
  heap->shrink_at = 0;
  (void)ba_heap_shrink(heap, limits->max_cached_bytes, heap->pages.tick);
}

/* --- giving back ------------------------------------------------------------ */

/* Gives back free spans and huge blocks, of those that have been free since `tick`
 * or longer, until at most `keep_bytes` are cached. */
static size_t purge(ba_heap_t *heap, size_t keep_bytes, uint32_t tick) {
  size_t cached = ba_heap_cached_bytes(heap);
  if (cached <= keep_bytes) return 0;
  size_t excess = cached - keep_bytes;
  size_t bytes = ba_pages_purge(&heap->pages, excess, tick);
  if (bytes < excess) bytes += ba_huge_purge(heap, excess - bytes, tick);
  return bytes;
}

size_t ba_heap_shrink(ba_heap_t *heap, size_t keep_bytes, uint32_t tick) {
  size_t bytes = purge(heap, keep_bytes, tick);
  if (ba_heap_cached_bytes(heap) > keep_bytes) {
    ba_heap_flush(heap);
    bytes += purge(heap, keep_bytes, tick);
  }
  if (ba_heap_cached_bytes(heap) > keep_bytes) {
    bytes += ba_small_purge(heap, tick);
  }
  heap->counters.purged_bytes += bytes;
  return bytes;
}

void ba_heap_limit_cache(ba_heap_t *heap) {
  size_t most = heap->max_cached_bytes;
  size_t cached = ba_heap_cached_bytes(heap);
  if (cached <= most || cached < heap->shrink_at) return;
  /* An eighth less than allowed, or every free from here would purge. */
  (void)ba_heap_shrink(heap, most - most / 8, heap->pages.tick);
  /* Fragments of pages cannot be given back: try again when there are an eighth
   * more, so that they cost no more than a scan now and then. */
  cached = ba_heap_cached_bytes(heap);
  heap->shrink_at = cached + cached / 8;
}

size_t ba_heap_tick(ba_heap_t *heap, unsigned idle_ticks) {
  ba_remote_drain(heap);
  /* What lies in a magazine has no age. Emptied, it begins to have one; what is
   * in use is back in its magazine after one round. */
  ba_heap_flush(heap);
  heap->shrink_at = 0;
  uint32_t idle = idle_ticks < INT32_MAX ? idle_ticks : INT32_MAX;
  size_t bytes = ba_heap_shrink(heap, 0, ++heap->pages.tick - idle);
  ba_meta_trim();
  return bytes;
}

size_t ba_heap_trim(ba_heap_t *heap) {
  ba_remote_drain(heap);
  size_t bytes = ba_heap_shrink(heap, 0, heap->pages.tick);
  ba_pages_release_free_chunks(&heap->pages);
  ba_guarded_trim();
  bytes += ba_reserve_trim(0);
  ba_meta_trim();
  return bytes;
}

/* --- counters ---------------------------------------------------------------- */

void ba_heap_get_stats(ba_heap_t *heap, ba_heap_stats_t *out) {
  ba_remote_drain(heap);
  *out = heap->counters;
  out->live_blocks = ba_heap_live_blocks(heap);
  out->cached_bytes = ba_heap_cached_bytes(heap);
  out->mapped_bytes = heap->pages.mapped_bytes;
  out->reused_blocks = out->allocated_blocks - heap->fresh_blocks;
}

#define READ_FIELD(field, name, meaning) out->field = ba_process.field;

void ba_process_get_stats(ba_process_stats_t *out) {
  BA_PROCESS_COUNTERS(READ_FIELD)
}
