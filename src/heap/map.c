/* ----------------------------------------------------------------------------
 * map: what every run of pages is, for those who want to see the heap.
 *
 * The page maps of the chunks lead from one span to the next; huge blocks are in
 * two lists. A block in a magazine is free, but its span does not know: for as
 * long as someone looks, a word of the span does. Nothing is allocated, and the
 * heap stays as it is, but for what other threads have freed.
 * ------------------------------------------------------------------------- */
#include "heap_internal.h"

/* Has the spans of all blocks in magazines know of it, or forget it. */
static void mark_magazines(ba_heap_t *heap, bool known) {
  for (size_t i = 0; i < BA_CLASS_COUNT; i++) {
    const ba_magazine_t *magazine = &heap->magazines[i];
    for (uint32_t j = 0; j < magazine->count; j++) {
      const void *block = magazine->blocks[j];
      ba_span_t *span = ba_chunk_span_of(ba_chunk_of(block), block);
      uint64_t bit = (uint64_t)1 << ba_span_index_of(span, block);
      span->magazine_blocks = known ? span->magazine_blocks | bit : 0;
    }
  }
}

static ba_span_info_t describe(const ba_span_t *span) {
  ba_span_info_t info = {
      .chunk = span->chunk->base,
      .chunk_bytes = span->chunk->size,
      .offset = (size_t)span->first << BA_PAGE_SHIFT,
      .bytes = (size_t)span->pages << BA_PAGE_SHIFT,
      .resident_bytes = (size_t)span->dirty_pages << BA_PAGE_SHIFT,
  };
  if (span->is_free) return info;
  bool is_shared = span->size_class < BA_SHARED_CLASS_COUNT;
  uint64_t freed = span->magazine_blocks | (is_shared ? span->free_blocks : 0);
  info.block_size = span->block_size;
  info.block_count = span->block_count;
  info.live_blocks = ba_span_all_blocks(span) & ~freed;
  info.fresh_blocks = is_shared ? span->zero_blocks : 0;
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
  mark_magazines(heap, true);
  const ba_list_t *chunks = &heap->pages.chunks;
  for (ba_link_t *link = chunks->first; link != NULL;
       link = ba_list_next(chunks, link)) {
    visit_chunk(BA_HOLDER(link, ba_chunk_t, link), visit, data);
  }
  visit_huge(&heap->huge_live, true, visit, data);
  visit_huge(&heap->huge, false, visit, data);
  mark_magazines(heap, false);
}
