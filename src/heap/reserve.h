/* ----------------------------------------------------------------------------
 * reserve: chunks of no heap. The process has one: what a heap no longer needs,
 * and what a worker leaves that ended, waits here for the next heap. Any thread
 * may call any of these.
 * ------------------------------------------------------------------------- */
#ifndef BA_RESERVE_H
#define BA_RESERVE_H

#include "chunk.h"

/* Takes a chunk of `size` bytes (BA_CHUNK_SIZE or BA_SMALL_CHUNK_SIZE) from the
 * reserve or the OS for `owner`; NULL when there is no memory. Its pages may be
 * dirty. The caller owns it. */
ba_chunk_t *ba_reserve_take(size_t size, void *owner);

/* Gives a chunk with no block out back. */
void ba_reserve_give(ba_chunk_t *chunk);

/* Unmaps every chunk of the reserve. Returns the resident bytes given back. */
size_t ba_reserve_trim(void);

/* Bytes of address space in the reserve. */
size_t ba_reserve_bytes(void);

#endif
