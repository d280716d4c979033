/* ----------------------------------------------------------------------------
 * wipe: a heap that clears every block as it is freed, and hands out nothing
 * that anyone has written before.
 * ------------------------------------------------------------------------- */
#include <string.h>

#include "support.h"

static const size_t sizes[] = {1,     64,     200,     1000,    4096,   9000,
                               65536, 300000, 1 << 20, 2 << 20, 5 << 20};

static ba_heap_t *wiping_heap(void) {
  ba_heap_limits_t limits = {
      .max_bytes = SIZE_MAX, .max_cached_bytes = SIZE_MAX, .wipe = true};
  ba_heap_t *heap = NULL;
  return CHECK_EQUAL(ba_heap_create(&limits, &heap), BA_OK) ? heap : NULL;
}

static void *dirty_block(ba_heap_t *heap, size_t size) {
  void *block = test_alloc(heap, size, 0, 0);
  if (block != NULL) memset(block, 0xff, ba_usable_size(block));
  return block;
}

/* What is freed stays mapped while it is cached, and can be looked at. */
static void test_on_free(void) {
  ba_heap_t *heap = wiping_heap();
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    void *anchor = test_alloc(heap, sizes[i], 0, 0);
    void *block = dirty_block(heap, sizes[i]);
    REQUIRE(block != NULL);
    size_t usable = ba_usable_size(block);
    ba_free(block);
    CHECK(test_is_zero(block, usable));
    ba_free(anchor);
  }
  ba_heap_destroy(heap);
}

static void test_on_remote_free(void) {
  ba_heap_t *heap = wiping_heap();
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    void *block = dirty_block(heap, sizes[i]);
    test_free_elsewhere(block);
    CHECK(test_is_zero(block, sizes[i])); /* not only once it is taken in */
    void *next = test_alloc(heap, sizes[i], 0, 0);
    CHECK(test_is_zero(next, ba_usable_size(next)));
    ba_free(next);
  }
  ba_heap_destroy(heap);
}

static void test_foreign_memory(void) {
  void *blocks[64];
  ba_heap_t *other = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(other != NULL);
  for (size_t i = 0; i < COUNT_OF(blocks); i++) {
    blocks[i] = dirty_block(other, 100 * KIB);
  }
  for (size_t i = 0; i < COUNT_OF(blocks); i++) {
    ba_free(blocks[i]);
  }
  ba_heap_destroy(other);
  CHECK(test_process_stats().reserve_bytes > 0);

  ba_heap_t *heap = wiping_heap();
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < COUNT_OF(blocks); i++) {
    blocks[i] = test_alloc(heap, 100 * KIB, 0, 0);
    CHECK(test_is_zero(blocks[i], ba_usable_size(blocks[i])));
  }
  for (size_t i = 0; i < COUNT_OF(blocks); i++) {
    ba_free(blocks[i]);
  }
  ba_heap_destroy(heap);
}

static void test_limits_keep_it(void) {
  ba_heap_t *heap = wiping_heap();
  REQUIRE(heap != NULL);
  test_set_limits(heap, SIZE_MAX, SIZE_MAX);
  void *block = dirty_block(heap, 8192);
  ba_free(block);
  CHECK(test_is_zero(block, 8192));
  ba_heap_destroy(heap);
}

/* Random sizes, kept for a while: no block may ever hold another's bytes. */
static void test_random_reuse(void) {
  enum { SLOTS = 64, ROUNDS = 4000 };
  void *blocks[SLOTS] = {NULL};
  uint64_t random = 17;
  ba_heap_t *heap = wiping_heap();
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < ROUNDS; i++) {
    void **slot = &blocks[test_random(&random) % SLOTS];
    if (test_random(&random) % 8 == 0) {
      test_free_elsewhere(*slot);
    } else {
      ba_free(*slot);
    }
    size_t size = test_random_size(&random, 1, 128 * KIB);
    void *block = test_alloc(heap, size, 0, 0);
    *slot = block;
    if (block == NULL) break;
    CHECK(test_is_zero(block, ba_usable_size(block)));
    memset(block, 0xff, ba_usable_size(block));
    if (i % 97 == 0) ba_heap_tick(heap, 1);
  }
  for (size_t i = 0; i < SLOTS; i++) {
    ba_free(blocks[i]);
  }
  ba_heap_destroy(heap);
}

static const test_case_t cases[] = {
    {"clears a block as it is freed", test_on_free},
    {"clears a block that another thread frees", test_on_remote_free},
    {"hands out nothing that another heap wrote", test_foreign_memory},
    {"goes on after the limits change", test_limits_keep_it},
    {"never shows one block's bytes in another", test_random_reuse},
};

SUITE(wipe_suite, "wipe", cases);
