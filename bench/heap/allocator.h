/* ----------------------------------------------------------------------------
 * allocator: the one allocator that this build of replay.c drives.
 *
 * Chosen with -DBENCH_BUFALLOC, -DBENCH_MIMALLOC, -DBENCH_JEMALLOC or
 * -DBENCH_GLIBC. Each gives the same four functions and is called across a
 * shared library's boundary, as an addon's or a program's calls would be.
 * Without any of them the build is the harness alone: every request gets the
 * same warm megabyte, so what its replay costs is the loop, the slots and the
 * touching of memory that is always there.
 *
 *   bench_start    sets the allocator up; 0 on success
 *   bench_version  what the running library says it is
 *   bench_alloc    a block of `size` bytes, or NULL
 *   bench_free     ends a block
 * ------------------------------------------------------------------------- */
#ifndef BENCH_ALLOCATOR_H
#define BENCH_ALLOCATOR_H

#include <stddef.h>

#if defined(BENCH_BUFALLOC)

#include <stdint.h>
#include <stdlib.h>

#include "../../src/heap/heap.h"

static ba_heap_t *bench_heap;

/* No limits, but for the one that the package too takes from here. */
static inline int bench_start(void) {
  const char *cached = getenv("BUFALLOC_MAX_CACHED_BYTES");
  const ba_heap_limits_t limits = {
      .max_bytes = SIZE_MAX,
      .max_cached_bytes = cached ? strtoull(cached, NULL, 10) : SIZE_MAX};
  return ba_heap_create(&limits, &bench_heap);
}

static inline const char *bench_version(void) { return "this tree"; }

static inline void *bench_alloc(size_t size) {
  void *block;
  return ba_alloc(bench_heap, size, 0, 0, &block) == BA_OK ? block : NULL;
}

static inline void bench_free(void *block) { ba_free(block); }

#elif defined(BENCH_MIMALLOC)

#include <mimalloc.h>
#include <stdio.h>

static inline int bench_start(void) { return 0; }

static inline const char *bench_version(void) {
  static char text[16];
  const int v = mi_version(); /* 209 is 2.0.9 */
  snprintf(text, sizeof(text), "%d.%d.%d", v / 100, v / 10 % 10, v % 10);
  return text;
}

static inline void *bench_alloc(size_t size) { return mi_malloc(size); }
static inline void bench_free(void *block) { mi_free(block); }

#elif defined(BENCH_JEMALLOC) || defined(BENCH_GLIBC)

#include <stdlib.h>

#if defined(BENCH_JEMALLOC)
#include <jemalloc/jemalloc.h>
#else
#include <gnu/libc-version.h>
#endif

static inline int bench_start(void) { return 0; }

static inline const char *bench_version(void) {
#if defined(BENCH_JEMALLOC)
  const char *text = "?";
  size_t size = sizeof(text);
  mallctl("version", &text, &size, NULL, 0);
  return text;
#else
  return gnu_get_libc_version();
#endif
}

static inline void *bench_alloc(size_t size) { return malloc(size); }
static inline void bench_free(void *block) { free(block); }

#else /* the harness alone */

static char bench_block[(1 << 20) + 4096];

static inline int bench_start(void) { return 0; }
static inline const char *bench_version(void) { return "none"; }

static inline void *bench_alloc(size_t size) {
  return size < sizeof(bench_block) ? bench_block : NULL;
}

static inline void bench_free(void *block) { (void)block; }

#endif

#endif
