/* reserve: see reserve.h. */
#include "reserve.h"

#include "../os/os.h"

/* For each of the two sizes, chunks kept in the reserve; more than these are
 * unmapped. 16 are 64 MiB of address space (and 4), enough for a worker to start
 * without the OS. */
enum { KEPT_MAX = 16 };
/* Of those, how many may keep their dirty pages, so that a worker that follows
 * another finds memory that is already faulted in: at most 17 MiB resident. */
enum { WARM_MAX = 4 };

typedef struct shelf {
  ba_list_t warm; /* with dirty pages */
  ba_list_t cold; /* with none */
  size_t warm_count;
  size_t cold_count;
} shelf_t;

static struct {
  ba_mutex_t mutex; /* guards the shelves */
  shelf_t small;
  shelf_t large;
} reserve = {.mutex = BA_MUTEX_INIT};

static _Atomic size_t reserve_bytes;

static shelf_t *shelf_for(size_t size) {
  return size == BA_SMALL_CHUNK_SIZE ? &reserve.small : &reserve.large;
}

/* The mutex is held. */
static ba_chunk_t *pop(ba_list_t *list, size_t *count) {
  ba_link_t *link = ba_list_pop(list);
  if (link == NULL) return NULL;
  ba_chunk_t *chunk = BA_HOLDER(link, ba_chunk_t, link);
  (*count)--;
  atomic_fetch_sub_explicit(&reserve_bytes, chunk->size, memory_order_relaxed);
  return chunk;
}

static bool has_room(const size_t *count, size_t max) {
  ba_mutex_lock(&reserve.mutex);
  bool is_room = *count < max;
  ba_mutex_unlock(&reserve.mutex);
  return is_room;
}

/* False: there are `max` already. */
static bool push(ba_list_t *list, size_t *count, size_t max,
                 ba_chunk_t *chunk) {
  ba_mutex_lock(&reserve.mutex);
  bool is_room = *count < max;
  if (is_room) {
    ba_list_push(list, &chunk->link);
    (*count)++;
    atomic_fetch_add_explicit(&reserve_bytes, chunk->size,
                              memory_order_relaxed);
  }
  ba_mutex_unlock(&reserve.mutex);
  return is_room;
}

static ba_chunk_t *take(shelf_t *shelf) {
  ba_mutex_lock(&reserve.mutex);
  ba_chunk_t *chunk = pop(&shelf->warm, &shelf->warm_count);
  if (chunk == NULL) chunk = pop(&shelf->cold, &shelf->cold_count);
  ba_mutex_unlock(&reserve.mutex);
  return chunk;
}

ba_chunk_t *ba_reserve_take(size_t size, void *owner) {
  ba_chunk_t *chunk = take(shelf_for(size));
  if (chunk == NULL) chunk = ba_chunk_map(size);
  if (chunk != NULL) chunk->owner = owner;
  return chunk;
}

void ba_reserve_give(ba_chunk_t *chunk) {
  const size_t cold_max = KEPT_MAX - WARM_MAX;
  shelf_t *shelf = shelf_for(chunk->size);
  chunk->owner = NULL;
  if (ba_chunk_dirty_bytes(chunk) != 0) {
    if (push(&shelf->warm, &shelf->warm_count, WARM_MAX, chunk)) return;
    /* Unmapping is one call, purging what is then unmapped two. */
    if (has_room(&shelf->cold_count, cold_max)) {
      (void)ba_chunk_purge(chunk, 0, chunk->pages);
    }
  }
  if (push(&shelf->cold, &shelf->cold_count, cold_max, chunk)) return;
  ba_chunk_unmap(chunk);
}

static size_t unmap_all(shelf_t *shelf) {
  size_t bytes = 0;
  for (ba_chunk_t *chunk; (chunk = take(shelf)) != NULL;) {
    bytes += ba_chunk_dirty_bytes(chunk);
    ba_chunk_unmap(chunk);
  }
  return bytes;
}

size_t ba_reserve_trim(void) {
  ba_chunk_retry();
  return unmap_all(&reserve.small) + unmap_all(&reserve.large);
}

size_t ba_reserve_bytes(void) {
  return atomic_load_explicit(&reserve_bytes, memory_order_relaxed);
}
