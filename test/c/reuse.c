/* ----------------------------------------------------------------------------
 * reuse: the next block out is the one last freed, while it is in the cache.
 * ------------------------------------------------------------------------- */
#include "support.h"

static const size_t sizes[] = {1,    64,   200,   512,    1000,   4096,
                               8192, 9000, 65536, 200000, 1 << 20};

/* Frees blocks[0 … depth) in that order and checks that they come back last
 * first. */
static void check_lifo(ba_heap_t *heap, size_t size, size_t depth) {
  void *blocks[64];
  REQUIRE(depth <= COUNT_OF(blocks));
  for (size_t i = 0; i < depth; i++) {
    blocks[i] = test_alloc(heap, size, 0, 0);
  }
  for (size_t i = 0; i < depth; i++) {
    ba_free(blocks[i]);
  }
  for (size_t i = depth; i-- > 0;) {
    CHECK(test_alloc(heap, size, 0, 0) == blocks[i]);
  }
  for (size_t i = 0; i < depth; i++) {
    ba_free(blocks[i]);
  }
}

static void test_one(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    check_lifo(heap, sizes[i], 1);
  }
  ba_heap_destroy(heap);
}

static void test_deep(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    check_lifo(heap, sizes[i], sizes[i] <= 64 * KIB ? 16 : 2);
  }
  ba_heap_destroy(heap);
}

static void test_same_class(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  size_t good = ba_good_size(5000);
  void *block = test_alloc(heap, 5000, 0, 0);
  ba_free(block);
  void *again = test_alloc(heap, good, 0, 0);
  CHECK(again == block);
  ba_free(again);
  ba_heap_destroy(heap);
}

static void test_other_classes_between(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  void *mine = test_alloc(heap, 1000, 0, 0);
  void *other = test_alloc(heap, 3000, 0, 0);
  ba_free(mine);
  ba_free(other);
  CHECK(test_alloc(heap, 1000, 0, 0) == mine);
  CHECK(test_alloc(heap, 3000, 0, 0) == other);
  ba_free(mine);
  ba_free(other);
  ba_heap_destroy(heap);
}

/* Far deeper than any magazine, so that blocks go back to their spans and come
 * out again. */
static void check_no_block_twice(ba_heap_t *heap, size_t size) {
  enum { BLOCKS = 3000 };
  static void *blocks[BLOCKS];
  for (size_t i = 0; i < BLOCKS; i++) {
    blocks[i] = test_alloc(heap, size, 0, 0);
    REQUIRE(blocks[i] != NULL);
  }
  test_are_apart(blocks, BLOCKS);
  for (size_t i = 0; i < BLOCKS; i += 2) {
    ba_free(blocks[i]);
  }
  for (size_t i = 0; i < BLOCKS; i += 2) {
    blocks[i] = test_alloc(heap, size, 0, 0);
    REQUIRE(blocks[i] != NULL);
  }
  test_are_apart(blocks, BLOCKS);
  for (size_t i = 0; i < BLOCKS; i++) {
    ba_free(blocks[i]);
  }
  CHECK_EQUAL(test_stats(heap).live_blocks, 0);
}

static void test_no_block_twice(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  check_no_block_twice(heap, 64);
  check_no_block_twice(heap, 1000);
  check_no_block_twice(heap, 8192);
  check_no_block_twice(heap, 65536);
  ba_heap_destroy(heap);
}

static void test_counted(void) {
  enum { BLOCKS = 96 }; /* whole spans, so that no block is left over */
  void *blocks[BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < BLOCKS; i++) {
    blocks[i] = test_alloc(heap, 4096, 0, 0);
  }
  CHECK_EQUAL(test_stats(heap).reused_blocks, 0);
  for (size_t round = 1; round <= 3; round++) {
    for (size_t i = 0; i < BLOCKS; i++) {
      ba_free(blocks[i]);
    }
    CHECK_EQUAL(test_stats(heap).cached_bytes, BLOCKS * ba_good_size(4096));
    for (size_t i = 0; i < BLOCKS; i++) {
      blocks[i] = test_alloc(heap, 4096, 0, 0);
    }
    CHECK_EQUAL(test_stats(heap).reused_blocks, BLOCKS * round);
    CHECK_EQUAL(test_stats(heap).cached_bytes, 0);
  }
  for (size_t i = 0; i < BLOCKS; i++) {
    ba_free(blocks[i]);
  }
  ba_heap_destroy(heap);
}

/* Memory freed in one size must serve another, or a program that changes its
 * ways would hold every size's peak. */
static void test_across_classes(void) {
  enum { BLOCKS = 512 };
  static void *blocks[BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  uint64_t mapped = 0;
  for (size_t size = 8 * KIB; size <= 32 * KIB; size += 4 * KIB) {
    size_t count = BLOCKS * (8 * KIB) / size;
    for (size_t i = 0; i < count; i++) {
      blocks[i] = test_alloc(heap, size, 0, 0);
    }
    for (size_t i = 0; i < count; i++) {
      ba_free(blocks[i]);
    }
    mapped = mapped == 0 ? test_stats(heap).mapped_bytes : mapped;
    CHECK(test_stats(heap).mapped_bytes <= 2 * mapped);
  }
  ba_heap_destroy(heap);
}

static const test_case_t cases[] = {
    {"hands out the block last freed", test_one},
    {"hands out several freed blocks, last first", test_deep},
    {"serves any size of the class with it", test_same_class},
    {"keeps the order while other sizes come and go",
     test_other_classes_between},
    {"never hands out one block twice", test_no_block_twice},
    {"counts what it reuses and what waits for reuse", test_counted},
    {"serves other sizes from memory that is free", test_across_classes},
};

SUITE(reuse_suite, "reuse", cases);
