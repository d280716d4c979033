/* ----------------------------------------------------------------------------
 * counters: the counters of one allocator as JavaScript sees them: its heap's
 * first, the process's after them, and then what is live (account.h).
 * ------------------------------------------------------------------------- */
#ifndef BA_COUNTERS_H
#define BA_COUNTERS_H

#include <node_api.h>
#include <stddef.h>

#include "account.h"

/* { heap, process }: the names of the first, in JavaScript's spelling. NULL with an
 * exception pending on failure. */
napi_value ba_counters_list(napi_env env);

size_t ba_counters_count(void);

/* Writes them in that order. Without a heap its counters are 0. */
void ba_counters_read(ba_account_t *account, double *out);

#endif
