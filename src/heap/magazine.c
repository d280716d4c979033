/* magazine: see magazine.h. */
#include "magazine.h"

#include <string.h>

#include "meta.h"
#include "size_class.h"

/* Bytes and blocks that one magazine may hold. */
#define BYTES_MAX ((size_t)4 << 20)
#define BLOCKS_MAX ((size_t)64)
#define BLOCKS_MIN ((size_t)2)

static uint32_t capacity_for(unsigned size_class) {
  size_t blocks = BYTES_MAX / ba_size_of_class(size_class);
  if (blocks > BLOCKS_MAX) blocks = BLOCKS_MAX;
  if (blocks < BLOCKS_MIN) blocks = BLOCKS_MIN;
  return (uint32_t)blocks;
}

void ba_magazine_prepare(ba_magazine_t *magazine, unsigned size_class) {
  uint32_t capacity = capacity_for(size_class);
  magazine->blocks = ba_meta_alloc(capacity * sizeof magazine->blocks[0]);
  if (magazine->blocks != NULL) magazine->capacity = capacity;
}

void ba_magazine_end(ba_magazine_t *magazine) {
  ba_meta_free(magazine->blocks,
               magazine->capacity * sizeof magazine->blocks[0]);
}

void ba_magazine_drop(ba_magazine_t *magazine, uint32_t count) {
  magazine->count -= count;
  memmove(magazine->blocks, magazine->blocks + count,
          magazine->count * sizeof magazine->blocks[0]);
}
