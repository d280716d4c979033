/* ----------------------------------------------------------------------------
 * tally: what is out, by tags, whoever returns it.
 * ------------------------------------------------------------------------- */
#include <stdatomic.h>

#include "support.h"

enum { BLOCKS = 1000, SIZE = 100, ROUNDS = TEST_SANITIZED ? 20 : 1000 };

/* Takes blocks, the tags in turn. */
static void take(ba_heap_t *heap, void **blocks) {
  for (unsigned i = 0; i < BLOCKS; i++) {
    blocks[i] = test_alloc(heap, SIZE, 0, 0);
    ba_tally_add(blocks[i], i % BA_TAGS, 1, SIZE);
  }
}

static void give(void **blocks, unsigned first, unsigned step) {
  for (unsigned i = first; i < BLOCKS; i += step) {
    ba_tally_add(blocks[i], i % BA_TAGS, -1, SIZE);
    ba_free(blocks[i]);
  }
}

static void give_odd(void *blocks) { give(blocks, 1, 2); }

static void check(ba_heap_t *heap, unsigned tag, size_t count) {
  ba_tally_t tally = ba_heap_tally(heap, tag);
  CHECK_EQUAL(tally.count, count);
  CHECK_EQUAL(tally.bytes, count * SIZE);
}

/* Another thread has the blocks, and counts them. */
static void count_out(void *argument) {
  void **blocks = argument;
  for (unsigned i = 0; i < BLOCKS; i++) {
    ba_tally_add(blocks[i], i % BA_TAGS, 1, SIZE);
  }
}

static void test_shared(void) {
  void *blocks[BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (unsigned i = 0; i < BLOCKS; i++) {
    blocks[i] = test_alloc(heap, SIZE, 0, 0);
  }
  test_thread_t thread;
  test_thread_start(&thread, count_out, blocks);
  test_thread_join(&thread);
  for (unsigned tag = 0; tag < BA_TAGS; tag++) {
    check(heap, tag, BLOCKS / BA_TAGS);
  }
  test_thread_start(&thread, give_odd, blocks);
  give(blocks, 0, 2);
  test_thread_join(&thread);
  for (unsigned tag = 0; tag < BA_TAGS; tag++) check(heap, tag, 0);
  ba_heap_destroy(heap);
}

static void test_owner(void) {
  void *blocks[BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  take(heap, blocks);
  for (unsigned tag = 0; tag < BA_TAGS; tag++) {
    check(heap, tag, BLOCKS / BA_TAGS);
  }
  give(blocks, 2, BA_TAGS);
  check(heap, 1, BLOCKS / BA_TAGS);
  check(heap, 2, 0);
  for (unsigned tag = 0; tag < BA_TAGS; tag++) {
    if (tag != 2) give(blocks, tag, BA_TAGS);
    check(heap, tag, 0);
  }
  ba_heap_destroy(heap);
}

static void test_other_thread(void) {
  void *blocks[BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  take(heap, blocks);
  test_thread_t thread;
  test_thread_start(&thread, give_odd, blocks);
  give(blocks, 0, 2);
  test_thread_join(&thread);
  for (unsigned tag = 0; tag < BA_TAGS; tag++) check(heap, tag, 0);
  ba_heap_destroy(heap);
}

typedef struct watching {
  ba_heap_t *heap;
  _Atomic bool done;
  uint64_t most;
} watching_t;

static void watch(void *data) {
  watching_t *watching = data;
  do {
    for (unsigned tag = 0; tag < BA_TAGS; tag++) {
      uint64_t count = ba_heap_tally(watching->heap, tag).count;
      if (count > watching->most) watching->most = count;
    }
  } while (!watching->done);
}

static void test_reader(void) {
  void *blocks[BLOCKS];
  watching_t watching = {.heap = test_heap(SIZE_MAX, SIZE_MAX)};
  REQUIRE(watching.heap != NULL);
  test_thread_t thread;
  test_thread_start(&thread, watch, &watching);
  for (unsigned round = 0; round < ROUNDS; round++) {
    test_thread_t other;
    take(watching.heap, blocks);
    test_thread_start(&other, give_odd, blocks);
    give(blocks, 0, 2);
    test_thread_join(&other);
  }
  watching.done = true;
  test_thread_join(&thread);
  /* Below zero it would be more than ever went out. */
  CHECK(watching.most <= (uint64_t)ROUNDS * BLOCKS);
  ba_heap_destroy(watching.heap);
}

static const test_case_t cases[] = {
    {"are what went out and is not back", test_owner},
    {"count what another thread returns", test_other_thread},
    {"are never below zero for a thread that reads", test_reader},
    {"counts out whoever has a block", test_shared},
};
SUITE(tally_suite, "tallies", cases);
