/* ----------------------------------------------------------------------------
 * size_class: which block serves a request.
 *
 * Up to 1 KiB classes are 64 bytes apart, a quantum, so that every block is aligned
 * to a cache line. Above, there are eight classes for each doubling: a class is at
 * most one eighth above the one below it, so that less than 12.5 % of a block
 * is wasted. All arithmetic is exact, without tables.
 * ------------------------------------------------------------------------- */
#ifndef BA_SIZE_CLASS_H
#define BA_SIZE_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bits.h"
#include "chunk.h"
#include "heap.h"

#define BA_QUANTUM_SHIFT 6 /* 64 bytes */
#define BA_STEPS_SHIFT 3   /* eight classes for each doubling */
#define BA_STEPS ((size_t)1 << BA_STEPS_SHIFT)

/* Blocks up to here come out of chunks; the next class is half a chunk. */
#define BA_CHUNKED_MAX ((size_t)1920 << 10)
#define BA_CLASS_COUNT 103
/* Blocks of the first classes, up to 30 KiB, share a span; larger ones, whole pages,
 * have their own. */
#define BA_SHARED_CLASS_COUNT 55
/* Blocks above this are coloured, if they have room for that: see alloc.c. */
#define BA_PLAIN_MAX ((size_t)2048)
/* The largest request; above, rounding could overflow. */
#define BA_REQUEST_MAX (SIZE_MAX / 4)

/* What stands for a class where a block is of none: it has a span of its own, cut for
 * its alignment, or a mapping of its own. */
enum { BA_CLASS_UNCACHED = BA_CLASS_COUNT, BA_CLASS_HUGE };

/* Whole quanta below a size -> between its class and the next lie 1 << this of them. */
static inline unsigned ba_class_shift(size_t quanta) {
  return 63 - ba_leading_zeros(quanta | BA_STEPS) - BA_STEPS_SHIFT;
}

/* The class that serves `size`, 1 … BA_CHUNKED_MAX. */
static inline unsigned ba_class_of(size_t size) {
  size_t quanta = (size - 1) >> BA_QUANTUM_SHIFT;
  unsigned shift = ba_class_shift(quanta);
  return (shift << BA_STEPS_SHIFT) + (unsigned)(quanta >> shift);
}

/* The smallest class size that holds `size`, 1 … BA_REQUEST_MAX. */
static inline size_t ba_class_size(size_t size) {
  size_t quanta = (size - 1) >> BA_QUANTUM_SHIFT;
  unsigned shift = ba_class_shift(quanta);
  return ((quanta >> shift) + 1) << (shift + BA_QUANTUM_SHIFT);
}

/* The size of a class, the inverse of ba_class_of. */
static inline size_t ba_size_of_class(size_t index) {
  size_t shift = index < BA_STEPS ? 0 : (index >> BA_STEPS_SHIFT) - 1;
  size_t quanta = index + 1 - (shift << BA_STEPS_SHIFT);
  return quanta << (shift + BA_QUANTUM_SHIFT);
}

/* How many blocks share a span, of such a class: at most 64, so
 * that one word tells which are free, and such that they fill whole pages. */
static inline uint32_t ba_blocks_per_span(size_t block_size) {
  if (block_size <= 1024) return 64;
  if (block_size <= 2048) return 32;
  if (block_size <= 4096) return 16;
  return 8;
}

static inline size_t ba_round_up(size_t size, size_t unit) {
  return (size + unit - 1) & ~(unit - 1);
}

/* A request, as everything below the public functions knows it. */
typedef struct ba_request {
  size_t block_size;   /* of the block that serves it */
  size_t alignment;    /* above a page; 1: what every block has is enough */
  size_t slack;        /* by how many bytes it may begin later in its block */
  unsigned size_class; /* below BA_CLASS_COUNT, or one of those above */
} ba_request_t;

/* False if there can be no such block. */
static inline bool ba_request_make(size_t size, size_t alignment,
                                   ba_request_t *out) {
  if (size - 1 >= BA_REQUEST_MAX || alignment > BA_ALIGNMENT_MAX ||
      (alignment & (alignment - 1)) != 0) {
    return false;
  }
  bool is_apart = alignment > BA_PAGE_SIZE;
  out->alignment = is_apart ? alignment : 1;
  /* A size rounded up to the alignment has a class that is a multiple of it,
   * and spans start at pages: to a page, alignment needs nothing more. */
  if (alignment > BA_ALIGNMENT_MIN && !is_apart) {
    size = ba_round_up(size, alignment);
  }
  out->block_size = ba_class_size(size);
  if (size > BA_CHUNKED_MAX) {
    out->size_class = BA_CLASS_HUGE; /* aligned to whatever may be asked for */
  } else if (is_apart) {
    out->size_class = BA_CLASS_UNCACHED;
    out->block_size = ba_round_up(size, BA_PAGE_SIZE);
  } else {
    out->size_class = ba_class_of(size);
  }
  bool is_plain =
      alignment > BA_ALIGNMENT_MIN || out->block_size <= BA_PLAIN_MAX;
  out->slack = is_plain ? 0 : out->block_size - size;
  return true;
}

#endif
