/* ----------------------------------------------------------------------------
 * addon: the functions that lib/binding.js calls, and nothing else does.
 *
 *   createHeap(maxBytes, maxCachedBytes, wipe) -> handle, or a status < 0
 *   destroyHeap(handle)
 *   setLimits(handle, maxBytes, maxCachedBytes)
 *   allocate(handle, size, alignment, zero) -> ArrayBuffer, or a status < 0
 *   free(ArrayBuffer) -> whether it was a store; it is empty from then on, and
 *     a store's block back in its heap
 *   recycle(ArrayBuffer) -> another over the same memory, the first is empty;
 *     or a status < 0
 *   noteMove(ArrayBuffer): its memory came from another by transfer()
 *   trackStores(): this environment may exit while its memory is elsewhere
 *   tick(handle, idleTicks) -> bytes purged
 *   trim(handle) -> bytes given back
 *   readStats(handle, Float64Array): heap.h's counters, in the order below
 *   liveStoreBytes() -> bytes in ArrayBuffers over blocks, of all heaps
 *   finalizedBytes() -> bytes that came back because they were collected
 *   misalignment(ArrayBuffer, alignment) -> bytes past the last aligned address
 *   zeroFill([true]) -> whether any environment has asked for zero-filled memory
 *
 * Arguments are checked for type; a wrong one throws. Sizes come as numbers and
 * may be as large as a number goes: what is too large is refused, not wrapped.
 * ------------------------------------------------------------------------- */
#include "addon.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>

enum { MAX_ARGS = 4 };

/* --- arguments and results --------------------------------------------------- */

static bool get_args(napi_env env, napi_callback_info info, size_t want,
                     napi_value *args) {
  size_t count = MAX_ARGS;
  if (napi_get_cb_info(env, info, &count, args, NULL, NULL) != napi_ok) {
    ba_throw(env, "napi_get_cb_info");
    return false;
  }
  if (count >= want) return true;
  (void)napi_throw_type_error(env, "ERR_MISSING_ARGS", "too few arguments");
  return false;
}

/* A number as a size; Infinity and what exceeds size_t become SIZE_MAX. */
static bool get_size(napi_env env, napi_value value, size_t *out) {
  double given = -1;
  napi_status status = napi_get_value_double(env, value, &given);
  if (status != napi_ok && status != napi_number_expected) {
    ba_throw(env, "napi_get_value_double");
    return false;
  }
  if (!(given >= 0)) {
    (void)napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE",
                                "expected a number that is not negative");
    return false;
  }
  *out = given >= (double)SIZE_MAX ? SIZE_MAX : (size_t)given;
  return true;
}

static ba_heap_t *get_heap(napi_env env, const ba_env_t *self,
                           napi_value handle) {
  size_t index;
  if (self == NULL || !get_size(env, handle, &index)) return NULL;
  ba_heap_t *heap = ba_env_heap(self, index);
  if (heap == NULL) {
    (void)napi_throw_error(env, "ERR_INVALID_STATE", "no such heap");
  }
  return heap;
}

static napi_value number(napi_env env, double value) {
  napi_value result;
  BA_CHECK(env, napi_create_double(env, value, &result));
  return result;
}

static bool get_limits(napi_env env, const napi_value *args,
                       ba_heap_limits_t *limits) {
  return get_size(env, args[0], &limits->max_bytes) &&
         get_size(env, args[1], &limits->max_cached_bytes);
}

/* --- heaps --------------------------------------------------------------------- */

static napi_value create_heap(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGS];
  ba_heap_limits_t limits;
  ba_env_t *self = ba_env_get(env);
  if (self == NULL || !get_args(env, info, 3, args) ||
      !get_limits(env, args, &limits)) {
    return NULL;
  }
  BA_CHECK(env, napi_get_value_bool(env, args[2], &limits.wipe));
  int64_t handle = ba_env_add_heap(self, &limits);
  napi_value result = number(env, (double)handle);
  if (result == NULL && handle >= 0) ba_env_remove_heap(self, (size_t)handle);
  return result;
}

static napi_value destroy_heap(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGS];
  size_t handle;
  ba_env_t *self = ba_env_get(env);
  if (self == NULL || !get_args(env, info, 1, args) ||
      !get_size(env, args[0], &handle)) {
    return NULL;
  }
  ba_env_remove_heap(self, handle);
  return NULL;
}

static napi_value set_limits(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGS];
  ba_heap_limits_t limits;
  if (!get_args(env, info, 3, args)) return NULL;
  ba_heap_t *heap = get_heap(env, ba_env_get(env), args[0]);
  if (heap != NULL && get_limits(env, args + 1, &limits)) {
    ba_heap_set_limits(heap, &limits);
  }
  return NULL;
}

/* --- stores --------------------------------------------------------------------- */

static napi_value allocate(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGS];
  size_t size;
  size_t alignment;
  bool zero;
  ba_env_t *self = ba_env_get(env);
  if (self == NULL || !get_args(env, info, 4, args)) return NULL;
  ba_heap_t *heap = get_heap(env, self, args[0]);
  if (heap == NULL || !get_size(env, args[1], &size) ||
      !get_size(env, args[2], &alignment)) {
    return NULL;
  }
  BA_CHECK(env, napi_get_value_bool(env, args[3], &zero));

  napi_value result;
  int status = ba_store_create(env, self, heap, size, alignment,
                               zero ? BA_ZERO : 0, &result);
  if (status == BA_OK) return result;
  return status == BA_EPENDING ? NULL : number(env, status);
}

/* The store of the first argument, NULL if it is none; false with an exception. */
static bool get_store(napi_env env, napi_callback_info info, napi_value *args,
                      ba_store_t **out) {
  const ba_env_t *self = ba_env_get(env);
  return self != NULL && get_args(env, info, 1, args) &&
         ba_store_of(env, self, args[0], out) == BA_OK;
}

static napi_value free_store(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGS];
  napi_value result;
  ba_store_t *store;
  if (!get_store(env, info, args, &store)) return NULL;
  if (store == NULL) {
    BA_CHECK(env, napi_detach_arraybuffer(env, args[0]));
  } else if (ba_store_free(env, store, args[0]) != BA_OK) {
    return NULL;
  }
  BA_CHECK(env, napi_get_boolean(env, store != NULL, &result));
  return result;
}

static napi_value recycle_store(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGS];
  napi_value result;
  ba_store_t *store;
  if (!get_store(env, info, args, &store)) return NULL;
  int status = store == NULL ? (int)BA_EINVAL
                             : ba_store_recycle(env, store, args[0], &result);
  if (status == BA_OK) return result;
  return status == BA_EPENDING ? NULL : number(env, status);
}

static napi_value note_move(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGS];
  ba_store_t *store;
  if (get_store(env, info, args, &store) && store != NULL) {
    (void)ba_store_note_move(env, store, args[0]);
  }
  return NULL;
}

static napi_value track_stores(napi_env env, napi_callback_info info) {
  (void)info;
  ba_env_t *self = ba_env_get(env);
  if (self != NULL) self->tracks = true;
  return NULL;
}

/* --- giving back ------------------------------------------------------------------ */

static napi_value tick(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGS];
  size_t idle_ticks;
  if (!get_args(env, info, 2, args)) return NULL;
  ba_heap_t *heap = get_heap(env, ba_env_get(env), args[0]);
  if (heap == NULL || !get_size(env, args[1], &idle_ticks)) return NULL;
  unsigned ticks = idle_ticks < UINT_MAX ? (unsigned)idle_ticks : UINT_MAX;
  return number(env, (double)ba_heap_tick(heap, ticks));
}

static napi_value trim(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGS];
  if (!get_args(env, info, 1, args)) return NULL;
  ba_heap_t *heap = get_heap(env, ba_env_get(env), args[0]);
  return heap == NULL ? NULL : number(env, (double)ba_heap_trim(heap));
}

/* --- counters ---------------------------------------------------------------------- */

/* The order in which lib/binding.js lists them. */
static size_t list_stats(const ba_heap_stats_t *heap,
                         const ba_process_stats_t *process, double *out) {
  const uint64_t values[] = {
      heap->live_bytes,        heap->live_blocks,
      heap->peak_live_bytes,   heap->cached_bytes,
      heap->mapped_bytes,      heap->allocated_blocks,
      heap->allocated_bytes,   heap->reused_blocks,
      heap->zeroed_bytes,      heap->known_zero_bytes,
      heap->purged_bytes,      heap->remote_frees,
      process->heaps,          process->orphaned_heaps,
      process->mapped_bytes,   process->reserve_bytes,
      process->metadata_bytes, ba_store_orphaned_bytes(),
  };
  size_t count = sizeof values / sizeof values[0];
  if (out != NULL) {
    for (size_t i = 0; i < count; i++) out[i] = (double)values[i];
  }
  return count;
}

static napi_value read_stats(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGS];
  napi_typedarray_type type;
  size_t length;
  void *data;
  if (!get_args(env, info, 2, args)) return NULL;
  ba_heap_t *heap = get_heap(env, ba_env_get(env), args[0]);
  if (heap == NULL) return NULL;
  BA_CHECK(env, napi_get_typedarray_info(env, args[1], &type, &length, &data,
                                         NULL, NULL));
  ba_heap_stats_t heap_stats;
  ba_process_stats_t process_stats;
  ba_heap_get_stats(heap, &heap_stats);
  ba_process_get_stats(&process_stats);
  if (type != napi_float64_array ||
      length != list_stats(&heap_stats, &process_stats, NULL)) {
    (void)napi_throw_type_error(
        env, "ERR_INVALID_ARG_TYPE",
        "expected a Float64Array, one for each counter");
    return NULL;
  }
  (void)list_stats(&heap_stats, &process_stats, data);
  return NULL;
}

/* --- the rest ------------------------------------------------------------------------ */

static napi_value live_store_bytes(napi_env env, napi_callback_info info) {
  (void)info;
  const ba_env_t *self = ba_env_get(env);
  return self == NULL ? NULL : number(env, (double)self->live_store_bytes);
}

static napi_value finalized_bytes(napi_env env, napi_callback_info info) {
  (void)info;
  const ba_env_t *self = ba_env_get(env);
  return self == NULL ? NULL : number(env, (double)self->finalized_bytes);
}

static napi_value misalignment(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGS];
  void *data;
  size_t length;
  size_t alignment;
  if (!get_args(env, info, 2, args)) return NULL;
  BA_CHECK(env, napi_get_arraybuffer_info(env, args[0], &data, &length));
  if (!get_size(env, args[1], &alignment)) return NULL;
  return number(env, (double)((uintptr_t)data & (alignment - 1)));
}

static napi_value zero_fill(napi_env env, napi_callback_info info) {
  /* --zero-fill-buffers holds for the process; a worker may not see it. */
  static _Atomic bool wanted;
  napi_value args[MAX_ARGS];
  size_t count = MAX_ARGS;
  BA_CHECK(env, napi_get_cb_info(env, info, &count, args, NULL, NULL));
  if (count > 0) {
    bool value;
    BA_CHECK(env, napi_get_value_bool(env, args[0], &value));
    if (value) atomic_store(&wanted, true);
  }
  napi_value result;
  BA_CHECK(env, napi_get_boolean(env, atomic_load(&wanted), &result));
  return result;
}

static napi_value init(napi_env env, napi_value exports) {
  static const struct {
    const char *name;
    napi_callback callback;
  } functions[] = {
      {"createHeap", create_heap},
      {"destroyHeap", destroy_heap},
      {"setLimits", set_limits},
      {"allocate", allocate},
      {"free", free_store},
      {"recycle", recycle_store},
      {"noteMove", note_move},
      {"trackStores", track_stores},
      {"tick", tick},
      {"trim", trim},
      {"liveStoreBytes", live_store_bytes},
      {"finalizedBytes", finalized_bytes},
      {"readStats", read_stats},
      {"misalignment", misalignment},
      {"zeroFill", zero_fill},
  };
  if (!ba_env_attach(env)) return NULL;
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    napi_value function;
    BA_CHECK(env, napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH,
                                       functions[i].callback, NULL, &function));
    BA_CHECK(env, napi_set_named_property(env, exports, functions[i].name,
                                          function));
  }
  return exports;
}

NAPI_MODULE(NODE_GYP_MODULE_NAME, init)
