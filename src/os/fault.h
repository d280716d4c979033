/* ----------------------------------------------------------------------------
 * fault: the fault hook that both os_*.c files share. Compiled to nothing
 * unless the build defines BA_FAULT_INJECTION.
 * ------------------------------------------------------------------------- */
#ifndef BA_OS_FAULT_H
#define BA_OS_FAULT_H

#include <stdbool.h>

#ifdef BA_FAULT_INJECTION
#include <stdatomic.h>

_Atomic long ba_os_fail_at = 0;

static bool os_fault(void) {
  long n = atomic_load(&ba_os_fail_at);
  while ((n > 0 || n < -1) && !atomic_compare_exchange_weak(
                                  &ba_os_fail_at, &n, n + (n > 0 ? -1 : 1))) {
  }
  return n == 1 || n == -1;
}
#else
static inline bool os_fault(void) { return false; }
#endif

#endif
