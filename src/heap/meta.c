/* meta: see meta.h. Each region counts its pieces in use; the newest has a part that
 * was never handed out. Freed pieces are in a list for each power of two, whatever
 * their region: with many heaps there are hundreds of regions, and nothing here walks
 * over them, or over what is free, but a trim that has a region to unmap. */
#include "meta.h"

#include <stdbool.h>
#include <string.h>

#include "../os/os.h"
#include "list.h"
#include "process.h"

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
  size_t in_use; /* pieces */
} region_t;

static struct {
  ba_mutex_t mutex; /* guards all that is here */
  ba_list_t regions;
  free_piece_t *pieces[META_CLASSES];
  /* What the newest region has left, where nothing was ever handed out. */
  uint8_t *fresh;
  size_t fresh_bytes;
  size_t vacant; /* regions of which nothing is in use */
  void *raw;     /* one that could be neither set up nor taken back */
} meta = {.mutex = BA_MUTEX_INIT};

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

static bool release_pages(void *base) {
  if (ba_os_release(base, REGION_SIZE) != 0) return false;
  ba_process.metadata_bytes -= REGION_SIZE;
  return true;
}

static bool add_region(void) {
  size_t guard = ba_os_page_size();
  size_t size = REGION_SIZE - 2 * guard;
  void *p = meta.raw;
  meta.raw = NULL;
  if (p == NULL) {
    if (ba_os_reserve(REGION_SIZE, REGION_SIZE, &p) != 0) return false;
    ba_process.metadata_bytes += REGION_SIZE;
  }
  uint8_t *first = (uint8_t *)p + guard;
  if (ba_os_protect(p, guard) != 0 || ba_os_protect(first + size, guard) != 0 ||
      ba_os_commit(first, size) != 0) {
    if (!release_pages(p)) meta.raw = p;
    return false;
  }
  region_t *region = (region_t *)(void *)first;
  ba_list_push(&meta.regions, &region->link);
  meta.vacant++;
  meta.fresh = (uint8_t *)(region + 1);
  meta.fresh_bytes = size - sizeof *region;
  return true;
}

/* Takes the pieces of vacant regions out of a list. */
static void forget_vacant(free_piece_t **list) {
  while (*list != NULL) {
    if (region_of(*list)->in_use == 0) {
      *list = (*list)->next;
    } else {
      list = &(*list)->next;
    }
  }
}

/* What the OS will not take serves no more, and is tried again. */
static void release_vacant(void) {
  for (size_t i = 0; i < META_CLASSES; i++) forget_vacant(&meta.pieces[i]);
  for (ba_link_t *link = meta.regions.first; link != NULL;) {
    region_t *region = BA_HOLDER(link, region_t, link);
    link = ba_list_next(&meta.regions, link);
    if (region->in_use != 0) continue;
    if (region_of(meta.fresh) == region) meta.fresh_bytes = 0;
    ba_list_remove(&meta.regions, &region->link);
    if (release_pages((uint8_t *)region - ba_os_page_size())) {
      meta.vacant--;
    } else {
      ba_list_push(&meta.regions, &region->link);
    }
  }
}

/* --- pieces; the mutex is held ------------------------------------------------ */

static void *take(size_t size) {
  size_t index = class_index(size);
  void *piece = meta.pieces[index];
  if (piece != NULL) {
    meta.pieces[index] = meta.pieces[index]->next;
    memset(piece, 0, size);
  } else { /* one never handed out, and thus zero */
    size_t whole = META_SIZE_MIN << index;
    if (meta.fresh_bytes < whole && !add_region()) return NULL;
    piece = meta.fresh;
    meta.fresh += whole;
    meta.fresh_bytes -= whole;
  }
  if (region_of(piece)->in_use++ == 0) meta.vacant--;
  return piece;
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
  free_piece_t *piece = memory;
  free_piece_t **list = &meta.pieces[class_index(size)];
  ba_mutex_lock(&meta.mutex);
  piece->next = *list;
  *list = piece;
  if (--region_of(piece)->in_use == 0) meta.vacant++;
  ba_mutex_unlock(&meta.mutex);
}

void ba_meta_trim(void) {
  ba_mutex_lock(&meta.mutex);
  if (meta.raw != NULL && release_pages(meta.raw)) meta.raw = NULL;
  if (meta.vacant != 0) release_vacant();
  ba_mutex_unlock(&meta.mutex);
}
