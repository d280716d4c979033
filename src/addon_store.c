/* ----------------------------------------------------------------------------
 * addon_store: blocks shown to JavaScript as external ArrayBuffers.
 *
 * The finalizer runs on the environment's own thread: in a turn of its event
 * loop after the ArrayBuffer was collected, or when the environment exits. It
 * may come after the heap was destroyed; then the block belongs to an orphaned
 * heap, which ba_free(NULL, …) knows how to serve.
 * ------------------------------------------------------------------------- */
#include <stdlib.h>

#include "addon.h"

static ba_store_t *store_new(ba_env_t *self) {
  ba_store_t *store = self->unused_stores;
  if (store != NULL) {
    self->unused_stores = store->next;
  } else {
    store = malloc(sizeof *store);
    if (store == NULL) return NULL;
  }
  self->live_stores++;
  return store;
}

static void store_delete(ba_store_t *store) {
  ba_env_t *self = store->owner;
  store->next = self->unused_stores;
  self->unused_stores = store;
  self->live_stores--;
  ba_env_release(self);
}

/* Whether the environment still has the heap: it may have been destroyed. */
static ba_heap_t *heap_if_alive(const ba_env_t *self, ba_heap_t *heap) {
  for (size_t i = 0; i < self->heap_count; i++) {
    if (self->heaps[i] == heap) return heap;
  }
  return NULL;
}

static void store_finalize(napi_env env, void *block, void *hint) {
  (void)env;
  ba_store_t *store = hint;
  ba_free(heap_if_alive(store->owner, store->heap), block);
  store_delete(store);
}

int ba_store_create(napi_env env, ba_env_t *self, ba_heap_t *heap, size_t size,
                    size_t alignment, unsigned flags, napi_value *out) {
  void *block;
  int status = ba_alloc(heap, size, alignment, flags, &block);
  if (status != BA_OK) return status;
  ba_store_t *store = store_new(self);
  if (store == NULL) {
    ba_free(heap, block);
    return BA_ENOMEM;
  }
  store->owner = self;
  store->heap = heap;
  napi_status made = napi_create_external_arraybuffer(
      env, block, size, store_finalize, store, out);
  if (made == napi_ok) return BA_OK;

  ba_free(heap, block);
  store_delete(store);
  if (made == napi_no_external_buffers_allowed) return BA_EUNSUPPORTED;
  ba_throw(env, "napi_create_external_arraybuffer");
  return BA_EPENDING;
}
