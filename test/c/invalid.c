/* ----------------------------------------------------------------------------
 * invalid: requests that cannot be met. Each is refused with a status, and a
 * refusal changes nothing.
 * ------------------------------------------------------------------------- */
#include <string.h>

#include "support.h"

static const size_t alignments[] = {0,    1,       64,      128,
                                    4096, 1 << 16, 1 << 20, BA_ALIGNMENT_MAX};

/* All but the count of refusals. */
static bool same_but_refused(ba_heap_stats_t a, ba_heap_stats_t b) {
  a.refused_nomem = b.refused_nomem;
  a.refused_budget = b.refused_budget;
  return memcmp(&a, &b, sizeof(a)) == 0;
}

/* Sees that a request is refused, and that nothing else happens. */
static void check_refused(ba_heap_t *heap, size_t size, size_t alignment,
                          unsigned flags, bool invalid) {
  int here = 0;
  void *out = &here;
  ba_heap_stats_t before = test_stats(heap);
  ba_status_t status = ba_alloc(heap, size, alignment, flags, &out);
  if (invalid) {
    CHECK_EQUAL(status, BA_EINVAL);
  } else {
    CHECK(status == BA_EINVAL || status == BA_ENOMEM);
  }
  if (status == BA_OK) {
    ba_free(out); /* so that the next test starts afresh */
    return;
  }
  CHECK(out == &here);
  ba_heap_stats_t after = test_stats(heap);
  CHECK(same_but_refused(before, after));
  CHECK_EQUAL(after.refused_nomem - before.refused_nomem,
              status == BA_ENOMEM ? 1 : 0);
}

static void test_zero_size(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < COUNT_OF(alignments); i++) {
    check_refused(heap, 0, alignments[i], 0, true);
    check_refused(heap, 0, alignments[i], BA_ZERO, true);
  }
  ba_heap_destroy(heap);
}

static void test_bad_alignment(void) {
  static const size_t bad[] = {3,
                               48,
                               63,
                               65,
                               96,
                               4095,
                               4097,
                               BA_ALIGNMENT_MAX - 1,
                               BA_ALIGNMENT_MAX + 1,
                               BA_ALIGNMENT_MAX * 2,
                               SIZE_MAX / 2 + 1,
                               SIZE_MAX - 1,
                               SIZE_MAX};
  static const size_t sizes[] = {1, 64, 4096, 1 << 20, 8 << 20, SIZE_MAX};
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t round = 0; round < 2; round++) {
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
      for (size_t j = 0; j < COUNT_OF(sizes); j++) {
        check_refused(heap, sizes[j], bad[i], 0, true);
      }
    }
    /* Once more with blocks waiting for reuse: another path. */
    ba_free(test_alloc(heap, 1, 0, 0));
    ba_free(test_alloc(heap, 4096, 0, 0));
    ba_free(test_alloc(heap, MIB, 0, 0));
  }
  ba_heap_destroy(heap);
}

static void check_overflow(ba_heap_t *heap, size_t size) {
  for (size_t i = 0; i < COUNT_OF(alignments); i++) {
    check_refused(heap, size, alignments[i], 0, false);
    check_refused(heap, size, alignments[i], BA_ZERO, false);
  }
}

static void test_overflow(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t below = 0; below < 300; below++) {
    check_overflow(heap, SIZE_MAX - below);
  }
  for (size_t below = 512; below <= SIZE_MAX / 4; below <<= 1) {
    check_overflow(heap, SIZE_MAX - below);
    check_overflow(heap, SIZE_MAX - below + 1);
    check_overflow(heap, SIZE_MAX - below - 1);
  }
  check_overflow(heap, SIZE_MAX / 2);
  check_overflow(heap, SIZE_MAX / 2 + 1);
  check_overflow(heap, SIZE_MAX / 4 * 3);
  ba_free(test_alloc(heap, 100, 0, 0));
  ba_heap_destroy(heap);
}

/* A budget must not hide an overflow in its own arithmetic. */
static void test_overflow_with_budget(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX - 1, SIZE_MAX);
  REQUIRE(heap != NULL);
  void *live = test_alloc(heap, MIB, 0, 0);
  for (size_t below = 0; below < 10 * MIB; below += 64 * KIB - 1) {
    void *out = NULL;
    ba_status_t status = ba_alloc(heap, SIZE_MAX - below, 0, 0, &out);
    CHECK(status != BA_OK);
    CHECK(out == NULL);
  }
  ba_free(live);
  ba_heap_destroy(heap);
}

/* More than the address space has; below what a request may name. */
static void test_address_space(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t size = (size_t)1 << 48; size <= SIZE_MAX / 4; size <<= 1) {
    check_refused(heap, size, 0, 0, false);
    check_refused(heap, size, BA_ALIGNMENT_MAX, BA_ZERO, false);
  }
  CHECK(test_stats(heap).refused_nomem > 0);
  ba_heap_destroy(heap);
}

static void test_free_null(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  ba_heap_stats_t before = test_stats(heap);
  test_free_elsewhere(NULL);
  ba_free(NULL);
  ba_heap_stats_t after = test_stats(heap);
  CHECK(memcmp(&before, &after, sizeof(before)) == 0);
  ba_heap_destroy(heap);
}

static const test_case_t cases[] = {
    {"refuses a size of 0", test_zero_size},
    {"refuses an alignment that is no power of two or over a chunk",
     test_bad_alignment},
    {"refuses sizes that overflow, whatever the alignment", test_overflow},
    {"refuses sizes that overflow when it has a budget",
     test_overflow_with_budget},
    {"refuses what no address space can hold", test_address_space},
    {"ignores a free of NULL", test_free_null},
};

SUITE(invalid_suite, "invalid requests", cases);
