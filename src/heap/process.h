/* ----------------------------------------------------------------------------
 * process: the counters of the process (heap.h), for whoever changes one to add to
 * or to take from. They are atomics, and order nothing.
 * ------------------------------------------------------------------------- */
#ifndef BA_PROCESS_H
#define BA_PROCESS_H

#include <stdatomic.h>

#include "heap.h"

#define BA_ATOMIC_FIELD(field, name, meaning) _Atomic uint64_t field;

extern struct ba_process { BA_PROCESS_COUNTERS(BA_ATOMIC_FIELD) } ba_process;

/* These return what was there before. */
static inline uint64_t ba_process_add(_Atomic uint64_t *counter,
                                      uint64_t amount) {
  return atomic_fetch_add_explicit(counter, amount, memory_order_relaxed);
}

static inline uint64_t ba_process_take(_Atomic uint64_t *counter,
                                       uint64_t amount) {
  return atomic_fetch_sub_explicit(counter, amount, memory_order_relaxed);
}

static inline uint64_t ba_process_read(const _Atomic uint64_t *counter) {
  return atomic_load_explicit(counter, memory_order_relaxed);
}

#endif
