/* ----------------------------------------------------------------------------
 * map: what every run of pages is, for those who want to see the heap.
 *
 * The page maps of the chunks lead from one span to the next; huge blocks are in
 * two lists. The spans know nothing of blocks in magazines, so that these are
 * emptied first, as on every tick. Nothing is allocated.
 * ------------------------------------------------------------------------- */
#include "heap_internal.h"

static ba_span_info_t describe(const ba_span_t *span) {
  ba_span_info_t info = {
      .chunk = span->chunk->base,
      .chunk_bytes = span->chunk->size,
      .offset = (size_t)span->first << BA_PAGE_SHIFT,
      .bytes = (size_t)span->pages << BA_PAGE_SHIFT,
      .resident_bytes = (size_t)span->dirty_pages << BA_PAGE_SHIFT,
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

static void visit_chunk(const ba_chunk_t *chunk, ba_span_visitor_t visit,
                        void *data) {
  for (size_t page = 0; page < chunk->pages;) {
    const ba_span_t *span = chunk->map[page];
    ba_span_info_t info = describe(span);
    visit(data, &info);
    page += span->pages;
  }
}

static void visit_huge(const ba_list_t *list, bool live,
                       ba_span_visitor_t visit, void *data) {
  for (ba_link_t *link = list->first; link != NULL;
       link = ba_list_next(list, link)) {
    const ba_span_t *span = ba_span_of_link(link);
    ba_span_info_t info = {
        .chunk = span->chunk->base,
        .chunk_bytes = span->block_size,
        .bytes = span->block_size,
        .resident_bytes = span->block_size,
        .block_size = span->block_size,
        .block_count = 1,
        .live_blocks = live ? 1 : 0,
    };
    visit(data, &info);
  }
}

void ba_heap_visit(ba_heap_t *heap, ba_span_visitor_t visit, void *data) {
  ba_remote_drain(heap);
  ba_heap_flush(heap);
  const ba_list_t *chunks = &heap->pages.chunks;
  for (ba_link_t *link = chunks->first; link != NULL;
       link = ba_list_next(chunks, link)) {
    visit_chunk(BA_HOLDER(link, ba_chunk_t, link), visit, data);
  }
  visit_huge(&heap->huge_live, true, visit, data);
  visit_huge(&heap->huge, false, visit, data);
}
