/* starve: see starve.h. */
#include "starve.h"

#include "../../src/heap/meta.h"
#include "faults.h"

enum { SIZES = 12 }; /* 64 bytes to BA_META_SIZE_MAX */

typedef struct taken {
  struct taken *next;
} taken_t;

static taken_t *taken[SIZES];
static bool is_starved;

static size_t size_of(unsigned index) { return (size_t)64 << index; }

void fuzz_starve(unsigned spared) {
  is_starved = true;
  fuzz_faults_plan(0, FUZZ_FAULTS_ALL);
  for (unsigned i = SIZES; i-- > 0;) {
    taken_t *item = NULL;
    while (i != spared && (item = ba_meta_alloc(size_of(i))) != NULL) {
      item->next = taken[i];
      taken[i] = item;
    }
  }
}

bool fuzz_is_starved(void) { return is_starved; }

void fuzz_feed(void) {
  is_starved = false;
  fuzz_faults_plan(0, 0);
  for (unsigned i = 0; i < SIZES; i++) {
    taken_t *item = taken[i];
    while (item != NULL) {
      taken_t *next = item->next;
      ba_meta_free(item, size_of(i));
      item = next;
    }
    taken[i] = NULL;
  }
}
