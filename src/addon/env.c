/* addon_env: see addon.h. Static state is shared by all environments of the
 * process, so that everything here hangs from the environment's own data. */
#include <stdlib.h>

#include "addon.h"

void ba_throw(napi_env env, const char *call) {
  bool pending = false;
  if (napi_is_exception_pending(env, &pending) == napi_ok && pending) return;
  (void)napi_throw_error(env, "ERR_BUFALLOC_NAPI", call);
}

void ba_env_release(ba_env_t *self) {
  if (!self->closed || self->live_stores != 0) return;
  while (self->unused_stores != NULL) {
    ba_store_t *store = self->unused_stores;
    self->unused_stores = store->next;
    free(store);
  }
  free(self->table.buckets);
  free(self->heaps);
  free(self);
}

/* Runs when the environment exits. Node-API calls the finalizers of stores that
 * are still out before or after this; either way their blocks stay valid. */
static void env_close(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  ba_env_t *self = data;
  self->closed = true;
  for (size_t i = 0; i < self->heap_count; i++) ba_env_remove_heap(self, i);
  ba_env_release(self);
}

bool ba_env_attach(napi_env env) {
  ba_env_t *self = calloc(1, sizeof *self);
  if (self == NULL) {
    (void)napi_throw_error(env, "ERR_MEMORY_ALLOCATION_FAILED",
                           "Failed to allocate memory");
    return false;
  }
  if (napi_set_instance_data(env, self, env_close, NULL) != napi_ok) {
    free(self);
    ba_throw(env, "napi_set_instance_data");
    return false;
  }
  return true;
}

ba_env_t *ba_env_get(napi_env env) {
  void *data = NULL;
  if (napi_get_instance_data(env, &data) != napi_ok || data == NULL) {
    ba_throw(env, "napi_get_instance_data");
    return NULL;
  }
  return data;
}

int64_t ba_env_add_heap(ba_env_t *self, const ba_heap_limits_t *limits) {
  size_t handle = 0;
  while (handle < self->heap_count && self->heaps[handle] != NULL) handle++;
  if (handle == self->heap_count) {
    size_t count = self->heap_count * 2 + 4;
    ba_heap_t **heaps = realloc(self->heaps, count * sizeof *heaps);
    if (heaps == NULL) return BA_ENOMEM;
    for (size_t i = self->heap_count; i < count; i++) heaps[i] = NULL;
    self->heaps = heaps;
    self->heap_count = count;
  }
  ba_status_t status = ba_heap_create(limits, &self->heaps[handle]);
  return status == BA_OK ? (int64_t)handle : status;
}

ba_heap_t *ba_env_heap(const ba_env_t *self, size_t handle) {
  return handle < self->heap_count ? self->heaps[handle] : NULL;
}

void ba_env_remove_heap(ba_env_t *self, size_t handle) {
  ba_heap_t *heap = ba_env_heap(self, handle);
  if (heap == NULL) return;
  self->heaps[handle] = NULL;
  ba_heap_destroy(heap);
}
