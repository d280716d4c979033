/* ----------------------------------------------------------------------------
 * helper: a second thread, which frees blocks of the first one's heaps and
 * works on a heap of its own. It is started once and waits between jobs.
 * ------------------------------------------------------------------------- */
#ifndef BA_FUZZ_HELPER_H
#define BA_FUZZ_HELPER_H

#include "pattern.h"

enum { FUZZ_JOB_BLOCKS = 256 };

typedef struct fuzz_job {
  fuzz_block_t blocks[FUZZ_JOB_BLOCKS]; /* to be verified and freed */
  size_t count;
  uint64_t churn; /* seed of the work on its own heap; 0: it has none */
} fuzz_job_t;

/* Hands a copy of the job over, once the one before it is done. */
void fuzz_helper_start(const fuzz_job_t *job);

/* Waits until there is no job left. */
void fuzz_helper_join(void);

/* Whether a job was started and not waited for. */
bool fuzz_helper_is_busy(void);

#endif
