/* ----------------------------------------------------------------------------
 * thread_heap: memory for any thread, whether JavaScript runs on it or not.
 *
 * A thread has a heap of its own from its first allocation on, which ends with
 * the thread; blocks that are out then stay valid, as heap.h has it. Beside its
 * thread, the environments use it: what lies idle in it goes back to the system
 * by their clocks. So each has a lock, seldom contended, and its thread owns it
 * for one call at a time.
 *
 * All functions may be called by any thread.
 * ------------------------------------------------------------------------- */
#ifndef BA_THREAD_HEAP_H
#define BA_THREAD_HEAP_H

#include <stddef.h>
#include <stdint.h>

#include "../heap/heap.h"

typedef struct ba_thread_heap_stats {
  uint64_t threads;   /* those that have a heap */
  ba_heap_stats_t of; /* of their heaps, summed up */
} ba_thread_heap_stats_t;

/* A block of the calling thread's heap; see ba_alloc. */
ba_status_t ba_thread_heap_alloc(size_t size, size_t alignment, unsigned flags,
                                 void **out);

/* Frees a block, whosever it is. */
void ba_thread_heap_free(void *block);

/* One unit of time has passed, as `by` measures it, for the process-wide reserve,
 * see ba_process_tick, and for these heaps, see ba_heap_tick. Of several that
 * measure, one counts for the heaps: the first, until nothing is cached or it
 * leaves. Returns the bytes that are cached still. A clock is woken for what is
 * freed when that were none. */
uint64_t ba_thread_heap_tick(const void *by, unsigned idle_ticks);
void ba_thread_heap_leave(const void *by);

/* Gives back all free memory; returns the bytes. */
size_t ba_thread_heap_trim(void);

void ba_thread_heap_get_stats(ba_thread_heap_stats_t *out);

#endif
