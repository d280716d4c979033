/* ----------------------------------------------------------------------------
 * bits: what C11 has no name for and every compiler has. Counting bits of a word
 * (the argument of the first two is not 0), and keeping a slow path out of the
 * registers of a fast one.
 * ------------------------------------------------------------------------- */
#ifndef BA_BITS_H
#define BA_BITS_H

#include <stddef.h>
#include <stdint.h>

#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>

#define BA_NOINLINE __declspec(noinline)

static inline unsigned ba_leading_zeros(uint64_t word) {
  unsigned long index;
  (void)_BitScanReverse64(&index, word);
  return 63 - (unsigned)index;
}

static inline unsigned ba_trailing_zeros(uint64_t word) {
  unsigned long index;
  (void)_BitScanForward64(&index, word);
  return (unsigned)index;
}

static inline size_t ba_count_ones(uint64_t word) {
  size_t count = 0;
  for (; word != 0; word &= word - 1) count++;
  return count;
}
#else
#define BA_NOINLINE __attribute__((noinline))

static inline unsigned ba_leading_zeros(uint64_t word) {
  return (unsigned)__builtin_clzll(word);
}

static inline unsigned ba_trailing_zeros(uint64_t word) {
  return (unsigned)__builtin_ctzll(word);
}

static inline size_t ba_count_ones(uint64_t word) {
  return (size_t)__builtin_popcountll(word);
}
#endif

#endif
