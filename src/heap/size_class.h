/* ----------------------------------------------------------------------------
 * size_class: which block size serves a request.
 *
 * Up to 512 bytes classes are 64 bytes apart, so that every block is aligned to
 * a cache line. Above, there are eight classes for each doubling: a class is at
 * most one eighth above the one below it, so that less than 12.5 % of a block
 * is wasted. All arithmetic is exact, without tables.
 * ------------------------------------------------------------------------- */
#ifndef BA_SIZE_CLASS_H
#define BA_SIZE_CLASS_H

#include <stddef.h>
#include <stdint.h>

#include "bits.h"

#define BA_QUANTUM_SHIFT 6 /* 64 bytes */
#define BA_LINEAR_SHIFT 9  /* to 512 bytes, one class for each quantum */
#define BA_LINEAR_MAX ((size_t)1 << BA_LINEAR_SHIFT)
#define BA_LINEAR_CLASSES ((size_t)8)
#define BA_STEPS_SHIFT 3 /* eight classes for each doubling */

/* Blocks up to here come out of chunks; the next class is half a chunk. */
#define BA_CHUNKED_MAX ((size_t)1920 << 10)
#define BA_CLASS_COUNT 103
/* Blocks up to here share a span; larger ones, whole pages, have their own. */
#define BA_SHARED_MAX ((size_t)30 << 10)
/* The largest request; above, rounding could overflow. */
#define BA_REQUEST_MAX (SIZE_MAX / 4)

static inline unsigned ba_log2(size_t n) { return 63 - ba_leading_zeros(n); }

/* The class that serves `size`, 1 … BA_CHUNKED_MAX. */
static inline unsigned ba_class_of(size_t size) {
  size_t s = size - 1;
  if (s < BA_LINEAR_MAX) return (unsigned)(s >> BA_QUANTUM_SHIFT);
  unsigned top = ba_log2(s);
  unsigned step = (unsigned)(s >> (top - BA_STEPS_SHIFT)) & 7;
  return (unsigned)BA_LINEAR_CLASSES +
         ((top - BA_LINEAR_SHIFT) << BA_STEPS_SHIFT) + step;
}

/* The smallest class size that holds `size`, 1 … BA_REQUEST_MAX. */
static inline size_t ba_class_size(size_t size) {
  size_t s = size - 1;
  unsigned shift =
      s < BA_LINEAR_MAX ? BA_QUANTUM_SHIFT : ba_log2(s) - BA_STEPS_SHIFT;
  return ((s >> shift) + 1) << shift;
}

/* How many blocks of a class up to BA_SHARED_MAX share a span: at most 64, so
 * that one word tells which are free, and such that they fill whole pages. */
static inline uint32_t ba_blocks_per_span(size_t block_size) {
  if (block_size <= 1024) return 64;
  if (block_size <= 2048) return 32;
  if (block_size <= 4096) return 16;
  return 8;
}

#endif
