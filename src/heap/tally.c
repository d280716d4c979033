/* ----------------------------------------------------------------------------
 * tally: what a heap has out by what it is for (heap.h).
 *
 * The owner's own additions and subtractions are in words that only it writes,
 * by a load and a store; what other threads return they add to words of their
 * own. A reader takes theirs first: what it finds returned it then finds handed
 * out as well. Only what another thread hands out and the owner has back just
 * then may be found returned alone: that is nothing.
 * ------------------------------------------------------------------------- */
#include "heap_internal.h"

static void add_own(_Atomic uint64_t *word, uint64_t amount) {
  uint64_t before = atomic_load_explicit(word, memory_order_relaxed);
  atomic_store_explicit(word, before + amount, memory_order_release);
}

static void add_shared(_Atomic uint64_t *word, uint64_t amount) {
  atomic_fetch_add_explicit(word, amount, memory_order_release);
}

bool ba_tally_add(const void *block, unsigned tag, int by, size_t size) {
  /* Unsigned arithmetic wraps: so amounts are subtracted as well. */
  uint64_t count = (uint64_t)by;
  uint64_t bytes = count * size;
  ba_heap_t *heap = ba_chunk_of(block)->owner;
  if (heap == &ba_guarded_heap) return false;
  if (atomic_load_explicit(&heap->owner, memory_order_relaxed) ==
      ba_os_thread_id()) {
    add_own(&heap->own_tallies[tag].count, count);
    add_own(&heap->own_tallies[tag].bytes, bytes);
  } else {
    add_shared(&heap->remote_tallies[tag].count, 0 - count);
    add_shared(&heap->remote_tallies[tag].bytes, 0 - bytes);
  }
  return true;
}

static uint64_t read(_Atomic uint64_t *own, _Atomic uint64_t *remote) {
  uint64_t returned = atomic_load_explicit(remote, memory_order_acquire);
  uint64_t out = atomic_load_explicit(own, memory_order_acquire) - returned;
  return out > INT64_MAX ? 0 : out;
}

ba_tally_t ba_heap_tally(ba_heap_t *heap, unsigned tag) {
  ba_atomic_tally_t *own = &heap->own_tallies[tag];
  ba_atomic_tally_t *remote = &heap->remote_tallies[tag];
  return (ba_tally_t){read(&own->count, &remote->count),
                      read(&own->bytes, &remote->bytes)};
}
