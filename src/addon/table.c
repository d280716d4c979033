/* ----------------------------------------------------------------------------
 * addon_table: stores by the address of their block, a chained hash table.
 * ------------------------------------------------------------------------- */
#include <stdint.h>
#include <stdlib.h>

#include "addon.h"

enum { FIRST_BUCKETS = 64 };

static size_t bucket_of(const ba_store_table_t *table, const void *block) {
  /* Fibonacci hashing: blocks share their low bits, and often the high ones. */
  uint64_t hash = (uint64_t)(uintptr_t)block * UINT64_C(0x9E3779B97F4A7C15);
  return (size_t)(hash >> 32) & (table->bucket_count - 1);
}

static void link_in(ba_store_table_t *table, ba_store_t *store) {
  ba_store_t **bucket = &table->buckets[bucket_of(table, store->block)];
  store->next = *bucket;
  *bucket = store;
}

static bool grow(ba_store_table_t *table) {
  size_t count = table->bucket_count == 0 ? (size_t)FIRST_BUCKETS
                                          : table->bucket_count * 2;
  ba_store_table_t larger = {calloc(count, sizeof *larger.buckets), count, 0};
  if (larger.buckets == NULL) return false;
  for (size_t i = 0; i < table->bucket_count; i++) {
    ba_store_t *store = table->buckets[i];
    while (store != NULL) {
      ba_store_t *next = store->next;
      link_in(&larger, store);
      store = next;
    }
  }
  free(table->buckets);
  table->buckets = larger.buckets;
  table->bucket_count = count;
  return true;
}

bool ba_table_add(ba_store_table_t *table, ba_store_t *store) {
  /* A table that cannot grow is only slower; the first one must be there. */
  if (table->count >= table->bucket_count && !grow(table) &&
      table->bucket_count == 0) {
    return false;
  }
  link_in(table, store);
  table->count++;
  return true;
}

ba_store_t *ba_table_find(const ba_store_table_t *table, const void *block) {
  if (table->bucket_count == 0) return NULL;
  ba_store_t *store = table->buckets[bucket_of(table, block)];
  while (store != NULL && store->block != block) store = store->next;
  return store;
}

void ba_table_remove(ba_store_table_t *table, const ba_store_t *store) {
  ba_store_t **link = &table->buckets[bucket_of(table, store->block)];
  while (*link != store) link = &(*link)->next;
  *link = store->next;
  table->count--;
}
