/* ----------------------------------------------------------------------------
 * colour: where blocks begin that need not begin with a page.
 * ------------------------------------------------------------------------- */
#include "support.h"

/* What addresses are told apart by: the heap's own page. */
#define PAGE ((size_t)4 * KIB)

enum { COUNT = 64 };

/* Of every kind, with room for 63 colours or for fewer. */
static const size_t sizes[] = {2200,
                               5000,
                               10000,
                               29000,
                               42000,
                               300000,
                               1000000,
                               3000000,
                               65540,
                               131076,
                               (16 << 20) - 6400,
                               (16 << 20) + 65};

static size_t place(const void *block) { return (uintptr_t)block & (PAGE - 1); }

static size_t fewer(size_t size) { return size >= MIB / 2 ? 8 : COUNT; }

/* How many of the colours that there are occur. */
static size_t count_places(void *const *blocks, size_t count) {
  uint64_t seen = 0;
  size_t places = 0;
  for (size_t i = 0; i < count; i++) {
    seen |= (uint64_t)1 << place(blocks[i]) / BA_ALIGNMENT_MIN;
  }
  for (; seen != 0; seen &= seen - 1) places++;
  return places;
}

static void check_blocks(void *const *blocks, size_t count, size_t size) {
  for (size_t i = 0; i < count; i++) {
    size_t usable = ba_usable_size(blocks[i]);
    CHECK(place(blocks[i]) % BA_ALIGNMENT_MIN == 0);
    CHECK(usable >= size && usable <= ba_good_size(size));
    CHECK(test_holds(blocks[i], usable, i));
  }
}

static size_t smaller(size_t one, size_t other) {
  return one < other ? one : other;
}

/* Where whole pages would all begin alike. */
static void check_places(void *const *blocks, size_t count, size_t size) {
  size_t good = ba_good_size(size);
  size_t most = smaller((good - size) / BA_ALIGNMENT_MIN, COUNT - 1);
  if (good % PAGE != 0) return;
  /* By chance 40 of 63, give or take 3. */
  CHECK(count_places(blocks, count) * 3 >= smaller(most, count));
  for (size_t i = 0; i < count; i++) CHECK(place(blocks[i]) != 0);
}

static void check_size(size_t size) {
  void *blocks[COUNT];
  size_t count = fewer(size);
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < count; i++) {
    blocks[i] = test_alloc(heap, size, 0, BA_COLOUR | BA_ZERO);
    REQUIRE(blocks[i] != NULL);
    CHECK(test_is_zero(blocks[i], ba_usable_size(blocks[i])));
    test_fill(blocks[i], ba_usable_size(blocks[i]), i);
  }
  check_blocks(blocks, count, size);
  check_places(blocks, count, size);
  CHECK_EQUAL(test_stats(heap).live_bytes, count * ba_good_size(size));
  test_are_apart(blocks, count);
  for (size_t i = 0; i < count; i++) ba_free(blocks[i]);
  CHECK_EQUAL(test_stats(heap).live_bytes, 0);
  ba_heap_destroy(heap);
}

static void test_places(void) {
  for (size_t i = 0; i < COUNT_OF(sizes); i++) check_size(sizes[i]);
}

/* What needs all of its block, is aligned or is small begins with the block. */
static void test_plain(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < 100; i++) {
    void *whole = test_alloc(heap, 64 * KIB, 0, BA_COLOUR);
    void *aligned = test_alloc(heap, 42000, 4096, BA_COLOUR);
    void *small = test_alloc(heap, 1900, 0, BA_COLOUR);
    void *plain = test_alloc(heap, 42000, 0, 0);
    CHECK_EQUAL(ba_usable_size(whole), 64 * KIB);
    CHECK_EQUAL(place(aligned), 0);
    CHECK_EQUAL(ba_usable_size(small), ba_good_size(1900));
    CHECK_EQUAL(ba_usable_size(plain), ba_good_size(42000));
    ba_free(whole);
    ba_free(aligned);
    ba_free(small);
    ba_free(plain);
  }
  ba_heap_destroy(heap);
}

typedef enum way { CACHED, ELSEWHERE, IN_SPANS, WAYS } way_t;

static void give_back(ba_heap_t *heap, void *block, way_t way) {
  if (way == ELSEWHERE) {
    test_free_elsewhere(block);
    return;
  }
  ba_free(block);
  if (way == IN_SPANS) ba_heap_tick(heap, 100);
}

static void check_whole_again(ba_heap_t *heap, size_t size, way_t way) {
  size_t good = ba_good_size(size);
  void *block = test_alloc(heap, size, 0, BA_COLOUR);
  REQUIRE(block != NULL);
  test_fill(block, size, way);
  give_back(heap, block, way);
  void *whole = test_alloc(heap, good, 0, 0);
  REQUIRE(whole != NULL);
  CHECK_EQUAL(ba_usable_size(whole), good);
  CHECK((uintptr_t)block - (uintptr_t)whole < good);
  test_fill(whole, good, way);
  CHECK(test_holds(whole, good, way));
  ba_free(whole);
}

/* A block that began late is the whole block again for whoever is next: of the owner's
 * cache, of what others freed, and of the spans. */
static void test_whole_again(void) {
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
    REQUIRE(heap != NULL);
    void *anchor = test_alloc(heap, sizes[i], 0, 0);
    for (way_t way = CACHED; way < WAYS; way++) {
      check_whole_again(heap, sizes[i], way);
    }
    ba_free(anchor);
    CHECK_EQUAL(test_stats(heap).live_bytes, 0);
    ba_heap_destroy(heap);
  }
}

/* By whatever thread it is freed. */
static void test_wiped(void) {
  ba_heap_limits_t limits = {
      .max_bytes = SIZE_MAX, .max_cached_bytes = SIZE_MAX, .wipe = true};
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    ba_heap_t *heap = NULL;
    REQUIRE(ba_heap_create(&limits, &heap) == BA_OK);
    size_t good = ba_good_size(sizes[i]);
    for (way_t way = CACHED; way <= ELSEWHERE; way++) {
      void *whole = test_alloc(heap, good, 0, 0);
      test_fill(whole, good, i);
      ba_free(whole);
      void *block = test_alloc(heap, sizes[i], 0, BA_COLOUR);
      test_fill(block, ba_usable_size(block), i);
      give_back(heap, block, way);
      void *next = test_alloc(heap, good, 0, 0);
      CHECK(test_is_zero(next, good));
      ba_free(next);
    }
    ba_heap_destroy(heap);
  }
}

static void test_outlives(void) {
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
    REQUIRE(heap != NULL);
    void *blocks[4];
    for (size_t j = 0; j < COUNT_OF(blocks); j++) {
      blocks[j] = test_alloc(heap, sizes[i], 0, BA_COLOUR);
      test_fill(blocks[j], ba_usable_size(blocks[j]), j);
    }
    ba_heap_destroy(heap);
    check_blocks(blocks, COUNT_OF(blocks), sizes[i]);
    for (size_t j = 0; j < COUNT_OF(blocks); j++) ba_free(blocks[j]);
  }
  CHECK_EQUAL(test_process_stats().orphaned_heaps, 0);
}

static const test_case_t cases[] = {
    {"begin at different places of a page", test_places},
    {"begin with their block where there is no room", test_plain},
    {"leave a whole block behind", test_whole_again},
    {"leave nothing behind that is to be wiped", test_wiped},
    {"outlive their heap", test_outlives},
};

SUITE(colour_suite, "coloured blocks", cases);
