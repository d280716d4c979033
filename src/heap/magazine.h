/* ----------------------------------------------------------------------------
 * magazine: the freed blocks of one size class, the last freed on top.
 *
 * A magazine holds enough that a burst of frees (a collection's worth of 64 KiB
 * buffers) seldom reaches the spans, while all magazines together stay a small
 * part of a busy heap. Its slots are made when the heap first hands out a block
 * of the class; one without slots holds nothing.
 * ------------------------------------------------------------------------- */
#ifndef BA_MAGAZINE_H
#define BA_MAGAZINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ba_magazine {
  uint32_t count;
  uint32_t capacity;
  void **blocks;
} ba_magazine_t;

/* Makes the slots, which are missing. For want of memory they stay so. */
void ba_magazine_prepare(ba_magazine_t *magazine, unsigned size_class);

/* Ends the slots. */
void ba_magazine_end(ba_magazine_t *magazine);

/* The last freed block; NULL if there is none. */
static inline void *ba_magazine_pop(ba_magazine_t *magazine) {
  if (magazine->count == 0) return NULL;
  return magazine->blocks[--magazine->count];
}

/* False: it is full. */
static inline bool ba_magazine_push(ba_magazine_t *magazine, void *block) {
  if (magazine->count == magazine->capacity) return false;
  magazine->blocks[magazine->count++] = block;
  return true;
}

/* Forgets the `count` blocks that were freed first, magazine->blocks[0] and on. */
void ba_magazine_drop(ba_magazine_t *magazine, uint32_t count);

#endif
