/* ----------------------------------------------------------------------------
 * model: random operations, with every answer and every counter compared to a
 * model that does the bookkeeping the plain way. Seeds are fixed.
 * ------------------------------------------------------------------------- */
#include <string.h>

#include "support.h"

enum { SLOTS = 400 };

/* Whole blocks up to here carry a pattern; larger ones at both ends. */
#define WHOLE (16 * KIB)

typedef struct entry {
  void *block; /* NULL: the slot is empty */
  size_t size;
  size_t usable;
  size_t bytes; /* of the whole block */
  uint64_t seed;
} entry_t;

typedef struct model {
  ba_heap_t *heap;
  uint64_t random;
  size_t max_bytes; /* the budget */
  entry_t entries[SLOTS];
  ba_heap_stats_t expected; /* those counters that follow from the calls */
  uint64_t zero_asked;
  uint64_t purged_by_tick;
} model_t;

static uint64_t pick(model_t *model, uint64_t bound) {
  return test_random(&model->random) % bound;
}

static void write_pattern(const entry_t *entry) {
  char *block = entry->block;
  if (entry->usable <= WHOLE) {
    test_fill(block, entry->usable, entry->seed);
    return;
  }
  memset(block, 0xaa, entry->usable);
  test_fill(block, WHOLE / 2, entry->seed);
  test_fill(block + entry->usable - WHOLE / 2, WHOLE / 2, ~entry->seed);
}

static bool has_pattern(const entry_t *entry) {
  const char *block = entry->block;
  if (entry->usable <= WHOLE) {
    return test_holds(block, entry->usable, entry->seed);
  }
  return test_holds(block, WHOLE / 2, entry->seed) &&
         test_holds(block + entry->usable - WHOLE / 2, WHOLE / 2, ~entry->seed);
}

/* --- Operations ---------------------------------------------------------- */

static size_t random_size(model_t *model) {
  uint64_t kind = pick(model, 100);
  size_t high = kind < 80 ? 32 * KIB : kind < 97 ? 512 * KIB : 8 * MIB;
  return test_random_size(&model->random, 1, high);
}

static size_t random_alignment(model_t *model) {
  if (pick(model, 4) != 0) return 0;
  return (size_t)1 << pick(model, pick(model, 10) == 0 ? 23 : 14);
}

static void do_allocate(model_t *model) {
  entry_t *entry = &model->entries[pick(model, SLOTS)];
  if (entry->block != NULL) return;
  size_t size = random_size(model);
  size_t alignment = random_alignment(model);
  unsigned flags = pick(model, 2) == 0 ? BA_ZERO : 0;
  if (pick(model, 2) == 0) flags |= BA_COLOUR;
  void *block = NULL;
  ba_status_t status = ba_alloc(model->heap, size, alignment, flags, &block);
  if (status != BA_OK) {
    CHECK_EQUAL(status, BA_EBUDGET);
    CHECK(model->max_bytes != SIZE_MAX);
    model->expected.refused_budget++;
    return;
  }
  size_t usable = ba_usable_size(block);
  bool may_begin_later =
      (flags & BA_COLOUR) != 0 && alignment <= BA_ALIGNMENT_MIN;
  size_t bytes = may_begin_later ? ba_good_size(size) : usable;
  size_t step = alignment > BA_ALIGNMENT_MIN ? alignment : BA_ALIGNMENT_MIN;
  CHECK(((uintptr_t)block & (step - 1)) == 0);
  CHECK(usable >= size && usable <= bytes);
  CHECK((flags & BA_ZERO) == 0 || test_is_zero(block, usable));
  *entry = (entry_t){block, size, usable, bytes, test_random(&model->random)};
  write_pattern(entry);

  ba_heap_stats_t *expected = &model->expected;
  expected->live_blocks++;
  expected->live_bytes += bytes;
  expected->allocated_blocks++;
  expected->allocated_bytes += bytes;
  model->zero_asked += (flags & BA_ZERO) != 0 ? bytes : 0;
  if (expected->live_bytes > expected->peak_live_bytes) {
    expected->peak_live_bytes = expected->live_bytes;
  }
  CHECK(expected->live_bytes <= model->max_bytes);
}

static void free_entry(model_t *model, entry_t *entry) {
  if (entry->block == NULL) return;
  CHECK(has_pattern(entry));
  bool queued = pick(model, 10) == 0;
  if (queued) {
    test_free_elsewhere(entry->block);
  } else {
    ba_free(entry->block);
  }
  model->expected.live_blocks--;
  model->expected.live_bytes -= entry->bytes;
  model->expected.remote_frees += queued;
  entry->block = NULL;
}

static void do_free(model_t *model) {
  free_entry(model, &model->entries[pick(model, SLOTS)]);
}

/* As a collection does it: many at once. */
static void do_free_many(model_t *model) {
  for (size_t i = pick(model, 4); i < SLOTS; i += 1 + pick(model, 4)) {
    free_entry(model, &model->entries[i]);
  }
}

static void do_tick(model_t *model) {
  model->purged_by_tick += ba_heap_tick(model->heap, (unsigned)pick(model, 4));
}

static void do_limit(model_t *model) {
  static const size_t budgets[] = {SIZE_MAX, SIZE_MAX, 4 << 20, 32 << 20};
  static const size_t caches[] = {SIZE_MAX, 16 << 20, 1 << 20, 0};
  size_t max_cached_bytes = caches[pick(model, COUNT_OF(caches))];
  model->max_bytes = budgets[pick(model, COUNT_OF(budgets))];
  /* A budget below what is live lets no more in; the check must allow it. */
  if (model->max_bytes < model->expected.live_bytes) {
    model->max_bytes = (size_t)model->expected.live_bytes;
  }
  test_set_limits(model->heap, model->max_bytes, max_cached_bytes);
}

/* --- Checks -------------------------------------------------------------- */

static void check_apart(const model_t *model) {
  void *blocks[SLOTS];
  size_t count = 0;
  for (size_t i = 0; i < SLOTS; i++) {
    if (model->entries[i].block != NULL) {
      blocks[count++] = model->entries[i].block;
    }
  }
  test_are_apart(blocks, count);
}

/* With no remote free waiting: a trim has just taken them in. */
static void check_counters(model_t *model) {
  ba_heap_trim(model->heap);
  ba_heap_stats_t actual = test_stats(model->heap);
  const ba_heap_stats_t *expected = &model->expected;
  CHECK_EQUAL(actual.live_bytes, expected->live_bytes);
  CHECK_EQUAL(actual.live_blocks, expected->live_blocks);
  CHECK_EQUAL(actual.allocated_blocks, expected->allocated_blocks);
  CHECK_EQUAL(actual.allocated_bytes, expected->allocated_bytes);
  CHECK_EQUAL(actual.remote_frees, expected->remote_frees);
  CHECK_EQUAL(actual.refused_budget, expected->refused_budget);
  CHECK_EQUAL(actual.refused_nomem, 0);
  CHECK_EQUAL(actual.zeroed_bytes + actual.known_zero_bytes, model->zero_asked);
  CHECK(actual.peak_live_bytes >= expected->peak_live_bytes);
  CHECK(actual.peak_live_bytes <= expected->allocated_bytes);
  CHECK(actual.reused_blocks <= actual.allocated_blocks);
  CHECK(actual.live_bytes + actual.cached_bytes <= actual.mapped_bytes);
  CHECK(actual.purged_bytes >= model->purged_by_tick);
  check_apart(model);
}

static void operate(model_t *model) {
  uint64_t kind = pick(model, 1000);
  if (kind < 550) {
    do_allocate(model);
  } else if (kind < 970) {
    do_free(model);
  } else if (kind < 985) {
    do_tick(model);
  } else if (kind < 990) {
    do_limit(model);
  } else if (kind < 994) {
    do_free_many(model);
  } else {
    check_counters(model);
  }
}

static void run_model(uint64_t seed) {
  enum { OPERATIONS = TEST_SANITIZED ? 8000 : 30000 };
  static model_t model;
  memset(&model, 0, sizeof(model));
  model.random = seed;
  model.max_bytes = SIZE_MAX;
  model.heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(model.heap != NULL);
  for (size_t i = 0; i < OPERATIONS; i++) {
    operate(&model);
  }
  check_counters(&model);
  for (size_t i = 0; i < SLOTS; i++) {
    free_entry(&model, &model.entries[i]);
  }
  check_counters(&model);
  CHECK_EQUAL(test_stats(model.heap).cached_bytes, 0);
  CHECK_EQUAL(test_stats(model.heap).mapped_bytes, 0);
  ba_heap_destroy(model.heap);
}

static void test_seed_1(void) { run_model(1); }
static void test_seed_2(void) { run_model(20); }
static void test_seed_3(void) { run_model(300); }
static void test_seed_4(void) { run_model(4000); }

static const test_case_t cases[] = {
    {"agrees with the model, seed 1", test_seed_1},
    {"agrees with the model, seed 2", test_seed_2},
    {"agrees with the model, seed 3", test_seed_3},
    {"agrees with the model, seed 4", test_seed_4},
};

SUITE(model_suite, "model", cases);
