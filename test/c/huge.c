/* ----------------------------------------------------------------------------
 * huge: blocks of half a chunk and more, each with a mapping of its own, and
 * the bounded cache of those that are free.
 * ------------------------------------------------------------------------- */
#include <stdatomic.h>
#include <string.h>

#include "../../src/os/os.h"
#include "support.h"

static const size_t sizes[] = {2 << 20, 3000000, 4 << 20, 5 << 20, 16 << 20};

static void test_contents(void) {
  void *blocks[COUNT_OF(sizes)];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    blocks[i] = test_alloc(heap, sizes[i], 0, 0);
    REQUIRE(blocks[i] != NULL);
    CHECK_EQUAL(ba_usable_size(blocks[i]), ba_good_size(sizes[i]));
    test_fill(blocks[i], ba_usable_size(blocks[i]), i);
  }
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    CHECK(test_holds(blocks[i], ba_usable_size(blocks[i]), i));
    ba_free(blocks[i]);
  }
  ba_heap_destroy(heap);
}

static void test_cached(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    uint64_t reused = test_stats(heap).reused_blocks;
    void *block = test_alloc(heap, sizes[i], 0, 0);
    REQUIRE(block != NULL);
    test_touch(block, sizes[i]);
    ba_free(block);
    CHECK_EQUAL(test_stats(heap).cached_bytes, ba_good_size(sizes[i]));
    CHECK(test_alloc(heap, sizes[i], 0, 0) == block);
    CHECK_EQUAL(test_stats(heap).reused_blocks, reused + 1);
    ba_free(block);
    ba_heap_trim(heap);
    CHECK_EQUAL(test_stats(heap).cached_bytes, 0);
  }
  ba_heap_destroy(heap);
}

static void test_last_freed_first(void) {
  void *blocks[3];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < COUNT_OF(blocks); i++) {
    blocks[i] = test_alloc(heap, 3 * MIB, 0, 0);
  }
  for (size_t i = 0; i < COUNT_OF(blocks); i++) {
    ba_free(blocks[i]);
  }
  for (size_t i = COUNT_OF(blocks); i-- > 0;) {
    CHECK(test_alloc(heap, 3 * MIB, 0, 0) == blocks[i]);
  }
  for (size_t i = 0; i < COUNT_OF(blocks); i++) {
    ba_free(blocks[i]);
  }
  ba_heap_destroy(heap);
}

/* A large free block must not be wasted on a small request. */
static void test_no_waste(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  ba_free(test_alloc(heap, 64 * MIB, 0, 0));
  void *block = test_alloc(heap, 5 * MIB, 0, 0);
  CHECK_EQUAL(ba_usable_size(block), ba_good_size(5 * MIB));
  ba_free(block);
  ba_heap_destroy(heap);
}

static void test_cache_limit(void) {
  enum { LIMIT = 16 << 20, BLOCKS = 10 };
  void *blocks[BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, LIMIT);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < BLOCKS; i++) {
    blocks[i] = test_alloc(heap, (3 + i) * MIB, 0, 0);
    REQUIRE(blocks[i] != NULL);
    test_touch(blocks[i], (3 + i) * MIB);
  }
  for (size_t i = 0; i < BLOCKS; i++) {
    ba_free(blocks[i]);
    CHECK(test_stats(heap).cached_bytes <= LIMIT);
  }
  CHECK(test_stats(heap).purged_bytes > 0);
  ba_heap_destroy(heap);
}

/* Blocks that nothing fits must not pile up beside those in use. */
static void test_cache_need(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t size = 2 * MIB; size <= 32 * MIB; size += size / 4) {
    void *block = test_alloc(heap, size, 0, 0);
    REQUIRE(block != NULL);
    ba_heap_stats_t stats = test_stats(heap);
    uint64_t spare = stats.peak_live_bytes / 4;
    if (spare < 16 * MIB) spare = 16 * MIB;
    CHECK(stats.cached_bytes + stats.live_bytes <=
          stats.peak_live_bytes + spare);
    ba_free(block);
  }
  CHECK(test_stats(heap).purged_bytes > 0);
  ba_heap_destroy(heap);
}

/* Does the system end a part of a reservation? Windows ends whole ones alone. */
static bool can_cut(void) {
  size_t page = ba_os_page_size();
  void *address;
  if (ba_os_reserve(2 * page, page, &address) != 0) return false;
  bool can = ba_os_release_end((char *)address + page, page) == 0;
  ba_os_release(address, can ? page : 2 * page);
  return can;
}

/* A larger one that is cached is cut down, where the heap holds enough, or given back
 * whole. */
static void test_cut(void) {
  enum { COUNT = 8 };
  void *blocks[COUNT];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < COUNT; i++) {
    blocks[i] = test_alloc(heap, (4 + i) * MIB, 0, 0);
    REQUIRE(blocks[i] != NULL);
    test_fill(blocks[i], (4 + i) * MIB, (unsigned)i);
  }
  for (size_t i = 0; i < COUNT; i++) ba_free(blocks[i]);
  ba_heap_stats_t before = test_stats(heap);
  uint64_t peak = before.peak_live_bytes;
  uint64_t process = test_process_stats().mapped_bytes;
  /* Until the spare is used up they are mapped. */
  size_t size = 3 * MIB;
  size_t fresh = 0;
  void *others[COUNT];
  for (size_t i = 0; i < COUNT; i++) {
    others[i] = test_alloc(heap, size, 0, BA_ZERO);
    REQUIRE(others[i] != NULL);
    CHECK(test_is_zero(others[i], size));
    test_fill(others[i], size, (unsigned)i);
    ba_heap_stats_t stats = test_stats(heap);
    fresh += stats.purged_bytes == before.purged_bytes;
    CHECK(stats.live_bytes + stats.cached_bytes <= peak + 16 * MIB);
  }
  CHECK(fresh < COUNT);
  ba_heap_stats_t after = test_stats(heap);
  CHECK(after.purged_bytes > before.purged_bytes);
  /* What was mapped anew is none that is used again. */
  CHECK_EQUAL(after.reused_blocks > before.reused_blocks, can_cut());
  CHECK_EQUAL(test_process_stats().mapped_bytes - process,
              after.mapped_bytes - before.mapped_bytes);
  for (size_t i = 0; i < COUNT; i++) {
    CHECK(test_holds(others[i], size, (unsigned)i));
    CHECK_EQUAL(ba_usable_size(others[i]), size);
    ba_free(others[i]);
  }
  ba_heap_trim(heap);
  CHECK_EQUAL(test_stats(heap).cached_bytes, 0);
  ba_heap_destroy(heap);
}

/* Sizes that take turns are all kept, though one at a time is in use. */
static void test_turns(void) {
  static const size_t turns[] = {2 * MIB, 3 * MIB, 5 * MIB};
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < 4 * COUNT_OF(turns); i++) {
    ba_free(test_alloc(heap, turns[i % COUNT_OF(turns)], 0, 0));
  }
  CHECK_EQUAL(test_stats(heap).reused_blocks, 3 * COUNT_OF(turns));
  ba_heap_destroy(heap);
}

static void test_trim_unmaps(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  uint64_t mapped = test_stats(heap).mapped_bytes;
  void *block = test_alloc(heap, 32 * MIB, 0, 0);
  REQUIRE(block != NULL);
  CHECK(test_stats(heap).mapped_bytes >= mapped + 32 * MIB);
  test_touch(block, 32 * MIB);
  ba_free(block);
  CHECK(ba_heap_trim(heap) >= 32 * MIB);
  CHECK_EQUAL(test_stats(heap).mapped_bytes, mapped);
  ba_heap_destroy(heap);
}

/* Sizes that never come back must not pile up address space. */
static void test_varying_sizes(void) {
  uint64_t random = 11;
  ba_heap_t *heap = test_heap(SIZE_MAX, 64 * MIB);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < 500; i++) {
    size_t size = test_random_size(&random, 2 * MIB, 32 * MIB);
    void *block = test_alloc(heap, size, 0, 0);
    REQUIRE(block != NULL);
    memset(block, 1, 4 * KIB);
    ba_free(block);
    CHECK(test_stats(heap).mapped_bytes <= 512 * MIB);
  }
  ba_heap_destroy(heap);
}

/* --- Huge pages ------------------------------------------------------------- */

static ba_heap_t *asking_heap(void) {
  ba_heap_limits_t limits = {
      .max_bytes = SIZE_MAX, .max_cached_bytes = SIZE_MAX, .huge_pages = true};
  ba_heap_t *heap = NULL;
  return CHECK_EQUAL(ba_heap_create(&limits, &heap), BA_OK) ? heap : NULL;
}

/* Whether huge pages were asked for; -1 where the system does not say so. */
static int is_asked(const void *block) {
  char flags[256];
  if (!test_mapping_flags(block, flags, sizeof(flags))) return -1;
  return strstr(flags, " hg") != NULL;
}

static void check_asked(ba_heap_t *heap, size_t size, bool expected) {
  ba_heap_stats_t before = test_stats(heap);
  void *block = test_alloc(heap, size, 0, 0);
  REQUIRE(block != NULL);
  ba_heap_stats_t after = test_stats(heap);
  CHECK_EQUAL(after.huge_wanted - before.huge_wanted, expected);
  bool refused = after.huge_refused != before.huge_refused;
  int asked = is_asked(block);
  if (asked >= 0) CHECK_EQUAL(asked, expected && !refused);
  if (expected) CHECK_EQUAL((uintptr_t)block % (2 * MIB), 0);
  ba_free(block);
  ba_heap_trim(heap);
}

static void test_asks(void) {
  ba_heap_t *plain = test_heap(SIZE_MAX, SIZE_MAX);
  ba_heap_t *asking = asking_heap();
  REQUIRE(plain != NULL && asking != NULL);
  check_asked(asking, 64 * KIB, false);
  check_asked(asking, MIB, false);
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    check_asked(asking, sizes[i], true);
    check_asked(plain, sizes[i], false);
  }
  ba_heap_destroy(asking);
  ba_heap_destroy(plain);
}

static void test_refused(void) {
  ba_heap_t *heap = asking_heap();
  REQUIRE(heap != NULL);
  ba_free(test_alloc(heap, 3 * MIB, 0, 0));
  ba_heap_trim(heap);
  uint64_t refused = test_stats(heap).huge_refused;
  /* Reserved, committed, and then asked for. */
  atomic_store(&ba_os_fail_at, 3);
  void *block = test_alloc(heap, 3 * MIB, 0, 0);
  CHECK_EQUAL(atomic_exchange(&ba_os_fail_at, 0), 0);
  REQUIRE(block != NULL);
  CHECK_EQUAL(test_stats(heap).huge_refused, refused + 1);
  test_fill(block, 3 * MIB, 1);
  CHECK(test_holds(block, 3 * MIB, 1));
  ba_free(block);
  ba_heap_destroy(heap);
}

static const test_case_t cases[] = {
    {"gives huge blocks that hold their contents", test_contents},
    {"keeps a freed huge block for the next request", test_cached},
    {"hands out the huge block last freed", test_last_freed_first},
    {"wastes no large mapping on a small request", test_no_waste},
    {"keeps no more than the cache limit", test_cache_limit},
    {"keeps little more than was in use at once for other sizes",
     test_cache_need},
    {"cuts a larger block down where the heap holds enough", test_cut},
    {"keeps blocks of sizes that take turns", test_turns},
    {"unmaps free huge blocks on trim", test_trim_unmaps},
    {"bounds the address space while sizes vary", test_varying_sizes},
    {"has huge pages asked for by a heap that is to", test_asks},
    {"does without huge pages that are refused", test_refused},
};

SUITE(huge_suite, "huge blocks", cases);
