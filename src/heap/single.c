/* ----------------------------------------------------------------------------
 * single: blocks of whole pages, each with a span of its own: up to 1.875 MiB,
 * and smaller ones whose alignment is above a page.
 * ------------------------------------------------------------------------- */
#include "heap_internal.h"

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

ba_span_t *ba_single_take_span(ba_heap_t *heap, size_t bytes, size_t alignment,
                               size_t *fresh_pages) {
  size_t count = bytes >> BA_PAGE_SHIFT;
  ba_span_t *found = ba_pages_find(&heap->pages, count, alignment);
  if ((found == NULL || found->dirty_pages < count) &&
      magazines_hold(heap, bytes)) {
    ba_heap_flush(heap);
    found = ba_pages_find(&heap->pages, count, alignment);
  }
  return ba_pages_take(&heap->pages, found, count, alignment, fresh_pages);
}

ba_status_t ba_single_take(ba_heap_t *heap, const ba_request_t *request,
                           void **out, bool *zero) {
  size_t fresh_pages;
  ba_span_t *span = ba_single_take_span(heap, request->block_size,
                                        request->alignment, &fresh_pages);
  if (span == NULL) return BA_ENOMEM;
  span->size_class = (uint8_t)request->size_class;
  span->block_size = request->block_size;
  span->block_count = 1;
  *zero = fresh_pages == span->pages;
  *out = ba_span_start(span);
  return BA_OK;
}
