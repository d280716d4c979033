/* ----------------------------------------------------------------------------
 * test: the C tests' own small harness.
 *
 * A test is a function; a suite is a table of them, one suite a file. A check
 * that does not hold prints its file and line, is counted, and lets the test
 * go on; a REQUIRE ends the test. Checks may be made from any thread.
 * ------------------------------------------------------------------------- */
#ifndef BA_TEST_H
#define BA_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct test_case {
  const char *title; /* finishes the sentence "it …" */
  void (*run)(void);
} test_case_t;

typedef struct test_suite {
  const char *name;
  const test_case_t *cases;
  size_t count;
} test_suite_t;

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Defines the suite `id` from the table `cases`; main.c lists the suites. */
#define SUITE(id, title, cases) \
  const test_suite_t id = {(title), (cases), COUNT_OF(cases)}

/* Records a check. Returns `ok`. */
bool test_check(bool ok, const char *file, int line, const char *what);
bool test_check_equal(uint64_t actual, uint64_t expected, const char *file,
                      int line, const char *what);

/* Marks the running test as one that does not apply here. */
void test_skip(const char *reason);

#define CHECK(condition) test_check((condition), __FILE__, __LINE__, #condition)

/* Both sides are integers; both are printed if they differ. */
#define CHECK_EQUAL(actual, expected)                                  \
  test_check_equal((uint64_t)(actual), (uint64_t)(expected), __FILE__, \
                   __LINE__, #actual " == " #expected)

#define REQUIRE(condition)   \
  do {                       \
    if (!CHECK(condition)) { \
      return;                \
    }                        \
  } while (0)

#define SKIP(reason)   \
  do {                 \
    test_skip(reason); \
    return;            \
  } while (0)

#endif
