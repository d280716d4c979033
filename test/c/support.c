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
  return (size_t)test_process_stats().mapped_bytes;
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

size_t test_resident_bytes(const void *block, size_t bytes) {
  const char *at = block;
  const char *end = at + bytes;
  size_t committed = 0;
  while (at < end) {
    MEMORY_BASIC_INFORMATION info;
    if (VirtualQuery(at, &info, sizeof(info)) == 0) break;
    const char *next = (const char *)info.BaseAddress + info.RegionSize;
    if (next > end) next = end;
    if (info.State == MEM_COMMIT) committed += (size_t)(next - at);
    at = next;
  }
  return committed;
}

bool test_pin(void *block, size_t bytes) {
  (void)block;
  (void)bytes;
  return false;
}

bool test_limit_address_space(size_t extra) {
  (void)extra;
  return false;
}

bool test_limit_locked_memory(size_t bytes) {
  (void)bytes;
  return false;
}

bool test_is_readable(const void *address) {
  MEMORY_BASIC_INFORMATION info;
  return VirtualQuery(address, &info, sizeof(info)) != 0 &&
         info.State == MEM_COMMIT && (info.Protect & PAGE_NOACCESS) == 0;
}

bool test_mapping_flags(const void *address, char *flags, size_t size) {
  (void)address;
  (void)flags;
  (void)size;
  return false;
}

int test_byte_after_fork(const unsigned char *address) {
  (void)address;
  return -1;
}

int test_byte_after_exit(unsigned char *(*prepare)(void)) {
  (void)prepare;
  return -1;
}

#else

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#ifdef __linux__
#include <linux/capability.h>
#include <sys/syscall.h>
#endif
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

size_t test_resident_bytes(const void *block, size_t bytes) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char *first = (char *)block - (uintptr_t)block % page;
  const char *end = (const char *)block + bytes;
  size_t resident = 0;
  for (char *at = first; at < end; at += page) {
    unsigned char state = 0;
    /* What is no longer mapped gives an error. */
    if (mincore(at, page, (void *)&state) == 0 && (state & 1) != 0) {
      resident += page;
    }
  }
  return resident;
}

/* The sanitizers turn mlock into nothing. */
bool test_pin(void *block, size_t bytes) {
#ifdef __linux__
  return syscall(SYS_mlock, block, bytes) == 0;
#else
  return mlock(block, bytes) == 0;
#endif
}

/* The address space in use, from /proc; 0 where there is no such file. */
static size_t mapped_bytes(void) {
  size_t pages = 0;
  char line[128];
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == NULL) return 0;
  if (fgets(line, sizeof(line), file) != NULL) pages = strtoull(line, NULL, 10);
  (void)fclose(file);
  return pages * (size_t)sysconf(_SC_PAGESIZE);
}

bool test_limit_address_space(size_t extra) {
  struct rlimit limit;
  size_t mapped = mapped_bytes();
  if (mapped == 0 || getrlimit(RLIMIT_AS, &limit) != 0) return false;
  limit.rlim_cur =
      extra == SIZE_MAX ? limit.rlim_max : (rlim_t)(mapped + extra);
  return setrlimit(RLIMIT_AS, &limit) == 0;
}

/* Lays down the right to lock without a limit. */
static void drop_lock_right(void) {
#ifdef __linux__
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
  if (syscall(SYS_capget, &header, data) != 0) return;
  data[0].effective &= ~((uint32_t)1 << CAP_IPC_LOCK);
  (void)syscall(SYS_capset, &header, data);
#endif
}

bool test_limit_locked_memory(size_t bytes) {
  struct rlimit limit = {bytes, bytes};
  drop_lock_right();
  if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0) return false;
  void *pages = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE),
                     PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (pages == MAP_FAILED) return false;
  bool holds = !test_pin(pages, (size_t)sysconf(_SC_PAGESIZE));
  (void)munmap(pages, (size_t)sysconf(_SC_PAGESIZE));
  return holds;
}

/* The system says of what it cannot read that it cannot. */
bool test_is_readable(const void *address) {
  int ends[2];
  if (pipe(ends) != 0) give_up("pipe");
  bool readable = write(ends[1], address, 1) == 1;
  (void)close(ends[0]);
  (void)close(ends[1]);
  return readable;
}

bool test_mapping_flags(const void *address, char *flags, size_t size) {
  static const char title[] = "VmFlags:";
  char line[512];
  bool is_there = false;
  bool found = false;
  FILE *file = fopen("/proc/self/smaps", "r");
  if (file == NULL) return false;
  while (!found && fgets(line, sizeof(line), file) != NULL) {
    char *rest;
    uintptr_t first = strtoull(line, &rest, 16);
    if (*rest == '-') {
      is_there = (uintptr_t)address >= first &&
                 (uintptr_t)address < strtoull(rest + 1, NULL, 16);
    }
    found = is_there && strncmp(line, title, strlen(title)) == 0;
  }
  (void)fclose(file);
  if (found) (void)snprintf(flags, size, "%s", line + strlen(title));
  return found;
}

static int wait_for(pid_t child) {
  int status;
  if (waitpid(child, &status, 0) != child) give_up("waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int test_byte_after_fork(const unsigned char *address) {
  pid_t child = fork();
  if (child == 0) _exit(*address);
  return child < 0 ? -1 : wait_for(child);
}

static unsigned char *left_at_exit;

/* Destructors run after all that was registered with atexit(). */
__attribute__((destructor)) static void look_at_exit(void) {
  if (left_at_exit != NULL) _exit(*left_at_exit);
}

int test_byte_after_exit(unsigned char *(*prepare)(void)) {
  (void)fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    left_at_exit = prepare();
    exit(EXIT_FAILURE);
  }
  return child < 0 ? -1 : wait_for(child);
}

#endif
