/* pattern: see pattern.h. */
#include "pattern.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHOLE (2 * KIB)
#define END ((size_t)256)
#define STRETCH ((size_t)64)
enum { STRETCHES = 16 };

void fuzz_check(const char *file, int line, const char *what, bool holds) {
  if (holds) return;
  (void)fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
  abort();
}

void fuzz_equal(const char *file, int line, const char *what, const char *whom,
                uint64_t actual, uint64_t expected) {
  if (actual == expected) return;
  (void)fprintf(stderr,
                "%s:%d: failed: %s == %s: %" PRIu64 ", expected %" PRIu64 "\n",
                file, line, what, whom, actual, expected);
  abort();
}

uint64_t fuzz_random(uint64_t *state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/* The bytes at `offset`, a multiple of eight; block sizes are such, too. */
static uint64_t word_at(uint64_t id, size_t offset) {
  uint64_t state = id ^ (uint64_t)offset << 24;
  return fuzz_random(&state);
}

static void write_range(const fuzz_block_t *block, size_t from, size_t bytes) {
  for (size_t i = from; i < from + bytes; i += sizeof(uint64_t)) {
    uint64_t word = word_at(block->id, i);
    memcpy(block->at + i, &word, sizeof(word));
  }
}

static void verify_range(const fuzz_block_t *block, size_t from, size_t bytes) {
  for (size_t i = from; i < from + bytes; i += sizeof(uint64_t)) {
    uint64_t word = 0;
    memcpy(&word, block->at + i, sizeof(word));
    FUZZ_EQUAL(word, word_at(block->id, i));
  }
}

static void each_range(const fuzz_block_t *block,
                       void (*visit)(const fuzz_block_t *, size_t, size_t)) {
  size_t usable = block->usable;
  if (usable <= WHOLE) {
    visit(block, 0, usable);
    return;
  }
  visit(block, 0, END);
  for (size_t i = 1; i <= STRETCHES; i++) {
    size_t from = usable / (STRETCHES + 1) * i & ~(STRETCH - 1);
    visit(block, from, STRETCH);
  }
  visit(block, usable - END, END);
}

void fuzz_write(const fuzz_block_t *block) { each_range(block, write_range); }

void fuzz_verify(const fuzz_block_t *block) { each_range(block, verify_range); }

void fuzz_verify_zero(const void *at, size_t bytes) {
  const unsigned char *first = at;
  if (bytes == 0) return;
  FUZZ_CHECK(first[0] == 0 && memcmp(first, first + 1, bytes - 1) == 0);
}
