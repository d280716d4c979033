/* ----------------------------------------------------------------------------
 * guarded: blocks that have a mapping of their own between two pages that fault.
 *
 *     | guard | canary …  block | guard |
 *
 * A block ends where the last page does, so that the first byte beyond it faults;
 * before it lie 16 bytes or more of a canary, which is looked at when the block is
 * freed. There are two kinds, for two ends:
 *
 *   BA_SECRET   is for what must not get about: locked into memory, left out of core
 *               dumps and forks as far as the system does that, wiped when it is
 *               freed and when the process ends by itself
 *   BA_WATCHED  is for finding native code that goes astray: freed, it stays mapped
 *               for a while and faults on any access
 *
 * They belong to no heap. ba_free and ba_usable_size take them as any other block,
 * on any thread. One costs some microseconds, two pages and more of memory, 256 KiB
 * of addresses, and three entries of the system's list of mappings, of which a
 * process has 65,530 on Linux: their number is bounded.
 * ------------------------------------------------------------------------- */
#ifndef BA_GUARDED_H
#define BA_GUARDED_H

#include "heap.h"

typedef enum ba_guarded_kind {
  BA_SECRET = 1,
  BA_WATCHED = 2
} ba_guarded_kind_t;

/* Most blocks of both kinds that are out. */
#define BA_GUARDED_MAX ((size_t)8192)

/* Most freed ones, and most bytes of addresses in them, that are kept to fault. */
#define BA_QUARANTINE_MAX ((size_t)1024)
#define BA_QUARANTINE_BYTES_MAX ((size_t)1 << 30)

/* What a secret got of the system: a sum of these. */
#define BA_GOT_LOCKED 1u   /* it is not written to swap */
#define BA_GOT_UNDUMPED 2u /* it is in no core dump */
#define BA_GOT_UNFORKED 4u /* a forked process does not see it */

/* Allocates `size` bytes of zeroes, aligned to 8 if their number is. On BA_OK, *out
 * is a block of just that size, which the caller owns and ends with ba_free, and *got
 * says what a secret got; refusals of that kind are no errors. The context is the
 * caller's. Any thread. */
ba_status_t ba_guarded_alloc(ba_guarded_kind_t kind, size_t size, void *context,
                             unsigned *got, void **out);

/* The context of a guarded block that is out. */
void *ba_guarded_context(const void *block);

/* Unmaps what is kept to fault. Any thread. */
void ba_guarded_trim(void);

#endif
