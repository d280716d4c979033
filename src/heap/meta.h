/* ----------------------------------------------------------------------------
 * meta: memory for the allocator's own tables.
 *
 * It lives in regions of its own, with a guard page at both ends, so that an
 * overrun of a user's block cannot reach it. Sizes are rounded up to a power
 * of two; freed memory is kept for the next request of its size, and a region
 * of which nothing is in use goes back to the OS on a trim. Any thread may call
 * any of these.
 * ------------------------------------------------------------------------- */
#ifndef BA_META_H
#define BA_META_H

#include <stddef.h>
#include <stdint.h>

/* The largest size that ba_meta_alloc serves. */
#define BA_META_SIZE_MAX ((size_t)128 << 10)

/* Returns zeroed memory aligned to 64 bytes, or NULL when there is none or
 * `size` is over BA_META_SIZE_MAX. The caller owns it. */
void *ba_meta_alloc(size_t size);

/* Takes memory back, or NULL; `size` as it was asked for. */
void ba_meta_free(void *memory, size_t size);

/* Unmaps the regions of which nothing is in use. */
void ba_meta_trim(void);

#endif
