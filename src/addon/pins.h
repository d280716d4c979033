/* ----------------------------------------------------------------------------
 * pins: memory that is not to go away, by its address.
 *
 * Who frees a block asks here first. One that is pinned is freed by whoever takes
 * the last pin off it. Any thread.
 * ------------------------------------------------------------------------- */
#ifndef BA_PINS_H
#define BA_PINS_H

#include <stdbool.h>
#include <stddef.h>

#include "ledger.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is pinned, as long as it is. */
typedef struct ba_pinned ba_pinned_t;

/* Pins memory that is not being freed. NULL for want of memory. */
ba_pinned_t *ba_pins_add(const void *address);

/* Takes one pin off; with the last of them, what was put off is done. */
void ba_pins_remove(ba_pinned_t *pinned);

bool ba_pins_has(const void *address);

/* Pins that are on. */
size_t ba_pins_count(void);

/* Whether a block is pinned; if so it will be freed, and that noted in the
 * interval, which may be NULL: see ba_interval_note_return. */
bool ba_pins_put_off(void *block, ba_interval_t *interval, size_t size,
                     bool collected);

#ifdef __cplusplus
}
#endif

#endif
