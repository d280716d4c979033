/* ----------------------------------------------------------------------------
 * map: what every run of pages of a heap is, as numbers that JavaScript reads:
 * ba_heap_visit's description, in rows of BA_MAP_FIELDS. Bits come in two halves
 * of 32, the lower first.
 * ------------------------------------------------------------------------- */
#ifndef BA_MAP_H
#define BA_MAP_H

#include <stddef.h>

#include "../heap/heap.h"

enum { BA_MAP_FIELDS = 11 };

/* Writes rows, as many whole ones as `room` numbers hold. Returns how many there
 * are. */
size_t ba_map_read(ba_heap_t *heap, double *out, size_t room);

#endif
