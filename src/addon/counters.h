/* ----------------------------------------------------------------------------
 * counters: the counters of heap.h as JavaScript sees them, a heap's first and
 * the process's after them.
 * ------------------------------------------------------------------------- */
#ifndef BA_COUNTERS_H
#define BA_COUNTERS_H

#include <node_api.h>
#include <stddef.h>

#include "../heap/heap.h"

/* { heap, process }: their names, in JavaScript's spelling. NULL with an exception
 * pending on failure. */
napi_value ba_counters_list(napi_env env);

size_t ba_counters_count(void);

/* Writes them in that order. */
void ba_counters_read(ba_heap_t *heap, double *out);

#endif
