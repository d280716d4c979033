/* ----------------------------------------------------------------------------
 * replay: runs a recorded trace on one allocator and prints what it cost.
 *
 *   replay TRACE untouched|touched
 *
 * The trace (written by trace.js) is a list of 32-bit words in this machine's
 * byte order:
 *
 *   slots, phases, then for each phase: operations, threads
 *   then for each operation: slot, size
 *
 * An operation with a size allocates into its slot; one with size 0 frees what
 * is there. With `touched`, the first byte of every page of a block is written
 * as soon as the block is had.
 *
 * In a phase of two threads the second does the frees: it is handed each row of
 * them when it has done the one before, and the first goes on meanwhile. The
 * trace leaves a row's slots alone until the row after it.
 *
 * Prints one line of JSON: for each phase the processor time (user and system,
 * of all threads) and the wall time, both in nanoseconds, and the page faults;
 * then the resident set's peak, and its size before the first operation and
 * after the last, in bytes. Processor time is the figure to compare: it does
 * not count the time that other programs had the processor.
 *
 * The resident set is read from /proc/self/status: ru_maxrss would include
 * that of the parent before exec. The trace is mapped and read in before the
 * first operation, the slots are part of the program, and printing comes last:
 * no allocation but the trace's own happens in between.
 * ------------------------------------------------------------------------- */
#define _GNU_SOURCE /* MAP_POPULATE */

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "allocator.h"

#define PAGE_BYTES 4096
#define MAX_SLOTS 4096
#define MAX_PHASES 8

typedef struct operation {
  uint32_t slot;
  uint32_t size; /* 0: free */
} operation_t;

typedef struct phase {
  uint32_t operations;
  uint32_t threads;
} phase_t;

typedef struct trace {
  uint32_t phases;
  const phase_t *lengths;
  const operation_t *operations;
} trace_t;

typedef struct cost {
  int64_t cpu_ns;
  int64_t wall_ns;
  int64_t faults;
} cost_t;

static void *slots[MAX_SLOTS];

static void fail(const char *what) {
  (void)fprintf(stderr, "replay: %s\n", what);
  exit(1);
}

static int64_t now_ns(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static cost_t cost_so_far(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (cost_t){.cpu_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID),
                  .wall_ns = now_ns(CLOCK_MONOTONIC),
                  .faults = usage.ru_minflt + usage.ru_majflt};
}

/* Bytes of a "Name:  123 kB" line of /proc/self/status. Reads it without
 * stdio, whose buffer would be the allocator's. */
static int64_t status_bytes(const char *name) {
  char text[8192];
  const int fd = open("/proc/self/status", O_RDONLY);
  const ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
  if (length < 0) fail("cannot read /proc/self/status");
  close(fd);
  text[length] = '\0';
  const char *line = strstr(text, name);
  if (line == NULL) fail("no such line in /proc/self/status");
  return strtoll(line + strlen(name), NULL, 10) * 1024;
}

static trace_t load(const char *path) {
  struct stat info;
  const int fd = open(path, O_RDONLY);
  if (fd < 0 || fstat(fd, &info) != 0) fail("cannot open the trace");
  const uint32_t *words = mmap(NULL, (size_t)info.st_size, PROT_READ,
                               MAP_PRIVATE | MAP_POPULATE, fd, 0);
  if (words == MAP_FAILED) fail("cannot map the trace");
  close(fd);
  if (words[0] > MAX_SLOTS || words[1] > MAX_PHASES) fail("trace too large");
  return (trace_t){
      .phases = words[1],
      .lengths = (const phase_t *)(words + 2),
      .operations = (const operation_t *)(words + 2 + 2 * (size_t)words[1])};
}

static inline void touch_pages(volatile char *block, size_t size) {
  for (size_t at = 0; at < size; at += PAGE_BYTES) block[at] = 1;
}

/* The measured loop. `touch` is a constant at each call. */
static inline __attribute__((always_inline)) void run(const operation_t *next,
                                                      uint32_t count,
                                                      bool touch) {
  for (const operation_t *end = next + count; next != end; next++) {
    if (next->size == 0) {
      bench_free(slots[next->slot]);
      continue;
    }
    void *block = bench_alloc(next->size);
    if (block == NULL) fail("out of memory");
    if (touch) touch_pages(block, next->size);
    slots[next->slot] = block;
  }
}

/* --- Phases of two threads --------------------------------------------------- */

/* The row of frees that the second thread is at; none between `next` and `end`
 * when it waits. */
static struct {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  const operation_t *next;
  const operation_t *end;
} row = {.mutex = PTHREAD_MUTEX_INITIALIZER,
         .changed = PTHREAD_COND_INITIALIZER};

static void *free_rows(void *unused) {
  (void)unused;
  pthread_mutex_lock(&row.mutex);
  for (;;) {
    while (row.next == row.end) pthread_cond_wait(&row.changed, &row.mutex);
    pthread_mutex_unlock(&row.mutex);
    for (const operation_t *next = row.next; next != row.end; next++) {
      bench_free(slots[next->slot]);
    }
    pthread_mutex_lock(&row.mutex);
    row.next = row.end;
    pthread_cond_signal(&row.changed);
  }
  return NULL;
}

/* Hands a row over once the one before is done; an empty one only waits. */
static void hand_over(const operation_t *first, const operation_t *end) {
  pthread_mutex_lock(&row.mutex);
  while (row.next != row.end) pthread_cond_wait(&row.changed, &row.mutex);
  row.next = first;
  row.end = end;
  pthread_cond_signal(&row.changed);
  pthread_mutex_unlock(&row.mutex);
}

static void run_shared(const operation_t *next, uint32_t count, bool touch) {
  const operation_t *end = next + count;
  while (next != end) {
    const operation_t *first = next;
    while (next != end && (next->size == 0) == (first->size == 0)) next++;
    if (first->size == 0) {
      hand_over(first, next);
    } else {
      run(first, (uint32_t)(next - first), touch);
    }
  }
  hand_over(end, end);
}

static void run_phase(const operation_t *operations, phase_t phase,
                      bool touch) {
  if (phase.threads == 2) {
    run_shared(operations, phase.operations, touch);
  } else if (touch) {
    run(operations, phase.operations, true);
  } else {
    run(operations, phase.operations, false);
  }
}

int main(int argc, char **argv) {
  if (argc != 3) fail("usage: replay TRACE untouched|touched");
  const bool touch = strcmp(argv[2], "touched") == 0;
  const trace_t trace = load(argv[1]);
  cost_t at[MAX_PHASES + 1];

  pthread_t thread;
  memset(slots, 0xff, sizeof(slots)); /* resident before the first phase */
  if (pthread_create(&thread, NULL, free_rows, NULL) != 0) fail("no thread");
  if (bench_start() != 0) fail("cannot set the allocator up");
  const int64_t rss_before = status_bytes("VmRSS:");
  const operation_t *operations = trace.operations;
  at[0] = cost_so_far();
  for (uint32_t i = 0; i < trace.phases; i++) {
    run_phase(operations, trace.lengths[i], touch);
    operations += trace.lengths[i].operations;
    at[i + 1] = cost_so_far();
  }
  const int64_t rss_after = status_bytes("VmRSS:");
  const int64_t rss_peak = status_bytes("VmHWM:");

  printf("{\"version\":\"%s\",\"phases\":[", bench_version());
  for (uint32_t i = 0; i < trace.phases; i++) {
    printf("%s{\"cpuNs\":%lld,\"wallNs\":%lld,\"faults\":%lld}", i ? "," : "",
           (long long)(at[i + 1].cpu_ns - at[i].cpu_ns),
           (long long)(at[i + 1].wall_ns - at[i].wall_ns),
           (long long)(at[i + 1].faults - at[i].faults));
  }
  printf("],\"rss\":{\"before\":%lld,\"peak\":%lld,\"after\":%lld}}\n",
         (long long)rss_before, (long long)rss_peak, (long long)rss_after);
  return 0;
}
