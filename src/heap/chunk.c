/* chunk: see chunk.h. A chunk's own fields belong to the heap or the reserve
 * that holds it; the map is made of atomics. */
#include "chunk.h"

#include <string.h>

#include "../os/os.h"
#include "meta.h"
#include "process.h"

_Atomic(ba_map_leaf_t *) ba_chunk_map_root[BA_ROOT_SIZE];

/* How much the reserve has, so that a worker that follows another finds memory that
 * is already faulted in: four chunks of each of the two sizes, or as much. */
#define RESERVE_BYTES_MAX (4 * (BA_CHUNK_SIZE + BA_SMALL_CHUNK_SIZE))

static struct {
  ba_mutex_t mutex; /* guards both lists */
  ba_list_t chunks; /* given last first */
  ba_list_t stuck;  /* mappings, of any size, that the OS would not take back */
  _Atomic uint32_t tick;
} reserve = {.mutex = BA_MUTEX_INIT};

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

/* Has every address of `chunk` lead to `value`, the chunk itself or NULL; of a
 * huge block's those near its first. It fails only when a leaf is missing. */
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

ba_chunk_t *ba_chunk_map(size_t size, size_t alignment, size_t pages,
                         void *owner) {
  void *base;
  ba_chunk_t *chunk = ba_meta_alloc(descriptor_size(pages));
  if (chunk == NULL) return NULL;
  if (ba_os_reserve(size, alignment, &base) != 0) {
    ba_meta_free(chunk, descriptor_size(pages));
    return NULL;
  }
  ba_process.mapped_bytes += size;
  chunk->base = base;
  chunk->size = size;
  chunk->owner = owner;
  chunk->pages = pages;
  chunk->dirty = (bool *)(void *)&chunk->map[pages];
  if (map_set(chunk, chunk) == 0) return chunk;
  ba_chunk_unmap(chunk);
  return NULL;
}

void ba_chunk_unmap(ba_chunk_t *chunk) {
  /* The map entry goes first: once released, the address can be handed to
   * another thread. The leaf exists, or the chunk is in no map: either way there
   * is no failure to see. */
  (void)map_set(chunk, NULL);
  if (ba_os_release(chunk->base, chunk->size) == 0) {
    ba_process.mapped_bytes -= chunk->size;
    ba_meta_free(chunk, descriptor_size(chunk->pages));
    return;
  }
  ba_mutex_lock(&reserve.mutex);
  ba_list_push(&reserve.stuck, &chunk->link);
  ba_mutex_unlock(&reserve.mutex);
}

int ba_chunk_cut(ba_chunk_t *chunk, size_t size) {
  size_t rest = chunk->size - size;
  if (ba_os_release_end(chunk->base + size, rest) != 0) return -1;
  ba_process.mapped_bytes -= rest;
  chunk->size = size;
  return 0;
}

/* --- the reserve -------------------------------------------------------------- */

static size_t dirty_bytes(const ba_chunk_t *chunk) {
  return ba_chunk_dirty_pages(chunk, 0, chunk->pages) << BA_PAGE_SHIFT;
}

/* The mutex is held. */
static void unlist(ba_chunk_t *chunk) {
  ba_list_remove(&reserve.chunks, &chunk->link);
  ba_process.reserve_bytes -= chunk->size;
  ba_process.warm_bytes -= dirty_bytes(chunk);
}

ba_chunk_t *ba_reserve_take(size_t size, void *owner, bool clean) {
  ba_mutex_lock(&reserve.mutex);
  ba_chunk_t *chunk = clean ? NULL : ba_chunk_find(&reserve.chunks, size);
  if (chunk != NULL) unlist(chunk);
  ba_mutex_unlock(&reserve.mutex);
  if (chunk == NULL) {
    return ba_chunk_map(size, size, size >> BA_PAGE_SHIFT, owner);
  }
  chunk->owner = owner;
  return chunk;
}

void ba_reserve_give(ba_chunk_t *chunk) {
  size_t warm = dirty_bytes(chunk);
  ba_mutex_lock(&reserve.mutex);
  size_t held = (size_t)ba_process.reserve_bytes + chunk->size;
  bool is_kept = warm != 0 && held <= RESERVE_BYTES_MAX;
  if (is_kept) {
    chunk->given_at = reserve.tick;
    ba_list_push(&reserve.chunks, &chunk->link);
    ba_process.reserve_bytes += chunk->size;
    ba_process.warm_bytes += warm;
  }
  ba_mutex_unlock(&reserve.mutex);
  if (!is_kept) ba_chunk_unmap(chunk);
}

size_t ba_reserve_trim(uint32_t ticks) {
  size_t bytes = 0;
  ba_mutex_lock(&reserve.mutex);
  ba_list_t idle = reserve.stuck;
  reserve.stuck.first = NULL;
  for (ba_chunk_t *chunk;
       (chunk = ba_chunk_of_link(ba_list_last(&reserve.chunks))) != NULL &&
       reserve.tick - chunk->given_at >= ticks;) {
    bytes += dirty_bytes(chunk);
    unlist(chunk);
    ba_list_push(&idle, &chunk->link);
  }
  ba_mutex_unlock(&reserve.mutex);
  while (idle.first != NULL) {
    ba_chunk_unmap(ba_chunk_of_link(ba_list_pop(&idle)));
  }
  return bytes;
}

size_t ba_process_tick(void) {
  reserve.tick++;
  /* What was given since the last tick is a tick old. */
  (void)ba_reserve_trim(2);
  return (size_t)ba_process.warm_bytes;
}

/* --- pages ----------------------------------------------------------------- */

size_t ba_chunk_dirty_pages(const ba_chunk_t *chunk, size_t first,
                            size_t count) {
  const bool *dirty = &chunk->dirty[first];
  size_t pages = 0;
  /* Mostly none is, and that is seen at once. */
  if (memchr(dirty, 1, count) == NULL) return 0;
  for (size_t i = 0; i < count; i++) pages += dirty[i];
  return pages;
}

int ba_chunk_commit(ba_chunk_t *chunk, size_t first, size_t count) {
  if (ba_os_commit(chunk->base + (first << BA_PAGE_SHIFT),
                   count << BA_PAGE_SHIFT) != 0) {
    return -1;
  }
  memset(&chunk->dirty[first], true, count);
  return 0;
}

size_t ba_chunk_purge(ba_chunk_t *chunk, size_t first, size_t count) {
  /* Where the OS's page is larger than ours, whole pages of the OS. */
  size_t unit = ba_os_page_size() >> BA_PAGE_SHIFT;
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
