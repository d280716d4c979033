/* ----------------------------------------------------------------------------
 * addon_store: blocks shown to JavaScript as external ArrayBuffers.
 *
 * A store's finalizer runs on the environment's own thread: in a turn of its
 * event loop after the memory was last let go, or when the environment exits.
 * It may come after the block was taken back (then there is nothing to do) and
 * after the heap was destroyed (ba_free serves it all the same).
 *
 * Memory that was transferred to another ArrayBuffer can be posted to another
 * thread, and at exit Node-API calls its finalizer while that thread still uses
 * it. A worker therefore keeps a weak reference to the ArrayBuffer that shows
 * each store, and the first finalizer at exit looks at all of them: memory that
 * was recycled here and that this environment cannot be seen to hold is orphaned,
 * counted, and never used again. What a program itself transferred out of a
 * worker cannot always be told from garbage (docs/differences.md). No cleanup hook could do that: they run after the finalizers.
 * ------------------------------------------------------------------------- */
#include <stdatomic.h>
#include <stdlib.h>

#include "addon.h"

static _Atomic size_t orphaned_bytes;

size_t ba_store_orphaned_bytes(void) {
  return atomic_load_explicit(&orphaned_bytes, memory_order_relaxed);
}

/* --- records ------------------------------------------------------------------- */

static ba_store_t *record_new(ba_env_t *self, ba_heap_t *heap, void *block,
                              size_t size) {
  ba_store_t *store = self->unused_stores;
  if (store != NULL) {
    self->unused_stores = store->next;
  } else {
    store = malloc(sizeof *store);
    if (store == NULL) return NULL;
  }
  *store =
      (ba_store_t){.owner = self, .heap = heap, .block = block, .size = size};
  if (!ba_table_add(&self->table, store)) {
    store->next = self->unused_stores;
    self->unused_stores = store;
    return NULL;
  }
  self->live_stores++;
  store->older = self->newest;
  if (self->newest != NULL) self->newest->newer = store;
  self->newest = store;
  self->live_store_bytes += size;
  return store;
}

/* Separates a record from its block, which the caller has taken back. */
static void record_clear(napi_env env, ba_store_t *store) {
  if (store->block != NULL) {
    ba_table_remove(&store->owner->table, store);
    store->owner->live_store_bytes -= store->size;
  }
  if (store->seen != NULL) (void)napi_delete_reference(env, store->seen);
  store->block = NULL;
  store->seen = NULL;
}

static void record_delete(ba_store_t *store) {
  ba_env_t *self = store->owner;
  if (store->older != NULL) store->older->newer = store->newer;
  if (store->newer != NULL) {
    store->newer->older = store->older;
  } else {
    self->newest = store->older;
  }
  store->next = self->unused_stores;
  self->unused_stores = store;
  self->live_stores--;
  ba_env_release(self);
}

/* The store's heap; NULL once the environment has destroyed it. */
static ba_heap_t *own_heap(const ba_store_t *store) {
  const ba_env_t *self = store->owner;
  for (size_t i = 0; i < self->heap_count; i++) {
    if (self->heaps[i] == store->heap) return store->heap;
  }
  return NULL;
}

/* --- exit of a worker ------------------------------------------------------------ */

/* Whether JavaScript has ended: then Node-API refuses what could run it. */
static bool is_stopping(napi_env env) {
  napi_value value;
  bool same;
  return napi_get_undefined(env, &value) == napi_ok &&
         napi_strict_equals(env, value, value, &same) != napi_ok;
}

static void orphan(ba_store_t *store) {
  if (store->orphaned) return;
  store->orphaned = true;
  atomic_fetch_add_explicit(&orphaned_bytes, store->size, memory_order_relaxed);
}

typedef enum {
  GONE,      /* collected: its memory is free, or went elsewhere before that */
  ELSEWHERE, /* empty: its memory was transferred, perhaps to another thread */
  HERE,
} ba_place_t;

static ba_place_t place_of(napi_env env, const ba_store_t *store) {
  napi_value buffer = NULL;
  void *data = NULL;
  size_t size = 0;
  if (store->seen == NULL ||
      napi_get_reference_value(env, store->seen, &buffer) != napi_ok) {
    return ELSEWHERE;
  }
  if (buffer == NULL) return GONE;
  return napi_get_arraybuffer_info(env, buffer, &data, &size) == napi_ok &&
                 data == store->block
             ? HERE
             : ELSEWHERE;
}

/* Before the first finalizer at exit: Node-API empties the ArrayBuffer that it
 * made for a store just before it calls that store's finalizer, so that later
 * nobody can tell. */
static void stop(napi_env env, ba_env_t *self, const ba_store_t *first) {
  self->stopping = true;
  for (ba_store_t *store = self->newest; store != NULL; store = store->older) {
    if (store == first || store->block == NULL) continue;
    ba_place_t place = place_of(env, store);
    if (place == ELSEWHERE) orphan(store);
    store->kept = place == HERE;
  }
}

/* A moved store, at exit: what Node-API made for it is empty since it moved,
 * so that the one in use tells. If that was collected, either its memory is
 * free and its finalizer was queued, or it is elsewhere and Node-API has come to
 * it in turn, newest first. */
static void check_moved(napi_env env, ba_store_t *store) {
  ba_place_t place = place_of(env, store);
  if (place == ELSEWHERE || (place == GONE && store == store->owner->newest)) {
    orphan(store);
  }
}

static void store_finalize(napi_env env, void *data, void *hint) {
  (void)data;
  ba_store_t *store = hint;
  ba_env_t *self = store->owner;
  void *block = store->block;
  if (self->tracks && (self->stopping || is_stopping(env))) {
    if (!self->stopping) stop(env, self, store);
    if (block != NULL && store->moved && !store->kept) check_moved(env, store);
  }
  record_clear(env, store);
  if (block != NULL && !store->orphaned) {
    self->finalized_bytes += store->size;
    ba_free(block);
  }
  record_delete(store);
}

/* Watches the ArrayBuffer that shows a store. */
static bool track(napi_env env, ba_store_t *store, napi_value buffer) {
  if (!store->owner->tracks) return true;
  if (store->seen != NULL) {
    napi_ref old = store->seen;
    store->seen = NULL;
    if (napi_delete_reference(env, old) != napi_ok) return false;
  }
  return napi_create_reference(env, buffer, 0, &store->seen) == napi_ok;
}

/* --- the life of a store ----------------------------------------------------------- */

/* Shows `block` as an ArrayBuffer. When that fails the block is freed. */
static int show(napi_env env, ba_env_t *self, ba_heap_t *heap, void *block,
                size_t size, napi_value *out) {
  ba_store_t *store = record_new(self, heap, block, size);
  if (store == NULL) {
    ba_free(block);
    return BA_ENOMEM;
  }
  napi_status made = napi_create_external_arraybuffer(
      env, block, size, store_finalize, store, out);
  if (made == napi_ok) {
    if (track(env, store, *out)) return BA_OK;
    /* The finalizer has the block; nobody will see this ArrayBuffer. */
    ba_throw(env, "napi_create_reference");
    return BA_EPENDING;
  }
  if (made == napi_generic_failure) {
    /* Made, but not whole, as when the environment is being stopped: Node-API
     * has the memory, and will call the finalizer. */
    ba_throw(env, "napi_create_external_arraybuffer");
    return BA_EPENDING;
  }
  /* Anything else is refused before Node-API takes the memory over. */
  record_clear(env, store);
  record_delete(store);
  ba_free(block);
  if (made == napi_no_external_buffers_allowed) return BA_EUNSUPPORTED;
  ba_throw(env, "napi_create_external_arraybuffer");
  return BA_EPENDING;
}

int ba_store_create(napi_env env, ba_env_t *self, ba_heap_t *heap, size_t size,
                    size_t alignment, unsigned flags, napi_value *out) {
  void *block;
  int status = ba_alloc(heap, size, alignment, flags, &block);
  return status == BA_OK ? show(env, self, heap, block, size, out) : status;
}

int ba_store_of(napi_env env, const ba_env_t *self, napi_value buffer,
                ba_store_t **out) {
  void *data = NULL;
  size_t size = 0;
  if (napi_get_arraybuffer_info(env, buffer, &data, &size) != napi_ok) {
    ba_throw(env, "napi_get_arraybuffer_info");
    return BA_EPENDING;
  }
  ba_store_t *store = ba_table_find(&self->table, data);
  *out = store != NULL && store->size == size ? store : NULL;
  return BA_OK;
}

int ba_store_free(napi_env env, ba_store_t *store, napi_value buffer) {
  if (napi_detach_arraybuffer(env, buffer) != napi_ok) {
    ba_throw(env, "napi_detach_arraybuffer");
    return BA_EPENDING;
  }
  void *block = store->block;
  record_clear(env, store);
  ba_free(block);
  return BA_OK;
}

int ba_store_recycle(napi_env env, ba_store_t *store, napi_value buffer,
                     napi_value *out) {
  if (napi_detach_arraybuffer(env, buffer) != napi_ok) {
    ba_throw(env, "napi_detach_arraybuffer");
    return BA_EPENDING;
  }
  void *block = store->block;
  ba_heap_t *heap = own_heap(store);
  record_clear(env, store);
  if (heap == NULL) {
    ba_free(block);
    return BA_EINVAL;
  }
  return show(env, store->owner, heap, block, store->size, out);
}

int ba_store_note_move(napi_env env, ba_store_t *store, napi_value buffer) {
  store->moved = true;
  if (track(env, store, buffer)) return BA_OK;
  ba_throw(env, "napi_create_reference");
  return BA_EPENDING;
}
