/* ----------------------------------------------------------------------------
 * remote: frees by a thread that does not own the block's heap, and heaps whose
 * owner is gone.
 *
 * A remote free sets the block's bit in its span and queues the span for the
 * owner, under one process-wide lock; it allocates nothing. The owner takes the
 * queue in when it next leaves its fast path. A destroyed heap with blocks out
 * is an orphan: from then on it is touched only under the same lock, by whoever
 * frees its blocks, and the last of them ends it.
 * ------------------------------------------------------------------------- */
#include "../os/os.h"
#include "bits.h"
#include "heap_internal.h"

#define ORPHAN_PURGE_BYTES ((size_t)1 << 20)

static _Atomic size_t orphan_count;

static unsigned block_index(const ba_span_t *span, const void *block) {
  if (span->block_count == 1) return 0;
  size_t offset = (size_t)((const uint8_t *)block - ba_span_start(span));
  return (unsigned)((uint32_t)offset / (uint32_t)span->block_size);
}

/* Returns one block to a heap's spans, past the magazines. */
static void give_back(ba_heap_t *heap, ba_span_t *span, void *block) {
  ba_heap_retire(heap, span, block);
  ba_block_give(heap, span, block);
}

/* Takes in the whole queue. The lock is held. */
static void drain_locked(ba_heap_t *heap) {
  atomic_store_explicit(&heap->remote_pending, false, memory_order_relaxed);
  ba_span_t *span = heap->remote_spans;
  heap->remote_spans = NULL;
  while (span != NULL) {
    ba_span_t *next = span->remote_next;
    uint64_t blocks = span->remote_blocks;
    uint8_t *start = ba_span_start(span);
    size_t block_size = span->block_size;
    span->remote_blocks = 0;
    for (; blocks != 0; blocks &= blocks - 1) {
      size_t index = ba_trailing_zeros(blocks);
      heap->remote_frees++;
      give_back(heap, span, start + index * block_size);
    }
    span = next;
  }
}

void ba_remote_drain(ba_heap_t *heap) {
  if (!atomic_load_explicit(&heap->remote_pending, memory_order_relaxed)) {
    return;
  }
  ba_os_lock(BA_LOCK_REMOTE);
  drain_locked(heap);
  ba_os_unlock(BA_LOCK_REMOTE);
  if (ba_heap_cached_bytes(heap) > heap->max_cached_bytes) {
    (void)ba_heap_shrink(heap, heap->max_cached_bytes);
  }
}

/* Gives an orphan's free memory back, when there is enough of it to be worth a
 * call, and ends the heap if no block is out. */
static void settle_orphan(ba_heap_t *heap) {
  if (heap->pages.idle_bytes >= ORPHAN_PURGE_BYTES) {
    heap->dirty_bytes -= ba_pages_purge(&heap->pages, 0);
  }
  heap->dirty_bytes -= ba_pages_release_free_chunks(&heap->pages);
  if (heap->allocated_blocks != heap->freed_blocks) return;
  if (heap->orphaned) {
    atomic_fetch_sub_explicit(&orphan_count, 1, memory_order_relaxed);
  }
  ba_heap_dispose(heap);
}

void ba_remote_free(ba_span_t *span, void *block) {
  ba_heap_t *heap = span->chunk->owner;
  ba_os_lock(BA_LOCK_REMOTE);
  if (heap->orphaned) {
    give_back(heap, span, block);
    settle_orphan(heap);
  } else {
    if (span->remote_blocks == 0) {
      span->remote_next = heap->remote_spans;
      heap->remote_spans = span;
    }
    span->remote_blocks |= (uint64_t)1 << block_index(span, block);
    atomic_store_explicit(&heap->remote_pending, true, memory_order_relaxed);
  }
  ba_os_unlock(BA_LOCK_REMOTE);
}

void ba_remote_orphan(ba_heap_t *heap) {
  ba_os_lock(BA_LOCK_REMOTE);
  drain_locked(heap);
  ba_magazines_flush(heap);
  heap->orphaned = heap->allocated_blocks != heap->freed_blocks;
  if (heap->orphaned) {
    atomic_fetch_add_explicit(&orphan_count, 1, memory_order_relaxed);
  }
  /* Chunks without a block go to the reserve as they are, still warm. */
  heap->dirty_bytes -= ba_pages_release_free_chunks(&heap->pages);
  heap->max_cached_bytes = 0; /* huge blocks go straight back from now on */
  (void)ba_heap_shrink(heap, 0);
  settle_orphan(heap);
  ba_os_unlock(BA_LOCK_REMOTE);
}

size_t ba_remote_orphan_count(void) {
  return atomic_load_explicit(&orphan_count, memory_order_relaxed);
}
