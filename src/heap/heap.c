/* ----------------------------------------------------------------------------
 * heap: see heap.h. The fast path, the public functions and the counters.
 *
 * A request that is not aligned beyond a page and whose class has a freed block
 * in its magazine is served by a pop; a free is a push. Everything else goes to
 * alloc_generic and free_generic, and from there to blocks.c.
 * ------------------------------------------------------------------------- */
#include <string.h>

#include "../os/os.h"
#include "heap_internal.h"
#include "meta.h"

static _Atomic size_t heap_count;

/* --- counting -------------------------------------------------------------- */

static inline void count_alloc(ba_heap_t *heap, size_t block_size) {
  heap->live_bytes += block_size;
  if (heap->live_bytes > heap->peak_live_bytes) {
    heap->peak_live_bytes = heap->live_bytes;
  }
  heap->allocated_blocks++;
  heap->allocated_bytes += block_size;
}

static inline void count_free(ba_heap_t *heap, const ba_span_t *span) {
  heap->live_bytes -= span->block_size;
  heap->freed_blocks++;
}

static inline bool within_budget(const ba_heap_t *heap, size_t block_size) {
  return block_size <= heap->max_bytes &&
         heap->live_bytes <= heap->max_bytes - block_size;
}

/* --- allocating ------------------------------------------------------------ */

static inline void *pop(ba_heap_t *heap, size_t size, unsigned flags) {
  ba_magazine_t *magazine = &heap->magazines[ba_class_of(size)];
  size_t block_size = ba_class_size(size);
  if (magazine->count == 0 || !within_budget(heap, block_size)) return NULL;
  void *block = magazine->blocks[--magazine->count];
  count_alloc(heap, block_size);
  if ((flags & BA_ZERO) != 0) {
    memset(block, 0, block_size);
    heap->zeroed_bytes += block_size;
  }
  return block;
}

static ba_status_t alloc_generic(ba_heap_t *heap, size_t size, size_t alignment,
                                 unsigned flags, void **out) {
  if (size == 0 || size > BA_REQUEST_MAX) return BA_EINVAL;
  ba_remote_drain(heap);
  if (size <= BA_CHUNKED_MAX && alignment <= BA_PAGE_SIZE) {
    void *block = pop(heap, size, flags);
    if (block != NULL) {
      *out = block;
      return BA_OK;
    }
  }
  size_t block_size = alignment > BA_PAGE_SIZE && size <= BA_CHUNKED_MAX
                          ? (size + BA_PAGE_SIZE - 1) & ~(BA_PAGE_SIZE - 1)
                          : ba_class_size(size);
  if (!within_budget(heap, block_size)) {
    heap->refused_budget++;
    return BA_EBUDGET;
  }
  bool zero;
  ba_status_t status = ba_block_take(
      heap, size, alignment > BA_PAGE_SIZE ? alignment : 0, out, &zero);
  if (status != BA_OK) {
    /* Address space or memory may be held by what is merely cached. */
    (void)ba_heap_trim(heap);
    status = ba_block_take(heap, size, alignment > BA_PAGE_SIZE ? alignment : 0,
                           out, &zero);
  }
  if (status != BA_OK) {
    heap->refused_nomem++;
    return status;
  }
  block_size = ba_usable_size(*out);
  count_alloc(heap, block_size);
  if ((flags & BA_ZERO) != 0) {
    if (zero) {
      heap->known_zero_bytes += block_size;
    } else {
      memset(*out, 0, block_size);
      heap->zeroed_bytes += block_size;
    }
  }
  return BA_OK;
}

ba_status_t ba_alloc(ba_heap_t *heap, size_t size, size_t alignment,
                     unsigned flags, void **out) {
  if (alignment > BA_ALIGNMENT_MAX || (alignment & (alignment - 1)) != 0) {
    return BA_EINVAL;
  }
  if (alignment > BA_ALIGNMENT_MIN && alignment <= BA_PAGE_SIZE) {
    /* A size rounded up to the alignment has a class that is a multiple of it,
     * and spans start at pages: to a page, alignment needs nothing more. */
    if (size - 1 >= BA_REQUEST_MAX) return BA_EINVAL;
    size = (size + alignment - 1) & ~(alignment - 1);
  }
  if (size - 1 < BA_CHUNKED_MAX && alignment <= BA_PAGE_SIZE) {
    void *block = pop(heap, size, flags);
    if (block != NULL) {
      *out = block;
      return BA_OK;
    }
  }
  return alloc_generic(heap, size, alignment, flags, out);
}

/* --- freeing --------------------------------------------------------------- */

/* Moves the older half of a magazine into the spans. */
static void spill(ba_heap_t *heap, ba_magazine_t *magazine) {
  uint32_t half = (magazine->count + 1) / 2;
  for (uint32_t i = 0; i < half; i++) {
    void *block = magazine->blocks[i];
    ba_block_give(heap, ba_chunk_span_of(ba_chunk_of(block), block), block);
  }
  magazine->count -= half;
  memmove(magazine->blocks, magazine->blocks + half,
          magazine->count * sizeof magazine->blocks[0]);
}

static void free_generic(ba_heap_t *heap, ba_span_t *span, void *block) {
  if (span->size_class < BA_CLASS_COUNT) {
    ba_magazine_t *magazine = &heap->magazines[span->size_class];
    if (magazine->count == magazine->capacity) spill(heap, magazine);
    magazine->blocks[magazine->count++] = block;
  } else {
    ba_block_give(heap, span, block);
  }
  ba_heap_limit_cache(heap);
}

void ba_heap_limit_cache(ba_heap_t *heap) {
  size_t cached = ba_heap_cached_bytes(heap);
  if (cached > heap->max_cached_bytes && cached >= heap->shrink_at) {
    /* An eighth less than allowed, or every free from here would purge. */
    (void)ba_heap_shrink(heap,
                         heap->max_cached_bytes - heap->max_cached_bytes / 8);
    /* Fragments of pages cannot be given back: try again when there are an
     * eighth more, so that they cost no more than a scan now and then. */
    cached = ba_heap_cached_bytes(heap);
    heap->shrink_at = cached + cached / 8;
  }
}

void ba_heap_take_in(ba_heap_t *heap, ba_span_t *span, void *block) {
  count_free(heap, span);
  if (span->size_class < BA_CLASS_COUNT) {
    ba_magazine_t *magazine = &heap->magazines[span->size_class];
    if (magazine->count < magazine->capacity) {
      magazine->blocks[magazine->count++] = block;
      return;
    }
  }
  ba_block_give(heap, span, block);
}

void ba_free(void *block) {
  if (block == NULL) return;
  ba_chunk_t *chunk = ba_chunk_of(block);
  ba_span_t *span = ba_chunk_span_of(chunk, block);
  ba_heap_t *heap = chunk->owner;
  /* Only the owner can find its own id here, however late it looks. */
  if (atomic_load_explicit(&heap->owner, memory_order_relaxed) !=
      ba_os_thread_id()) {
    ba_remote_free(heap, span, block);
    return;
  }
  count_free(heap, span);
  if (heap->wipe) memset(block, 0, span->block_size);
  if (span->size_class < BA_CLASS_COUNT &&
      ba_heap_cached_bytes(heap) <= heap->max_cached_bytes) {
    ba_magazine_t *magazine = &heap->magazines[span->size_class];
    if (magazine->count < magazine->capacity) {
      magazine->blocks[magazine->count++] = block;
      return;
    }
  }
  free_generic(heap, span, block);
}

/* --- sizes ----------------------------------------------------------------- */

size_t ba_usable_size(const void *block) {
  return ba_chunk_span_of(ba_chunk_of(block), block)->block_size;
}

size_t ba_good_size(size_t size) {
  if (size == 0) size = 1;
  return size > BA_REQUEST_MAX ? 0 : ba_class_size(size);
}

/* --- life of a heap --------------------------------------------------------- */

/* The size of class `index`, the inverse of ba_class_of. */
static size_t size_of_class(size_t index) {
  if (index < BA_LINEAR_CLASSES) return (index + 1) << BA_QUANTUM_SHIFT;
  size_t above = index - BA_LINEAR_CLASSES;
  size_t shift = above >> BA_STEPS_SHIFT;
  return ((above & 7) + 9) << (shift + BA_QUANTUM_SHIFT);
}

static uint32_t magazine_capacity(size_t index) {
  size_t blocks = MAGAZINE_BYTES / size_of_class(index);
  if (blocks > MAGAZINE_BLOCKS_MAX) blocks = MAGAZINE_BLOCKS_MAX;
  if (blocks < MAGAZINE_BLOCKS_MIN) blocks = MAGAZINE_BLOCKS_MIN;
  return (uint32_t)blocks;
}

ba_status_t ba_heap_create(const ba_heap_limits_t *limits, ba_heap_t **out) {
  size_t slots = 0;
  for (size_t i = 0; i < BA_CLASS_COUNT; i++) slots += magazine_capacity(i);
  size_t slots_size = slots * sizeof(void *);

  ba_os_lock(BA_LOCK_RESERVE);
  ba_heap_t *heap = ba_meta_alloc(sizeof *heap);
  void **blocks = ba_meta_alloc(slots_size);
  if (heap == NULL || blocks == NULL) {
    if (heap != NULL) ba_meta_free(heap, sizeof *heap);
    if (blocks != NULL) ba_meta_free(blocks, slots_size);
    ba_os_unlock(BA_LOCK_RESERVE);
    return BA_ENOMEM;
  }
  ba_os_unlock(BA_LOCK_RESERVE);

  atomic_store_explicit(&heap->owner, ba_os_thread_id(), memory_order_relaxed);
  heap->magazine_memory = blocks;
  heap->magazine_memory_size = slots_size;
  for (size_t i = 0; i < BA_CLASS_COUNT; i++) {
    heap->magazines[i].capacity = magazine_capacity(i);
    heap->magazines[i].blocks = blocks;
    blocks += heap->magazines[i].capacity;
  }
  ba_pages_init(&heap->pages, heap);
  heap->max_bytes = limits != NULL ? limits->max_bytes : SIZE_MAX;
  heap->max_cached_bytes = limits != NULL ? limits->max_cached_bytes : SIZE_MAX;
  heap->wipe = limits != NULL && limits->wipe;
  atomic_fetch_add_explicit(&heap_count, 1, memory_order_relaxed);
  *out = heap;
  return BA_OK;
}

void ba_heap_destroy(ba_heap_t *heap) {
  atomic_fetch_sub_explicit(&heap_count, 1, memory_order_relaxed);
  atomic_store_explicit(&heap->owner, 0, memory_order_relaxed);
  ba_remote_orphan(heap);
}

void ba_heap_dispose(ba_heap_t *heap) {
  ba_huge_clear(heap);
  ba_pages_destroy(&heap->pages);
  ba_os_lock(BA_LOCK_RESERVE);
  ba_meta_free(heap->magazine_memory, heap->magazine_memory_size);
  ba_meta_free(heap, sizeof *heap);
  ba_os_unlock(BA_LOCK_RESERVE);
}

void ba_heap_set_limits(ba_heap_t *heap, const ba_heap_limits_t *limits) {
  heap->max_bytes = limits->max_bytes;
  heap->max_cached_bytes = limits->max_cached_bytes;
  heap->shrink_at = 0;
  if (ba_heap_cached_bytes(heap) > heap->max_cached_bytes) {
    (void)ba_heap_shrink(heap, heap->max_cached_bytes);
  }
}

/* --- giving back ------------------------------------------------------------ */

size_t ba_heap_tick(ba_heap_t *heap, unsigned idle_ticks) {
  ba_remote_drain(heap);
  /* What lies in a magazine has no age. Emptied, it begins to have one; what is
   * in use is back in its magazine after one round. */
  ba_magazines_flush(heap);
  heap->shrink_at = 0;
  uint32_t tick = ++heap->pages.tick;
  uint32_t idle = idle_ticks < INT32_MAX ? idle_ticks : INT32_MAX;
  return ba_heap_purge_idle(heap, tick - idle);
}

size_t ba_heap_trim(ba_heap_t *heap) {
  ba_remote_drain(heap);
  ba_magazines_flush(heap);
  size_t bytes = ba_heap_shrink(heap, 0);
  heap->dirty_bytes -= ba_pages_release_free_chunks(&heap->pages);
  return bytes + ba_reserve_trim();
}

/* --- counters ---------------------------------------------------------------- */

void ba_heap_get_stats(ba_heap_t *heap, ba_heap_stats_t *out) {
  ba_remote_drain(heap);
  out->live_bytes = heap->live_bytes;
  out->live_blocks = heap->allocated_blocks - heap->freed_blocks;
  out->peak_live_bytes = heap->peak_live_bytes;
  out->cached_bytes = ba_heap_cached_bytes(heap);
  out->mapped_bytes = heap->pages.mapped_bytes + heap->huge_mapped_bytes;
  out->allocated_blocks = heap->allocated_blocks;
  out->allocated_bytes = heap->allocated_bytes;
  out->reused_blocks = heap->allocated_blocks - heap->fresh_blocks;
  out->zeroed_bytes = heap->zeroed_bytes;
  out->known_zero_bytes = heap->known_zero_bytes;
  out->purged_bytes = heap->purged_bytes;
  out->remote_frees = heap->remote_frees;
  out->refused_budget = heap->refused_budget;
  out->refused_nomem = heap->refused_nomem;
}

void ba_process_get_stats(ba_process_stats_t *out) {
  out->heaps = atomic_load_explicit(&heap_count, memory_order_relaxed);
  out->orphaned_heaps = ba_remote_orphan_count();
  out->reserve_bytes = ba_reserve_bytes();
  out->metadata_bytes = ba_meta_bytes();
  out->mapped_bytes = ba_os_mapped_bytes() - out->metadata_bytes;
}
