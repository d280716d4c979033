/* ----------------------------------------------------------------------------
 * process: the counters of the process (heap.h), for whoever changes one to add to
 * or to take from. They are atomics.
 * ------------------------------------------------------------------------- */
#ifndef BA_PROCESS_H
#define BA_PROCESS_H

#include <stdatomic.h>

#include "heap.h"

#define BA_ATOMIC_FIELD(field, name, meaning) _Atomic uint64_t field;

extern struct ba_process { BA_PROCESS_COUNTERS(BA_ATOMIC_FIELD) } ba_process;

#endif
