/* helper: see helper.h. */
#include "helper.h"

#include <pthread.h>
#include <stdlib.h>

#include "../../src/heap/heap.h"
#include "faults.h"

enum { CHURN_ROUNDS = 24, CHURN_BLOCKS = 6 };

static struct {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  bool is_started; /* the first thread's, as is_busy */
  bool is_busy;
  bool has_job; /* guarded by the mutex, as job */
  fuzz_job_t job;
} helper = {.mutex = PTHREAD_MUTEX_INITIALIZER,
            .changed = PTHREAD_COND_INITIALIZER};

/* --- The second thread ----------------------------------------------------- */

static void free_block(fuzz_block_t *block) {
  if (block->at == NULL) return;
  fuzz_verify(block);
  ba_free(block->at);
  block->at = NULL;
}

static void allocate(ba_heap_t *heap, fuzz_block_t *block, uint64_t random) {
  size_t size = 1 + (random >> 8) % ((size_t)64 << (random & 15) % 12);
  unsigned flags = ((random >> 4 & 1) != 0 ? BA_ZERO : 0) |
                   ((random >> 5 & 1) != 0 ? BA_COLOUR : 0);
  void *at = NULL;
  ba_status_t status = ba_alloc(heap, size, 0, flags, &at);
  if (status != BA_OK) {
    FUZZ_EQUAL(status, BA_ENOMEM);
    FUZZ_CHECK(fuzz_faults_met() != 0);
    return;
  }
  size_t usable = ba_usable_size(at);
  *block = (fuzz_block_t){at, usable, ba_good_size(size), random};
  if ((flags & BA_ZERO) != 0) fuzz_verify_zero(at, block->usable);
  fuzz_write(block);
}

/* Uses a heap of its own, freeing the job's blocks in between. It ends while
 * some of its own blocks are out. */
static void churn(fuzz_job_t *job) {
  fuzz_block_t blocks[CHURN_BLOCKS] = {{NULL, 0, 0, 0}};
  uint64_t state = job->churn;
  ba_heap_t *heap = NULL;
  if (ba_heap_create(NULL, &heap) != BA_OK) return;
  for (size_t i = 0; i < CHURN_ROUNDS; i++) {
    uint64_t random = fuzz_random(&state);
    fuzz_block_t *block = &blocks[random % CHURN_BLOCKS];
    if (block->at == NULL) {
      allocate(heap, block, random);
    } else {
      free_block(block);
    }
    if (i < job->count) free_block(&job->blocks[i]);
    if (random >> 56 == 0) (void)ba_heap_trim(heap);
    if (random >> 57 == 1) (void)ba_heap_tick(heap, 0);
  }
  ba_heap_destroy(heap);
  for (size_t i = 0; i < CHURN_BLOCKS; i++) free_block(&blocks[i]);
}

static void *run(void *argument) {
  (void)argument;
  (void)pthread_mutex_lock(&helper.mutex);
  for (;;) {
    while (!helper.has_job) {
      (void)pthread_cond_wait(&helper.changed, &helper.mutex);
    }
    (void)pthread_mutex_unlock(&helper.mutex);
    /* Nobody else looks at the job while it is there. */
    if (helper.job.churn != 0) churn(&helper.job);
    for (size_t i = 0; i < helper.job.count; i++) {
      free_block(&helper.job.blocks[i]);
    }
    (void)pthread_mutex_lock(&helper.mutex);
    helper.has_job = false;
    (void)pthread_cond_signal(&helper.changed);
  }
  return NULL;
}

/* --- The first thread -------------------------------------------------------- */

void fuzz_helper_start(const fuzz_job_t *job) {
  if (!helper.is_started) {
    pthread_t thread;
    FUZZ_CHECK(pthread_create(&thread, NULL, run, NULL) == 0);
    FUZZ_CHECK(pthread_detach(thread) == 0);
    helper.is_started = true;
  }
  fuzz_helper_join();
  (void)pthread_mutex_lock(&helper.mutex);
  helper.job = *job;
  helper.has_job = true;
  helper.is_busy = true;
  (void)pthread_cond_signal(&helper.changed);
  (void)pthread_mutex_unlock(&helper.mutex);
}

void fuzz_helper_join(void) {
  if (!helper.is_busy) return;
  (void)pthread_mutex_lock(&helper.mutex);
  while (helper.has_job) {
    (void)pthread_cond_wait(&helper.changed, &helper.mutex);
  }
  (void)pthread_mutex_unlock(&helper.mutex);
  helper.is_busy = false;
}

bool fuzz_helper_is_busy(void) { return helper.is_busy; }
