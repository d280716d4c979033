/* ----------------------------------------------------------------------------
 * meta: memory for the allocator's own tables.
 *
 * It lives in mappings of its own, with a guard page at both ends, so that an
 * overrun of a user's block cannot reach it. Sizes are rounded up to a power
 * of two; freed memory is kept for the next request of its size and never
 * unmapped, which bounds it by the most that was in use at one time.
 * ------------------------------------------------------------------------- */
#ifndef BA_META_H
#define BA_META_H

#include <stddef.h>
#include <stdint.h>

/* The largest size that ba_meta_alloc serves. */
#define BA_META_SIZE_MAX ((size_t)128 << 10)

/* Returns zeroed memory aligned to 64 bytes, or NULL when there is none or
 * `size` is over BA_META_SIZE_MAX. The caller holds BA_LOCK_RESERVE. */
void *ba_meta_alloc(size_t size);

/* Takes memory back; `size` as it was asked for. BA_LOCK_RESERVE is held. */
void ba_meta_free(void *memory, size_t size);

/* Tries again to unmap what the system would not take back. BA_LOCK_RESERVE is
 * held. */
void ba_meta_trim(void);

/* Bytes mapped for metadata. Any thread. */
size_t ba_meta_bytes(void);

#endif
