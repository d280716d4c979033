/* meta: see meta.h. Each region has a free list for each power of two and the number
 * of its pieces in use; the newest has a part that was never handed out. For each
 * power of two the regions with a free piece are in a list: with many heaps there
 * are hundreds of regions, and nothing here walks over them but a trim that has
 * one to unmap. */
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

/* The free pieces of one size in one region. */
typedef struct shelf {
  ba_link_t link; /* where there is one: in the list of its size */
  free_piece_t *first;
} shelf_t;

/* At the start of each region, behind its guard page. */
typedef struct region {
  _Alignas(META_SIZE_MIN) ba_link_t link;
  size_t in_use;  /* pieces */
  uint8_t *fresh; /* from here on nothing was ever handed out */
  shelf_t shelves[META_CLASSES];
} region_t;

static struct {
  ba_mutex_t mutex; /* guards all that is here */
  ba_list_t regions;
  ba_list_t shelves[META_CLASSES]; /* those with a piece */
  region_t *newest; /* the one to cut from; NULL if that was unmapped */
  size_t vacant;    /* regions of which nothing is in use */
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
  return (region_t *)(void *)(base + guard);
}

/* What follows is for a region of which nothing is in use. */

static void list_region(region_t *region) {
  ba_list_push(&meta.regions, &region->link);
  for (size_t i = 0; i < META_CLASSES; i++) {
    shelf_t *shelf = &region->shelves[i];
    if (shelf->first != NULL) ba_list_push(&meta.shelves[i], &shelf->link);
  }
  meta.vacant++;
}

static void unlist_region(region_t *region) {
  ba_list_remove(&meta.regions, &region->link);
  for (size_t i = 0; i < META_CLASSES; i++) {
    shelf_t *shelf = &region->shelves[i];
    if (shelf->first != NULL) ba_list_remove(&meta.shelves[i], &shelf->link);
  }
  meta.vacant--;
}

static bool add_region(void) {
  region_t *region = map_region();
  if (region == NULL) return false;
  region->fresh = (uint8_t *)(region + 1);
  list_region(region);
  meta.newest = region;
  return true;
}

/* What `newest` has left. */
static size_t room(void) {
  if (meta.newest == NULL) return 0;
  uint8_t *end = base_of(meta.newest) + REGION_SIZE - ba_os_page_size();
  return (size_t)(end - meta.newest->fresh);
}

/* --- pieces; the mutex is held ------------------------------------------------ */

/* A piece never handed out, and thus zero; NULL if there is no memory. */
static void *take_fresh(size_t size) {
  if (room() < size && !add_region()) return NULL;
  void *piece = meta.newest->fresh;
  meta.newest->fresh += size;
  return piece;
}

/* A piece that was freed, of a region that has one. */
static void *take_free(ba_list_t *list) {
  shelf_t *shelf = BA_HOLDER(list->first, shelf_t, link);
  free_piece_t *piece = shelf->first;
  shelf->first = piece->next;
  if (shelf->first == NULL) ba_list_remove(list, &shelf->link);
  return piece;
}

static void *take(size_t size) {
  size_t index = class_index(size);
  ba_list_t *list = &meta.shelves[index];
  bool is_fresh = list->first == NULL;
  void *piece = is_fresh ? take_fresh(META_SIZE_MIN << index) : take_free(list);
  if (piece == NULL) return NULL;
  if (!is_fresh) memset(piece, 0, size);
  if (region_of(piece)->in_use++ == 0) meta.vacant--;
  return piece;
}

static void give(free_piece_t *piece, size_t index) {
  region_t *region = region_of(piece);
  shelf_t *shelf = &region->shelves[index];
  if (shelf->first == NULL) ba_list_push(&meta.shelves[index], &shelf->link);
  piece->next = shelf->first;
  shelf->first = piece;
  if (--region->in_use == 0) meta.vacant++;
}

static void release_vacant(void) {
  for (ba_link_t *link = meta.regions.first; link != NULL;) {
    region_t *region = BA_HOLDER(link, region_t, link);
    link = ba_list_next(&meta.regions, link);
    if (region->in_use != 0) continue;
    unlist_region(region);
    if (!release_pages(base_of(region))) {
      list_region(region); /* it serves on, and is tried again */
    } else if (meta.newest == region) {
      meta.newest = NULL;
    }
  }
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
  ba_mutex_lock(&meta.mutex);
  give(memory, index);
  ba_mutex_unlock(&meta.mutex);
}

void ba_meta_trim(void) {
  ba_mutex_lock(&meta.mutex);
  if (meta.raw != NULL && release_pages(meta.raw)) meta.raw = NULL;
  if (meta.vacant != 0) release_vacant();
  ba_mutex_unlock(&meta.mutex);
}

size_t ba_meta_bytes(void) {
  return atomic_load_explicit(&region_bytes, memory_order_relaxed);
}
