/* ----------------------------------------------------------------------------
 * apart: the allocator's own tables are out of reach of user bytes.
 *
 * Free blocks are still mapped, so a program with a bug can write to them, and
 * past the end of a live one. Such a write must not harm the allocator.
 * ------------------------------------------------------------------------- */
#include <string.h>

#include "support.h"

static const size_t sizes[] = {64, 200, 1000, 4096, 10000, 65536, 300000};

static void scribble(void **blocks, const size_t *usable, size_t count) {
  for (size_t i = 0; i < count; i++) {
    memset(blocks[i], 0xff, usable[i]);
  }
}

/* Allocates all blocks anew and checks that they are whole and apart. */
static void check_works(ba_heap_t *heap, size_t size, void **blocks,
                        size_t count) {
  for (size_t i = 0; i < count; i++) {
    blocks[i] = test_alloc(heap, size, 0, 0);
    REQUIRE(blocks[i] != NULL);
    CHECK_EQUAL(ba_usable_size(blocks[i]), ba_good_size(size));
  }
  test_are_apart(blocks, count);
  for (size_t i = 0; i < count; i++) {
    ba_free(blocks[i]);
  }
  CHECK_EQUAL(test_stats(heap).live_blocks, 0);
}

static void test_write_after_free(void) {
  enum { BLOCKS = 100 };
  void *blocks[BLOCKS];
  size_t usable[BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    /* One stays live, so that the span is not given away. */
    void *anchor = test_alloc(heap, sizes[i], 0, 0);
    for (size_t j = 0; j < BLOCKS; j++) {
      blocks[j] = test_alloc(heap, sizes[i], 0, 0);
      REQUIRE(blocks[j] != NULL);
      usable[j] = ba_usable_size(blocks[j]);
    }
    for (size_t j = 0; j < BLOCKS; j++) {
      ba_free(blocks[j]);
    }
    scribble(blocks, usable, BLOCKS);
    ba_free(anchor);
    check_works(heap, sizes[i], blocks, BLOCKS);
  }
  ba_heap_destroy(heap);
}

typedef struct free_job {
  void **blocks;
  size_t count;
} free_job_t;

static void free_all(void *argument) {
  const free_job_t *job = argument;
  for (size_t i = 0; i < job->count; i++) {
    ba_free(job->blocks[i]);
  }
}

/* Queued for the owner, which has not looked yet. */
static void test_write_after_remote_free(void) {
  enum { BLOCKS = 50 };
  void *blocks[BLOCKS];
  size_t usable[BLOCKS];
  free_job_t job = {blocks, BLOCKS};
  test_thread_t thread;
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    void *anchor = test_alloc(heap, sizes[i], 0, 0);
    for (size_t j = 0; j < BLOCKS; j++) {
      blocks[j] = test_alloc(heap, sizes[i], 0, 0);
      REQUIRE(blocks[j] != NULL);
      usable[j] = ba_usable_size(blocks[j]);
    }
    test_thread_start(&thread, free_all, &job);
    test_thread_join(&thread);
    scribble(blocks, usable, BLOCKS);
    ba_free(anchor);
    ba_heap_trim(heap);
    CHECK_EQUAL(test_stats(heap).live_blocks, 0);
    check_works(heap, sizes[i], blocks, BLOCKS);
  }
  ba_heap_destroy(heap);
}

/* Overruns from one block right up to the next live one: all bytes between
 * belong to free blocks of the same chunk, or to nobody. */
static void test_overrun(void) {
  enum { BLOCKS = 64, CHUNK = 4 << 20 };
  void *blocks[BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t j = 0; j < BLOCKS; j++) {
    blocks[j] = test_alloc(heap, 1000, 0, 0);
    REQUIRE(blocks[j] != NULL);
  }
  test_are_apart(blocks, BLOCKS);
  for (size_t j = 1; j < BLOCKS; j++) {
    uintptr_t from = (uintptr_t)blocks[j - 1];
    uintptr_t to = (uintptr_t)blocks[j];
    if (to - from == ba_usable_size(blocks[j - 1]) &&
        from / CHUNK == to / CHUNK) {
      memset(blocks[j - 1], 0xff, (size_t)(to - from) + 512);
    }
  }
  for (size_t j = 0; j < BLOCKS; j++) {
    ba_free(blocks[j]);
  }
  check_works(heap, 1000, blocks, BLOCKS);
  ba_heap_destroy(heap);
}

static const test_case_t cases[] = {
    {"survives writes to blocks that were freed", test_write_after_free},
    {"survives writes to blocks that another thread freed",
     test_write_after_remote_free},
    {"survives writes past the end of a block", test_overrun},
};

SUITE(apart_suite, "tables apart", cases);
