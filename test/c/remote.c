/* ----------------------------------------------------------------------------
 * remote: blocks freed by threads other than the heap's owner.
 * ------------------------------------------------------------------------- */
#include <stdatomic.h>

#include "support.h"

/* A ring that one thread fills and another empties. NULL: the slot is free. */
typedef struct ring {
  _Atomic(void *) slots[64];
} ring_t;

/* The last thing put into a ring: no block has this address. */
static char end_mark;

static void ring_put(ring_t *ring, size_t *at, void *block) {
  _Atomic(void *) *slot = &ring->slots[*at % COUNT_OF(ring->slots)];
  while (atomic_load_explicit(slot, memory_order_acquire) != NULL) {
    test_thread_yield();
  }
  atomic_store_explicit(slot, block, memory_order_release);
  (*at)++;
}

static void *ring_take(ring_t *ring, size_t *at) {
  _Atomic(void *) *slot = &ring->slots[*at % COUNT_OF(ring->slots)];
  void *block = NULL;
  while ((block = atomic_load_explicit(slot, memory_order_acquire)) == NULL) {
    test_thread_yield();
  }
  atomic_store_explicit(slot, NULL, memory_order_release);
  (*at)++;
  return block;
}

/* Writes the block's own address into it, and its size where it fits. */
static void sign(void *block) { test_fill(block, 64, (uintptr_t)block); }
static bool is_signed(const void *block) {
  return test_holds(block, 64, (uintptr_t)block);
}

/* --- Tests --------------------------------------------------------------- */

static void check_one(size_t size) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  void *block = test_alloc(heap, size, 0, 0);
  test_thread_t thread;
  test_thread_start(&thread, ba_free, block);
  test_thread_join(&thread);
  ba_heap_trim(heap);
  ba_heap_stats_t stats = test_stats(heap);
  CHECK_EQUAL(stats.live_blocks, 0);
  CHECK_EQUAL(stats.live_bytes, 0);
  CHECK_EQUAL(stats.remote_frees, 1);
  CHECK_EQUAL(stats.mapped_bytes, 0);
  ba_heap_destroy(heap);
}

static void test_every_kind(void) {
  static const size_t sizes[] = {1,     64,     1000,    4096,    8192,
                                 65536, 300000, 1 << 20, 2 << 20, 9 << 20};
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    check_one(sizes[i]);
  }
}

/* A thread that owns a heap is still another one to the blocks of the rest. */
static void test_here(void) {
  ba_heap_t *first = test_heap(SIZE_MAX, SIZE_MAX);
  ba_heap_t *second = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(first != NULL && second != NULL);
  void *a = test_alloc(first, 1000, 0, 0);
  void *b = test_alloc(second, 1000, 0, 0);
  ba_free(a);
  test_free_elsewhere(b);
  CHECK_EQUAL(test_stats(first).live_blocks, 0);
  CHECK_EQUAL(test_stats(first).remote_frees, 0);
  ba_heap_trim(second);
  CHECK_EQUAL(test_stats(second).live_blocks, 0);
  CHECK_EQUAL(test_stats(second).remote_frees, 1);
  ba_heap_destroy(second);
  ba_heap_destroy(first);
}

/* The owner finds them without being told to trim. */
static void test_taken_in(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < 1000; i++) {
    void *block = test_alloc(heap, 64 * KIB, 0, 0);
    REQUIRE(block != NULL);
    test_free_elsewhere(block);
  }
  CHECK(test_stats(heap).mapped_bytes <= 16 * MIB);
  ba_heap_destroy(heap);
}

/* What came back from another thread is the next block out, as one's own is. */
static void test_magazine(void) {
  static const size_t sizes[] = {64, 1000, 8192, 65536, 300000, 3 << 20};
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    void *block = test_alloc(heap, sizes[i], 0, 0);
    void *last = test_alloc(heap, sizes[i], 0, 0);
    for (size_t round = 0; round < 10; round++) {
      test_free_elsewhere(block);
      CHECK(test_alloc(heap, sizes[i], 0, 0) == block);
    }
    ba_free(last);
    ba_free(block);
  }
  CHECK_EQUAL(test_stats(heap).remote_frees, 10 * COUNT_OF(sizes));
  ba_heap_destroy(heap);
}

/* Counters are true without a trim, and so is the cache limit. */
static void test_counters(void) {
  enum { BLOCKS = 200 };
  void *blocks[BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, 2 * MIB);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < BLOCKS; i++) {
    blocks[i] = test_alloc(heap, 64 * KIB, 0, 0);
    test_touch(blocks[i], 64 * KIB);
  }
  for (size_t i = 0; i < BLOCKS; i++) {
    test_free_elsewhere(blocks[i]);
  }
  ba_heap_stats_t stats = test_stats(heap);
  CHECK_EQUAL(stats.live_blocks, 0);
  CHECK_EQUAL(stats.live_bytes, 0);
  CHECK_EQUAL(stats.remote_frees, BLOCKS);
  CHECK(stats.cached_bytes <= 2 * MIB);
  CHECK_EQUAL(stats.purged_bytes + stats.cached_bytes, BLOCKS * (64 * KIB));
  ba_heap_destroy(heap);
}

/* Every thread frees blocks of every span, while the owner takes them in. */
typedef struct bulk {
  void **blocks;
  size_t from;
} bulk_t;

enum { BULK_BLOCKS = 4096, BULK_THREADS = 4 };

static void free_bulk(void *argument) {
  const bulk_t *bulk = argument;
  for (size_t i = bulk->from; i < BULK_BLOCKS; i += BULK_THREADS) {
    CHECK(is_signed(bulk->blocks[i]));
    ba_free(bulk->blocks[i]);
  }
}

static void check_bulk(size_t size) {
  static void *blocks[BULK_BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, 4 * MIB);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < BULK_BLOCKS; i++) {
    blocks[i] = test_alloc(heap, size, 0, 0);
    REQUIRE(blocks[i] != NULL);
    sign(blocks[i]);
  }
  bulk_t bulks[BULK_THREADS];
  test_thread_t threads[BULK_THREADS];
  for (size_t i = 0; i < BULK_THREADS; i++) {
    bulks[i] = (bulk_t){blocks, i};
    test_thread_start(&threads[i], free_bulk, &bulks[i]);
  }
  while (test_stats(heap).remote_frees != BULK_BLOCKS) {
    void *block = test_alloc(heap, size, 0, 0);
    sign(block);
    CHECK(is_signed(block));
    ba_free(block);
    test_thread_yield();
  }
  for (size_t i = 0; i < BULK_THREADS; i++) {
    test_thread_join(&threads[i]);
  }
  CHECK_EQUAL(test_stats(heap).live_blocks, 0);
  ba_heap_trim(heap);
  CHECK_EQUAL(test_stats(heap).mapped_bytes, 0);
  ba_heap_destroy(heap);
}

static void test_bulk(void) {
  check_bulk(64);
  check_bulk(5000);
  check_bulk(8192);
  check_bulk(40000);
}

static void free_from_ring(void *argument) {
  size_t at = 0;
  void *block = NULL;
  while ((block = ring_take(argument, &at)) != &end_mark) {
    CHECK(is_signed(block));
    ba_free(block);
  }
}

static void test_while_allocating(void) {
  enum { ROUNDS = 20000 };
  static ring_t rings[3];
  size_t at[COUNT_OF(rings)] = {0};
  test_thread_t threads[COUNT_OF(rings)];
  uint64_t random = 13;
  ba_heap_t *heap = test_heap(SIZE_MAX, 32 * MIB);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < COUNT_OF(rings); i++) {
    test_thread_start(&threads[i], free_from_ring, &rings[i]);
  }
  size_t sent = 0;
  for (size_t i = 0; i < ROUNDS; i++) {
    size_t size = test_random_size(&random, 64, i % 100 == 0 ? 4 * MIB : 16384);
    void *block = test_alloc(heap, size, 0, 0);
    if (block == NULL) break;
    sign(block);
    if (i % 3 == 0) {
      ba_free(block);
    } else {
      ring_put(&rings[i % COUNT_OF(rings)], &at[i % COUNT_OF(rings)], block);
      sent++;
    }
  }
  for (size_t i = 0; i < COUNT_OF(rings); i++) {
    ring_put(&rings[i], &at[i], &end_mark);
    test_thread_join(&threads[i]);
  }
  ba_heap_trim(heap);
  ba_heap_stats_t stats = test_stats(heap);
  CHECK_EQUAL(stats.allocated_blocks, ROUNDS);
  CHECK_EQUAL(stats.remote_frees, sent);
  CHECK_EQUAL(stats.live_blocks, 0);
  CHECK_EQUAL(stats.live_bytes, 0);
  CHECK_EQUAL(stats.mapped_bytes, 0);
  ba_heap_destroy(heap);
}

/* Three threads in a circle: each allocates from its own heap for the next,
 * and frees what it gets from the one before. */
enum { NODES = 3, SENT = 5000 };

typedef struct node {
  ring_t *in;
  ring_t *out;
  uint64_t seed;
} node_t;

static void pass_on(void *argument) {
  node_t *node = argument;
  size_t in = 0;
  size_t out = 0;
  ba_heap_t *heap = test_heap(SIZE_MAX, 4 * MIB);
  for (size_t i = 0; i < SENT; i++) {
    size_t size = test_random_size(&node->seed, 64, 64 * KIB);
    void *block = test_alloc(heap, size, 0, 0);
    sign(block);
    ring_put(node->out, &out, block);
    block = ring_take(node->in, &in);
    CHECK(is_signed(block));
    ba_free(block);
  }
  /* Others may still hold blocks of this heap. */
  ba_heap_destroy(heap);
}

static void test_circle(void) {
  static ring_t rings[NODES];
  node_t nodes[NODES];
  test_thread_t threads[NODES];
  for (size_t i = 0; i < NODES; i++) {
    nodes[i] = (node_t){&rings[i], &rings[(i + 1) % NODES], i};
    test_thread_start(&threads[i], pass_on, &nodes[i]);
  }
  for (size_t i = 0; i < NODES; i++) {
    test_thread_join(&threads[i]);
  }
  CHECK_EQUAL(test_process_stats().orphaned_heaps, 0);
}

static const test_case_t cases[] = {
    {"takes back every kind of block", test_every_kind},
    {"tells the owner from other threads for each heap", test_here},
    {"takes them in without being told", test_taken_in},
    {"hands out next what came back last", test_magazine},
    {"keeps counters and limits true", test_counters},
    {"takes them in bulk from several threads", test_bulk},
    {"takes them while the owner allocates", test_while_allocating},
    {"lets threads free each other's blocks in a circle", test_circle},
};

SUITE(remote_suite, "remote frees", cases);
