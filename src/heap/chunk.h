/* ----------------------------------------------------------------------------
 * chunk: large aligned pieces of address space, and the reserve they come from.
 *
 * A chunk is 4 MiB, aligned to its size, and belongs to one heap at a time. Its
 * descriptor (owner, page map, which pages hold data) lives in metadata memory;
 * a two-level map leads from any address inside a chunk to it. The reserve is
 * process-wide: chunks that a heap no longer needs, and those of a worker that
 * ended, wait there for the next heap.
 *
 * A huge block has a mapping of its own, described by a chunk with one entry in
 * its page map; only its first address can be looked up.
 *
 * A page is `dirty` from when it is committed until it is purged. A page that
 * is not dirty reads as zero once committed.
 * ------------------------------------------------------------------------- */
#ifndef BA_CHUNK_H
#define BA_CHUNK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BA_PAGE_SHIFT 12
#define BA_PAGE_SIZE ((size_t)1 << BA_PAGE_SHIFT)
#define BA_CHUNK_SHIFT 22
#define BA_CHUNK_SIZE ((size_t)1 << BA_CHUNK_SHIFT)
#define BA_CHUNK_PAGES ((size_t)1 << (BA_CHUNK_SHIFT - BA_PAGE_SHIFT))

typedef struct ba_span ba_span_t;

typedef struct ba_chunk {
  uint8_t *base;
  size_t size;           /* bytes mapped at base */
  void *owner;           /* the heap; constant while any block is out */
  struct ba_chunk *next; /* in the list of whoever holds the chunk */
  struct ba_chunk *prev;
  size_t entries; /* of map: BA_CHUNK_PAGES, or 1 for a huge block */
  /* one bit a page; only an orphan's are changed by several threads */
  _Alignas(64) _Atomic uint64_t dirty[BA_CHUNK_PAGES / 64];
  ba_span_t *map[]; /* page index -> span, kept by span.c */
} ba_chunk_t;

/* Takes a chunk from the reserve or the OS for `owner`; NULL when there is no
 * memory. Its pages may be dirty. The caller owns it. */
ba_chunk_t *ba_chunk_acquire(void *owner);

/* Gives a chunk with no block out back to the reserve. Any thread. */
void ba_chunk_release(ba_chunk_t *chunk);

/* Maps `size` bytes (a multiple of BA_PAGE_SIZE) aligned to a chunk, committed
 * and zero, for one huge block; NULL when there is no memory. */
ba_chunk_t *ba_chunk_map_huge(void *owner, size_t size);

/* Unmaps a huge block's mapping and its descriptor. Any thread. */
void ba_chunk_unmap_huge(ba_chunk_t *chunk);

/* Commits the pages [first, first + count). On success all are dirty. */
int ba_chunk_commit(ba_chunk_t *chunk, size_t first, size_t count);

/* Purges the pages [first, first + count); those that are whole pages of the
 * OS are no longer dirty. Returns the bytes given back; 0 also on failure.
 * Several threads may each purge pages of their own. */
size_t ba_chunk_purge(ba_chunk_t *chunk, size_t first, size_t count);

/* Makes all pages of a chunk read as zero. */
void ba_chunk_clean(ba_chunk_t *chunk);

/* How many pages of [first, first + count) are dirty. */
size_t ba_chunk_dirty_pages(const ba_chunk_t *chunk, size_t first,
                            size_t count);

static inline bool ba_chunk_page_is_dirty(const ba_chunk_t *chunk,
                                          size_t page) {
  return (atomic_load_explicit(&chunk->dirty[page / 64],
                               memory_order_relaxed) >>
              (page % 64) &
          1) != 0;
}

/* Unmaps every chunk of the reserve. Returns the resident bytes given back. */
size_t ba_reserve_trim(void);

/* Bytes of address space in the reserve. Any thread. */
size_t ba_reserve_bytes(void);

/* The map from addresses to chunks: 13 + 13 bits above the chunk's own 22 cover
 * the 48 bits of user addresses that x86-64, AArch64 and Windows hand out. */
#define BA_MAP_BITS 13
#define BA_MAP_SIZE ((size_t)1 << BA_MAP_BITS)

typedef struct ba_map_leaf {
  _Atomic(ba_chunk_t *) chunk[BA_MAP_SIZE];
} ba_map_leaf_t;

extern _Atomic(ba_map_leaf_t *) ba_chunk_map[BA_MAP_SIZE];

/* The chunk that holds a live block. */
static inline ba_chunk_t *ba_chunk_of(const void *block) {
  uint64_t index = (uint64_t)(uintptr_t)block >> BA_CHUNK_SHIFT;
  ba_map_leaf_t *leaf = atomic_load_explicit(
      &ba_chunk_map[index >> BA_MAP_BITS], memory_order_relaxed);
  return atomic_load_explicit(&leaf->chunk[index & (BA_MAP_SIZE - 1)],
                              memory_order_relaxed);
}

/* The span that holds a live block of `chunk`. */
static inline ba_span_t *ba_chunk_span_of(const ba_chunk_t *chunk,
                                          const void *block) {
  return chunk->map[((uintptr_t)block & (BA_CHUNK_SIZE - 1)) >> BA_PAGE_SHIFT];
}

#endif
