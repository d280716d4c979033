/* ----------------------------------------------------------------------------
 * turns: a heap that threads own by turns, under a lock; and the value that each
 * thread has of its own, of which a function is told when the thread ends.
 * ------------------------------------------------------------------------- */
#include <stdatomic.h>

#include "../../src/os/os.h"
#include "support.h"

enum { THREADS = 3, ROUNDS = 2000, PLACES = 64 };

typedef struct shared {
  ba_mutex_t mutex;
  ba_heap_t *heap;
  _Atomic(void *) places[PLACES];
} shared_t;

/* Allocates within a turn; frees outside of all, whoever's turn it is. */
static void take_turns(void *argument) {
  shared_t *shared = argument;
  uint64_t random = (uintptr_t)&random;
  for (size_t i = 0; i < ROUNDS; i++) {
    size_t place = test_random(&random) % PLACES;
    size_t size = test_random_size(&random, 64, 100 * KIB);
    ba_mutex_lock(&shared->mutex);
    ba_heap_enter(shared->heap);
    void *block = test_alloc(shared->heap, size, 0, 0);
    if (i % 256 == 0) (void)ba_heap_tick(shared->heap, 1);
    ba_heap_leave(shared->heap);
    ba_mutex_unlock(&shared->mutex);
    if (block != NULL) test_fill(block, 64, place);
    block = atomic_exchange(&shared->places[place], block);
    if (block == NULL) continue;
    CHECK(test_holds(block, 64, place));
    ba_free(block);
  }
}

static void test_turns(void) {
  static shared_t shared;
  test_thread_t threads[THREADS];
  ba_mutex_init(&shared.mutex);
  shared.heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(shared.heap != NULL);
  ba_heap_leave(shared.heap);
  for (size_t i = 0; i < THREADS; i++) {
    test_thread_start(&threads[i], take_turns, &shared);
  }
  for (size_t i = 0; i < THREADS; i++) test_thread_join(&threads[i]);
  for (size_t i = 0; i < PLACES; i++) {
    ba_free(atomic_exchange(&shared.places[i], NULL));
  }
  ba_heap_enter(shared.heap);
  CHECK_EQUAL(test_stats(shared.heap).live_blocks, 0);
  ba_heap_destroy(shared.heap);
}

static void destroy(void *heap) { ba_heap_destroy(heap); }

/* What nobody owns any thread may end, and its blocks outlive it. */
static void test_nobodys(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  void *first = test_alloc(heap, 100, 0, 0);
  void *second = test_alloc(heap, 3 * MIB, 0, 0);
  ba_heap_leave(heap);
  ba_free(first);
  test_thread_t thread;
  test_thread_start(&thread, destroy, heap);
  test_thread_join(&thread);
  CHECK_EQUAL(test_process_stats().orphaned_heaps, 1);
  test_touch(second, 3 * MIB);
  ba_free(second);
  CHECK_EQUAL(test_process_stats().orphaned_heaps, 0);
}

static ba_os_key_t key;
static _Atomic size_t ended;

static void BA_OS_CALLBACK on_end(void *value) {
  atomic_fetch_add(&ended, *(size_t *)value);
}

/* The thread has nothing at first, and then its own. */
static void use_key(void *argument) {
  CHECK(ba_os_key_get(&key) == NULL);
  if (*(size_t *)argument == 0) return;
  CHECK_EQUAL(ba_os_key_set(&key, argument), 0);
  test_thread_yield();
  CHECK(ba_os_key_get(&key) == argument);
}

static void test_keys(void) {
  static size_t values[THREADS] = {0, 1, 10};
  test_thread_t threads[THREADS];
  REQUIRE(ba_os_key_create(&key, on_end) == 0);
  atomic_store(&ended, 0);
  for (size_t i = 0; i < THREADS; i++) {
    test_thread_start(&threads[i], use_key, &values[i]);
  }
  for (size_t i = 0; i < THREADS; i++) test_thread_join(&threads[i]);
  CHECK_EQUAL(atomic_load(&ended), 11);
  CHECK(ba_os_key_get(&key) == NULL);
}

static const test_case_t cases[] = {
    {"serves whoever's turn it is, and takes back from all", test_turns},
    {"is ended by any thread when nobody owns it", test_nobodys},
    {"tells of the end of threads that have a value", test_keys},
};
SUITE(turns_suite, "turns", cases);
