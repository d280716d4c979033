/* ----------------------------------------------------------------------------
 * faults: the fault hook of the fuzzer's build, in place of src/os/fault.h,
 * whose include guard it takes; the build names this file with -include.
 *
 * That hook fails one call. A request that fails is tried once more after a
 * trim, so that one fault never reaches the caller: here several calls in a row
 * may fail.
 * ------------------------------------------------------------------------- */
#ifndef BA_OS_FAULT_H
#define BA_OS_FAULT_H

#include <stdbool.h>

/* Tells whether the call into os.c that asks must fail. Any thread. */
bool fuzz_os_fault(void);

enum { FUZZ_FAULTS_ALL = 255 };

/* From now on `skip` calls succeed, then `count` calls fail; at FUZZ_FAULTS_ALL
 * all that follow. */
void fuzz_faults_plan(unsigned skip, unsigned count);

/* How many calls have failed in this process. */
unsigned long fuzz_faults_met(void);

static inline bool os_fault(void) { return fuzz_os_fault(); }

#endif
