/* meta: see meta.h. A bump pointer into the newest region, a free list for each
 * power of two, and in each region the number of its pieces in use. What is for
 * good has regions of its own: it would keep all others. */
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

/* At the start of each region, behind its guard page. */
typedef struct region {
  ba_link_t link;
  size_t in_use; /* pieces */
} region_t;

typedef struct free_piece {
  struct free_piece *next;
} free_piece_t;

/* The part of a region that was never handed out. */
typedef struct bump {
  uint8_t *next;
  uint8_t *end;
} bump_t;

static struct {
  ba_mutex_t mutex; /* guards all that is here */
  bump_t bump;
  bump_t lasting_bump;
  free_piece_t *free[META_CLASSES];
  ba_list_t regions;
  ba_list_t vacant; /* regions, zeroed, that the OS would not take back */
  void *raw;        /* one that could be neither set up nor taken back */
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

static void *base_of(region_t *region) {
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
  return (region_t *)(void *)(base + guard);
}

static region_t *new_region(bump_t *bump) {
  ba_link_t *vacant = ba_list_pop(&meta.vacant);
  region_t *region =
      vacant != NULL ? BA_HOLDER(vacant, region_t, link) : map_region();
  if (region == NULL) return NULL;
  region->in_use = 0;
  bump->next = (uint8_t *)region + META_SIZE_MIN;
  bump->end = (uint8_t *)base_of(region) + REGION_SIZE - ba_os_page_size();
  return region;
}

static size_t room(const bump_t *bump) {
  return (size_t)(bump->end - bump->next);
}

static void *cut(bump_t *bump, size_t size) {
  void *memory = bump->next;
  bump->next += size;
  return memory;
}

/* Forgets the free pieces of regions of which nothing is in use. */
static void drop_pieces(free_piece_t **list) {
  while (*list != NULL) {
    if (region_of(*list)->in_use == 0) {
      *list = (*list)->next;
    } else {
      list = &(*list)->next;
    }
  }
}

static void release_region(region_t *region) {
  if (meta.bump.end != NULL && region_of(meta.bump.end - 1) == region) {
    meta.bump = (bump_t){NULL, NULL};
  }
  ba_list_remove(&meta.regions, &region->link);
  if (release_pages(base_of(region))) return;
  memset(region, 0, REGION_SIZE - 2 * ba_os_page_size());
  ba_list_push(&meta.vacant, &region->link);
}

static bool has_idle_region(void) {
  ba_link_t *link = meta.regions.first;
  while (link != NULL && BA_HOLDER(link, region_t, link)->in_use != 0) {
    link = ba_list_next(&meta.regions, link);
  }
  return link != NULL;
}

static void release_idle_regions(void) {
  if (!has_idle_region()) return;
  for (size_t i = 0; i < META_CLASSES; i++) drop_pieces(&meta.free[i]);
  for (ba_link_t *link = meta.regions.first; link != NULL;) {
    region_t *region = BA_HOLDER(link, region_t, link);
    link = ba_list_next(&meta.regions, link);
    if (region->in_use == 0) release_region(region);
  }
}

/* Tries again what the OS has refused before. */
static void retry_release(void) {
  if (meta.raw != NULL && release_pages(meta.raw)) meta.raw = NULL;
  ba_list_t list = meta.vacant;
  meta.vacant.first = NULL;
  for (ba_link_t *link; (link = ba_list_pop(&list)) != NULL;) {
    region_t *region = BA_HOLDER(link, region_t, link);
    if (!release_pages(base_of(region))) ba_list_push(&meta.vacant, link);
  }
}

/* --- pieces ------------------------------------------------------------------- */

static void *take_fresh(size_t size) {
  if (room(&meta.bump) < size) {
    region_t *region = new_region(&meta.bump);
    if (region == NULL) return NULL;
    ba_list_push(&meta.regions, &region->link);
  }
  return cut(&meta.bump, size);
}

static void *take(size_t size) {
  size_t index = class_index(size);
  free_piece_t *piece = meta.free[index];
  void *memory = piece;
  if (piece != NULL) {
    meta.free[index] = piece->next;
    memset(memory, 0, size);
  } else {
    memory = take_fresh(META_SIZE_MIN << index);
  }
  if (memory != NULL) region_of(memory)->in_use++;
  return memory;
}

void *ba_meta_alloc(size_t size) {
  if (size > BA_META_SIZE_MAX) return NULL;
  ba_mutex_lock(&meta.mutex);
  void *memory = take(size);
  ba_mutex_unlock(&meta.mutex);
  return memory;
}

void *ba_meta_alloc_lasting(size_t size) {
  void *memory = NULL;
  ba_mutex_lock(&meta.mutex);
  if (room(&meta.lasting_bump) >= size ||
      new_region(&meta.lasting_bump) != NULL) {
    memory = cut(&meta.lasting_bump, size);
  }
  ba_mutex_unlock(&meta.mutex);
  return memory;
}

void ba_meta_free(void *memory, size_t size) {
  if (memory == NULL) return;
  size_t index = class_index(size);
  free_piece_t *piece = memory;
  ba_mutex_lock(&meta.mutex);
  piece->next = meta.free[index];
  meta.free[index] = piece;
  region_of(memory)->in_use--;
  ba_mutex_unlock(&meta.mutex);
}

void ba_meta_trim(void) {
  ba_mutex_lock(&meta.mutex);
  retry_release();
  release_idle_regions();
  ba_mutex_unlock(&meta.mutex);
}

size_t ba_meta_bytes(void) {
  return atomic_load_explicit(&region_bytes, memory_order_relaxed);
}
