/* ----------------------------------------------------------------------------
 * table: values by address. For one thread at a time.
 * ------------------------------------------------------------------------- */
#ifndef BA_TABLE_H
#define BA_TABLE_H

#include <stdbool.h>

typedef struct ba_table ba_table_t;

/* An empty table, NULL for want of memory; the caller deletes it. */
ba_table_t *ba_table_new(void);
void ba_table_delete(ba_table_t *table);

/* Adds a value, not NULL, under a key that is not there. False for want of
 * memory; then nothing has changed. */
bool ba_table_add(ba_table_t *table, const void *key, void *value);

/* NULL if there is none. */
void *ba_table_find(const ba_table_t *table, const void *key);

/* Removes what is under a key, if anything. */
void ba_table_remove(ba_table_t *table, const void *key);

#endif
