/* ----------------------------------------------------------------------------
 * remote: frees by threads that do not own the block's heap, and heaps whose
 * owner is gone. Without a lock, and without allocating.
 *
 * Each span has a word of bits for blocks that others freed, each heap a stack
 * of spans whose word is not 0. Whoever sets a span's first bit pushes the span;
 * the owner takes the whole stack when it leaves its fast path, and then each
 * span's bits (its link first: a span without bits may be pushed anew).
 *
 * A heap lives while a block of it is out, and a block is out until the owner
 * has taken it in. So a thread that frees may touch the span until it has set
 * its bit, and if it was the first, the heap until it has pushed the span: not
 * a step further.
 *
 * To end a heap with blocks out is to close its stack, when it is empty: what
 * the heap says of itself no longer changes then, but for the number of blocks
 * out. Who would push the span and finds the stack closed takes the bits back,
 * those included that others set meanwhile and left to it. These blocks are its
 * own: it gives their pages back, takes them off that number, which is its last
 * touch of the heap, and if none is left, ends the heap.
 * ------------------------------------------------------------------------- */
#include <string.h>

#include "bits.h"
#include "heap_internal.h"
#include "process.h"

/* What stands for a closed stack. */
static ba_span_t closed;

/* --- orphans: heaps without an owner ----------------------------------------- */

/* Gives back the pages of blocks that this thread has freed last: a block's own
 * where it is whole pages of the OS, and its span's once all of it is free. */
static void give_blocks_back(ba_span_t *span, uint64_t blocks) {
  size_t size = span->block_size;
  if (span->size_class == BA_CLASS_HUGE) {
    ba_chunk_unmap(span->chunk);
    return;
  }
  if (span->block_count == 1 || size % ba_os_page_size() == 0) {
    for (uint64_t rest = blocks; rest != 0; rest &= rest - 1) {
      size_t offset = ba_trailing_zeros(rest) * size;
      (void)ba_chunk_purge(span->chunk, span->first + (offset >> BA_PAGE_SHIFT),
                           size >> BA_PAGE_SHIFT);
    }
  }
  if (span->block_count == 1) return;
  uint64_t gone = atomic_fetch_or_explicit(&span->orphan_blocks, blocks,
                                           memory_order_acq_rel);
  if ((gone | blocks | span->free_blocks) == ba_span_all_blocks(span)) {
    (void)ba_chunk_purge(span->chunk, span->first, span->pages);
  }
}

/* The span may be pushed anew from here on. */
static uint64_t take_bits(ba_span_t *span) {
  return atomic_exchange_explicit(&span->remote_blocks, 0,
                                  memory_order_acq_rel);
}

static void free_orphaned(ba_heap_t *heap, ba_span_t *span) {
  uint64_t blocks = take_bits(span);
  size_t count = ba_count_ones(blocks);
  give_blocks_back(span, blocks);
  size_t before =
      atomic_fetch_sub_explicit(&heap->out, count, memory_order_acq_rel);
  if (before != count) return;
  ba_process.orphaned_heaps--;
  ba_heap_dispose(heap);
}

/* --- freeing ------------------------------------------------------------------ */

/* Queues a span for the owner. False: there is none any more. */
static bool push(ba_heap_t *heap, ba_span_t *span) {
  ba_span_t *head =
      atomic_load_explicit(&heap->remote_spans, memory_order_acquire);
  do {
    if (head == &closed) return false;
    span->remote_next = head;
  } while (!atomic_compare_exchange_weak_explicit(&heap->remote_spans, &head,
                                                  span, memory_order_release,
                                                  memory_order_acquire));
  return true;
}

void ba_remote_free(ba_chunk_t *chunk, void *block) {
  ba_heap_t *heap = chunk->owner;
  if (heap == &ba_guarded_heap) {
    ba_guarded_free(chunk, block);
    return;
  }
  ba_span_t *span = ba_chunk_span_of(chunk, block);
  if (heap->wipe) memset(ba_span_block_of(span, block), 0, span->block_size);
  if (span->block_count == 1) {
    atomic_store_explicit(&span->remote_blocks, 1, memory_order_relaxed);
  } else {
    uint64_t bit = (uint64_t)1 << ba_span_index_of(span, block);
    uint64_t before = atomic_fetch_or_explicit(&span->remote_blocks, bit,
                                               memory_order_acq_rel);
    if (before != 0) return; /* whoever set the first bit sees to this one */
  }
  if (!push(heap, span)) free_orphaned(heap, span);
}

/* --- the owner ---------------------------------------------------------------- */

void ba_remote_drain(ba_heap_t *heap) {
  if (atomic_load_explicit(&heap->remote_spans, memory_order_relaxed) == NULL) {
    return;
  }
  ba_span_t *span =
      atomic_exchange_explicit(&heap->remote_spans, NULL, memory_order_acquire);
  while (span != NULL) {
    ba_span_t *next = span->remote_next;
    ba_heap_take_in(heap, span, take_bits(span));
    span = next;
  }
  ba_heap_limit_cache(heap);
}

void ba_remote_orphan(ba_heap_t *heap) {
  for (;;) {
    ba_span_t *empty = NULL;
    /* What was freed is taken in, and nothing left for those who free from here on
     * but their blocks' own memory. Chunks without a block go to the reserve as
     * they are, still warm. */
    ba_remote_drain(heap);
    ba_heap_flush(heap);
    ba_pages_release_free_chunks(&heap->pages);
    (void)ba_heap_shrink(heap, 0, heap->pages.tick);
    size_t out = (size_t)ba_heap_live_blocks(heap);
    if (out == 0) break;
    atomic_store_explicit(&heap->out, out, memory_order_relaxed);
    ba_process.orphaned_heaps++;
    if (atomic_compare_exchange_strong_explicit(&heap->remote_spans, &empty,
                                                &closed, memory_order_acq_rel,
                                                memory_order_relaxed)) {
      return; /* another thread may have ended the heap by now */
    }
    ba_process.orphaned_heaps--;
  }
  ba_heap_dispose(heap);
}
