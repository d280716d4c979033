/* meta: see meta.h. A bump pointer into the newest region, and a free list for
 * each power of two. */
#include "meta.h"

#include <stdatomic.h>
#include <string.h>

#include "../os/os.h"

#define META_SIZE_MIN ((size_t)64)
/* Address space taken from the OS at a time; only what is used is touched. */
#define REGION_SIZE ((size_t)2 << 20)

enum { META_CLASSES = 12 }; /* 64 bytes … 128 KiB */

typedef struct free_item {
  struct free_item *next;
} free_item_t;

static struct {
  uint8_t *bump;
  uint8_t *end;
  free_item_t *free[META_CLASSES];
  void *spare; /* a region that could neither be used nor released */
} meta;

static _Atomic size_t region_bytes;

static size_t class_index(size_t size) {
  size_t index = 0;
  for (size_t s = META_SIZE_MIN; s < size; s <<= 1) index++;
  return index;
}

static int add_region(void) {
  size_t guard = ba_os_page_size();
  void *p = meta.spare;
  meta.spare = NULL;
  if (p == NULL && ba_os_reserve(REGION_SIZE, guard, &p) != 0) return -1;
  uint8_t *base = p;
  uint8_t *end = base + REGION_SIZE;
  if (ba_os_protect(base, guard) != 0 ||
      ba_os_protect(end - guard, guard) != 0 ||
      ba_os_commit(base + guard, REGION_SIZE - 2 * guard) != 0) {
    if (ba_os_release(p, REGION_SIZE) != 0) meta.spare = p;
    return -1;
  }
  meta.bump = base + guard;
  meta.end = end - guard;
  atomic_fetch_add_explicit(&region_bytes, REGION_SIZE, memory_order_relaxed);
  return 0;
}

void *ba_meta_alloc(size_t size) {
  if (size > BA_META_SIZE_MAX) return NULL;
  size_t index = class_index(size);
  size_t rounded = META_SIZE_MIN << index;
  free_item_t *item = meta.free[index];
  if (item != NULL) {
    meta.free[index] = item->next;
    memset(item, 0, size);
    return item;
  }
  if ((size_t)(meta.end - meta.bump) < rounded && add_region() != 0) {
    return NULL;
  }
  void *fresh = meta.bump;
  meta.bump += rounded;
  return fresh;
}

void ba_meta_free(void *memory, size_t size) {
  size_t index = class_index(size);
  free_item_t *item = memory;
  item->next = meta.free[index];
  meta.free[index] = item;
}

void ba_meta_trim(void) {
  if (meta.spare == NULL) return;
  if (ba_os_release(meta.spare, REGION_SIZE) == 0) meta.spare = NULL;
}

size_t ba_meta_bytes(void) {
  return atomic_load_explicit(&region_bytes, memory_order_relaxed);
}
