/* ----------------------------------------------------------------------------
 * map: what every run of pages is, for those who want to see the heap.
 *
 * The page maps of the chunks lead from one span to the next; huge blocks are in
 * two lists. The spans know nothing of blocks in magazines, so that these are
 * emptied first, as on every tick. Nothing is allocated.
 * ------------------------------------------------------------------------- */
#include "heap_internal.h"

static ba_span_info_t describe(const ba_span_t *span) {
  const ba_chunk_t *chunk = span->chunk;
  size_t unit = chunk->size / chunk->pages; /* a page, or all of a huge block */
  ba_span_info_t info = {
      .chunk = chunk->base,
      .chunk_bytes = chunk->size,
      .offset = span->first * unit,
      .bytes = span->pages * unit,
      .resident_bytes = span->dirty_pages * unit,
  };
  if (span->is_free) return info;
  info.block_size = span->block_size;
  info.block_count = span->block_count;
  info.live_blocks = ba_span_all_blocks(span);
  if (span->size_class < BA_SHARED_CLASS_COUNT) {
    info.live_blocks &= ~span->free_blocks;
    info.fresh_blocks = span->zero_blocks;
  }
  return info;
}

static void visit_chunks(const ba_list_t *list, ba_span_visitor_t visit,
                         void *data) {
  for (const ba_chunk_t *chunk = ba_chunk_of_link(list->first); chunk != NULL;
       chunk = ba_chunk_next(list, chunk)) {
    for (size_t page = 0; page < chunk->pages;) {
      const ba_span_t *span = chunk->map[page];
      ba_span_info_t info = describe(span);
      visit(data, &info);
      page += span->pages;
    }
  }
}

void ba_heap_visit(ba_heap_t *heap, ba_span_visitor_t visit, void *data) {
  ba_remote_drain(heap);
  ba_heap_flush(heap);
  visit_chunks(&heap->pages.chunks, visit, data);
  visit_chunks(&heap->huge_live, visit, data);
  visit_chunks(&heap->huge, visit, data);
}
