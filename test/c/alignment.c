/* ----------------------------------------------------------------------------
 * alignment: where blocks start, and that they do not overlap.
 * ------------------------------------------------------------------------- */
#include "support.h"

static const size_t sizes[] = {
    1,       63,      64,     65,     100,     511,
    513,     1000,    4095,   4096,   4097,    8192,
    10000,   65536,   100000, 300000, 1 << 20, (1 << 20) + 1,
    2 << 20, 3000000, 5 << 20};

static bool is_aligned(const void *block, size_t alignment) {
  return ((uintptr_t)block & (alignment - 1)) == 0;
}

static size_t at_least_minimum(size_t alignment) {
  return alignment < BA_ALIGNMENT_MIN ? BA_ALIGNMENT_MIN : alignment;
}

static void test_default(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t size = 1; size < 10000; size += 7) {
    void *block = test_alloc(heap, size, 0, 0);
    CHECK(is_aligned(block, BA_ALIGNMENT_MIN));
    ba_free(block);
  }
  ba_heap_destroy(heap);
}

/* All of them live at once, so that they can be seen not to overlap. */
static void test_every_alignment(void) {
  enum { ALIGNMENTS = 23, BLOCKS = ALIGNMENTS * COUNT_OF(sizes) };
  static void *blocks[BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  size_t count = 0;
  for (size_t alignment = 1; alignment <= BA_ALIGNMENT_MAX; alignment <<= 1) {
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
      void *block = test_alloc(heap, sizes[i], alignment, 0);
      REQUIRE(block != NULL && count < BLOCKS);
      CHECK(is_aligned(block, at_least_minimum(alignment)));
      CHECK(ba_usable_size(block) >= sizes[i]);
      test_fill(block, sizes[i], (uintptr_t)block + sizes[i]);
      blocks[count++] = block;
    }
  }
  CHECK_EQUAL(count, BLOCKS);
  for (size_t i = 0; i < count; i++) {
    size_t size = sizes[i % COUNT_OF(sizes)];
    CHECK(test_holds(blocks[i], size, (uintptr_t)blocks[i] + size));
  }
  test_are_apart(blocks, count);
  for (size_t i = 0; i < count; i++) {
    ba_free(blocks[i]);
  }
  CHECK_EQUAL(test_stats(heap).live_bytes, 0);
  ba_heap_destroy(heap);
}

/* A freed block of the right size but the wrong alignment must not serve. */
static void test_recycled(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    void *plain[8];
    for (size_t j = 0; j < COUNT_OF(plain); j++) {
      plain[j] = test_alloc(heap, sizes[i], 0, 0);
    }
    for (size_t j = 0; j < COUNT_OF(plain); j++) {
      ba_free(plain[j]);
    }
    for (size_t alignment = 128; alignment <= BA_ALIGNMENT_MAX;
         alignment <<= 1) {
      void *block = test_alloc(heap, sizes[i], alignment, 0);
      CHECK(is_aligned(block, alignment));
      ba_free(block);
    }
  }
  ba_heap_destroy(heap);
}

static void test_random_mix(void) {
  enum { BLOCKS = 500 };
  static void *blocks[BLOCKS];
  uint64_t random = 7;
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t round = 0; round < 4; round++) {
    for (size_t i = 0; i < BLOCKS; i++) {
      size_t alignment = (size_t)1 << (test_random(&random) % 17);
      size_t size = test_random_size(&random, 1, 256 * KIB);
      blocks[i] = test_alloc(heap, size, alignment, 0);
      REQUIRE(blocks[i] != NULL);
      CHECK(is_aligned(blocks[i], at_least_minimum(alignment)));
    }
    test_are_apart(blocks, BLOCKS);
    for (size_t i = 0; i < BLOCKS; i++) {
      ba_free(blocks[i]);
    }
  }
  ba_heap_destroy(heap);
}

/* Blocks that are replaced one by one: each finds the place of the last. */
static void test_replaced(void) {
  enum { BLOCKS = 64, TURNS = 2000 };
  static const struct {
    size_t size, alignment;
  } kinds[] = {{8 * KIB, 8 * KIB}, {64 * KIB, 64 * KIB}, {256 * KIB, 256 * KIB},
               {MIB, MIB},         {4 * KIB, 4 * MIB},   {MIB, 4 * MIB}};
  for (size_t i = 0; i < COUNT_OF(kinds); i++) {
    const size_t size = kinds[i].size;
    const size_t alignment = kinds[i].alignment;
    void *blocks[BLOCKS];
    uint64_t random = 3;
    ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
    REQUIRE(heap != NULL);
    for (size_t j = 0; j < BLOCKS; j++) {
      blocks[j] = test_alloc(heap, size, alignment, 0);
    }
    ba_heap_stats_t before = test_stats(heap);
    for (size_t turn = 0; turn < TURNS; turn++) {
      size_t j = test_random(&random) % BLOCKS;
      ba_free(blocks[j]);
      blocks[j] = test_alloc(heap, size, alignment, 0);
      CHECK(is_aligned(blocks[j], alignment));
    }
    ba_heap_stats_t after = test_stats(heap);
    CHECK_EQUAL(after.mapped_bytes, before.mapped_bytes);
    CHECK_EQUAL(after.cached_bytes, before.cached_bytes);
    test_are_apart(blocks, BLOCKS);
    for (size_t j = 0; j < BLOCKS; j++) ba_free(blocks[j]);
    ba_heap_destroy(heap);
  }
}

static const test_case_t cases[] = {
    {"aligns every block to a cache line", test_default},
    {"aligns to every power of two up to a chunk", test_every_alignment},
    {"keeps the alignment when it recycles blocks", test_recycled},
    {"keeps blocks apart when alignments are mixed", test_random_mix},
    {"puts a block where one like it lay before", test_replaced},
};

SUITE(alignment_suite, "alignment", cases);
