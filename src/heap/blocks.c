/* ----------------------------------------------------------------------------
 * blocks: those that come out of chunks; huge.c has the others.
 *
 * Small ones, of up to 30 KiB, share a span, 8 to 64 of them. One word tells which
 * of them are free, another which of these were never handed out. Single ones are
 * whole pages, each a span of its own: up to 1.875 MiB, and smaller ones whose
 * alignment is above a page.
 *
 * Blocks of a fresh span that is shared count as untouched until they are handed
 * out: the OS supplies a page when it is touched. A block that was given back to
 * the OS is untouched again.
 * ------------------------------------------------------------------------- */
#include "bits.h"
#include "heap_internal.h"

/* --- spans of either kind ----------------------------------------------------- */

/* Whether the magazines hold at least `bytes`: free, but not yet known to the
 * page heap. */
static bool magazines_hold(const ba_heap_t *heap, size_t bytes) {
  size_t held = 0;
  for (size_t i = 0; i < BA_CLASS_COUNT && held < bytes; i++) {
    if (heap->magazines[i].count == 0) continue;
    held += heap->magazines[i].count * ba_size_of_class(i);
  }
  return held >= bytes;
}

/* A span for blocks to serve the request. Memory that was used before comes first:
 * free pages, then what the magazines hold, and only then pages that the OS must
 * supply. *fresh: whether all of it is known to be zero. */
static ba_span_t *new_span(ba_heap_t *heap, const ba_request_t *request,
                           uint32_t block_count, bool *fresh) {
  size_t bytes = request->block_size * block_count;
  size_t count = bytes >> BA_PAGE_SHIFT;
  ba_span_t *span = ba_pages_find(&heap->pages, count, request->alignment);
  if ((span == NULL || span->dirty_pages < count) &&
      magazines_hold(heap, bytes)) {
    ba_heap_flush(heap);
    span = ba_pages_find(&heap->pages, count, request->alignment);
  }
  span = ba_pages_take(&heap->pages, span, count, request->alignment, fresh);
  if (span == NULL) return NULL;
  span->size_class = (uint8_t)request->size_class;
  span->block_size = request->block_size;
  span->block_count = block_count;
  return span;
}

/* --- single -------------------------------------------------------------------- */

void *ba_single_take(ba_heap_t *heap, const ba_request_t *request, bool *zero) {
  ba_span_t *span = new_span(heap, request, 1, zero);
  return span == NULL ? NULL : ba_span_start(span);
}

/* --- small --------------------------------------------------------------------- */

static void set_untouched(ba_heap_t *heap, ba_span_t *span, uint64_t blocks) {
  heap->pages.resident_bytes +=
      ba_count_ones(span->zero_blocks) * span->block_size;
  heap->pages.resident_bytes -= ba_count_ones(blocks) * span->block_size;
  span->zero_blocks = blocks;
}

static ba_span_t *new_shared_span(ba_heap_t *heap,
                                  const ba_request_t *request) {
  bool fresh;
  ba_span_t *span =
      new_span(heap, request, ba_blocks_per_span(request->block_size), &fresh);
  if (span == NULL) return NULL;
  for (size_t i = 0; i < span->pages; i++) {
    span->chunk->map[span->first + i] = span;
  }
  span->free_blocks = ba_span_all_blocks(span);
  span->zero_blocks = 0;
  if (fresh) set_untouched(heap, span, span->free_blocks);
  ba_list_push(&heap->partial[span->size_class], &span->link);
  return span;
}

void *ba_small_take(ba_heap_t *heap, const ba_request_t *request, bool *zero) {
  ba_list_t *partial = &heap->partial[request->size_class];
  ba_span_t *span = ba_span_of_link(partial->first);
  if (span == NULL) span = new_shared_span(heap, request);
  if (span == NULL) return NULL;
  /* Used blocks first: their memory is there already. */
  uint64_t used_before = span->free_blocks & ~span->zero_blocks;
  uint64_t choice = used_before != 0 ? used_before : span->free_blocks;
  unsigned index = ba_trailing_zeros(choice);
  uint64_t bit = (uint64_t)1 << index;
  *zero = (span->zero_blocks & bit) != 0;
  if (*zero) set_untouched(heap, span, span->zero_blocks & ~bit);
  span->free_blocks &= ~bit;
  if (span->free_blocks == 0) ba_list_remove(partial, &span->link);
  return ba_span_block(span, index);
}

void ba_small_give(ba_heap_t *heap, ba_span_t *span, const void *block) {
  ba_list_t *partial = &heap->partial[span->size_class];
  if (span->free_blocks == 0) ba_list_push(partial, &span->link);
  span->free_blocks |= (uint64_t)1 << ba_span_index_of(span, block);
  span->freed_at = heap->pages.tick;
  if (span->free_blocks != ba_span_all_blocks(span)) return;
  ba_list_remove(partial, &span->link);
  set_untouched(heap, span, 0);
  ba_pages_give(&heap->pages, span);
}

/* Gives the free blocks of a span back to the OS, if they are whole pages. */
static size_t purge_span(ba_heap_t *heap, ba_span_t *span) {
  size_t unit = ba_os_page_size();
  uint64_t blocks = span->free_blocks & ~span->zero_blocks;
  uint64_t purged = 0;
  if (span->block_size % unit != 0 ||
      (uintptr_t)ba_span_start(span) % unit != 0) {
    return 0;
  }
  for (; blocks != 0; blocks &= blocks - 1) {
    unsigned index = ba_trailing_zeros(blocks);
    if (ba_os_discard(ba_span_block(span, index), span->block_size) != 0) break;
    purged |= (uint64_t)1 << index;
  }
  set_untouched(heap, span, span->zero_blocks | purged);
  return ba_count_ones(purged) * span->block_size;
}

size_t ba_small_purge(ba_heap_t *heap, uint32_t tick) {
  size_t bytes = 0;
  for (size_t i = 0; i < BA_SHARED_CLASS_COUNT; i++) {
    const ba_list_t *list = &heap->partial[i];
    for (ba_link_t *link = list->first; link != NULL;
         link = ba_list_next(list, link)) {
      ba_span_t *span = ba_span_of_link(link);
      if ((int32_t)(tick - span->freed_at) >= 0) {
        bytes += purge_span(heap, span);
      }
    }
  }
  return bytes;
}
