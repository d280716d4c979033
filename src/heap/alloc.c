/* ----------------------------------------------------------------------------
 * alloc: handing blocks out and taking them back.
 *
 * A request whose class has a freed block in its magazine is served by a pop; a
 * free by the owner is a push, one by another thread goes to remote.c.
 * Everything else goes to alloc_generic and free_generic, and from there to the
 * file of the block's kind.
 * ------------------------------------------------------------------------- */
#include <string.h>

#include "heap_internal.h"
#include "meta.h"

/* --- counting -------------------------------------------------------------- */

static inline void count_alloc(ba_heap_t *heap, size_t block_size) {
  ba_heap_stats_t *counters = &heap->counters;
  counters->live_bytes += block_size;
  if (counters->live_bytes > counters->peak_live_bytes) {
    counters->peak_live_bytes = counters->live_bytes;
  }
  counters->allocated_blocks++;
  counters->allocated_bytes += block_size;
}

static inline void count_free(ba_heap_t *heap, const ba_span_t *span) {
  heap->counters.live_bytes -= span->block_size;
  heap->freed_blocks++;
}

static inline bool within_budget(const ba_heap_t *heap, size_t block_size) {
  return block_size <= heap->max_bytes &&
         heap->counters.live_bytes <= heap->max_bytes - block_size;
}

/* --- magazines -------------------------------------------------------------- */

/* Bytes and blocks that one magazine may hold: two, at least, of the largest class. */
#define MAGAZINE_BYTES_MAX ((size_t)4 << 20)
#define MAGAZINE_BLOCKS_MAX ((size_t)64)
_Static_assert(MAGAZINE_BYTES_MAX / BA_CHUNKED_MAX >= 2, "so many");

/* Makes the slots, which are missing. For want of memory they stay so. */
static void prepare(ba_magazine_t *magazine, unsigned size_class) {
  size_t capacity = MAGAZINE_BYTES_MAX / ba_size_of_class(size_class);
  if (capacity > MAGAZINE_BLOCKS_MAX) capacity = MAGAZINE_BLOCKS_MAX;
  magazine->blocks = ba_meta_alloc(capacity * sizeof magazine->blocks[0]);
  if (magazine->blocks != NULL) magazine->capacity = (uint32_t)capacity;
}

/* False: it is full. */
static inline bool push(ba_magazine_t *magazine, void *block) {
  if (magazine->count == magazine->capacity) return false;
  magazine->blocks[magazine->count++] = block;
  return true;
}

/* --- colours ----------------------------------------------------------------- */

/* Blocks of whole pages all begin at the same place of a page: they compete for the same
 * lines of the cache, and a copy from one to another, 1 to 15 bytes further on, as
 * behind a message's head, takes ten times as long on processors that tell loads and
 * stores apart by the lowest 12 bits of their addresses. So what does not need all of its
 * block begins 1 to 63 cache lines later in it: a block's own number, so that the lines it
 * begins with are still in cache when it is used again. */
#define COLOURS_SHIFT 6

/* Of neighbours at any distance, too, the colours differ. */
static inline uint32_t colour_of(const void *block) {
  uint32_t hash = (uint32_t)((uintptr_t)block >> BA_PAGE_SHIFT) * 0x9E3779B1u;
  return (hash ^ hash >> 15) * 0x85EBCA77u >> (32 - COLOURS_SHIFT);
}

/* Where a block begins for the request. Huge pages begin with one. */
static inline void *place(const ba_heap_t *heap, const ba_request_t *request,
                          unsigned flags, void *block) {
  size_t most = request->slack / BA_ALIGNMENT_MIN;
  if ((flags & BA_COLOUR) == 0 || most == 0) return block;
  if (heap->huge_pages && request->size_class == BA_CLASS_HUGE) return block;
  if (most >= 1u << COLOURS_SHIFT) most = (1u << COLOURS_SHIFT) - 1;
  size_t lines = 1 + (colour_of(block) * most >> COLOURS_SHIFT);
  return (uint8_t *)block + lines * BA_ALIGNMENT_MIN;
}

/* --- blocks by kind ------------------------------------------------------------ */

static void *take(ba_heap_t *heap, const ba_request_t *request, bool *zero) {
  unsigned size_class = request->size_class;
  if (size_class < BA_CLASS_COUNT &&
      heap->magazines[size_class].capacity == 0) {
    prepare(&heap->magazines[size_class], size_class);
  }
  if (size_class < BA_SHARED_CLASS_COUNT) {
    return ba_small_take(heap, request, zero);
  }
  if (size_class == BA_CLASS_HUGE) return ba_huge_take(heap, request, zero);
  return ba_single_take(heap, request, zero);
}

/* Returns a block that is not live to its span; the memory stays cached. */
static void give(ba_heap_t *heap, ba_span_t *span, void *block) {
  if (span->size_class < BA_SHARED_CLASS_COUNT) {
    ba_small_give(heap, span, block);
  } else if (span->size_class == BA_CLASS_HUGE) {
    ba_huge_give(heap, span);
  } else {
    ba_pages_give(&heap->pages, span);
  }
}

/* Returns the `count` blocks of a magazine that were freed first. */
static void shed(ba_heap_t *heap, ba_magazine_t *magazine, uint32_t count) {
  if (count == 0) return; /* there may be no slots */
  for (uint32_t i = 0; i < count; i++) {
    void *block = magazine->blocks[i];
    give(heap, ba_chunk_span_of(ba_chunk_of(block), block), block);
  }
  magazine->count -= count;
  memmove(magazine->blocks, magazine->blocks + count,
          magazine->count * sizeof magazine->blocks[0]);
}

void ba_heap_flush(ba_heap_t *heap) {
  for (size_t i = 0; i < BA_CLASS_COUNT; i++) {
    shed(heap, &heap->magazines[i], heap->magazines[i].count);
  }
}

/* --- allocating ------------------------------------------------------------ */

static inline void *take_cached(ba_heap_t *heap, const ba_request_t *request) {
  if (!within_budget(heap, request->block_size)) return NULL;
  ba_magazine_t *magazine = &heap->magazines[request->size_class];
  if (magazine->count == 0) return NULL;
  count_alloc(heap, request->block_size);
  return magazine->blocks[--magazine->count];
}

static inline void clear(ba_heap_t *heap, void *block, size_t block_size) {
  memset(block, 0, block_size);
  heap->counters.zeroed_bytes += block_size;
}

BA_NOINLINE static ba_status_t alloc_generic(ba_heap_t *heap,
                                             const ba_request_t *request,
                                             unsigned flags, void **out) {
  bool zero = false;
  /* What others freed may serve, and may make room. */
  ba_remote_drain(heap);
  void *block = take_cached(heap, request);
  if (block == NULL) {
    if (!within_budget(heap, request->block_size)) {
      heap->counters.refused_budget++;
      return BA_EBUDGET;
    }
    block = take(heap, request, &zero);
    if (block == NULL) {
      /* Address space or memory may be held by what is merely cached. */
      (void)ba_heap_trim(heap);
      block = take(heap, request, &zero);
    }
    if (block == NULL) {
      heap->counters.refused_nomem++;
      return BA_ENOMEM;
    }
    count_alloc(heap, request->block_size);
    heap->fresh_blocks += zero;
  }
  if ((flags & BA_ZERO) != 0) {
    if (zero) {
      heap->counters.known_zero_bytes += request->block_size;
    } else {
      clear(heap, block, request->block_size);
    }
  }
  *out = place(heap, request, flags, block);
  return BA_OK;
}

ba_status_t ba_alloc(ba_heap_t *heap, size_t size, size_t alignment,
                     unsigned flags, void **out) {
  ba_request_t request;
  if (!ba_request_make(size, alignment, &request)) return BA_EINVAL;
  void *block = take_cached(heap, &request);
  if (block == NULL) return alloc_generic(heap, &request, flags, out);
  if ((flags & BA_ZERO) != 0) clear(heap, block, request.block_size);
  *out = place(heap, &request, flags, block);
  return BA_OK;
}

/* --- freeing --------------------------------------------------------------- */

/* Puts a freed block where the next request for one finds it. */
static void keep(ba_heap_t *heap, ba_span_t *span, void *block) {
  if (!push(&heap->magazines[span->size_class], block)) {
    give(heap, span, block);
  }
}

BA_NOINLINE static void free_generic(ba_heap_t *heap, ba_span_t *span,
                                     void *block) {
  ba_magazine_t *magazine = &heap->magazines[span->size_class];
  if (magazine->count == magazine->capacity) {
    shed(heap, magazine, (magazine->count + 1) / 2);
  }
  keep(heap, span, block);
  ba_heap_limit_cache(heap);
}

void ba_free(void *block) {
  if (block == NULL) return;
  ba_chunk_t *chunk = ba_chunk_of(block);
  ba_heap_t *heap = chunk->owner;
  /* Only the owner can find its own id here, however late it looks. */
  if (atomic_load_explicit(&heap->owner, memory_order_relaxed) !=
      ba_os_thread_id()) {
    ba_remote_free(chunk, block);
    return;
  }
  ba_span_t *span = ba_chunk_span_of(chunk, block);
  if (span->block_size > BA_PLAIN_MAX) block = ba_span_block_of(span, block);
  if (heap->wipe) memset(block, 0, span->block_size);
  count_free(heap, span);
  if (ba_heap_cached_bytes(heap) <= heap->max_cached_bytes &&
      push(&heap->magazines[span->size_class], block)) {
    return;
  }
  free_generic(heap, span, block);
}

void ba_heap_take_in(ba_heap_t *heap, ba_span_t *span, uint64_t blocks) {
  for (; blocks != 0; blocks &= blocks - 1) {
    count_free(heap, span);
    heap->counters.remote_frees++;
    keep(heap, span, ba_span_block(span, ba_trailing_zeros(blocks)));
  }
}

/* --- sizes ----------------------------------------------------------------- */

size_t ba_usable_size(const void *block) {
  const ba_chunk_t *chunk = ba_chunk_of(block);
  if (chunk->owner == &ba_guarded_heap) {
    return ba_guarded_usable_size(chunk, block);
  }
  const ba_span_t *span = ba_chunk_span_of(chunk, block);
  size_t before = (size_t)((const uint8_t *)block -
                           (const uint8_t *)ba_span_block_of(span, block));
  return span->block_size - before;
}

size_t ba_good_size(size_t size) {
  if (size == 0) size = 1;
  return size > BA_REQUEST_MAX ? 0 : ba_class_size(size);
}
