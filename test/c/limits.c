/* ----------------------------------------------------------------------------
 * limits: the budget of live bytes and the limit of cached ones.
 * ------------------------------------------------------------------------- */
#include "support.h"

static void test_budget(void) {
  enum { BLOCKS = 10 };
  static const size_t sizes[] = {100, 4096, 100000, 3 << 20};
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    void *blocks[BLOCKS];
    ba_heap_t *heap = test_heap(BLOCKS * ba_good_size(sizes[i]), SIZE_MAX);
    REQUIRE(heap != NULL);
    for (size_t j = 0; j < BLOCKS; j++) {
      blocks[j] = test_alloc(heap, sizes[i], 0, 0);
    }
    ba_heap_stats_t before = test_stats(heap);
    void *over = NULL;
    CHECK_EQUAL(ba_alloc(heap, sizes[i], 0, 0, &over), BA_EBUDGET);
    CHECK_EQUAL(ba_alloc(heap, 1, 0, 0, &over), BA_EBUDGET);
    CHECK(over == NULL);
    ba_heap_stats_t after = test_stats(heap);
    CHECK_EQUAL(after.refused_budget, before.refused_budget + 2);
    CHECK_EQUAL(after.refused_nomem, 0);
    CHECK_EQUAL(after.live_bytes, before.live_bytes);
    CHECK_EQUAL(after.allocated_blocks, before.allocated_blocks);
    CHECK_EQUAL(after.mapped_bytes, before.mapped_bytes);

    ba_free(blocks[0]);
    blocks[0] = test_alloc(heap, sizes[i], 0, 0);
    for (size_t j = 0; j < BLOCKS; j++) {
      ba_free(blocks[j]);
    }
    ba_heap_destroy(heap);
  }
}

static void test_budget_zero(void) {
  ba_heap_t *heap = test_heap(0, SIZE_MAX);
  REQUIRE(heap != NULL);
  void *block = NULL;
  CHECK_EQUAL(ba_alloc(heap, 1, 0, 0, &block), BA_EBUDGET);
  CHECK_EQUAL(ba_alloc(heap, 64 * MIB, 0, 0, &block), BA_EBUDGET);
  CHECK_EQUAL(test_stats(heap).mapped_bytes, 0);
  ba_heap_destroy(heap);
}

/* An aligned block may be larger than the class of its size. */
static void test_budget_alignment(void) {
  uint64_t random = 3;
  for (size_t budget = 64; budget <= 8 * MIB; budget *= 2) {
    ba_heap_t *heap = test_heap(budget, SIZE_MAX);
    REQUIRE(heap != NULL);
    for (size_t i = 0; i < 200; i++) {
      void *block = NULL;
      size_t size = test_random_size(&random, 1, 2 * budget);
      size_t alignment = (size_t)1 << (test_random(&random) % 23);
      ba_status_t status = ba_alloc(heap, size, alignment, 0, &block);
      CHECK(status == BA_OK || status == BA_EBUDGET);
      CHECK(test_stats(heap).live_bytes <= budget);
      ba_free(block);
    }
    ba_heap_destroy(heap);
  }
}

static void test_set_budget(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  void *large = test_alloc(heap, MIB, 0, 0);
  void *block = NULL;
  test_set_limits(heap, 64 * KIB, SIZE_MAX);
  CHECK_EQUAL(ba_alloc(heap, 1, 0, 0, &block), BA_EBUDGET);
  ba_free(large);
  block = test_alloc(heap, 64 * KIB, 0, 0);
  test_set_limits(heap, 128 * KIB, SIZE_MAX);
  void *second = test_alloc(heap, 64 * KIB, 0, 0);
  void *third = NULL;
  CHECK_EQUAL(ba_alloc(heap, 64, 0, 0, &third), BA_EBUDGET);
  ba_free(second);
  ba_free(block);
  ba_heap_destroy(heap);
}

/* What other threads freed is free: a heap looks before it refuses. */
static void test_budget_remote(void) {
  ba_heap_t *heap = test_heap(MIB, SIZE_MAX);
  REQUIRE(heap != NULL);
  void *block = test_alloc(heap, MIB, 0, 0);
  test_thread_t thread;
  test_thread_start(&thread, ba_free, block);
  test_thread_join(&thread);
  ba_free(test_alloc(heap, MIB, 0, 0));
  ba_heap_destroy(heap);
}

/* Frees 64 blocks of `size` under the cache limit and checks it after each. */
static void check_cache_limit(size_t size, size_t limit) {
  enum { BLOCKS = 64 };
  void *blocks[BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, limit);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < BLOCKS; i++) {
    blocks[i] = test_alloc(heap, size, 0, 0);
    REQUIRE(blocks[i] != NULL);
    test_touch(blocks[i], size);
  }
  for (size_t i = 0; i < BLOCKS; i++) {
    ba_free(blocks[i]);
    CHECK(test_stats(heap).cached_bytes <= limit);
  }
  ba_heap_stats_t stats = test_stats(heap);
  CHECK_EQUAL(stats.live_bytes, 0);
  CHECK(stats.purged_bytes + limit >= BLOCKS * ba_good_size(size));
  ba_heap_destroy(heap);
}

static void test_cache(void) {
  check_cache_limit(64 * KIB, MIB);
  check_cache_limit(256 * KIB, 4 * MIB);
  check_cache_limit(MIB, 4 * MIB);
  check_cache_limit(64 * KIB, 0);
  check_cache_limit(3 * MIB, 0);
}

static void test_cache_small_blocks(void) {
  enum { BLOCKS = 4096, LIMIT = 256 << 10 };
  static void *blocks[BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, LIMIT);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < BLOCKS; i++) {
    blocks[i] = test_alloc(heap, 1024, 0, 0);
    REQUIRE(blocks[i] != NULL);
  }
  for (size_t i = 0; i < BLOCKS; i++) {
    ba_free(blocks[i]);
  }
  CHECK(test_stats(heap).cached_bytes <= LIMIT);
  ba_heap_destroy(heap);
}

static void test_set_cache(void) {
  enum { BLOCKS = 64 };
  const size_t total = BLOCKS * (64 * KIB);
  void *blocks[BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < BLOCKS; i++) {
    blocks[i] = test_alloc(heap, 64 * KIB, 0, 0);
    REQUIRE(blocks[i] != NULL);
    test_touch(blocks[i], 64 * KIB);
  }
  for (size_t i = 0; i < BLOCKS; i++) {
    ba_free(blocks[i]);
  }
  CHECK_EQUAL(test_stats(heap).cached_bytes, total);
  test_set_limits(heap, SIZE_MAX, MIB);
  CHECK(test_stats(heap).cached_bytes <= MIB);
  CHECK(test_stats(heap).purged_bytes >= total - MIB);
  ba_heap_destroy(heap);
}

static void test_none(void) {
  ba_heap_t *heap = NULL;
  REQUIRE(ba_heap_create(NULL, &heap) == BA_OK);
  void *block = test_alloc(heap, 64 * MIB, 0, 0);
  ba_free(block);
  CHECK_EQUAL(test_stats(heap).cached_bytes, ba_good_size(64 * MIB));
  ba_heap_destroy(heap);
}

static const test_case_t cases[] = {
    {"refuses the block that would exceed the budget", test_budget},
    {"refuses every block when the budget is 0", test_budget_zero},
    {"stays in the budget whatever the alignment", test_budget_alignment},
    {"takes a changed budget into account at once", test_set_budget},
    {"takes in remote frees before it refuses", test_budget_remote},
    {"keeps no more free bytes than the cache limit", test_cache},
    {"holds the cache limit for blocks below a page", test_cache_small_blocks},
    {"purges at once when the cache limit is lowered", test_set_cache},
    {"has no limit unless one is given", test_none},
};

SUITE(limits_suite, "limits", cases);
