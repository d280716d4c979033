/* ----------------------------------------------------------------------------
 * shadow: the fuzzer's own books about every heap and block of an input. Each
 * function makes one call into the heap, or a row of them, and compares what
 * came of it, counters included, with what the books say.
 * ------------------------------------------------------------------------- */
#ifndef BA_FUZZ_SHADOW_H
#define BA_FUZZ_SHADOW_H

#include "../../src/heap/heap.h"
#include "pattern.h"

enum {
  SHADOW_PLACES = 3,  /* heaps at one time */
  SHADOW_SLOTS = 256, /* blocks at one time */
};

/* By whom a block is freed. */
typedef enum shadow_free {
  SHADOW_FREE_OWN,       /* the owner */
  SHADOW_FREE_ALIAS,     /* the owner's thread, taken for another one */
  SHADOW_FREE_HELPER,    /* another thread, which is waited for */
  SHADOW_FREE_MEANWHILE, /* another thread, while this one goes on */
} shadow_free_t;

/* Starts the books of an input. */
void shadow_begin(void);

/* Ends an input: frees and destroys everything, and checks that the process
 * holds nothing. `orphans`: heaps end before their blocks. */
void shadow_end(bool orphans);

/* Makes a heap at a place; one that is there already is destroyed. */
void shadow_create(size_t place, const ba_heap_limits_t *limits);
void shadow_destroy(size_t place);

/* Allocates into the slot `index`, if it is empty, from a heap that is made if there is none.
 * Does nothing when the input has used up its share of memory or of work. */
void shadow_alloc(size_t place, size_t index, size_t size, size_t alignment,
                  unsigned flags);

/* Frees the blocks in `count` slots, `stride` apart. */
void shadow_free_slots(size_t first, size_t stride, size_t count,
                       shadow_free_t how);

/* Writes every byte of a block, then its pattern anew. */
void shadow_overwrite(size_t slot);

void shadow_set_limits(size_t place, const ba_heap_limits_t *limits);
void shadow_tick(size_t place, unsigned idle_ticks);
void shadow_trim(size_t place);

/* Has the helper work on a heap of its own, while this thread goes on. */
void shadow_churn(uint64_t seed);

/* Compares everything with the books, all blocks included. */
void shadow_check_all(void);

#endif
