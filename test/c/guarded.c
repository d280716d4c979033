/* ----------------------------------------------------------------------------
 * guarded: blocks between pages that fault: secrets, and what is watched for
 * native code that goes astray.
 * ------------------------------------------------------------------------- */
#include "../../src/heap/guarded.h"

#include <stdatomic.h>
#include <string.h>

#include "../../src/os/os.h"
#include "support.h"

static const size_t sizes[] = {1,    7,    8,     16,     100,    4080,
                               4096, 5000, 65536, 100000, 3 << 20};
static const ba_guarded_kind_t kinds[] = {BA_SECRET, BA_WATCHED};
enum { GOT_ALL = BA_GOT_LOCKED | BA_GOT_UNDUMPED | BA_GOT_UNFORKED };

static unsigned char *guarded_block(ba_guarded_kind_t kind, size_t size) {
  unsigned got;
  void *block = NULL;
  ba_status_t status = ba_guarded_alloc(kind, size, NULL, &got, &block);
  return CHECK_EQUAL(status, BA_OK) ? block : NULL;
}

static uint64_t damaged(void) { return test_process_stats().damaged_blocks; }

/* --- Both kinds ------------------------------------------------------------ */

static void check_place(ba_guarded_kind_t kind, size_t size) {
  size_t page = ba_os_page_size();
  unsigned char *block = guarded_block(kind, size);
  REQUIRE(block != NULL);
  unsigned char *end = block + size;
  CHECK_EQUAL((uintptr_t)end % page, 0);
  CHECK_EQUAL(ba_usable_size(block), size);
  CHECK(test_is_zero(block, size));
  CHECK(test_is_readable(end - 1));
  CHECK(!test_is_readable(end));
  CHECK(!test_is_readable(end + page - 1));
  const unsigned char *first = block - 16 - (uintptr_t)(block - 16) % page;
  CHECK(test_is_readable(first));
  CHECK(!test_is_readable(first - 1));
  CHECK(!test_is_readable(first - page));
  test_fill(block, size, size);
  CHECK(test_holds(block, size, size));
  ba_free(block);
  CHECK(!test_is_readable(block));
}

static void test_place(void) {
  uint64_t before = damaged();
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    for (size_t j = 0; j < COUNT_OF(kinds); j++) {
      check_place(kinds[j], sizes[i]);
    }
  }
  CHECK_EQUAL(damaged(), before);
  CHECK_EQUAL(test_process_stats().guarded_blocks, 0);
}

static void test_bad_sizes(void) {
  unsigned got;
  void *block = NULL;
  CHECK_EQUAL(ba_guarded_alloc(BA_SECRET, 0, NULL, &got, &block), BA_EINVAL);
  CHECK_EQUAL(ba_guarded_alloc(BA_SECRET, SIZE_MAX, NULL, &got, &block),
              BA_EINVAL);
  CHECK_EQUAL(
      ba_guarded_alloc(BA_WATCHED, SIZE_MAX / 4 - 1, NULL, &got, &block),
      BA_ENOMEM);
  CHECK(block == NULL);
  CHECK_EQUAL(test_process_stats().guarded_blocks, 0);
}

/* Each byte of the canary, the next one to the block and the first of the page. */
static void test_canary(void) {
  uint64_t before = damaged();
  size_t rounds = 0;
  for (size_t size = 100; size <= 4096; size += 999) {
    for (size_t past = 1; past <= 16; past++) {
      unsigned char *block = guarded_block(kinds[past % 2], size);
      REQUIRE(block != NULL);
      block[-(ptrdiff_t)past] ^= 1;
      ba_free(block);
      CHECK_EQUAL(damaged(), before + ++rounds);
    }
  }
  unsigned char *block = guarded_block(BA_SECRET, 100);
  REQUIRE(block != NULL);
  block[100 - (ptrdiff_t)ba_os_page_size()] ^= 1;
  ba_free(block);
  CHECK_EQUAL(damaged(), before + ++rounds);
}

/* Beside blocks of a heap, which ends before they do. */
static void test_beside_heap(void) {
  enum { BLOCKS = 60 };
  void *blocks[BLOCKS];
  ba_heap_t *heap = test_heap(SIZE_MAX, SIZE_MAX);
  REQUIRE(heap != NULL);
  for (size_t i = 0; i < BLOCKS; i++) {
    size_t size = sizes[i % COUNT_OF(sizes)];
    blocks[i] = i % 3 == 2 ? test_alloc(heap, size, 0, 0)
                           : guarded_block(kinds[i % 3], size);
    REQUIRE(blocks[i] != NULL);
    test_fill(blocks[i], size, i);
  }
  ba_heap_destroy(heap);
  for (size_t i = 0; i < BLOCKS; i++) {
    size_t size = sizes[i % COUNT_OF(sizes)];
    CHECK(test_holds(blocks[i], size, i));
    if (i % 2 == 0) {
      ba_free(blocks[i]);
    } else {
      test_free_elsewhere(blocks[i]);
    }
  }
  CHECK_EQUAL(test_process_stats().guarded_blocks, 0);
}

/* Blocks go from thread to thread; each frees what the one before it made. */
enum { CREW = 4, SLOTS = 16, TURNS = 300 };
static _Atomic(void *) shared_slots[SLOTS];

static void work(void *argument) {
  uint64_t random = (uintptr_t)argument;
  for (size_t turn = 0; turn < TURNS; turn++) {
    size_t size = test_random_size(&random, 1, 20000);
    unsigned char *block = guarded_block(kinds[turn % 2], size);
    if (block == NULL) return;
    memset(block, 1, size);
    size_t slot = test_random(&random) % SLOTS;
    ba_free(atomic_exchange(&shared_slots[slot], block));
    if (turn % 100 == 99) ba_guarded_trim();
  }
}

static void test_threads(void) {
  static char names[CREW];
  test_thread_t threads[CREW];
  uint64_t before = damaged();
  for (size_t i = 0; i < CREW; i++) {
    test_thread_start(&threads[i], work, &names[i]);
  }
  for (size_t i = 0; i < CREW; i++) test_thread_join(&threads[i]);
  for (size_t i = 0; i < SLOTS; i++) {
    ba_free(atomic_exchange(&shared_slots[i], NULL));
  }
  CHECK_EQUAL(test_process_stats().guarded_blocks, 0);
  CHECK_EQUAL(damaged(), before);
}

/* A process must have mappings left for everyone else. */
static void test_bound(void) {
  static void *blocks[BA_GUARDED_MAX];
  unsigned got;
  void *block = NULL;
  for (size_t i = 0; i < BA_GUARDED_MAX; i++) {
    blocks[i] = guarded_block(BA_WATCHED, 8);
    REQUIRE(blocks[i] != NULL);
  }
  CHECK_EQUAL(ba_guarded_alloc(BA_WATCHED, 8, NULL, &got, &block), BA_ENOMEM);
  CHECK_EQUAL(ba_guarded_alloc(BA_SECRET, 8, NULL, &got, &block), BA_ENOMEM);
  for (size_t i = 0; i < BA_GUARDED_MAX; i++) ba_free(blocks[i]);
  ba_free(guarded_block(BA_SECRET, 8));
}

/* With each call to the OS failing in turn: refused, or without what it asked. */
static void check_fault(ba_guarded_kind_t kind, long n, size_t *refused,
                        unsigned *missed) {
  unsigned got = 0;
  void *block = NULL;
  atomic_store(&ba_os_fail_at, n);
  ba_status_t status = ba_guarded_alloc(kind, 5000, NULL, &got, &block);
  atomic_store(&ba_os_fail_at, 0);
  if (status != BA_OK) {
    CHECK_EQUAL(status, BA_ENOMEM);
    (*refused)++;
    return;
  }
  if (kind == BA_SECRET) *missed |= GOT_ALL & ~got;
  test_fill(block, 5000, 1);
  atomic_store(&ba_os_fail_at, n);
  ba_free(block);
  atomic_store(&ba_os_fail_at, 0);
}

static void test_faults(void) {
  size_t mapped = test_settle();
  for (size_t i = 0; i < COUNT_OF(kinds); i++) {
    size_t refused = 0;
    unsigned missed = 0;
    for (long n = 1; n <= 12; n++) {
      check_fault(kinds[i], n, &refused, &missed);
      check_fault(kinds[i], -n, &refused, &missed);
      CHECK_EQUAL(test_settle(), mapped);
      CHECK_EQUAL(test_process_stats().guarded_blocks, 0);
    }
    CHECK(refused >= 8);
    if (kinds[i] == BA_SECRET) CHECK_EQUAL(missed, GOT_ALL);
  }
}

/* --- Secrets --------------------------------------------------------------- */

/* What the OS does not take back stays, and can be looked at. */
static void test_wiped(void) {
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    unsigned char *block = guarded_block(BA_SECRET, sizes[i]);
    REQUIRE(block != NULL);
    memset(block, 0xff, sizes[i]);
    atomic_store(&ba_os_fail_at, 1);
    test_free_elsewhere(block);
    CHECK_EQUAL(atomic_exchange(&ba_os_fail_at, 0), 0);
    CHECK(test_is_zero(block - 16, sizes[i] + 16));
  }
}

static void check_flags(size_t size) {
  unsigned got = 0;
  void *block = NULL;
  char flags[256];
  REQUIRE(ba_guarded_alloc(BA_SECRET, size, NULL, &got, &block) == BA_OK);
  if (test_mapping_flags(block, flags, sizeof(flags))) {
    CHECK_EQUAL(strstr(flags, " dd") != NULL, (got & BA_GOT_UNDUMPED) != 0);
    CHECK_EQUAL(strstr(flags, " wf") != NULL, (got & BA_GOT_UNFORKED) != 0);
    /* The sanitizers turn mlock into nothing. */
    CHECK_EQUAL(strstr(flags, " lo") != NULL,
                !TEST_SANITIZED && (got & BA_GOT_LOCKED) != 0);
    CHECK_EQUAL(got | BA_GOT_LOCKED, GOT_ALL);
  } else {
    test_skip("there is no /proc/self/smaps");
  }
  ba_free(block);
}

static void test_flags(void) {
  for (size_t i = 0; i < COUNT_OF(sizes); i++) check_flags(sizes[i]);
}

static void test_lock_refused(void) {
  unsigned got = 0;
  void *block = NULL;
  char flags[256];
  if (!test_limit_locked_memory(0)) SKIP("locking cannot be limited here");
  REQUIRE(ba_guarded_alloc(BA_SECRET, 100, NULL, &got, &block) == BA_OK);
  CHECK_EQUAL(got & BA_GOT_LOCKED, TEST_SANITIZED ? BA_GOT_LOCKED : 0);
  if (test_mapping_flags(block, flags, sizeof(flags))) {
    CHECK(strstr(flags, " lo") == NULL);
    CHECK(strstr(flags, " dd") != NULL);
  }
  ba_free(block);
}

static void test_forks(void) {
  unsigned char *block = guarded_block(BA_SECRET, 100);
  REQUIRE(block != NULL);
  memset(block, 7, 100);
  int byte = test_byte_after_fork(block);
  CHECK_EQUAL(block[0], 7);
  ba_free(block);
  if (byte < 0) SKIP("processes do not fork here");
  CHECK_EQUAL(byte, 0);
}

static unsigned char *prepare_secret(void) {
  unsigned char *block = guarded_block(BA_SECRET, 100);
  if (block != NULL) memset(block, 7, 100);
  return block;
}

static unsigned char *prepare_other(void) {
  unsigned char *block = guarded_block(BA_WATCHED, 100);
  if (block != NULL) memset(block, 7, 100);
  return block;
}

static void test_exit(void) {
  /* One of the process before the fork as well. */
  unsigned char *block = prepare_secret();
  int byte = test_byte_after_exit(prepare_other);
  if (byte < 0) {
    test_skip("processes do not fork here");
  } else {
    CHECK_EQUAL(byte, 7);
    CHECK_EQUAL(test_byte_after_exit(prepare_secret), 0);
  }
  ba_free(block);
}

/* --- What is watched ------------------------------------------------------- */

static void test_quarantine(void) {
  enum { BLOCKS = BA_QUARANTINE_MAX + 10 };
  static unsigned char *blocks[BLOCKS];
  ba_guarded_trim();
  for (size_t i = 0; i < BLOCKS; i++) {
    blocks[i] = guarded_block(BA_WATCHED, 5000);
    REQUIRE(blocks[i] != NULL);
  }
  for (size_t i = 0; i < BLOCKS; i++) ba_free(blocks[i]);
  CHECK_EQUAL(test_process_stats().quarantined_blocks, BA_QUARANTINE_MAX);
  size_t mapped = test_process_stats().mapped_bytes;
  CHECK(mapped >= BA_QUARANTINE_MAX * 5000);
  for (size_t i = 10; i < BLOCKS; i += 50) {
    CHECK(!test_is_readable(blocks[i]));
    CHECK(!test_is_readable(blocks[i] - 16));
  }
  ba_guarded_trim();
  CHECK_EQUAL(test_process_stats().quarantined_blocks, 0);
  CHECK(test_process_stats().mapped_bytes <= mapped - BA_QUARANTINE_MAX * 5000);
}

static void test_quarantine_bytes(void) {
  enum { ROUNDS = 40 };
  size_t size = BA_QUARANTINE_BYTES_MAX / 16;
  for (size_t i = 0; i < ROUNDS; i++) {
    ba_free(guarded_block(BA_WATCHED, size));
    CHECK(test_process_stats().quarantined_blocks <= 16);
  }
  CHECK(test_process_stats().quarantined_blocks >= 15);
}

static const test_case_t cases[] = {
    {"end at a page that faults, behind one that does", test_place},
    {"are refused for sizes that cannot be", test_bad_sizes},
    {"tell of a byte written in front of them", test_canary},
    {"outlive the heaps beside them", test_beside_heap},
    {"are freed by any thread", test_threads},
    {"are bounded in number", test_bound},
    {"do without what the OS refuses, or are refused", test_faults},
    {"are wiped when they are freed: secrets", test_wiped},
    {"are locked, and out of dumps and forks: secrets", test_flags},
    {"are served where locking is refused: secrets", test_lock_refused},
    {"are zero in a forked process: secrets", test_forks},
    {"are wiped when the process ends: secrets", test_exit},
    {"fault for a while after they are freed: watched ones", test_quarantine},
    {"keep a bounded part of the addresses: watched ones",
     test_quarantine_bytes},
};

SUITE(guarded_suite, "guarded blocks", cases);
