/* ----------------------------------------------------------------------------
 * main: runs the C tests.
 *
 *   heap-tests --list             one line a test: suite, tab, title
 *   heap-tests                    runs all of them
 *   heap-tests SUITE [TITLE]      runs one suite, or one test
 *
 * A result is one line: `ok`, `not ok` or `skip`, then suite, title, time in
 * milliseconds and the reason of a skip, separated by tabs. What failed is
 * printed before it, indented. The exit status is 1 if a test failed, 2 if no
 * test has the name given.
 *
 * Every test must leave what it found: no heap of its own, and no more memory
 * from the OS than before. That is checked after each.
 * ------------------------------------------------------------------------- */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "support.h"

/* One failing loop must not bury the first failure. */
#define MAX_REPORTED 10

extern const test_suite_t alignment_suite;
extern const test_suite_t apart_suite;
extern const test_suite_t colour_suite;
extern const test_suite_t destroy_suite;
extern const test_suite_t failing_os_suite;
extern const test_suite_t guarded_suite;
extern const test_suite_t huge_suite;
extern const test_suite_t invalid_suite;
extern const test_suite_t limits_suite;
extern const test_suite_t map_suite;
extern const test_suite_t model_suite;
extern const test_suite_t orphan_suite;
extern const test_suite_t process_suite;
extern const test_suite_t purge_suite;
extern const test_suite_t remote_suite;
extern const test_suite_t reuse_suite;
extern const test_suite_t size_class_suite;
extern const test_suite_t tally_suite;
extern const test_suite_t turns_suite;
extern const test_suite_t wipe_suite;
extern const test_suite_t zero_suite;

static const test_suite_t *const suites[] = {
    &size_class_suite, &alignment_suite, &reuse_suite,   &zero_suite,
    &wipe_suite,       &huge_suite,      &apart_suite,   &limits_suite,
    &map_suite,        &purge_suite,     &invalid_suite, &process_suite,
    &destroy_suite,    &remote_suite,    &orphan_suite,  &failing_os_suite,
    &model_suite,      &tally_suite,     &turns_suite,   &guarded_suite,
    &colour_suite,
};

/* The test that is running. */
static struct {
  atomic_uint failures;
  const char *skipped;
} current;

static bool failed_at(const char *file, int line) {
  unsigned before = atomic_fetch_add(&current.failures, 1);
  if (before == MAX_REPORTED) printf("    … and more\n");
  if (before >= MAX_REPORTED) return false;
  printf("    %s:%d: ", file, line);
  return true;
}

bool test_check(bool ok, const char *file, int line, const char *what) {
  if (!ok && failed_at(file, line)) printf("%s\n", what);
  return ok;
}

bool test_check_equal(uint64_t actual, uint64_t expected, const char *file,
                      int line, const char *what) {
  if (actual != expected && failed_at(file, line)) {
    printf("%s: %" PRId64 " is not %" PRId64 "\n", what, (int64_t)actual,
           (int64_t)expected);
  }
  return actual == expected;
}

void test_skip(const char *reason) { current.skipped = reason; }

static void check_left_as_found(size_t mapped_before,
                                ba_process_stats_t before) {
  CHECK_EQUAL(test_settle(), mapped_before);
  ba_process_stats_t after = test_process_stats();
  CHECK_EQUAL(after.heaps, before.heaps);
  CHECK_EQUAL(after.orphaned_heaps, before.orphaned_heaps);
}

static bool run_case(const test_suite_t *suite, const test_case_t *test) {
  atomic_store(&current.failures, 0);
  current.skipped = NULL;
  size_t mapped_before = test_settle();
  ba_process_stats_t before = test_process_stats();
  uint64_t start = test_now();
  test->run();
  check_left_as_found(mapped_before, before);
  uint64_t took = test_now() - start;

  bool passed = atomic_load(&current.failures) == 0;
  const char *result = current.skipped != NULL ? "skip" : "ok";
  printf("%s\t%s\t%s\t%" PRIu64 "\t%s\n", passed ? result : "not ok",
         suite->name, test->title, took,
         current.skipped != NULL ? current.skipped : "");
  (void)fflush(stdout);
  return passed;
}

static bool is_wanted(const char *name, const char *wanted) {
  return wanted == NULL || strcmp(name, wanted) == 0;
}

static void list_tests(void) {
  for (size_t i = 0; i < COUNT_OF(suites); i++) {
    for (size_t j = 0; j < suites[i]->count; j++) {
      printf("%s\t%s\n", suites[i]->name, suites[i]->cases[j].title);
    }
  }
}

static int run_tests(const char *suite_name, const char *title) {
  size_t found = 0;
  bool passed = true;
  for (size_t i = 0; i < COUNT_OF(suites); i++) {
    const test_suite_t *suite = suites[i];
    for (size_t j = 0; is_wanted(suite->name, suite_name) && j < suite->count;
         j++) {
      if (is_wanted(suite->cases[j].title, title)) {
        found++;
        passed = run_case(suite, &suite->cases[j]) && passed;
      }
    }
  }
  if (found == 0) {
    (void)fprintf(stderr, "no such test\n");
    return 2;
  }
  return passed ? 0 : 1;
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "--list") == 0) {
    list_tests();
    return 0;
  }
  return run_tests(argc > 1 ? argv[1] : NULL, argc > 2 ? argv[2] : NULL);
}
