/* faults: see faults.h. */
#include "faults.h"

#include <stdatomic.h>

enum { COUNT_BITS = 8 };

/* Calls to let pass, then, in the low bits, calls to fail. 0: none. */
static _Atomic unsigned plan;
static _Atomic unsigned long met;

void fuzz_faults_plan(unsigned skip, unsigned count) {
  atomic_store(&plan, count == 0 ? 0 : skip << COUNT_BITS | count);
}

bool fuzz_os_fault(void) {
  const unsigned one_skipped = 1u << COUNT_BITS;
  unsigned now = atomic_load(&plan);
  unsigned next = 0;
  do {
    if (now == 0) return false;
    next = now == FUZZ_FAULTS_ALL ? now
           : now >= one_skipped   ? now - one_skipped
                                  : now - 1;
  } while (!atomic_compare_exchange_weak(&plan, &now, next));
  if (now >= one_skipped) return false;
  atomic_fetch_add(&met, 1);
  return true;
}

unsigned long fuzz_faults_met(void) { return atomic_load(&met); }
