/* chunk: see chunk.h. A chunk's own fields belong to the heap or the reserve
 * that holds it; the map is made of atomics. */
#include "chunk.h"

#include <string.h>

#include "../os/os.h"
#include "meta.h"

_Atomic(ba_map_leaf_t *) ba_chunk_map_root[BA_ROOT_SIZE];

static _Atomic size_t mapped_bytes;

/* Mappings that the OS would not take back yet. */
static struct {
  ba_mutex_t mutex; /* guards the list */
  ba_list_t chunks;
} stuck = {.mutex = BA_MUTEX_INIT};

static size_t descriptor_size(size_t pages) {
  return sizeof(ba_chunk_t) + pages * (sizeof(ba_span_t *) + sizeof(bool));
}

/* --- the map ------------------------------------------------------------- */

/* The leaf for an index of the map, made if it is missing; NULL if there is no
 * memory. */
static ba_map_leaf_t *leaf_for(uint64_t index) {
  _Atomic(ba_map_leaf_t *) *slot = &ba_chunk_map_root[index >> BA_LEAF_BITS];
  ba_map_leaf_t *leaf = atomic_load_explicit(slot, memory_order_acquire);
  if (leaf != NULL) return leaf;
  ba_map_leaf_t *made = ba_meta_alloc(sizeof *made);
  if (made == NULL ||
      atomic_compare_exchange_strong_explicit(
          slot, &leaf, made, memory_order_acq_rel, memory_order_acquire)) {
    return made;
  }
  ba_meta_free(made, sizeof *made);
  return leaf; /* another thread's */
}

/* Has every address of `chunk` lead to `value`, the chunk itself or NULL; a huge
 * block's first address. It fails only when a leaf is missing. */
static int map_set(const ba_chunk_t *chunk, ba_chunk_t *value) {
  uint64_t first = (uint64_t)(uintptr_t)chunk->base >> BA_SMALL_CHUNK_SHIFT;
  size_t count = chunk->pages == 1 ? 1 : chunk->size >> BA_SMALL_CHUNK_SHIFT;
  if (first >> (BA_ROOT_BITS + BA_LEAF_BITS) != 0) return -1;
  /* Aligned to its size, a chunk has all of its entries in one leaf. */
  ba_map_leaf_t *leaf = leaf_for(first);
  if (leaf == NULL) return -1;
  for (size_t i = 0; i < count; i++) {
    atomic_store_explicit(&leaf->chunk[(first & (BA_LEAF_SIZE - 1)) + i], value,
                          memory_order_release);
  }
  return 0;
}

/* --- mapping and unmapping --------------------------------------------------- */

/* Ends a chunk that is in no map. */
static void release(ba_chunk_t *chunk) {
  if (ba_os_release(chunk->base, chunk->size) == 0) {
    atomic_fetch_sub_explicit(&mapped_bytes, chunk->size, memory_order_relaxed);
    ba_meta_free(chunk, descriptor_size(chunk->pages));
    return;
  }
  ba_mutex_lock(&stuck.mutex);
  ba_list_push(&stuck.chunks, &chunk->link);
  ba_mutex_unlock(&stuck.mutex);
}

static ba_chunk_t *map_pages(size_t size, size_t alignment, size_t pages) {
  void *base;
  ba_chunk_t *chunk = ba_meta_alloc(descriptor_size(pages));
  if (chunk == NULL) return NULL;
  if (ba_os_reserve(size, alignment, &base) != 0) {
    ba_meta_free(chunk, descriptor_size(pages));
    return NULL;
  }
  atomic_fetch_add_explicit(&mapped_bytes, size, memory_order_relaxed);
  chunk->base = base;
  chunk->size = size;
  chunk->pages = pages;
  chunk->dirty = (bool *)(void *)&chunk->map[pages];
  if (map_set(chunk, chunk) == 0) return chunk;
  release(chunk);
  return NULL;
}

ba_chunk_t *ba_chunk_map(size_t size) {
  return map_pages(size, size, size >> BA_PAGE_SHIFT);
}

ba_chunk_t *ba_chunk_map_huge(size_t size) {
  ba_chunk_t *chunk = map_pages(size, BA_CHUNK_SIZE, 1);
  if (chunk == NULL || ba_os_commit(chunk->base, size) == 0) return chunk;
  ba_chunk_unmap(chunk);
  return NULL;
}

void ba_chunk_unmap(ba_chunk_t *chunk) {
  /* The map entry goes first: once released, the address can be handed to
   * another thread. The leaf exists, or the chunk is in no map: either way there
   * is no failure to see. */
  (void)map_set(chunk, NULL);
  release(chunk);
}

void ba_chunk_retry(void) {
  ba_mutex_lock(&stuck.mutex);
  ba_list_t list = stuck.chunks;
  stuck.chunks.first = NULL;
  ba_mutex_unlock(&stuck.mutex);
  for (ba_link_t *link; (link = ba_list_pop(&list)) != NULL;) {
    ba_chunk_unmap(BA_HOLDER(link, ba_chunk_t, link));
  }
}

size_t ba_chunk_mapped_bytes(void) {
  return atomic_load_explicit(&mapped_bytes, memory_order_relaxed);
}

/* --- pages ----------------------------------------------------------------- */

size_t ba_chunk_dirty_pages(const ba_chunk_t *chunk, size_t first,
                            size_t count) {
  size_t pages = 0;
  for (size_t i = 0; i < count; i++) pages += chunk->dirty[first + i];
  return pages;
}

/* Pages of ours in one of the OS's. */
static size_t pages_per_os_page(void) {
  size_t pages = ba_os_page_size() >> BA_PAGE_SHIFT;
  return pages == 0 ? 1 : pages;
}

int ba_chunk_commit(ba_chunk_t *chunk, size_t first, size_t count) {
  /* Where the OS's page is larger than ours, whole pages of the OS. */
  size_t unit = pages_per_os_page();
  size_t from = first / unit * unit;
  size_t to = (first + count + unit - 1) / unit * unit;
  if (ba_os_commit(chunk->base + (from << BA_PAGE_SHIFT),
                   (to - from) << BA_PAGE_SHIFT) != 0) {
    return -1;
  }
  memset(&chunk->dirty[first], true, count);
  return 0;
}

size_t ba_chunk_purge(ba_chunk_t *chunk, size_t first, size_t count) {
  size_t unit = pages_per_os_page();
  size_t from = (first + unit - 1) / unit * unit;
  size_t to = (first + count) / unit * unit;
  if (from >= to) return 0;
  size_t pages = ba_chunk_dirty_pages(chunk, from, to - from);
  if (pages == 0 || ba_os_purge(chunk->base + (from << BA_PAGE_SHIFT),
                                (to - from) << BA_PAGE_SHIFT) != 0) {
    return 0;
  }
  memset(&chunk->dirty[from], false, to - from);
  return pages << BA_PAGE_SHIFT;
}

void ba_chunk_clean(ba_chunk_t *chunk) {
  (void)ba_chunk_purge(chunk, 0, chunk->pages);
  /* What the OS would not take is cleared by hand. */
  for (size_t page = 0; page < chunk->pages; page++) {
    if (!chunk->dirty[page]) continue;
    memset(chunk->base + (page << BA_PAGE_SHIFT), 0, BA_PAGE_SIZE);
  }
}
