/* ----------------------------------------------------------------------------
 * destroy: a heap may end while blocks are out. They stay valid until each is
 * freed, and the last one takes the rest along.
 * ------------------------------------------------------------------------- */
#include "support.h"

static const size_t sizes[] = {1,     64,    200,    1000,    4096,    5000,
                               40000, 65536, 300000, 1 << 20, 2 << 20, 5 << 20};
enum { COPIES = 8, BLOCKS = COPIES * COUNT_OF(sizes) };

/* Of each block, this much carries a pattern: all of a small one. */
static size_t marked(size_t index) {
  size_t size = sizes[index % COUNT_OF(sizes)];
  return size < 16 * KIB ? size : 16 * KIB;
}

typedef struct share {
  void **blocks;
  size_t from; /* frees blocks[from], blocks[from + step], … */
  size_t step;
} share_t;

/* A heap with blocks of every kind out, some freed among them, ended. */
static bool make_orphans(void **blocks) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  if (heap == NULL) return false;
  for (size_t i = 0; i < BLOCKS; i++) {
    size_t size = sizes[i % COUNT_OF(sizes)];
    void *gone = test_alloc(heap, size, 0, 0);
    blocks[i] = test_alloc(heap, size, 0, 0);
    if (blocks[i] == NULL) return false;
    test_fill(blocks[i], marked(i), i);
    ba_free(gone);
  }
  ba_heap_destroy(heap);
  return true;
}

static void check_and_free(void *argument) {
  const share_t *share = argument;
  for (size_t i = share->from; i < BLOCKS; i += share->step) {
    CHECK(ba_usable_size(share->blocks[i]) >= sizes[i % COUNT_OF(sizes)]);
    CHECK(test_holds(share->blocks[i], marked(i), i));
    ba_free(share->blocks[i]);
  }
}

static void test_none_out(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  ba_free(test_alloc(heap, 100, 0, 0));
  ba_heap_destroy(heap);
  ba_process_stats_t process = test_process_stats();
  CHECK_EQUAL(process.heaps, 0);
  CHECK_EQUAL(process.orphaned_heaps, 0);
}

static void test_this_thread(void) {
  void *blocks[BLOCKS];
  REQUIRE(make_orphans(blocks));
  CHECK_EQUAL(test_process_stats().heaps, 0);
  CHECK_EQUAL(test_process_stats().orphaned_heaps, 1);
  check_and_free(&(share_t){blocks, 0, 1});
  CHECK_EQUAL(test_process_stats().orphaned_heaps, 0);
}

static void test_last_block(void) {
  void *blocks[BLOCKS];
  REQUIRE(make_orphans(blocks));
  void *last = blocks[BLOCKS - 1];
  for (size_t i = 0; i + 1 < BLOCKS; i++) {
    ba_free(blocks[i]);
  }
  CHECK_EQUAL(test_process_stats().orphaned_heaps, 1);
  CHECK(test_process_stats().mapped_bytes > 0);
  test_settle();
  CHECK(test_holds(last, marked(BLOCKS - 1), BLOCKS - 1));
  ba_free(last);
  CHECK_EQUAL(test_process_stats().orphaned_heaps, 0);
}

static void test_other_heap(void) {
  void *blocks[BLOCKS];
  REQUIRE(make_orphans(blocks));
  ba_heap_t *other = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(other != NULL);
  check_and_free(&(share_t){blocks, 0, 1});
  CHECK_EQUAL(test_process_stats().orphaned_heaps, 0);
  CHECK_EQUAL(test_stats(other).live_bytes, 0);
  CHECK_EQUAL(test_stats(other).remote_frees, 0);
  ba_heap_destroy(other);
}

static void test_many_threads(void) {
  void *blocks[BLOCKS];
  for (size_t round = 0; round < 20; round++) {
    REQUIRE(make_orphans(blocks));
    share_t shares[4];
    test_thread_t threads[COUNT_OF(shares)];
    for (size_t i = 0; i < COUNT_OF(shares); i++) {
      shares[i] = (share_t){blocks, i, COUNT_OF(shares)};
      test_thread_start(&threads[i], check_and_free, &shares[i]);
    }
    for (size_t i = 0; i < COUNT_OF(shares); i++) {
      test_thread_join(&threads[i]);
    }
    CHECK_EQUAL(test_process_stats().orphaned_heaps, 0);
  }
}

/* Remote frees that were queued, and never taken in, when the heap ends. */
static void test_queued(void) {
  void *blocks[BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < BLOCKS; i++) {
    blocks[i] = test_alloc(heap, sizes[i % COUNT_OF(sizes)], 0, 0);
    REQUIRE(blocks[i] != NULL);
    test_fill(blocks[i], marked(i), i);
  }
  share_t half = {blocks, 0, 2};
  test_thread_t thread;
  test_thread_start(&thread, check_and_free, &half);
  test_thread_join(&thread);
  ba_heap_destroy(heap);
  CHECK_EQUAL(test_process_stats().orphaned_heaps, 1);
  check_and_free(&(share_t){blocks, 1, 2});
  CHECK_EQUAL(test_process_stats().orphaned_heaps, 0);
}

/* Its free memory serves others at once, while its blocks are still out. */
static void test_free_memory_returns(void) {
  enum { LARGE = 16 };
  void *large[LARGE];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  void *out = test_alloc(heap, 100, 0, 0);
  for (size_t i = 0; i < LARGE; i++) {
    large[i] = test_alloc(heap, MIB, 0, 0);
  }
  for (size_t i = 0; i < LARGE; i++) {
    ba_free(large[i]);
  }
  uint64_t before = test_stats(heap).mapped_bytes;
  ba_heap_destroy(heap);
  CHECK(test_process_stats().reserve_bytes + 8 * MIB >= before);
  test_settle();
  CHECK(test_process_stats().mapped_bytes <= 8 * MIB);
  ba_free(out);
}

static void test_several(void) {
  static void *blocks[5][BLOCKS];
  for (size_t i = 0; i < COUNT_OF(blocks); i++) {
    REQUIRE(make_orphans(blocks[i]));
    CHECK_EQUAL(test_process_stats().orphaned_heaps, i + 1);
  }
  for (size_t i = 0; i < COUNT_OF(blocks); i++) {
    check_and_free(&(share_t){blocks[i], 0, 1});
    CHECK_EQUAL(test_process_stats().orphaned_heaps, COUNT_OF(blocks) - i - 1);
  }
}

/* --- A heap that ends while other threads free its blocks ---------------- */

static void test_race(void) {
  void *blocks[BLOCKS];
  for (size_t round = 0; round < 50; round++) {
    ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
    REQUIRE(heap != NULL);
    for (size_t i = 0; i < BLOCKS; i++) {
      blocks[i] = test_alloc(heap, sizes[i % COUNT_OF(sizes)], 0, 0);
      REQUIRE(blocks[i] != NULL);
      test_fill(blocks[i], marked(i), i);
    }
    share_t shares[3];
    test_thread_t threads[COUNT_OF(shares)];
    for (size_t i = 0; i < COUNT_OF(shares); i++) {
      shares[i] = (share_t){blocks, i, COUNT_OF(shares)};
      test_thread_start(&threads[i], check_and_free, &shares[i]);
    }
    ba_heap_destroy(heap);
    for (size_t i = 0; i < COUNT_OF(shares); i++) {
      test_thread_join(&threads[i]);
    }
    CHECK_EQUAL(test_process_stats().orphaned_heaps, 0);
  }
}

static const test_case_t cases[] = {
    {"leaves nothing when no block is out", test_none_out},
    {"keeps blocks until this thread frees them", test_this_thread},
    {"keeps the last block's memory to the end", test_last_block},
    {"lets a thread free them that has a heap of its own", test_other_heap},
    {"lets several threads free them at once", test_many_threads},
    {"takes in remote frees that were queued", test_queued},
    {"gives its free memory to the reserve at once", test_free_memory_returns},
    {"keeps several ended heaps apart", test_several},
    {"may end while other threads free its blocks", test_race},
};

SUITE(destroy_suite, "destroy", cases);
