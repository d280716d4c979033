/* ----------------------------------------------------------------------------
 * support: see support.h. The platform's part stands at the end.
 * ------------------------------------------------------------------------- */
#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* clock_gettime, setrlimit beside -std=c11 */
#endif

#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/os/os.h"

uint64_t test_random(uint64_t *state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

size_t test_random_size(uint64_t *state, size_t low, size_t high) {
  unsigned doublings = 0;
  while (doublings < 63 && (low << doublings) < high) {
    doublings++;
  }
  size_t from = low << (test_random(state) % (doublings + 1));
  size_t size = from + (size_t)(test_random(state) % from);
  return size > high ? high : size;
}

void *test_alloc(ba_heap_t *heap, size_t size, size_t alignment,
                 unsigned flags) {
  void *block = NULL;
  ba_status_t status = ba_alloc(heap, size, alignment, flags, &block);
  return CHECK_EQUAL(status, BA_OK) ? block : NULL;
}

static uint64_t pattern_word(uint64_t seed, size_t index) {
  return (seed * 0x9e3779b97f4a7c15u) ^ (index * 0xd6e8feb86659fd93u);
}

void test_free_elsewhere(void *block) {
  static char another;
  ba_os_thread_alias = (uintptr_t)&another;
  ba_free(block);
  ba_os_thread_alias = 0;
}

void test_fill(void *block, size_t bytes, uint64_t seed) {
  unsigned char *at = block;
  for (size_t i = 0; i < bytes; i += sizeof(uint64_t)) {
    uint64_t word = pattern_word(seed, i);
    size_t left = bytes - i;
    memcpy(at + i, &word, left < sizeof(word) ? left : sizeof(word));
  }
}

bool test_holds(const void *block, size_t bytes, uint64_t seed) {
  const unsigned char *at = block;
  for (size_t i = 0; i < bytes; i += sizeof(uint64_t)) {
    uint64_t word = pattern_word(seed, i);
    size_t left = bytes - i;
    if (memcmp(at + i, &word, left < sizeof(word) ? left : sizeof(word)) != 0) {
      return false;
    }
  }
  return true;
}

bool test_is_zero(const void *block, size_t bytes) {
  const unsigned char *at = block;
  return bytes == 0 || (at[0] == 0 && memcmp(at, at + 1, bytes - 1) == 0);
}

void test_touch(void *block, size_t bytes) {
  volatile unsigned char *at = block;
  for (size_t i = 0; i < bytes; i += 4 * KIB) {
    at[i] = 1;
  }
}

static int compare_addresses(const void *left, const void *right) {
  uintptr_t a = (uintptr_t) * (void *const *)left;
  uintptr_t b = (uintptr_t) * (void *const *)right;
  return (a > b) - (a < b);
}

bool test_are_apart(void **blocks, size_t count) {
  qsort(blocks, count, sizeof(blocks[0]), compare_addresses);
  for (size_t i = 1; i < count; i++) {
    uintptr_t end = (uintptr_t)blocks[i - 1] + ba_usable_size(blocks[i - 1]);
    if (!CHECK((uintptr_t)blocks[i] >= end)) return false;
  }
  return true;
}

ba_heap_t *test_heap(size_t max_bytes, size_t max_cached_bytes) {
  ba_heap_limits_t limits = {.max_bytes = max_bytes,
                             .max_cached_bytes = max_cached_bytes};
  ba_heap_t *heap = NULL;
  ba_status_t status = ba_heap_create(&limits, &heap);
  return CHECK_EQUAL(status, BA_OK) ? heap : NULL;
}

void test_set_limits(ba_heap_t *heap, size_t max_bytes,
                     size_t max_cached_bytes) {
  ba_heap_limits_t limits = {.max_bytes = max_bytes,
                             .max_cached_bytes = max_cached_bytes};
  ba_heap_set_limits(heap, &limits);
}

ba_heap_stats_t test_stats(ba_heap_t *heap) {
  ba_heap_stats_t stats;
  memset(&stats, 0xa5, sizeof(stats));
  ba_heap_get_stats(heap, &stats);
  return stats;
}

ba_process_stats_t test_process_stats(void) {
  ba_process_stats_t stats;
  memset(&stats, 0xa5, sizeof(stats));
  ba_process_get_stats(&stats);
  return stats;
}

size_t test_settle(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  if (heap != NULL) {
    ba_heap_trim(heap);
    ba_heap_destroy(heap);
  }
  return ba_os_mapped_bytes() - (size_t)test_process_stats().metadata_bytes;
}

/* --- The platform -------------------------------------------------------- */

static void give_up(const char *what) {
  (void)fprintf(stderr, "support: %s failed\n", what);
  abort();
}

#ifdef _WIN32

#include <process.h>
#include <windows.h>

static unsigned __stdcall thread_main(void *argument) {
  test_thread_t *thread = argument;
  thread->run(thread->argument);
  return 0;
}

void test_thread_start(test_thread_t *thread, void (*run)(void *),
                       void *argument) {
  thread->run = run;
  thread->argument = argument;
  thread->handle =
      (void *)_beginthreadex(NULL, 0, thread_main, thread, 0, NULL);
  if (thread->handle == NULL) give_up("_beginthreadex");
}

void test_thread_join(test_thread_t *thread) {
  WaitForSingleObject(thread->handle, INFINITE);
  CloseHandle(thread->handle);
}

void test_thread_yield(void) { SwitchToThread(); }

uint64_t test_now(void) { return GetTickCount64(); }

size_t test_resident_bytes(void) { return 0; }

bool test_pin(void *block, size_t bytes) {
  (void)block;
  (void)bytes;
  return false;
}

bool test_limit_address_space(size_t extra) {
  (void)extra;
  return false;
}

#else

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static void *thread_main(void *argument) {
  test_thread_t *thread = argument;
  thread->run(thread->argument);
  return NULL;
}

void test_thread_start(test_thread_t *thread, void (*run)(void *),
                       void *argument) {
  pthread_t *id = malloc(sizeof(*id));
  thread->run = run;
  thread->argument = argument;
  thread->handle = id;
  if (id == NULL || pthread_create(id, NULL, thread_main, thread) != 0) {
    give_up("pthread_create");
  }
}

void test_thread_join(test_thread_t *thread) {
  pthread_t *id = thread->handle;
  if (pthread_join(*id, NULL) != 0) give_up("pthread_join");
  free(id);
}

void test_thread_yield(void) { sched_yield(); }

uint64_t test_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* The first two fields of /proc/self/statm, in bytes: the address space and
 * what of it is resident. All 0 where there is no such file. */
typedef struct memory_use {
  size_t mapped;
  size_t resident;
} memory_use_t;

static memory_use_t read_memory_use(void) {
  memory_use_t use = {0, 0};
  char line[128];
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == NULL) return use;
  if (fgets(line, sizeof(line), file) != NULL) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *rest = line;
    use.mapped = strtoull(rest, &rest, 10) * page;
    use.resident = strtoull(rest, &rest, 10) * page;
  }
  (void)fclose(file);
  return use;
}

size_t test_resident_bytes(void) { return read_memory_use().resident; }

bool test_pin(void *block, size_t bytes) { return mlock(block, bytes) == 0; }

bool test_limit_address_space(size_t extra) {
  struct rlimit limit;
  size_t mapped = read_memory_use().mapped;
  if (mapped == 0 || getrlimit(RLIMIT_AS, &limit) != 0) return false;
  limit.rlim_cur =
      extra == SIZE_MAX ? limit.rlim_max : (rlim_t)(mapped + extra);
  return setrlimit(RLIMIT_AS, &limit) == 0;
}

#endif
