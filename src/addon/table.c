/* ----------------------------------------------------------------------------
 * table: see table.h. Open addressing with linear probing; a removal closes the
 * gap, so that there are no tombstones. Between an eighth and three quarters
 * full, it follows the number of entries both ways.
 * ------------------------------------------------------------------------- */
#include "table.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

enum { MIN_SLOTS = 64 };

typedef struct ba_slot {
  const void *key;
  void *value; /* NULL: empty */
} ba_slot_t;

struct ba_table {
  ba_slot_t *slots;
  size_t slot_count; /* a power of two */
  size_t count;
};

/* Where the search for a key begins. Fibonacci hashing: addresses of blocks share
 * their low bits, and often the high ones. */
static size_t home_of(const ba_table_t *table, const void *key) {
  uint64_t hash = (uint64_t)(uintptr_t)key * UINT64_C(0x9E3779B97F4A7C15);
  return (size_t)(hash >> 32) & (table->slot_count - 1);
}

static size_t after(const ba_table_t *table, size_t index) {
  return (index + 1) & (table->slot_count - 1);
}

/* The slot of a key, or the empty one where it belongs. */
static size_t slot_of(const ba_table_t *table, const void *key) {
  size_t index = home_of(table, key);
  while (table->slots[index].value != NULL && table->slots[index].key != key) {
    index = after(table, index);
  }
  return index;
}

static bool resize(ba_table_t *table, size_t slot_count) {
  ba_table_t larger = {calloc(slot_count, sizeof *larger.slots), slot_count, 0};
  if (larger.slots == NULL) return false;
  for (size_t i = 0; i < table->slot_count; i++) {
    const ba_slot_t *slot = &table->slots[i];
    if (slot->value != NULL) larger.slots[slot_of(&larger, slot->key)] = *slot;
  }
  free(table->slots);
  table->slots = larger.slots;
  table->slot_count = slot_count;
  return true;
}

ba_table_t *ba_table_new(void) {
  ba_table_t *table = calloc(1, sizeof *table);
  if (table == NULL || resize(table, MIN_SLOTS)) return table;
  free(table);
  return NULL;
}

void ba_table_delete(ba_table_t *table) {
  free(table->slots);
  free(table);
}

bool ba_table_add(ba_table_t *table, const void *key, void *value) {
  if (table->count + 1 > table->slot_count / 4 * 3 &&
      !resize(table, table->slot_count * 2)) {
    return false;
  }
  table->slots[slot_of(table, key)] = (ba_slot_t){key, value};
  table->count++;
  return true;
}

void *ba_table_find(const ba_table_t *table, const void *key) {
  return table->slots[slot_of(table, key)].value;
}

void ba_table_remove(ba_table_t *table, const void *key) {
  size_t gap = slot_of(table, key);
  if (table->slots[gap].value == NULL) return;
  /* What is found by way of the gap moves into it, and leaves one of its own. */
  for (size_t i = after(table, gap); table->slots[i].value != NULL;
       i = after(table, i)) {
    size_t home = home_of(table, table->slots[i].key);
    size_t mask = table->slot_count - 1;
    if (((i - home) & mask) < ((i - gap) & mask)) continue;
    table->slots[gap] = table->slots[i];
    gap = i;
  }
  table->slots[gap] = (ba_slot_t){NULL, NULL};
  table->count--;
  if (table->slot_count > MIN_SLOTS && table->count < table->slot_count / 8) {
    (void)resize(table, table->slot_count / 2); /* or it is only larger */
  }
}
