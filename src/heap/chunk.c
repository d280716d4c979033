/* chunk: see chunk.h. Everything that changes the reserve or the map holds
 * BA_LOCK_RESERVE; a chunk's own fields belong to the heap that holds it. */
#include "chunk.h"

#include <string.h>

#include "../os/os.h"
#include "bits.h"
#include "meta.h"

/* Chunks kept in the reserve; more than these are unmapped. 16 chunks are
 * 64 MiB of address space, enough for a worker to start without the OS. */
enum { RESERVE_MAX = 16 };
/* Of those, how many may keep their dirty pages, so that a worker that follows
 * another finds memory that is already faulted in: at most 16 MiB resident. */
enum { RESERVE_WARM_MAX = 4 };

_Atomic(ba_map_leaf_t *) ba_chunk_map[BA_MAP_SIZE];

static struct {
  ba_chunk_t *warm;  /* with dirty pages */
  ba_chunk_t *cold;  /* with none */
  ba_chunk_t *stuck; /* mappings that the OS would not take back yet */
  size_t warm_count;
  size_t cold_count;
} reserve;

static _Atomic size_t reserve_bytes;

static size_t descriptor_size(size_t entries) {
  return sizeof(ba_chunk_t) + entries * sizeof(ba_span_t *);
}

/* --- the map ------------------------------------------------------------- */

static int map_set(const void *base, ba_chunk_t *chunk) {
  uint64_t index = (uint64_t)(uintptr_t)base >> BA_CHUNK_SHIFT;
  if (index >> (2 * BA_MAP_BITS) != 0) return -1;
  _Atomic(ba_map_leaf_t *) *slot = &ba_chunk_map[index >> BA_MAP_BITS];
  ba_map_leaf_t *leaf = atomic_load_explicit(slot, memory_order_relaxed);
  if (leaf == NULL) {
    leaf = ba_meta_alloc(sizeof(ba_map_leaf_t));
    if (leaf == NULL) return -1;
    atomic_store_explicit(slot, leaf, memory_order_release);
  }
  atomic_store_explicit(&leaf->chunk[index & (BA_MAP_SIZE - 1)], chunk,
                        memory_order_release);
  return 0;
}

/* --- mapping and unmapping; BA_LOCK_RESERVE is held ------------------------ */

static ba_chunk_t *map_chunk(size_t size, size_t entries) {
  ba_chunk_t *chunk = ba_meta_alloc(descriptor_size(entries));
  if (chunk == NULL) return NULL;
  void *base;
  if (ba_os_reserve(size, BA_CHUNK_SIZE, &base) != 0) goto no_memory;
  chunk->base = base;
  chunk->size = size;
  chunk->entries = entries;
  if (map_set(base, chunk) == 0) return chunk;
  if (ba_os_release(base, size) != 0) {
    chunk->next = reserve.stuck;
    reserve.stuck = chunk;
    return NULL;
  }
no_memory:
  ba_meta_free(chunk, descriptor_size(entries));
  return NULL;
}

static bool try_unmap(ba_chunk_t *chunk) {
  /* The map entry goes first: once released, the address can be handed to
   * another thread. The leaf exists, so that clearing it cannot fail. */
  (void)map_set(chunk->base, NULL);
  if (ba_os_release(chunk->base, chunk->size) != 0) return false;
  ba_meta_free(chunk, descriptor_size(chunk->entries));
  return true;
}

static void unmap_chunk(ba_chunk_t *chunk) {
  if (try_unmap(chunk)) return;
  chunk->next = reserve.stuck;
  reserve.stuck = chunk;
}

static void retry_stuck(void) {
  ba_meta_trim();
  ba_chunk_t *list = reserve.stuck;
  reserve.stuck = NULL;
  while (list != NULL) {
    ba_chunk_t *next = list->next;
    unmap_chunk(list);
    list = next;
  }
}

/* --- the reserve ----------------------------------------------------------- */

static ba_chunk_t *pop(ba_chunk_t **list, size_t *count) {
  ba_chunk_t *chunk = *list;
  if (chunk == NULL) return NULL;
  *list = chunk->next;
  (*count)--;
  atomic_fetch_sub_explicit(&reserve_bytes, chunk->size, memory_order_relaxed);
  return chunk;
}

static void push(ba_chunk_t **list, size_t *count, ba_chunk_t *chunk) {
  chunk->next = *list;
  *list = chunk;
  (*count)++;
  atomic_fetch_add_explicit(&reserve_bytes, chunk->size, memory_order_relaxed);
}

ba_chunk_t *ba_chunk_acquire(void *owner) {
  ba_os_lock(BA_LOCK_RESERVE);
  ba_chunk_t *chunk = pop(&reserve.warm, &reserve.warm_count);
  if (chunk == NULL) chunk = pop(&reserve.cold, &reserve.cold_count);
  if (chunk == NULL) chunk = map_chunk(BA_CHUNK_SIZE, BA_CHUNK_PAGES);
  ba_os_unlock(BA_LOCK_RESERVE);
  if (chunk != NULL) {
    chunk->owner = owner;
    chunk->next = NULL;
    chunk->prev = NULL;
  }
  return chunk;
}

void ba_chunk_release(ba_chunk_t *chunk) {
  chunk->owner = NULL;
  bool dirty = ba_chunk_dirty_pages(chunk, 0, BA_CHUNK_PAGES) != 0;
  ba_os_lock(BA_LOCK_RESERVE);
  if (dirty && reserve.warm_count < RESERVE_WARM_MAX) {
    push(&reserve.warm, &reserve.warm_count, chunk);
  } else if (reserve.cold_count >= RESERVE_MAX - RESERVE_WARM_MAX) {
    unmap_chunk(chunk);
  } else {
    if (dirty) (void)ba_chunk_purge(chunk, 0, BA_CHUNK_PAGES);
    push(&reserve.cold, &reserve.cold_count, chunk);
  }
  ba_os_unlock(BA_LOCK_RESERVE);
}

size_t ba_reserve_trim(void) {
  size_t bytes = 0;
  ba_chunk_t *chunk;
  ba_os_lock(BA_LOCK_RESERVE);
  retry_stuck();
  while ((chunk = pop(&reserve.warm, &reserve.warm_count)) != NULL) {
    bytes += ba_chunk_dirty_pages(chunk, 0, BA_CHUNK_PAGES) << BA_PAGE_SHIFT;
    unmap_chunk(chunk);
  }
  while ((chunk = pop(&reserve.cold, &reserve.cold_count)) != NULL) {
    unmap_chunk(chunk);
  }
  ba_os_unlock(BA_LOCK_RESERVE);
  return bytes;
}

size_t ba_reserve_bytes(void) {
  return atomic_load_explicit(&reserve_bytes, memory_order_relaxed);
}

/* --- huge blocks ----------------------------------------------------------- */

ba_chunk_t *ba_chunk_map_huge(void *owner, size_t size) {
  ba_os_lock(BA_LOCK_RESERVE);
  ba_chunk_t *chunk = map_chunk(size, 1);
  if (chunk != NULL && ba_os_commit(chunk->base, size) != 0) {
    unmap_chunk(chunk);
    chunk = NULL;
  }
  ba_os_unlock(BA_LOCK_RESERVE);
  if (chunk != NULL) chunk->owner = owner;
  return chunk;
}

void ba_chunk_unmap_huge(ba_chunk_t *chunk) {
  ba_os_lock(BA_LOCK_RESERVE);
  unmap_chunk(chunk);
  ba_os_unlock(BA_LOCK_RESERVE);
}

/* --- pages ----------------------------------------------------------------- */

/* The bits of word `word` that fall inside pages [first, last). */
static uint64_t word_mask(size_t word, size_t first, size_t last) {
  size_t low = word * 64;
  uint64_t mask = ~(uint64_t)0;
  if (first > low) mask &= ~(uint64_t)0 << (first - low);
  if (last < low + 64) mask &= ~(~(uint64_t)0 << (last - low));
  return mask;
}

/* Only the heap's owner commits. */
static void set_dirty(ba_chunk_t *chunk, size_t first, size_t last) {
  for (size_t word = first / 64; word * 64 < last; word++) {
    uint64_t bits =
        atomic_load_explicit(&chunk->dirty[word], memory_order_relaxed);
    atomic_store_explicit(&chunk->dirty[word],
                          bits | word_mask(word, first, last),
                          memory_order_relaxed);
  }
}

static void set_clean(ba_chunk_t *chunk, size_t first, size_t last) {
  for (size_t word = first / 64; word * 64 < last; word++) {
    atomic_fetch_and_explicit(&chunk->dirty[word],
                              ~word_mask(word, first, last),
                              memory_order_relaxed);
  }
}

size_t ba_chunk_dirty_pages(const ba_chunk_t *chunk, size_t first,
                            size_t count) {
  size_t pages = 0;
  size_t last = first + count;
  for (size_t word = first / 64; word * 64 < last; word++) {
    uint64_t bits =
        atomic_load_explicit(&chunk->dirty[word], memory_order_relaxed);
    pages += ba_count_ones(bits & word_mask(word, first, last));
  }
  return pages;
}

int ba_chunk_commit(ba_chunk_t *chunk, size_t first, size_t count) {
  size_t unit = ba_os_page_size() >> BA_PAGE_SHIFT;
  if (unit == 0) unit = 1;
  /* Where the OS's page is larger than ours, whole pages of the OS. */
  size_t from = first / unit * unit;
  size_t to = (first + count + unit - 1) / unit * unit;
  if (ba_os_commit(chunk->base + (from << BA_PAGE_SHIFT),
                   (to - from) << BA_PAGE_SHIFT) != 0) {
    return -1;
  }
  set_dirty(chunk, first, first + count);
  return 0;
}

size_t ba_chunk_purge(ba_chunk_t *chunk, size_t first, size_t count) {
  size_t unit = ba_os_page_size() >> BA_PAGE_SHIFT;
  if (unit == 0) unit = 1;
  size_t from = (first + unit - 1) / unit * unit;
  size_t to = (first + count) / unit * unit;
  if (from >= to) return 0;
  size_t pages = ba_chunk_dirty_pages(chunk, from, to - from);
  if (pages == 0 || ba_os_purge(chunk->base + (from << BA_PAGE_SHIFT),
                                (to - from) << BA_PAGE_SHIFT) != 0) {
    return 0;
  }
  set_clean(chunk, from, to);
  return pages << BA_PAGE_SHIFT;
}

void ba_chunk_clean(ba_chunk_t *chunk) {
  (void)ba_chunk_purge(chunk, 0, BA_CHUNK_PAGES);
  /* What the OS would not take is cleared by hand. */
  for (size_t page = 0; page < BA_CHUNK_PAGES; page++) {
    if (!ba_chunk_page_is_dirty(chunk, page)) continue;
    memset(chunk->base + (page << BA_PAGE_SHIFT), 0, BA_PAGE_SIZE);
  }
}
