/* ----------------------------------------------------------------------------
 * failing_os: what happens when the operating system says no.
 *
 * One scenario that reaches every kind of memory is run again and again, with
 * a fault at the first, the second, the third … call into os.c, until a run
 * meets none. Whatever fails, each request must have a status, what was given
 * out must be sound, and nothing may be left behind.
 * ------------------------------------------------------------------------- */
#include <stdatomic.h>
#include <string.h>

#include "../../src/os/os.h"
#include "support.h"

static const size_t sizes[] = {64,    1000,   4096,    20000,
                               65536, 300000, 1 << 20, 3 << 20};
enum { ROUNDS = 2, BLOCKS = ROUNDS * COUNT_OF(sizes), MAX_CALLS = 10000 };

/* What the scenario knows. */
typedef struct run {
  bool again; /* once a fault was met, one more at every step */
  ba_heap_t *heap;
  void *blocks[BLOCKS];
  uint64_t refused;
} run_t;

/* Requests refused in all runs in which every call failed from some point on. */
static uint64_t all_refused;

/* Called before every call into the heap. */
static void step(const run_t *run) {
  if (run->again && atomic_load(&ba_os_fail_at) == 0) {
    atomic_store(&ba_os_fail_at, 1);
  }
}

static bool holds_zero_or_anything(const void *block, unsigned flags) {
  return (flags & BA_ZERO) == 0 || test_is_zero(block, ba_usable_size(block));
}

static void allocate(run_t *run, size_t index) {
  size_t size = sizes[index % COUNT_OF(sizes)];
  size_t alignment = index % 5 == 4 ? 64 * KIB : 0;
  unsigned flags = index % 2 == 0 ? BA_ZERO : 0;
  void *block = NULL;
  ba_heap_stats_t before = test_stats(run->heap);
  step(run);
  ba_status_t status = ba_alloc(run->heap, size, alignment, flags, &block);
  if (status == BA_OK) {
    CHECK(ba_usable_size(block) >= size);
    CHECK(holds_zero_or_anything(block, flags));
    test_fill(block, 64, index);
    memset((char *)block + size - 1, 0xff, 1);
    run->blocks[index] = block;
    return;
  }
  CHECK_EQUAL(status, BA_ENOMEM);
  CHECK(block == NULL);
  CHECK_EQUAL(test_stats(run->heap).live_bytes, before.live_bytes);
  CHECK_EQUAL(test_stats(run->heap).allocated_blocks, before.allocated_blocks);
  run->refused++;
}

static void release(run_t *run, void (*free_it)(void *), size_t index) {
  void *block = run->blocks[index];
  run->blocks[index] = NULL;
  CHECK(block == NULL || sizes[index % COUNT_OF(sizes)] == 64 ||
        test_holds(block, 64, index));
  step(run);
  free_it(block);
}

static void use_heap(run_t *run) {
  for (size_t i = 0; i < BLOCKS; i++) {
    allocate(run, i);
  }
  for (size_t i = 0; i < BLOCKS; i += 2) {
    release(run, ba_free, i);
  }
  for (size_t i = 0; i < 3; i++) {
    step(run);
    ba_heap_tick(run->heap, 1);
  }
  for (size_t i = 0; i < BLOCKS; i += 4) {
    allocate(run, i);
  }
  for (size_t i = 1; i < BLOCKS; i += 3) {
    release(run, test_free_elsewhere, i);
  }
  step(run);
  ba_heap_trim(run->heap);
  for (size_t i = 2; i < BLOCKS; i += 3) {
    release(run, ba_free, i);
  }
  step(run);
  test_set_limits(run->heap, SIZE_MAX, 64 * KIB);
}

/* Runs the scenario once. */
static void run_scenario(bool again) {
  run_t run = {.again = again};
  ba_status_t status = ba_heap_create(NULL, &run.heap);
  if (status != BA_OK) {
    CHECK_EQUAL(status, BA_ENOMEM);
    CHECK(run.heap == NULL);
    return;
  }
  use_heap(&run);
  CHECK_EQUAL(test_stats(run.heap).refused_nomem, run.refused);
  step(&run);
  ba_heap_destroy(run.heap);
  for (size_t i = 0; i < BLOCKS; i++) {
    release(&run, ba_free, i);
  }
}

/* Runs it with the n-th call failing. Returns false once no call failed. */
static bool run_with_fault(long n, bool again) {
  atomic_store(&ba_os_fail_at, n);
  run_scenario(again);
  bool met = atomic_exchange(&ba_os_fail_at, 0) == 0;
  return met || again;
}

/* Runs it with the n-th call failing and all after it, up to its end. Returns
 * false once no call failed. */
static bool run_with_all_failing(long n) {
  run_t run = {.again = false};
  atomic_store(&ba_os_fail_at, -n);
  ba_status_t status = ba_heap_create(NULL, &run.heap);
  if (status == BA_OK) use_heap(&run);
  bool met = atomic_exchange(&ba_os_fail_at, 0) == -1;
  if (status != BA_OK) return met;
  CHECK_EQUAL(test_stats(run.heap).refused_nomem, run.refused);
  all_refused += run.refused;
  ba_heap_destroy(run.heap);
  for (size_t i = 0; i < BLOCKS; i++) {
    release(&run, ba_free, i);
  }
  return met;
}

static void check_settled(size_t mapped_before, long n) {
  size_t mapped = test_settle();
  if (mapped != mapped_before) {
    CHECK_EQUAL(n, 0); /* says which call it was */
    CHECK_EQUAL(mapped, mapped_before);
  }
  CHECK_EQUAL(test_process_stats().orphaned_heaps, 0);
}

static void test_each_call(void) {
  size_t mapped = test_settle();
  long n = 1;
  while (n < MAX_CALLS && run_with_fault(n, false)) {
    check_settled(mapped, n);
    n++;
  }
  check_settled(mapped, n);
  CHECK(n > 20);
  CHECK(n < MAX_CALLS);
}

static void test_each_call_on(void) {
  size_t mapped = test_settle();
  for (long n = 1; n < 200; n++) {
    run_with_fault(n, true);
    check_settled(mapped, n);
  }
}

static void test_all_from_one_on(void) {
  size_t mapped = test_settle();
  all_refused = 0;
  long n = 1;
  while (n < MAX_CALLS && run_with_all_failing(n)) {
    check_settled(mapped, n);
    n++;
  }
  check_settled(mapped, n);
  CHECK(n > 20);
  CHECK(all_refused > 20);
}

/* A descriptor lost on the way of a failure shows once enough of them are. */
static void lose_descriptors(ba_heap_t *heap, size_t size, size_t rounds) {
  for (size_t i = 0; i < rounds; i++) {
    void *block = NULL;
    atomic_store(&ba_os_fail_at, 1 + (long)(i % 4));
    (void)ba_alloc(heap, size, 0, 0, &block);
    atomic_store(&ba_os_fail_at, 0);
    ba_free(block);
    ba_heap_trim(heap);
  }
}

/* A sanitizer has mapping take many times as long. What is lost is counted
 * without one; with one the same paths are run. */
#define TABLE_ROUNDS (TEST_SANITIZED ? 200 : 2000)

static void test_tables(void) {
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
    REQUIRE(heap != NULL);
    lose_descriptors(heap, sizes[i], 8);
    uint64_t tables = test_process_stats().metadata_bytes;
    lose_descriptors(heap, sizes[i],
                     sizes[i] > 2 * MIB ? 10 * TABLE_ROUNDS : TABLE_ROUNDS);
    CHECK_EQUAL(test_process_stats().metadata_bytes, tables);
    ba_heap_destroy(heap);
  }
}

static void test_tables_not_taken(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  ba_process_stats_t before = test_process_stats();
  atomic_store(&ba_os_fail_at, -1);
  ba_heap_destroy(heap);
  atomic_store(&ba_os_fail_at, 0);
  CHECK_EQUAL(test_process_stats().mapped_bytes, before.mapped_bytes);
  CHECK_EQUAL(test_process_stats().metadata_bytes, before.metadata_bytes);
}

static void test_cached_serves(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    void *block = test_alloc(heap, sizes[i], 0, 0);
    ba_free(block);
    atomic_store(&ba_os_fail_at, 1);
    CHECK(test_alloc(heap, sizes[i], 0, 0) == block);
    CHECK_EQUAL(atomic_exchange(&ba_os_fail_at, 0), 1);
    ba_free(block);
  }
  ba_heap_destroy(heap);
}

static void test_recovers(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  size_t refused = 0;
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    for (long n = 1; n <= 4; n++) {
      void *block = NULL;
      atomic_store(&ba_os_fail_at, -n);
      ba_status_t status = ba_alloc(heap, sizes[i], 0, BA_ZERO, &block);
      atomic_store(&ba_os_fail_at, 0);
      refused += status != BA_OK;
      ba_free(block);
      ba_free(test_alloc(heap, sizes[i], 0, BA_ZERO));
      ba_heap_trim(heap);
    }
  }
  CHECK(refused > 0);
  CHECK_EQUAL(test_stats(heap).refused_nomem, refused);
  ba_heap_destroy(heap);
}

/* A process may lock its memory, against swapping: then no purge succeeds. Two
 * free spans, apart, so that one cannot stand for both. */
static void test_locked_memory(void) {
  void *blocks[5];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  bool pinned = true;
  for (size_t i = 0; i < COUNT_OF(blocks); i++) {
    blocks[i] = test_alloc(heap, 64 * KIB, 0, 0);
    REQUIRE(blocks[i] != NULL);
    pinned = test_pin(blocks[i], 64 * KIB) && pinned;
  }
  ba_free(blocks[1]);
  ba_free(blocks[3]);
  if (pinned) {
    CHECK_EQUAL(ba_heap_tick(heap, 0), 0);
    CHECK_EQUAL(ba_heap_tick(heap, 1), 0);
    CHECK_EQUAL(test_stats(heap).cached_bytes, 128 * KIB);
    ba_heap_trim(heap);
    test_set_limits(heap, SIZE_MAX, 0);
  } else {
    test_skip("memory cannot be locked here");
  }
  ba_free(blocks[0]);
  ba_free(blocks[2]);
  ba_free(blocks[4]);
  ba_heap_destroy(heap);
}

#if !TEST_SANITIZED /* whose own memory takes all the address space */
/* No injected fault: the kernel's own refusal. */
static void test_address_space(void) {
  static void *blocks[1000];
  if (!test_limit_address_space(128 * MIB)) {
    SKIP("the address space cannot be capped here");
  }
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  size_t count = 0;
  ba_status_t status = BA_OK;
  while (status == BA_OK && count < COUNT_OF(blocks)) {
    void *block = NULL;
    status = ba_alloc(heap, MIB, 0, 0, &block);
    if (status == BA_OK) {
      blocks[count++] = block;
    }
  }
  CHECK_EQUAL(status, BA_ENOMEM);
  CHECK(count > 64);
  void *huge = NULL;
  CHECK_EQUAL(ba_alloc(heap, 100 * MIB, 0, 0, &huge), BA_ENOMEM);
  CHECK_EQUAL(test_stats(heap).refused_nomem, 2);
  for (size_t i = 0; i < count; i++) {
    ba_free(blocks[i]);
  }
  /* What is cached makes room for a request of another kind. */
  huge = test_alloc(heap, 100 * MIB, 0, 0);
  ba_free(huge);
  ba_heap_destroy(heap);
  test_limit_address_space(SIZE_MAX);
}
#endif

static const test_case_t cases[] = {
    {"survives a fault at each call in turn", test_each_call},
    {"survives faults at every step from each call on", test_each_call_on},
    {"survives a system that refuses all from each call on",
     test_all_from_one_on},
    {"loses no table on the way", test_tables},
    {"counts as tables those that the OS will not take back",
     test_tables_not_taken},
    {"serves what is cached without the OS", test_cached_serves},
    {"serves again once the OS does", test_recovers},
    {"lets be what the OS will not take back", test_locked_memory},
#if !TEST_SANITIZED
    {"gives a status when the address space is full", test_address_space},
#endif
};

SUITE(failing_os_suite, "failing OS", cases);
