/* ----------------------------------------------------------------------------
 * pins: see pins.h. Every store that comes back asks: while nothing is pinned,
 * that is the reading of one number. Whoever frees has had the memory from the
 * one who pinned it, by way of V8 or of the program, so that it sees the pin.
 * ------------------------------------------------------------------------- */
#include "pins.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "../heap/heap.h"
#include "../os/os.h"
#include "table.h"

struct ba_pinned {
  const void *address;
  size_t count;
  void *block; /* to be freed with the last pin; NULL: not yet */
  ba_interval_t *interval;
  size_t size;
  bool collected;
};

static struct {
  ba_mutex_t mutex;
  ba_table_t *by_address; /* made with the first pin */
  _Atomic size_t count;
} pins = {.mutex = BA_MUTEX_INIT};

static ba_pinned_t *find(const void *address) {
  return pins.by_address == NULL ? NULL
                                 : ba_table_find(pins.by_address, address);
}

static ba_pinned_t *find_or_add(const void *address) {
  ba_pinned_t *pinned = find(address);
  if (pinned != NULL) return pinned;
  if (pins.by_address == NULL) pins.by_address = ba_table_new();
  if (pins.by_address == NULL) return NULL;
  pinned = calloc(1, sizeof *pinned);
  if (pinned != NULL && ba_table_add(pins.by_address, address, pinned)) {
    pinned->address = address;
    return pinned;
  }
  free(pinned);
  return NULL;
}

ba_pinned_t *ba_pins_add(const void *address) {
  ba_mutex_lock(&pins.mutex);
  ba_pinned_t *pinned = find_or_add(address);
  if (pinned != NULL) {
    pinned->count++;
    atomic_fetch_add_explicit(&pins.count, 1, memory_order_relaxed);
  }
  ba_mutex_unlock(&pins.mutex);
  return pinned;
}

void ba_pins_remove(ba_pinned_t *pinned) {
  ba_pinned_t done = {.block = NULL};
  ba_mutex_lock(&pins.mutex);
  if (--pinned->count == 0) {
    done = *pinned;
    ba_table_remove(pins.by_address, pinned->address);
    free(pinned);
  }
  atomic_fetch_sub_explicit(&pins.count, 1, memory_order_relaxed);
  ba_mutex_unlock(&pins.mutex);
  if (done.block == NULL) return;
  ba_free(done.block);
  if (done.interval != NULL) {
    ba_interval_note_return(done.interval, done.size, done.collected);
  }
}

bool ba_pins_has(const void *address) {
  ba_mutex_lock(&pins.mutex);
  bool has = find(address) != NULL;
  ba_mutex_unlock(&pins.mutex);
  return has;
}

size_t ba_pins_count(void) {
  return atomic_load_explicit(&pins.count, memory_order_relaxed);
}

bool ba_pins_put_off(void *block, ba_interval_t *interval, size_t size,
                     bool collected) {
  if (ba_pins_count() == 0) return false;
  ba_mutex_lock(&pins.mutex);
  ba_pinned_t *pinned = find(block);
  if (pinned != NULL) {
    pinned->block = block;
    pinned->interval = interval;
    pinned->size = size;
    pinned->collected = collected;
  }
  ba_mutex_unlock(&pins.mutex);
  return pinned != NULL;
}
