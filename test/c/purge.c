/* ----------------------------------------------------------------------------
 * purge: memory that idles goes back to the OS on a tick, and all free memory
 * on a trim. The proof is which pages are resident.
 * ------------------------------------------------------------------------- */
#include "../../src/os/os.h"
#include "support.h"

enum { BLOCKS = 1024 };
#define BLOCK_SIZE (64 * KIB)
#define TOTAL (BLOCKS * BLOCK_SIZE)

static bool allocate_touched(ba_heap_t *heap, void **blocks) {
  for (size_t i = 0; i < BLOCKS; i++) {
    blocks[i] = test_alloc(heap, BLOCK_SIZE, 0, 0);
    if (blocks[i] == NULL) return false;
    test_touch(blocks[i], BLOCK_SIZE);
  }
  return true;
}

static size_t resident(void **blocks) {
  size_t bytes = 0;
  for (size_t i = 0; i < BLOCKS; i++) {
    bytes += test_resident_bytes(blocks[i], BLOCK_SIZE);
  }
  return bytes;
}

static void free_blocks(void **blocks) {
  for (size_t i = 0; i < BLOCKS; i++) {
    ba_free(blocks[i]);
  }
}

static void test_tick_waits(void) {
  static void *blocks[BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL && allocate_touched(heap, blocks));
  free_blocks(blocks);
  CHECK_EQUAL(test_stats(heap).cached_bytes, TOTAL);
  for (size_t i = 0; i < 3; i++) {
    CHECK_EQUAL(ba_heap_tick(heap, 4), 0);
  }
  CHECK_EQUAL(test_stats(heap).cached_bytes, TOTAL);
  CHECK_EQUAL(ba_heap_tick(heap, 4), TOTAL);
  CHECK_EQUAL(test_stats(heap).purged_bytes, TOTAL);
  CHECK_EQUAL(test_stats(heap).cached_bytes, 0);
  CHECK_EQUAL(ba_heap_tick(heap, 0), 0);
  ba_heap_destroy(heap);
}

static void test_tick_zero(void) {
  static void *blocks[BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL && allocate_touched(heap, blocks));
  CHECK_EQUAL(ba_heap_tick(heap, 0), 0);
  free_blocks(blocks);
  CHECK_EQUAL(ba_heap_tick(heap, 0), TOTAL);
  CHECK_EQUAL(test_stats(heap).cached_bytes, 0);
  /* Chunks without a page are of no use to another heap. */
  CHECK_EQUAL(test_process_stats().mapped_bytes, 0);
  ba_heap_destroy(heap);
}

/* A block in steady use is never free for long enough. */
static void test_tick_spares_used(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < 20; i++) {
    void *block = test_alloc(heap, BLOCK_SIZE, 0, 0);
    REQUIRE(block != NULL);
    test_touch(block, BLOCK_SIZE);
    ba_free(block);
    CHECK_EQUAL(ba_heap_tick(heap, 3), 0);
  }
  CHECK_EQUAL(test_stats(heap).reused_blocks, 19);
  ba_heap_destroy(heap);
}

/* A block that comes and goes must not keep its idle neighbours resident. */
static void test_tick_neighbours(void) {
  static void *blocks[BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL && allocate_touched(heap, blocks));
  free_blocks(blocks);
  for (size_t i = 0; i < 8; i++) {
    void *block = test_alloc(heap, BLOCK_SIZE, 0, 0);
    ba_free(block);
    ba_heap_tick(heap, 3);
  }
  CHECK(test_stats(heap).cached_bytes <= 2 * BLOCK_SIZE);
  ba_heap_destroy(heap);
}

/* Free blocks of whole pages, in spans that are in use, wait as long as others. */
static void test_tick_waits_between(void) {
  enum { PAGES = 256 };
  void *pages[PAGES];
  size_t size = ba_os_page_size();
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < PAGES; i++) {
    pages[i] = test_alloc(heap, size, 0, 0);
    REQUIRE(pages[i] != NULL);
    test_touch(pages[i], size);
  }
  bool can_discard = ba_os_discard(pages[0], size) == 0;
  for (size_t i = 0; i < PAGES; i += 2) {
    ba_free(pages[i]);
  }
  for (size_t i = 0; i < 3; i++) {
    CHECK_EQUAL(ba_heap_tick(heap, 4), 0);
  }
  CHECK_EQUAL(ba_heap_tick(heap, 4), can_discard ? PAGES / 2 * size : 0);
  for (size_t i = 1; i < PAGES; i += 2) {
    ba_free(pages[i]);
  }
  ba_heap_destroy(heap);
}

static void test_tick_resident(void) {
  static void *blocks[BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL && allocate_touched(heap, blocks));
  free_blocks(blocks);
  CHECK_EQUAL(resident(blocks), TOTAL);
  for (size_t i = 0; i < 3; i++) {
    ba_heap_tick(heap, 1);
  }
  CHECK_EQUAL(resident(blocks), 0);
  REQUIRE(allocate_touched(heap, blocks));
  CHECK_EQUAL(resident(blocks), TOTAL);
  free_blocks(blocks);
  ba_heap_destroy(heap);
}

static void test_trim_resident(void) {
  static void *blocks[BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL && allocate_touched(heap, blocks));
  free_blocks(blocks);
  CHECK_EQUAL(resident(blocks), TOTAL);
  CHECK(ba_heap_trim(heap) >= TOTAL);
  CHECK_EQUAL(resident(blocks), 0);
  CHECK_EQUAL(test_stats(heap).mapped_bytes, 0);
  CHECK_EQUAL(ba_heap_trim(heap), 0);
  ba_heap_destroy(heap);
}

/* Every second block stays: the others' pages go all the same. */
static void test_trim_between(void) {
  static void *blocks[BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL && allocate_touched(heap, blocks));
  for (size_t i = 0; i < BLOCKS; i++) {
    test_fill(blocks[i], BLOCK_SIZE, i);
  }
  for (size_t i = 0; i < BLOCKS; i += 2) {
    ba_free(blocks[i]);
  }
  CHECK_EQUAL(ba_heap_trim(heap), TOTAL / 2);
  CHECK_EQUAL(test_stats(heap).cached_bytes, 0);
  for (size_t i = 1; i < BLOCKS; i += 2) {
    CHECK(test_holds(blocks[i], BLOCK_SIZE, i));
    ba_free(blocks[i]);
  }
  ba_heap_destroy(heap);
}

/* Blocks below a page, all of them free: whole pages can go. */
static void test_small_blocks(void) {
  enum { SMALL = 312 * 64 };
  static void *small[SMALL];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < SMALL; i++) {
    small[i] = test_alloc(heap, 256, 0, 0);
    REQUIRE(small[i] != NULL);
    test_touch(small[i], 256);
  }
  for (size_t i = 0; i < SMALL; i++) {
    ba_free(small[i]);
  }
  CHECK_EQUAL(test_stats(heap).cached_bytes, SMALL * (uint64_t)256);
  ba_heap_tick(heap, 1);
  ba_heap_tick(heap, 1);
  CHECK_EQUAL(test_stats(heap).cached_bytes, 0);
  CHECK(test_stats(heap).purged_bytes >= SMALL * (uint64_t)256);
  ba_heap_destroy(heap);
}

static void test_trim_reserve(void) {
  static void *blocks[BLOCKS];
  ba_heap_t *first = test_heap(SIZE_MAX, SIZE_MAX);
  ba_heap_t *second = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(first != NULL && second != NULL);
  REQUIRE(allocate_touched(first, blocks));
  free_blocks(blocks);
  ba_heap_destroy(first);
  CHECK(test_process_stats().reserve_bytes > 0);
  CHECK(test_process_stats().warm_bytes > 0);
  CHECK(ba_heap_trim(second) > 0);
  CHECK_EQUAL(test_process_stats().reserve_bytes, 0);
  CHECK_EQUAL(test_process_stats().warm_bytes, 0);
  CHECK_EQUAL(test_process_stats().mapped_bytes, 0);
  ba_heap_destroy(second);
}

static void test_tick_reserve(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  void *block = test_alloc(heap, MIB, 0, 0);
  REQUIRE(block != NULL);
  test_touch(block, MIB);
  ba_free(block);
  ba_heap_destroy(heap);
  CHECK_EQUAL(test_resident_bytes(block, MIB), MIB);
  /* One that comes and goes between two ticks finds it as it was. */
  CHECK(ba_process_tick() > 0);
  heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  ba_free(test_alloc(heap, MIB, 0, 0));
  ba_heap_destroy(heap);
  CHECK(ba_process_tick() > 0);
  CHECK_EQUAL(test_resident_bytes(block, MIB), MIB);
  CHECK_EQUAL(test_process_stats().warm_bytes, MIB);
  CHECK_EQUAL(ba_process_tick(), 0);
  CHECK_EQUAL(test_process_stats().reserve_bytes, 0);
  CHECK_EQUAL(test_process_stats().warm_bytes, 0);
  CHECK(!test_is_readable(block));
}

static void test_tick_reserve_all(void) {
  static void *blocks[BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  REQUIRE(allocate_touched(heap, blocks));
  free_blocks(blocks);
  ba_heap_destroy(heap);
  /* Of several chunks. */
  CHECK(ba_process_tick() > (size_t)8 * MIB);
  CHECK_EQUAL(ba_process_tick(), 0);
  CHECK_EQUAL(test_process_stats().warm_bytes, 0);
}

/* As much as four chunks of each size. */
static void test_reserve_bounds(void) {
  static void *blocks[BLOCKS];
  const size_t large = 4 * MIB;
  const size_t small = 256 * KIB;
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL && allocate_touched(heap, blocks));
  free_blocks(blocks);
  ba_heap_destroy(heap);
  ba_process_stats_t process = test_process_stats();
  CHECK(process.reserve_bytes >= 4 * large);
  CHECK(process.reserve_bytes <= 4 * (large + small));
  CHECK_EQUAL(process.mapped_bytes, process.reserve_bytes);
}

static const test_case_t cases[] = {
    {"purges on the tick at which memory has idled enough", test_tick_waits},
    {"purges all free memory on a tick with no patience", test_tick_zero},
    {"spares memory that is in steady use", test_tick_spares_used},
    {"waits as long for pages between those in use", test_tick_waits_between},
    {"purges the neighbours of what is in use", test_tick_neighbours},
    {"lets the resident size fall on a tick", test_tick_resident},
    {"empties the reserve of what two ticks find unused", test_tick_reserve},
    {"leaves no chunk of several in it then", test_tick_reserve_all},
    {"keeps a bounded reserve of ended heaps", test_reserve_bounds},
    {"lets the resident size fall on a trim", test_trim_resident},
    {"purges free blocks between live ones", test_trim_between},
    {"purges spans of small blocks", test_small_blocks},
    {"empties the reserve on a trim", test_trim_reserve},
};

SUITE(purge_suite, "purge and trim", cases);
