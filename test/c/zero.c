/* ----------------------------------------------------------------------------
 * zero: blocks asked for with BA_ZERO are zero, whatever was in them before,
 * and clearing costs nothing where the memory is known to be fresh.
 * ------------------------------------------------------------------------- */
#include <string.h>

#include "support.h"

static const size_t sizes[] = {1,     64,     200,     1000,    4096,   8192,
                               65536, 300000, 1 << 20, 2 << 20, 5 << 20};

static void check_zero(ba_heap_t *heap, size_t size, size_t alignment) {
  void *block = test_alloc(heap, size, alignment, BA_ZERO);
  REQUIRE(block != NULL);
  CHECK(test_is_zero(block, ba_usable_size(block)));
  memset(block, 0xff, ba_usable_size(block));
  ba_free(block);
}

/* Allocates plain blocks, dirties all of each, and frees them. */
static void leave_dirt(ba_heap_t *heap, size_t size, size_t count) {
  void *blocks[256];
  REQUIRE(count <= COUNT_OF(blocks));
  for (size_t i = 0; i < count; i++) {
    blocks[i] = test_alloc(heap, size, 0, 0);
    REQUIRE(blocks[i] != NULL);
    memset(blocks[i], 0xff, ba_usable_size(blocks[i]));
  }
  for (size_t i = 0; i < count; i++) {
    ba_free(blocks[i]);
  }
}

static void test_fresh(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  void *blocks[COUNT_OF(sizes)];
  uint64_t asked = 0;
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    blocks[i] = test_alloc(heap, sizes[i], 0, BA_ZERO);
    REQUIRE(blocks[i] != NULL);
    CHECK(test_is_zero(blocks[i], ba_usable_size(blocks[i])));
    asked += ba_usable_size(blocks[i]);
  }
  CHECK_EQUAL(test_stats(heap).known_zero_bytes, asked);
  CHECK_EQUAL(test_stats(heap).zeroed_bytes, 0);
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    ba_free(blocks[i]);
  }
  ba_heap_destroy(heap);
}

static void test_recycled(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t round = 0; round < 3; round++) {
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
      check_zero(heap, sizes[i], 0);
      check_zero(heap, sizes[i], 64 * KIB);
    }
  }
  CHECK(test_stats(heap).zeroed_bytes > 0);
  ba_heap_destroy(heap);
}

static void test_after_purge(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    leave_dirt(heap, sizes[i], sizes[i] < MIB ? 200 : 4);
    ba_heap_tick(heap, 1);
    ba_heap_tick(heap, 1);
    check_zero(heap, sizes[i], 0);
    leave_dirt(heap, sizes[i], 3);
    ba_heap_trim(heap);
    check_zero(heap, sizes[i], 0);
  }
  ba_heap_destroy(heap);
}

/* A purged span whose memory is partly dirty again must not pass for zero. */
static void test_partly_dirty(void) {
  void *blocks[256];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t size = 200; size <= 40000; size *= 3) {
    leave_dirt(heap, size, 256);
    ba_heap_tick(heap, 0);
    leave_dirt(heap, size, 7);
    for (size_t i = 0; i < COUNT_OF(blocks); i++) {
      blocks[i] = test_alloc(heap, size, 0, BA_ZERO);
      REQUIRE(blocks[i] != NULL);
      CHECK(test_is_zero(blocks[i], ba_usable_size(blocks[i])));
      memset(blocks[i], 0xff, ba_usable_size(blocks[i]));
    }
    for (size_t i = 0; i < COUNT_OF(blocks); i++) {
      ba_free(blocks[i]);
    }
  }
  ba_heap_destroy(heap);
}

/* The same pages, cut one way and then another. */
static void test_across_classes(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t round = 0; round < 4; round++) {
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
      leave_dirt(heap, sizes[i], sizes[i] < MIB ? 100 : 3);
      size_t other = sizes[(i + 3) % COUNT_OF(sizes)];
      check_zero(heap, other, 0);
      check_zero(heap, other + 1, 0);
    }
  }
  ba_heap_destroy(heap);
}

/* Dirt that another heap left in a chunk of the reserve. */
static void test_across_heaps(void) {
  ba_heap_t *first = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(first != NULL);
  leave_dirt(first, 8192, 256);
  leave_dirt(first, 5 * MIB, 2);
  ba_heap_destroy(first);
  CHECK(test_process_stats().reserve_bytes > 0);

  ba_heap_t *second = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(second != NULL);
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    check_zero(second, sizes[i], 0);
  }
  ba_heap_destroy(second);
}

static void test_counted(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    ba_heap_stats_t before = test_stats(heap);
    void *fresh = test_alloc(heap, sizes[i], 0, BA_ZERO);
    ba_free(fresh);
    void *again = test_alloc(heap, sizes[i], 0, BA_ZERO);
    CHECK(again == fresh);
    size_t bytes = ba_usable_size(again);
    ba_heap_stats_t after = test_stats(heap);
    CHECK_EQUAL(after.zeroed_bytes + after.known_zero_bytes -
                    before.zeroed_bytes - before.known_zero_bytes,
                2 * bytes);
    CHECK(after.zeroed_bytes - before.zeroed_bytes >= bytes);
    ba_free(again);
  }
  void *plain = test_alloc(heap, 100, 0, 0);
  ba_heap_stats_t before = test_stats(heap);
  ba_free(plain);
  ba_free(test_alloc(heap, 100, 0, 0));
  CHECK_EQUAL(test_stats(heap).zeroed_bytes, before.zeroed_bytes);
  CHECK_EQUAL(test_stats(heap).known_zero_bytes, before.known_zero_bytes);
  ba_heap_destroy(heap);
}

static const test_case_t cases[] = {
    {"gives fresh memory as zero without clearing it", test_fresh},
    {"clears a recycled block", test_recycled},
    {"gives zeroes after a purge and after a trim", test_after_purge},
    {"clears what became dirty again after a purge", test_partly_dirty},
    {"gives zeroes where pages are cut anew", test_across_classes},
    {"gives zeroes from what another heap left behind", test_across_heaps},
    {"counts the bytes cleared and those known to be zero", test_counted},
};

SUITE(zero_suite, "zero", cases);
