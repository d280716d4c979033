/* ----------------------------------------------------------------------------
 * size_class: which size a request is given.
 *
 * The bound on waste, in this project's own words: at most an eighth of the
 * block, except that blocks are cut in steps of 64 bytes, which alone decides
 * below 512.
 * ------------------------------------------------------------------------- */
#include "support.h"

#define LARGEST (8 * MIB)
#define QUANTUM_RULES_BELOW ((size_t)512)

static bool wastes_little(size_t size, size_t good) {
  size_t waste = good - size;
  return good < QUANTUM_RULES_BELOW ? waste < BA_ALIGNMENT_MIN
                                    : waste <= good / 8;
}

static void test_holds_size(void) {
  for (size_t size = 1; size <= LARGEST; size++) {
    REQUIRE(ba_good_size(size) >= size);
  }
}

static void test_waste(void) {
  for (size_t size = 1; size <= LARGEST; size++) {
    REQUIRE(wastes_little(size, ba_good_size(size)));
  }
}

static void check_large(size_t size) {
  size_t good = ba_good_size(size);
  if (good != 0) {
    CHECK(good >= size);
    CHECK(wastes_little(size, good));
  }
}

static void test_waste_large(void) {
  for (size_t power = LARGEST; power <= SIZE_MAX / 4; power <<= 1) {
    check_large(power - 1);
    check_large(power + 1);
    check_large(power + power / 2 + 1);
  }
}

static void test_idempotent(void) {
  for (size_t size = 1; size <= LARGEST; size++) {
    size_t good = ba_good_size(size);
    REQUIRE(ba_good_size(good) == good);
  }
}

static void test_monotone(void) {
  size_t last = 0;
  for (size_t size = 1; size <= LARGEST; size++) {
    size_t good = ba_good_size(size);
    REQUIRE(good >= last);
    last = good;
  }
}

static void test_quantum(void) {
  for (size_t size = 1; size <= LARGEST; size++) {
    REQUIRE(ba_good_size(size) % BA_ALIGNMENT_MIN == 0);
  }
}

/* Both edges of every class: its own size, and the first one too large for the
 * class before. */
static void test_usable_size(void) {
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  size_t edge = 1;
  while (edge <= LARGEST) {
    size_t good = ba_good_size(edge);
    void *low = test_alloc(heap, edge, 0, 0);
    void *high = test_alloc(heap, good, 0, 0);
    if (low == NULL || high == NULL) break;
    CHECK_EQUAL(ba_usable_size(low), good);
    CHECK_EQUAL(ba_usable_size(high), good);
    test_fill(low, good, edge);
    test_fill(high, good, good);
    CHECK(test_holds(low, good, edge));
    CHECK(test_holds(high, good, good));
    ba_free(low);
    ba_free(high);
    edge = good + 1;
  }
  CHECK(edge > LARGEST);
  ba_heap_destroy(heap);
}

static void test_overflow(void) {
  CHECK_EQUAL(ba_good_size(SIZE_MAX), 0);
  for (size_t below = 0; below < 64 * KIB; below++) {
    size_t size = SIZE_MAX - below;
    size_t good = ba_good_size(size);
    REQUIRE(good == 0 || good >= size);
  }
}

static const test_case_t cases[] = {
    {"maps every size up to 8 MiB to a class that holds it", test_holds_size},
    {"wastes at most 12.5 %, or less than 64 bytes below 512", test_waste},
    {"wastes at most 12.5 % of larger blocks too", test_waste_large},
    {"gives a class its own size", test_idempotent},
    {"never gives a larger request a smaller class", test_monotone},
    {"cuts every class in steps of the smallest alignment", test_quantum},
    {"gives blocks of the size announced, usable to the end", test_usable_size},
    {"says 0 for sizes that overflow", test_overflow},
};

SUITE(size_class_suite, "size classes", cases);
