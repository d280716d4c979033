/* reserve: see reserve.h. */
#include "reserve.h"

#include "../os/os.h"

/* Of each of the two sizes, how many chunks may keep their dirty pages, so that a
 * worker that follows another finds memory that is already faulted in: at most 17
 * MiB resident. */
enum { WARM_MAX = 4 };
/* How many are kept beside, without dirty pages; all others are unmapped. 16 in all
 * are 64 MiB of address space (and 4), enough for a worker to start without the
 * OS. */
enum { COLD_MAX = 12 };

typedef struct shelf {
  ba_list_t chunks;
  size_t count;
} shelf_t;

static struct {
  ba_mutex_t mutex; /* guards the shelves */
  shelf_t warm[2];
  shelf_t cold[2];
} reserve = {.mutex = BA_MUTEX_INIT};

static size_t index_of(size_t size) {
  return size == BA_SMALL_CHUNK_SIZE ? 0 : 1;
}

/* The mutex is held. */
static ba_chunk_t *pop(shelf_t *shelf) {
  ba_link_t *link = ba_list_pop(&shelf->chunks);
  if (link == NULL) return NULL;
  shelf->count--;
  return BA_HOLDER(link, ba_chunk_t, link);
}

static ba_chunk_t *take(size_t size) {
  size_t index = index_of(size);
  ba_mutex_lock(&reserve.mutex);
  ba_chunk_t *chunk = pop(&reserve.warm[index]);
  if (chunk == NULL) chunk = pop(&reserve.cold[index]);
  ba_mutex_unlock(&reserve.mutex);
  return chunk;
}

ba_chunk_t *ba_reserve_take(size_t size, void *owner) {
  ba_chunk_t *chunk = take(size);
  if (chunk == NULL) chunk = ba_chunk_map(size);
  if (chunk != NULL) chunk->owner = owner;
  return chunk;
}

/* False: there are `max` already. */
static bool push(shelf_t *shelf, size_t max, ba_chunk_t *chunk) {
  ba_mutex_lock(&reserve.mutex);
  bool is_room = shelf->count < max;
  if (is_room) {
    ba_list_push(&shelf->chunks, &chunk->link);
    shelf->count++;
  }
  ba_mutex_unlock(&reserve.mutex);
  return is_room;
}

void ba_reserve_give(ba_chunk_t *chunk) {
  size_t index = index_of(chunk->size);
  if (ba_chunk_dirty_bytes(chunk) != 0) {
    if (push(&reserve.warm[index], WARM_MAX, chunk)) return;
    (void)ba_chunk_purge(chunk, 0, chunk->pages);
  }
  if (!push(&reserve.cold[index], COLD_MAX, chunk)) ba_chunk_unmap(chunk);
}

static size_t unmap_all(size_t size) {
  size_t bytes = 0;
  for (ba_chunk_t *chunk; (chunk = take(size)) != NULL;) {
    bytes += ba_chunk_dirty_bytes(chunk);
    ba_chunk_unmap(chunk);
  }
  return bytes;
}

size_t ba_reserve_trim(void) {
  ba_chunk_retry();
  return unmap_all(BA_SMALL_CHUNK_SIZE) + unmap_all(BA_CHUNK_SIZE);
}

size_t ba_reserve_bytes(void) {
  ba_mutex_lock(&reserve.mutex);
  size_t bytes =
      (reserve.warm[0].count + reserve.cold[0].count) * BA_SMALL_CHUNK_SIZE +
      (reserve.warm[1].count + reserve.cold[1].count) * BA_CHUNK_SIZE;
  ba_mutex_unlock(&reserve.mutex);
  return bytes;
}
