/* ----------------------------------------------------------------------------
 * starve: a process without memory for the allocator's own tables. All that
 * src/heap/meta.c has is taken away, and the OS gives no more.
 * ------------------------------------------------------------------------- */
#ifndef BA_FUZZ_STARVE_H
#define BA_FUZZ_STARVE_H

#include <stdbool.h>

/* Takes all but the tables of the size 64 << `spared`, and has every call into
 * the OS fail. */
void fuzz_starve(unsigned spared);

/* Whether that is so. The faults are then not to be planned anew: it would be at
 * an end. */
bool fuzz_is_starved(void);

/* Ends it; also with nothing to end. */
void fuzz_feed(void);

#endif
