/* ----------------------------------------------------------------------------
 * chunk: aligned pieces of address space, cut into pages, and the way from an
 * address to them.
 *
 * A chunk belongs to one heap at a time. Most are 4 MiB; the first of a heap is
 * small, 256 KiB, so that a heap of a few blocks costs little; each is aligned to
 * its size. A descriptor (owner, page map, which pages hold data) lives in
 * metadata memory; a two-level map leads from any address inside a chunk to it.
 *
 * A huge block has a mapping of its own, described by a chunk with one entry in
 * its page map; only what is near its first address can be looked up. So has a guarded block
 * (guarded.h).
 *
 * Chunks of no heap are the reserve, of which the process has one: what a heap no
 * longer needs, and what a worker leaves that ended, waits here for the next heap.
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

#include "list.h"

#define BA_PAGE_SHIFT 12
#define BA_PAGE_SIZE ((size_t)1 << BA_PAGE_SHIFT)
#define BA_CHUNK_SIZE ((size_t)4 << 20)
#define BA_SMALL_CHUNK_SHIFT 18
#define BA_SMALL_CHUNK_SIZE ((size_t)1 << BA_SMALL_CHUNK_SHIFT)
#define BA_SMALL_CHUNK_PAGES (BA_SMALL_CHUNK_SIZE >> BA_PAGE_SHIFT)

typedef struct ba_span ba_span_t;

typedef struct ba_chunk {
  uint8_t *base;
  size_t size;    /* bytes mapped at base */
  void *owner;    /* the heap; constant while any block is out */
  ba_link_t link; /* in the list of whoever holds the chunk */
  size_t pages;   /* entries of the map; 1 for a huge or a guarded block */
  unsigned kind;  /* of a guarded block, as what follows: guarded.h */
  void *context;
  uint32_t given_at; /* the reserve's: at which of its ticks */
  /* Page index -> whether it is dirty; behind the map. Where the heap has ended
   * before its blocks, each page's is changed by whoever frees the page. */
  bool *dirty;
  ba_span_t *map[]; /* page index -> span, kept by pages.c */
} ba_chunk_t;

static inline ba_chunk_t *ba_chunk_of_link(ba_link_t *link) {
  return link == NULL ? NULL : BA_HOLDER(link, ba_chunk_t, link);
}

/* The one behind it in a list; NULL if there is none. */
static inline ba_chunk_t *ba_chunk_next(const ba_list_t *list,
                                        const ba_chunk_t *chunk) {
  return ba_chunk_of_link(ba_list_next(list, &chunk->link));
}

/* The first of `size` bytes in a list; NULL if there is none. */
static inline ba_chunk_t *ba_chunk_find(const ba_list_t *list, size_t size) {
  ba_chunk_t *chunk = ba_chunk_of_link(list->first);
  while (chunk != NULL && chunk->size != size) {
    chunk = ba_chunk_next(list, chunk);
  }
  return chunk;
}

/* Takes a chunk of `size` bytes (BA_CHUNK_SIZE or BA_SMALL_CHUNK_SIZE) for `owner`
 * from the reserve, its pages perhaps dirty, or from the OS; one that is to be clean
 * always from there. NULL when there is no memory. The caller owns it. Any thread,
 * as what follows. */
ba_chunk_t *ba_reserve_take(size_t size, void *owner, bool clean);

/* Gives a chunk with no block out to the reserve, if it has dirty pages and there is
 * room, or to the OS. */
void ba_reserve_give(ba_chunk_t *chunk);

/* Unmaps what was given to the reserve so many of its ticks ago or more, and tries
 * again what the OS would not take. Returns the resident bytes of the former. */
size_t ba_reserve_trim(uint32_t ticks);

/* Maps `size` bytes (a multiple of BA_PAGE_SIZE) of `owner`, aligned to
 * BA_SMALL_CHUNK_SIZE or more, for the caller to commit; NULL when there is no memory.
 * With a map of one page it is for one huge or guarded block, and addresses in its first
 * BA_SMALL_CHUNK_SIZE bytes can be looked up. It has no span. */
ba_chunk_t *ba_chunk_map(size_t size, size_t alignment, size_t pages,
                         void *owner);

/* Unmaps a chunk of which no block is out, and ends its descriptor. What the OS
 * will not take is kept aside and tried again, on ticks and trims of the reserve. */
void ba_chunk_unmap(ba_chunk_t *chunk);

/* Unmaps what is behind the first `size` bytes of a huge block, a multiple of
 * BA_PAGE_SIZE. -1 where the OS does not, and nothing changes. */
int ba_chunk_cut(ba_chunk_t *chunk, size_t size);

/* Commits the pages [first, first + count). On success all are dirty. */
int ba_chunk_commit(ba_chunk_t *chunk, size_t first, size_t count);

/* Purges the pages [first, first + count); those that are whole pages of the
 * OS are no longer dirty. Returns the bytes given back; 0 also on failure.
 * Several threads may each purge pages of their own. */
size_t ba_chunk_purge(ba_chunk_t *chunk, size_t first, size_t count);

/* How many pages of [first, first + count) are dirty. */
size_t ba_chunk_dirty_pages(const ba_chunk_t *chunk, size_t first,
                            size_t count);

/* The map from addresses to chunks: 16 + 14 bits above a small chunk's own 18
 * cover the 48 bits of user addresses that x86-64, AArch64 and Windows hand out.
 * Its leaves, one for 4 GiB of addresses, are never given back. */
#define BA_ROOT_BITS 16
#define BA_LEAF_BITS 14
#define BA_ROOT_SIZE ((size_t)1 << BA_ROOT_BITS)
#define BA_LEAF_SIZE ((size_t)1 << BA_LEAF_BITS)

typedef struct ba_map_leaf {
  _Atomic(ba_chunk_t *) chunk[BA_LEAF_SIZE];
} ba_map_leaf_t;

extern _Atomic(ba_map_leaf_t *) ba_chunk_map_root[BA_ROOT_SIZE];

/* The chunk that holds a live block. */
static inline ba_chunk_t *ba_chunk_of(const void *block) {
  uint64_t index = (uint64_t)(uintptr_t)block >> BA_SMALL_CHUNK_SHIFT;
  ba_map_leaf_t *leaf = atomic_load_explicit(
      &ba_chunk_map_root[index >> BA_LEAF_BITS], memory_order_relaxed);
  return atomic_load_explicit(&leaf->chunk[index & (BA_LEAF_SIZE - 1)],
                              memory_order_relaxed);
}

/* The span that holds a live block of `chunk`. */
static inline ba_span_t *ba_chunk_span_of(const ba_chunk_t *chunk,
                                          const void *block) {
  size_t offset = (size_t)((const uint8_t *)block - chunk->base);
  return chunk->map[offset >> BA_PAGE_SHIFT];
}

#endif
