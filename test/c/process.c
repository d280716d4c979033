/* ----------------------------------------------------------------------------
 * process: the counters of all heaps together, and the reserve they share.
 * ------------------------------------------------------------------------- */
#include <stdatomic.h>

#include "support.h"

static void test_heaps(void) {
  ba_heap_t *heaps[8];
  for (size_t i = 0; i < COUNT_OF(heaps); i++) {
    CHECK_EQUAL(test_process_stats().heaps, i);
    heaps[i] = test_heap(SIZE_MAX, SIZE_MAX);
    REQUIRE(heaps[i] != NULL);
  }
  for (size_t i = COUNT_OF(heaps); i-- > 0;) {
    ba_heap_destroy(heaps[i]);
    CHECK_EQUAL(test_process_stats().heaps, i);
  }
}

static void test_mapped(void) {
  ba_heap_t *first = test_heap(SIZE_MAX, SIZE_MAX);
  ba_heap_t *second = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(first != NULL && second != NULL);
  void *small = test_alloc(first, 100, 0, 0);
  void *large = test_alloc(second, 300 * KIB, 0, 0);
  void *huge = test_alloc(second, 9 * MIB, 0, 0);
  ba_process_stats_t process = test_process_stats();
  CHECK_EQUAL(process.mapped_bytes - process.reserve_bytes,
              test_stats(first).mapped_bytes + test_stats(second).mapped_bytes);
  ba_free(small);
  ba_free(large);
  ba_free(huge);
  ba_heap_destroy(first);
  ba_heap_destroy(second);
  process = test_process_stats();
  CHECK_EQUAL(process.mapped_bytes, process.reserve_bytes);
}

static void test_reserve_reused(void) {
  for (size_t i = 0; i < 50; i++) {
    ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
    REQUIRE(heap != NULL);
    ba_free(test_alloc(heap, MIB, 0, 0));
    ba_heap_destroy(heap);
    CHECK(test_process_stats().mapped_bytes <= 16 * MIB);
  }
}

/* The reserve is bounded, however much a heap leaves behind. */
static void test_reserve_bounded(void) {
  enum { BLOCKS = 256 };
  static void *blocks[BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < BLOCKS; i++) {
    blocks[i] = test_alloc(heap, MIB, 0, 0);
  }
  for (size_t i = 0; i < BLOCKS; i++) {
    ba_free(blocks[i]);
  }
  ba_heap_destroy(heap);
  CHECK(test_process_stats().mapped_bytes <= 17 * MIB);
}

static void work(size_t rounds) {
  static void *blocks[1000];
  for (size_t round = 0; round < rounds; round++) {
    uint64_t random = 5;
    ba_heap_t *heap = test_heap(SIZE_MAX, 16 * MIB);
    REQUIRE(heap != NULL);
    for (size_t i = 0; i < COUNT_OF(blocks); i++) {
      size_t size = test_random_size(&random, 64, 4 * MIB);
      blocks[i] = test_alloc(heap, size, 0, 0);
    }
    for (size_t i = 0; i < COUNT_OF(blocks); i++) {
      ba_free(blocks[i]);
    }
    ba_heap_trim(heap);
    ba_heap_destroy(heap);
  }
}

static void test_tables_bounded(void) {
  work(3);
  uint64_t tables = test_process_stats().metadata_bytes;
  CHECK(tables > 0);
  work(30);
  CHECK_EQUAL(test_process_stats().metadata_bytes, tables);
}

/* One slab: what most heaps of a large program hold. */
static void test_small_heap(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  void *block = test_alloc(heap, 8192, 0, 0);
  CHECK(test_stats(heap).mapped_bytes <= 256 * KIB);
  ba_free(block);
  ba_heap_destroy(heap);
}

static void test_tables_go_back(void) {
  enum { HEAPS = 1000 };
  static ba_heap_t *heaps[HEAPS];
  static void *blocks[HEAPS];
  ba_heap_t *first = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(first != NULL);
  void *kept = test_alloc(first, 8192, 0, 0);
  uint64_t before = test_process_stats().metadata_bytes;
  for (size_t round = 0; round < 3; round++) {
    for (size_t i = 0; i < HEAPS; i++) {
      heaps[i] = test_heap(SIZE_MAX, SIZE_MAX);
      REQUIRE(heaps[i] != NULL);
      blocks[i] = test_alloc(heaps[i], 8192, 0, 0);
    }
    uint64_t most = test_process_stats().metadata_bytes;
    CHECK(most >= before + MIB);
    CHECK(most <= before + 8 * KIB * HEAPS);
    for (size_t i = 0; i < HEAPS; i++) {
      if (i % 2 == 0) ba_free(blocks[i]);
      ba_heap_destroy(heaps[i]);
      if (i % 2 == 1) ba_free(blocks[i]);
    }
    if (round % 2 == 0) {
      ba_heap_trim(first);
    } else {
      ba_heap_tick(first, 1000);
    }
    CHECK(test_process_stats().metadata_bytes <= before + 2 * MIB);
  }
  ba_free(kept);
  ba_heap_destroy(first);
  /* What chunks had lain in another 4 GiB of addresses is in the map for good. */
  CHECK(test_process_stats().metadata_bytes <= before + MIB);
}

static void test_one_after_another(void) {
  uint64_t most = 0;
  for (size_t i = 0; i < 5000; i++) {
    ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
    REQUIRE(heap != NULL);
    void *block = test_alloc(heap, 8192, 0, 0);
    ba_heap_destroy(heap);
    ba_process_stats_t process = test_process_stats();
    if (process.metadata_bytes > most) most = process.metadata_bytes;
    CHECK(process.mapped_bytes <= 512 * KIB);
    ba_free(block);
  }
  CHECK(most <= 2 * MIB);
}

/* --- Heaps of several threads at once ------------------------------------ */

static void churn(void *argument) {
  uint64_t random = (uint64_t)(uintptr_t)argument;
  for (size_t round = 0; round < 20; round++) {
    void *blocks[100];
    ba_heap_t *heap = test_heap(SIZE_MAX, 8 * MIB);
    REQUIRE(heap != NULL);
    for (size_t i = 0; i < COUNT_OF(blocks); i++) {
      size_t size = test_random_size(&random, 64, 3 * MIB);
      blocks[i] = test_alloc(heap, size, 0, 0);
      REQUIRE(blocks[i] != NULL);
      test_fill(blocks[i], size < 256 ? size : 256, i);
    }
    for (size_t i = 0; i < COUNT_OF(blocks); i++) {
      CHECK(test_holds(blocks[i], 64, i));
      ba_free(blocks[i]);
    }
    if (round % 3 == 0) ba_heap_trim(heap);
    ba_heap_destroy(heap);
  }
}

static void watch(void *argument) {
  atomic_bool *done = argument;
  while (!atomic_load(done)) {
    ba_process_stats_t process = test_process_stats();
    CHECK(process.heaps <= 4);
    CHECK_EQUAL(process.orphaned_heaps, 0);
    test_thread_yield();
  }
}

static void test_threads(void) {
  static char seeds[4];
  test_thread_t workers[4];
  test_thread_t watcher;
  atomic_bool done = false;
  test_thread_start(&watcher, watch, &done);
  for (size_t i = 0; i < COUNT_OF(workers); i++) {
    test_thread_start(&workers[i], churn, &seeds[i]);
  }
  for (size_t i = 0; i < COUNT_OF(workers); i++) {
    test_thread_join(&workers[i]);
  }
  atomic_store(&done, true);
  test_thread_join(&watcher);
}

static const test_case_t cases[] = {
    {"counts the heaps", test_heaps},
    {"adds up what heaps and reserve have mapped", test_mapped},
    {"gives a heap what the one before it left", test_reserve_reused},
    {"bounds the reserve", test_reserve_bounded},
    {"maps no more tables for the same work again", test_tables_bounded},
    {"gives a heap of one slab little address space", test_small_heap},
    {"gives the tables of dropped heaps back", test_tables_go_back},
    {"needs no more for many heaps, one after another", test_one_after_another},
    {"serves heaps of several threads at once", test_threads},
};

SUITE(process_suite, "process", cases);
