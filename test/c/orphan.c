/* ----------------------------------------------------------------------------
 * orphan: heaps that ended with blocks out, while other threads free these
 * blocks. What is freed goes back to the OS, the last one ends the heap, and
 * nothing of it is left behind.
 * ------------------------------------------------------------------------- */
#include <stdatomic.h>

#include "support.h"

/* Frees every `step`-th block, once all threads are there. */
typedef struct share {
  void **blocks;
  size_t from;
  size_t step;
  size_t count;
  _Atomic size_t *waiting; /* threads that are not there yet */
} share_t;

static void free_share(void *argument) {
  const share_t *share = argument;
  atomic_fetch_sub(share->waiting, 1);
  while (atomic_load(share->waiting) != 0) {
    test_thread_yield();
  }
  for (size_t i = share->from; i < share->count; i += share->step) {
    CHECK(test_holds(share->blocks[i], 64, i));
    ba_free(share->blocks[i]);
  }
}

static bool allocate(ba_heap_t *heap, size_t size, void **blocks,
                     size_t count) {
  for (size_t i = 0; i < count; i++) {
    blocks[i] = test_alloc(heap, size, 0, 0);
    if (blocks[i] == NULL) return false;
    test_fill(blocks[i], 64, i);
  }
  return true;
}

/* Neighbours in one span are freed by different threads, at the moment at which
 * the heap ends. */
static void test_race(size_t size, size_t count) {
  enum { BLOCKS = 256, THREADS = 3 };
  void *blocks[BLOCKS] = {NULL};
  for (size_t round = 0; round < 100; round++) {
    ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
    REQUIRE(heap != NULL && allocate(heap, size, blocks, count));
    share_t shares[THREADS];
    test_thread_t threads[THREADS];
    _Atomic size_t waiting = THREADS + 1;
    for (size_t i = 0; i < THREADS; i++) {
      shares[i] = (share_t){blocks, i, THREADS, count, &waiting};
      test_thread_start(&threads[i], free_share, &shares[i]);
    }
    atomic_fetch_sub(&waiting, 1);
    for (size_t i = 0; i < round % 8; i++) {
      (void)test_stats(heap); /* takes in what is there */
    }
    ba_heap_destroy(heap);
    for (size_t i = 0; i < THREADS; i++) {
      test_thread_join(&threads[i]);
    }
    CHECK_EQUAL(test_process_stats().orphaned_heaps, 0);
    CHECK_EQUAL(test_process_stats().heaps, 0);
  }
  ba_process_stats_t process = test_process_stats();
  CHECK_EQUAL(process.mapped_bytes, process.reserve_bytes);
}

static void test_race_small(void) { test_race(100, 256); }
static void test_race_slabs(void) { test_race(8192, 256); }
static void test_race_single(void) { test_race(64 * KIB, 256); }
static void test_race_huge(void) { test_race(2 * MIB, 16); }

/* Another thread frees all but one, then the last. */
static void test_last_elsewhere(void) {
  enum { BLOCKS = 100 };
  void *blocks[BLOCKS] = {NULL};
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL && allocate(heap, 20000, blocks, BLOCKS));
  ba_heap_destroy(heap);
  for (size_t i = 0; i < BLOCKS; i++) {
    ba_process_stats_t process = test_process_stats();
    CHECK_EQUAL(process.orphaned_heaps, 1);
    CHECK(process.mapped_bytes > process.reserve_bytes);
    test_thread_t thread;
    test_thread_start(&thread, ba_free, blocks[i]);
    test_thread_join(&thread);
  }
  ba_process_stats_t process = test_process_stats();
  CHECK_EQUAL(process.orphaned_heaps, 0);
  CHECK_EQUAL(process.mapped_bytes, process.reserve_bytes);
  CHECK_EQUAL(test_settle(), 0);
}

/* Of `total` bytes in blocks of `size`, all but one are freed, every `step`-th by
 * the owner and the others after the heap's end; 0: none by the owner. Returns how
 * many bytes stay resident; the last block is freed. */
static size_t resident_after(size_t size, size_t total, size_t step) {
  static void *blocks[65536];
  size_t count = total / size;
  size_t left = 0;
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  if (heap == NULL) return SIZE_MAX;
  for (size_t i = 0; i < count; i++) {
    blocks[i] = test_alloc(heap, size, 0, 0);
    if (blocks[i] == NULL) return SIZE_MAX;
    test_touch(blocks[i], size);
  }
  for (size_t i = step; step != 0 && i < count; i += step) {
    ba_free(blocks[i]);
  }
  ba_heap_destroy(heap);
  for (size_t i = 1; i < count; i++) {
    if (step == 0 || i % step != 0) ba_free(blocks[i]);
  }
  for (size_t i = 1; i < count; i++) {
    left += test_resident_bytes(blocks[i], size);
  }
  ba_free(blocks[0]);
  return left;
}

/* What shares a span with the block that is out may stay. */
static void check_resident(size_t step) {
  static const size_t sizes[] = {4096, 5000, 8192, 64 * KIB, MIB, 3 * MIB};
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    CHECK(resident_after(sizes[i], 48 * MIB, step) <= MIB / 4);
    test_settle();
  }
}

static void test_resident(void) { check_resident(0); }
static void test_resident_partly(void) { check_resident(3); }

/* Memory that an orphan gave back reads as zero to the heap that has it next. */
static void test_zero(void) {
  enum { BLOCKS = 400 };
  static void *blocks[BLOCKS];
  for (size_t round = 0; round < 3; round++) {
    ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
    REQUIRE(heap != NULL);
    for (size_t i = 0; i < BLOCKS; i++) {
      blocks[i] = test_alloc(heap, 40000, 0, BA_ZERO);
      CHECK(test_is_zero(blocks[i], ba_usable_size(blocks[i])));
      test_fill(blocks[i], ba_usable_size(blocks[i]), i);
    }
    ba_heap_destroy(heap);
    for (size_t i = 0; i < BLOCKS; i++) {
      ba_free(blocks[i]);
    }
  }
}

/* Thousands of heaps, each ended with blocks out that another thread frees. */
static void come_and_go(size_t count) {
  void *blocks[8] = {NULL};
  for (size_t i = 0; i < count; i++) {
    ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
    REQUIRE(heap != NULL &&
            allocate(heap, 100 << i % 12, blocks, COUNT_OF(blocks)));
    for (size_t j = 0; j < COUNT_OF(blocks) / 2; j++) {
      test_free_elsewhere(blocks[j]);
    }
    ba_heap_destroy(heap);
    for (size_t j = COUNT_OF(blocks) / 2; j < COUNT_OF(blocks); j++) {
      test_free_elsewhere(blocks[j]);
    }
  }
}

static void test_no_leak(void) {
  come_and_go(100);
  ba_process_stats_t before = test_process_stats();
  come_and_go(5000);
  ba_process_stats_t after = test_process_stats();
  CHECK_EQUAL(after.heaps, 0);
  CHECK_EQUAL(after.orphaned_heaps, 0);
  CHECK_EQUAL(after.metadata_bytes, before.metadata_bytes);
  CHECK_EQUAL(after.mapped_bytes, after.reserve_bytes);
}

static const test_case_t cases[] = {
    {"ends while threads free small blocks of one span", test_race_small},
    {"ends while threads free slabs", test_race_slabs},
    {"ends while threads free blocks with spans of their own",
     test_race_single},
    {"ends while threads free huge blocks", test_race_huge},
    {"ends with its last block, whoever frees it", test_last_elsewhere},
    {"gives pages back while one block is out", test_resident},
    {"gives pages back of which the owner had freed a part",
     test_resident_partly},
    {"knows what is zero of what it leaves", test_zero},
    {"leaves nothing behind, however many come and go", test_no_leak},
};

SUITE(orphan_suite, "orphans", cases);
