/* meta: see meta.h. Each region has a bump pointer, a free list for each power of
 * two, and the number of its pieces in use. */
#include "meta.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "../os/os.h"
#include "list.h"

#define META_SIZE_MIN ((size_t)64)
/* Address space taken from the OS at a time, aligned to its size, so that the
 * region of a piece is found by its address. Only what is used is touched. */
#define REGION_SIZE ((size_t)1 << 20)

enum { META_CLASSES = 12 }; /* 64 bytes … 128 KiB */

typedef struct free_piece {
  struct free_piece *next;
} free_piece_t;

/* At the start of each region, behind its guard page. */
typedef struct region {
  _Alignas(META_SIZE_MIN) ba_link_t link;
  size_t in_use;  /* pieces */
  uint8_t *fresh; /* from here on nothing was ever handed out */
  free_piece_t *free[META_CLASSES];
} region_t;

static struct {
  ba_mutex_t mutex; /* guards all that is here */
  ba_list_t regions;
  void *raw; /* one that could be neither set up nor taken back */
} meta = {.mutex = BA_MUTEX_INIT};

static _Atomic size_t region_bytes;

static size_t class_index(size_t size) {
  size_t index = 0;
  for (size_t s = META_SIZE_MIN; s < size; s <<= 1) index++;
  return index;
}

/* --- regions; the mutex is held --------------------------------------------- */

static region_t *region_of(void *piece) {
  uint8_t *base = (uint8_t *)piece - ((uintptr_t)piece & (REGION_SIZE - 1));
  return (region_t *)(void *)(base + ba_os_page_size());
}

static uint8_t *base_of(region_t *region) {
  return (uint8_t *)region - ba_os_page_size();
}

static bool release_pages(void *base) {
  if (ba_os_release(base, REGION_SIZE) != 0) return false;
  atomic_fetch_sub_explicit(&region_bytes, REGION_SIZE, memory_order_relaxed);
  return true;
}

static region_t *map_region(void) {
  size_t guard = ba_os_page_size();
  void *p = meta.raw;
  meta.raw = NULL;
  if (p == NULL) {
    if (ba_os_reserve(REGION_SIZE, REGION_SIZE, &p) != 0) return NULL;
    atomic_fetch_add_explicit(&region_bytes, REGION_SIZE, memory_order_relaxed);
  }
  uint8_t *base = p;
  if (ba_os_protect(base, guard) != 0 ||
      ba_os_protect(base + REGION_SIZE - guard, guard) != 0 ||
      ba_os_commit(base + guard, REGION_SIZE - 2 * guard) != 0) {
    if (!release_pages(p)) meta.raw = p;
    return NULL;
  }
  region_t *region = (region_t *)(void *)(base + guard);
  region->fresh = (uint8_t *)(region + 1);
  return region;
}

/* A piece out of a region, zeroed up to `size`; NULL if it has no room. */
static void *cut(region_t *region, size_t size) {
  size_t index = class_index(size);
  size_t rounded = META_SIZE_MIN << index;
  uint8_t *end = base_of(region) + REGION_SIZE - ba_os_page_size();
  void *memory = region->free[index];
  if (memory != NULL) {
    region->free[index] = region->free[index]->next;
    memset(memory, 0, size);
  } else {
    if ((size_t)(end - region->fresh) < rounded) return NULL;
    memory = region->fresh;
    region->fresh += rounded;
  }
  region->in_use++;
  return memory;
}

/* From the oldest region that has room, so that the others empty. */
static void *take(size_t size) {
  for (ba_link_t *link = ba_list_last(&meta.regions); link != NULL;
       link = ba_list_prev(&meta.regions, link)) {
    void *memory = cut(BA_HOLDER(link, region_t, link), size);
    if (memory != NULL) return memory;
  }
  region_t *region = map_region();
  if (region == NULL) return NULL;
  ba_list_push(&meta.regions, &region->link);
  return cut(region, size);
}

/* --- the functions of meta.h ------------------------------------------------- */

void *ba_meta_alloc(size_t size) {
  if (size > BA_META_SIZE_MAX) return NULL;
  ba_mutex_lock(&meta.mutex);
  void *memory = take(size);
  ba_mutex_unlock(&meta.mutex);
  return memory;
}

void ba_meta_free(void *memory, size_t size) {
  if (memory == NULL) return;
  size_t index = class_index(size);
  region_t *region = region_of(memory);
  free_piece_t *piece = memory;
  ba_mutex_lock(&meta.mutex);
  piece->next = region->free[index];
  region->free[index] = piece;
  region->in_use--;
  ba_mutex_unlock(&meta.mutex);
}

void ba_meta_trim(void) {
  ba_mutex_lock(&meta.mutex);
  if (meta.raw != NULL && release_pages(meta.raw)) meta.raw = NULL;
  for (ba_link_t *link = meta.regions.first; link != NULL;) {
    region_t *region = BA_HOLDER(link, region_t, link);
    link = ba_list_next(&meta.regions, link);
    if (region->in_use != 0) continue;
    ba_list_remove(&meta.regions, &region->link);
    /* What the OS will not take serves on, and is tried again. */
    if (!release_pages(base_of(region))) {
      ba_list_push(&meta.regions, &region->link);
    }
  }
  ba_mutex_unlock(&meta.mutex);
}

size_t ba_meta_bytes(void) {
  return atomic_load_explicit(&region_bytes, memory_order_relaxed);
}
