/* ----------------------------------------------------------------------------
 * books: what the fuzzer knows about the heaps and blocks of an input, and how
 * that compares with what the heap says. Only shadow.c writes here.
 * ------------------------------------------------------------------------- */
#ifndef BA_FUZZ_BOOKS_H
#define BA_FUZZ_BOOKS_H

#include "pattern.h"
#include "shadow.h"

enum { RECORDS = 24 }; /* heaps in one input */

/* A heap, until the last of its blocks is freed. */
typedef struct record {
  ba_heap_t *heap; /* NULL once it is destroyed */
  ba_heap_limits_t limits;
  bool only_pages; /* no block has ever been a fraction of a page */
  unsigned ticks;
  uint64_t live_blocks; /* not counting those in `queued` */
  uint64_t live_bytes;
  uint64_t queued_blocks; /* freed by other threads, not yet taken in */
  uint64_t queued_bytes;
  uint64_t peak_at_most; /* the highest that live bytes can have been */
  bool queueing;         /* another thread may be adding to the queue */
  uint64_t zero_asked;
  ba_heap_stats_t expected; /* the counters that follow from the calls */
} record_t;

typedef struct slot {
  fuzz_block_t block;
  record_t *record;
} slot_t;

typedef struct books {
  record_t records[RECORDS];
  size_t record_count;
  record_t *places[SHADOW_PLACES];
  slot_t slots[SHADOW_SLOTS];
  size_t live_bytes;
  size_t work;
  uint64_t next_id;
  unsigned long faults_before; /* met before this input */
} books_t;

extern books_t books;

/* Whether the OS has refused anything in this input. */
bool books_faulted(void);

/* Whether the counters of free memory are known to the byte: what is whole
 * pages can be given back entirely, if the OS lets us. */
bool books_are_exact(const record_t *record);

/* Compares a heap's counters with its record, and returns them. */
ba_heap_stats_t books_check_heap(record_t *record);

void books_check_process(void);

/* Compares the blocks that are out: of one heap, or of all (NULL). */
void books_check_slots(const record_t *of);

#endif
