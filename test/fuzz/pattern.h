/* ----------------------------------------------------------------------------
 * pattern: what the fuzzer writes into a block and expects to find there, and
 * its checks, which end the process: libFuzzer keeps the input of such a run.
 *
 * A small block is filled; of a larger one both ends, and stretches between
 * them, so that an input stays cheap however large its blocks are.
 * ------------------------------------------------------------------------- */
#ifndef BA_FUZZ_PATTERN_H
#define BA_FUZZ_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A block that is out. `id` is never used twice in one input. */
typedef struct fuzz_block {
  unsigned char *at; /* NULL: none */
  size_t usable;
  size_t bytes; /* of all of it: it may begin later */
  uint64_t id;
} fuzz_block_t;

#define FUZZ_CHECK(condition) \
  fuzz_check(__FILE__, __LINE__, #condition, (condition))
#define FUZZ_EQUAL(actual, expected)                                     \
  fuzz_equal(__FILE__, __LINE__, #actual, #expected, (uint64_t)(actual), \
             (uint64_t)(expected))

void fuzz_check(const char *file, int line, const char *what, bool holds);
void fuzz_equal(const char *file, int line, const char *what, const char *whom,
                uint64_t actual, uint64_t expected);

/* Equal states give equal sequences (splitmix64). */
uint64_t fuzz_random(uint64_t *state);

void fuzz_write(const fuzz_block_t *block);

/* Checks that the block holds what fuzz_write left in it. */
void fuzz_verify(const fuzz_block_t *block);

/* Checks that every byte is zero. */
void fuzz_verify_zero(const void *at, size_t bytes);

#endif
