/* ----------------------------------------------------------------------------
 * blocks: where a heap's blocks come from when no magazine has one.
 *
 *   to 30 KiB         8 to 64 blocks share a span; one word says which are free
 *   to 1.875 MiB      a span of its own, from the page heap (span.h)
 *   above             a mapping of its own, and a cache of freed ones
 *
 * `dirty_bytes` is kept here: what is in use or cached, as opposed to memory
 * that the OS has never given us or has taken back.
 * ------------------------------------------------------------------------- */
#include "../os/os.h"
#include "bits.h"
#include "heap_internal.h"

/* --- blocks that share a span ---------------------------------------------- */

static void partial_insert(ba_heap_t *heap, ba_span_t *span) {
  ba_span_t **list = &heap->partial[span->size_class];
  span->prev = NULL;
  span->next = *list;
  if (*list != NULL) (*list)->prev = span;
  *list = span;
}

static void partial_remove(ba_heap_t *heap, ba_span_t *span) {
  if (span->prev != NULL) {
    span->prev->next = span->next;
  } else {
    heap->partial[span->size_class] = span->next;
  }
  if (span->next != NULL) span->next->prev = span->prev;
}

static uint64_t all_blocks(const ba_span_t *span) {
  return ~(uint64_t)0 >> (64 - span->block_count);
}

static size_t count_blocks(uint64_t blocks) { return ba_count_ones(blocks); }

/* --- spans ----------------------------------------------------------------- */

/* Bytes in magazines: free, but not yet known to the page heap. */
static size_t magazine_bytes(const ba_heap_t *heap) {
  size_t bytes = 0;
  for (size_t i = 0; i < BA_CLASS_COUNT; i++) {
    const ba_magazine_t *magazine = &heap->magazines[i];
    if (magazine->count == 0) continue;
    bytes += magazine->count * ba_usable_size(magazine->blocks[0]);
  }
  return bytes;
}

/* Takes `count` pages, all committed. Memory that was used before comes first:
 * the page heap's, then what the magazines hold, and only then fresh pages. */
static ba_span_t *take_pages(ba_heap_t *heap, size_t count, size_t alignment,
                             size_t *fresh_pages) {
  ba_pages_t *pages = &heap->pages;
  const ba_span_t *best = ba_pages_find(pages, count);
  if ((best == NULL || best->dirty_pages < count) &&
      magazine_bytes(heap) >= count << BA_PAGE_SHIFT) {
    ba_magazines_flush(heap);
  }
  ba_span_t *span = ba_pages_take(pages, count, alignment);
  if (span == NULL) {
    if (ba_pages_grow(pages, heap->wipe) != 0) return NULL;
    /* A chunk from the reserve may bring memory that another heap used. */
    heap->dirty_bytes += (size_t)pages->bins[BA_CHUNK_PAGES]->dirty_pages
                         << BA_PAGE_SHIFT;
    span = ba_pages_take(pages, count, alignment);
    if (span == NULL) return NULL;
  }
  *fresh_pages = count - span->dirty_pages;
  if (*fresh_pages != 0 &&
      ba_chunk_commit(span->chunk, span->first, count) != 0) {
    ba_pages_give(pages, span);
    return NULL;
  }
  span->dirty_pages = span->pages; /* committed: it stays so while in use */
  return span;
}

static ba_span_t *new_shared_span(ba_heap_t *heap, unsigned size_class,
                                  size_t block_size) {
  uint32_t block_count = ba_blocks_per_span(block_size);
  size_t count = (block_size * block_count) >> BA_PAGE_SHIFT;
  size_t fresh_pages;
  ba_span_t *span = take_pages(heap, count, 1, &fresh_pages);
  if (span == NULL) return NULL;
  for (size_t i = 0; i < count; i++) {
    span->chunk->map[span->first + i] = span;
  }
  span->size_class = (uint8_t)size_class;
  span->block_size = block_size;
  span->block_count = block_count;
  span->free_blocks = all_blocks(span);
  /* Fresh blocks count as dirty one by one, when they are handed out. */
  bool fresh = fresh_pages == count;
  span->zero_blocks = fresh ? span->free_blocks : 0;
  if (!fresh) heap->dirty_bytes += fresh_pages << BA_PAGE_SHIFT;
  partial_insert(heap, span);
  return span;
}

static ba_status_t take_shared(ba_heap_t *heap, size_t size, void **out,
                               bool *zero) {
  unsigned size_class = ba_class_of(size);
  ba_span_t *span = heap->partial[size_class];
  if (span == NULL) {
    span = new_shared_span(heap, size_class, ba_class_size(size));
    if (span == NULL) return BA_ENOMEM;
  }
  /* Used blocks first: their memory is there already. */
  uint64_t used_before = span->free_blocks & ~span->zero_blocks;
  uint64_t choice = used_before != 0 ? used_before : span->free_blocks;
  unsigned index = ba_trailing_zeros(choice);
  uint64_t bit = (uint64_t)1 << index;
  *zero = (span->zero_blocks & bit) != 0;
  if (*zero) heap->dirty_bytes += span->block_size;
  span->free_blocks &= ~bit;
  span->zero_blocks &= ~bit;
  if (span->free_blocks == 0) partial_remove(heap, span);
  *out = ba_span_start(span) + index * span->block_size;
  return BA_OK;
}

static void give_shared(ba_heap_t *heap, ba_span_t *span, const void *block) {
  size_t offset = (size_t)((const uint8_t *)block - ba_span_start(span));
  unsigned index = (unsigned)((uint32_t)offset / (uint32_t)span->block_size);
  if (span->free_blocks == 0) partial_insert(heap, span);
  span->free_blocks |= (uint64_t)1 << index;
  span->freed_at = heap->pages.tick;
  if (span->free_blocks != all_blocks(span)) return;
  partial_remove(heap, span);
  heap->dirty_bytes += count_blocks(span->zero_blocks) * span->block_size;
  ba_pages_give(&heap->pages, span);
}

/* --- blocks with a span of their own ---------------------------------------- */

static ba_status_t take_single(ba_heap_t *heap, size_t size, size_t alignment,
                               void **out, bool *zero) {
  bool plain = alignment == 0;
  size_t block_size = plain ? ba_class_size(size)
                            : (size + BA_PAGE_SIZE - 1) & ~(BA_PAGE_SIZE - 1);
  size_t count = block_size >> BA_PAGE_SHIFT;
  size_t fresh_pages;
  ba_span_t *span = take_pages(
      heap, count, plain ? 1 : alignment >> BA_PAGE_SHIFT, &fresh_pages);
  if (span == NULL) return BA_ENOMEM;
  span->size_class =
      plain ? (uint8_t)ba_class_of(size) : (uint8_t)CLASS_UNCACHED;
  span->block_size = block_size;
  span->block_count = 1;
  heap->dirty_bytes += fresh_pages << BA_PAGE_SHIFT;
  *zero = fresh_pages == count;
  *out = ba_span_start(span);
  return BA_OK;
}

/* --- huge blocks ------------------------------------------------------------ */

static void huge_remove(ba_heap_t *heap, ba_span_t *span) {
  if (span->prev != NULL) {
    span->prev->next = span->next;
  } else {
    heap->huge_first = span->next;
  }
  if (span->next != NULL) {
    span->next->prev = span->prev;
  } else {
    heap->huge_last = span->prev;
  }
}

static void huge_insert(ba_heap_t *heap, ba_span_t *span) {
  span->freed_at = heap->pages.tick;
  span->prev = NULL;
  span->next = heap->huge_first;
  if (span->next != NULL) {
    span->next->prev = span;
  } else {
    heap->huge_last = span;
  }
  heap->huge_first = span;
}

/* Unmaps a huge block that is in no list. */
static size_t huge_unmap(ba_heap_t *heap, ba_span_t *span) {
  size_t size = span->block_size;
  heap->dirty_bytes -= size;
  heap->huge_mapped_bytes -= size;
  ba_chunk_unmap_huge(span->chunk);
  ba_span_delete(&heap->pages, span);
  return size;
}

void ba_huge_clear(ba_heap_t *heap) {
  while (heap->huge_last != NULL) {
    ba_span_t *span = heap->huge_last;
    huge_remove(heap, span);
    heap->purged_bytes += huge_unmap(heap, span);
  }
}

static ba_status_t take_huge(ba_heap_t *heap, size_t size, void **out,
                             bool *zero) {
  size_t block_size = ba_class_size(size);
  ba_span_t *span = heap->huge_first;
  while (span != NULL && span->block_size != block_size) span = span->next;
  *zero = span == NULL;
  if (span != NULL) {
    huge_remove(heap, span);
    *out = span->chunk->base;
    return BA_OK;
  }
  span = ba_span_new(&heap->pages);
  if (span == NULL) return BA_ENOMEM;
  ba_chunk_t *chunk = ba_chunk_map_huge(heap, block_size);
  if (chunk == NULL) {
    ba_span_delete(&heap->pages, span);
    return BA_ENOMEM;
  }
  chunk->map[0] = span;
  span->chunk = chunk;
  span->first = 0;
  span->size_class = CLASS_HUGE;
  span->block_size = block_size;
  span->block_count = 1;
  heap->dirty_bytes += block_size;
  heap->huge_mapped_bytes += block_size;
  *out = chunk->base;
  return BA_OK;
}

static void give_huge(ba_heap_t *heap, ba_span_t *span) {
  /* One that would fill most of the cache would drive everything else out. */
  if (span->block_size > heap->max_cached_bytes / 2) {
    heap->purged_bytes += huge_unmap(heap, span);
  } else {
    huge_insert(heap, span);
  }
}

/* --- taking and giving ------------------------------------------------------- */

ba_status_t ba_block_take(ba_heap_t *heap, size_t size, size_t alignment,
                          void **out, bool *zero) {
  ba_status_t status;
  if (size > BA_CHUNKED_MAX) {
    status = take_huge(heap, size, out, zero);
  } else if (alignment != 0 || size > BA_SHARED_MAX) {
    status = take_single(heap, size, alignment, out, zero);
  } else {
    status = take_shared(heap, size, out, zero);
  }
  if (status == BA_OK && *zero) heap->fresh_blocks++;
  return status;
}

void ba_block_give(ba_heap_t *heap, ba_span_t *span, void *block) {
  if (span->size_class == CLASS_HUGE) {
    give_huge(heap, span);
  } else if (span->block_count > 1) {
    give_shared(heap, span, block);
  } else {
    ba_pages_give(&heap->pages, span);
  }
}

void ba_magazines_flush(ba_heap_t *heap) {
  for (size_t i = 0; i < BA_CLASS_COUNT; i++) {
    ba_magazine_t *magazine = &heap->magazines[i];
    for (uint32_t n = 0; n < magazine->count; n++) {
      void *block = magazine->blocks[n];
      ba_block_give(heap, ba_chunk_span_of(ba_chunk_of(block), block), block);
    }
    magazine->count = 0;
  }
}

/* --- giving back to the OS --------------------------------------------------- */

/* Discards the free blocks of a shared span that are whole pages. */
static size_t discard_span(ba_heap_t *heap, ba_span_t *span) {
  size_t unit = ba_os_page_size();
  size_t bytes = 0;
  uint64_t blocks = span->free_blocks & ~span->zero_blocks;
  if (span->block_size % unit != 0 ||
      (uintptr_t)ba_span_start(span) % unit != 0) {
    return 0;
  }
  for (; blocks != 0; blocks &= blocks - 1) {
    unsigned index = ba_trailing_zeros(blocks);
    uint8_t *block = ba_span_start(span) + index * span->block_size;
    if (ba_os_discard(block, span->block_size) != 0) break;
    span->zero_blocks |= (uint64_t)1 << index;
    bytes += span->block_size;
  }
  heap->dirty_bytes -= bytes;
  return bytes;
}

static size_t discard_partial(ba_heap_t *heap, uint32_t tick) {
  size_t bytes = 0;
  for (size_t i = 0; i < BA_CLASS_COUNT; i++) {
    for (ba_span_t *span = heap->partial[i]; span != NULL; span = span->next) {
      if ((int32_t)(tick - span->freed_at) >= 0) {
        bytes += discard_span(heap, span);
      }
    }
  }
  return bytes;
}

static size_t purge_pages(ba_heap_t *heap, size_t keep_bytes) {
  size_t idle = heap->pages.idle_bytes;
  size_t cached = ba_heap_cached_bytes(heap);
  if (cached <= keep_bytes) return 0;
  size_t excess = cached - keep_bytes;
  size_t bytes =
      ba_pages_purge(&heap->pages, excess < idle ? idle - excess : 0);
  heap->dirty_bytes -= bytes;
  return bytes;
}

size_t ba_heap_shrink(ba_heap_t *heap, size_t keep_bytes) {
  size_t bytes = purge_pages(heap, keep_bytes);
  while (ba_heap_cached_bytes(heap) > keep_bytes && heap->huge_last != NULL) {
    ba_span_t *span = heap->huge_last;
    huge_remove(heap, span);
    bytes += huge_unmap(heap, span);
  }
  if (ba_heap_cached_bytes(heap) > keep_bytes) {
    ba_magazines_flush(heap);
    bytes += purge_pages(heap, keep_bytes);
  }
  if (ba_heap_cached_bytes(heap) > keep_bytes) {
    bytes += discard_partial(heap, heap->pages.tick);
  }
  heap->purged_bytes += bytes;
  return bytes;
}

size_t ba_heap_purge_idle(ba_heap_t *heap, uint32_t tick) {
  size_t bytes = ba_pages_purge_idle(&heap->pages, tick);
  heap->dirty_bytes -= bytes;
  bytes += discard_partial(heap, tick);
  while (heap->huge_last != NULL &&
         (int32_t)(tick - heap->huge_last->freed_at) >= 0) {
    ba_span_t *span = heap->huge_last;
    huge_remove(heap, span);
    bytes += huge_unmap(heap, span);
  }
  heap->purged_bytes += bytes;
  return bytes;
}
