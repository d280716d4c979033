/* ----------------------------------------------------------------------------
 * capi: the table of functions that other addons have (include/bufalloc.h).
 *
 *   openCapi(show, make, find, isNative) -> what bufalloc_load takes. The environment
 *     serves addons from then on; `isNative`: whether blocks may be shown
 *   isPinned(ArrayBuffer) -> whether an addon has pinned its memory
 *   trimThreads() -> bytes given back by the heaps that threads have for addons
 *
 * What has to do with JavaScript's objects is done by three functions of
 * lib/lifetimes/addons.js, in an environment of its own, bufalloc's:
 *
 *   show(ArrayBuffer, size) -> a Buffer over a block that was given
 *   make(size, zero) -> a Buffer with memory of its own
 *   find(value) -> of ba_capi_find_t, what is known of a Buffer's memory; and from then
 *     on `isPinned` is asked before that is taken back
 *
 * Calls come in the environments of other addons. Values are made in bufalloc's
 * own, of the same thread: what they are backed by is then undone with it, and not
 * with an addon that may be unloaded. An exception is moved over.
 *
 * A pin on a block is a number in pins.c. Memory that is the runtime's is held by a
 * reference besides.
 * ------------------------------------------------------------------------- */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../../include/bufalloc.h"
#include "../heap/heap.h"
#include "../os/os.h"
#include "call.h"
#include "hold.h"
#include "pins.h"
#include "thread_heap.h"
#include "thread_local.h"

enum { SHOW, MAKE, FIND, FUNCTION_COUNT };

/* What `find` returns. */
typedef enum ba_capi_find {
  BA_FIND_NO_BUFFER = -1,
  BA_FIND_OTHER = 0, /* the runtime's memory, or unknown */
  BA_FIND_BLOCK = 1  /* a block of C's, which begins where the store does */
} ba_capi_find_t;

/* What lib/stores/record.js knows as KIND.DEDICATED. */
enum { TAG = 1 };

/* What an environment has for addons. */
typedef struct ba_capi {
  ba_env_t *environment;
  napi_env env;
  bool is_native;
  napi_ref functions[FUNCTION_COUNT];
  ba_holds_t *holds;
} ba_capi_t;

struct bufalloc_pin {
  ba_pinned_t *memory;
  ba_hold_t *hold; /* NULL: it is a block */
};

/* The thread's; NULL if there is none, or its environment is ending. */
static BA_THREAD_LOCAL ba_capi_t *here;

static _Atomic uint64_t given_count;
static _Atomic uint64_t copied_count;

/* --- exceptions ------------------------------------------------------------------ */

/* Takes what is pending in bufalloc's environment; false where nothing is. */
static bool take_exception(const ba_capi_t *self, napi_value *error) {
  bool pending = false;
  return napi_is_exception_pending(self->env, &pending) == napi_ok && pending &&
         napi_get_and_clear_last_exception(self->env, error) == napi_ok;
}

/* Moves that over to the addon's. Where nothing is, the environment is being
 * stopped. */
static int rethrow(const ba_capi_t *self, napi_env env) {
  napi_value error;
  return take_exception(self, &error) && napi_throw(env, error) == napi_ok
             ? BUFALLOC_EXCEPTION
             : BUFALLOC_NO_ENVIRONMENT;
}

/* Calls one of the three functions. */
static int call(const ba_capi_t *self, napi_env env, int which, size_t count,
                const napi_value *args, napi_value *result) {
  napi_value function;
  napi_value receiver;
  if (napi_get_reference_value(self->env, self->functions[which], &function) ==
          napi_ok &&
      napi_get_undefined(self->env, &receiver) == napi_ok &&
      napi_call_function(self->env, receiver, function, count, args, result) ==
          napi_ok) {
    return BUFALLOC_OK;
  }
  return rethrow(self, env);
}

/* --- blocks ---------------------------------------------------------------------- */

static void *take(size_t size, size_t alignment, unsigned flags) {
  void *block;
  if (size == 0) size = 1;
  int status = ba_thread_heap_alloc(size, alignment, flags, &block);
  return status == BA_OK ? block : NULL;
}

static void *allocate(size_t size, size_t alignment, uint32_t flags) {
  unsigned zero = (flags & BUFALLOC_ZERO) != 0 ? BA_ZERO : 0;
  return take(size, alignment, BA_COLOUR | zero);
}

static void deallocate(void *block) {
  if (block == NULL || ba_pins_put_off(block, NULL, 0, false)) return;
  ba_thread_heap_free(block);
}

static void *reallocate(void *block, size_t size) {
  if (block == NULL) return allocate(size, 0, 0);
  size_t usable = ba_usable_size(block);
  /* What fits, and is worth all of its block, stays. */
  if (size <= usable && ba_good_size(size) > usable / 2) return block;
  /* What grows may well grow again: it has all of its block. */
  void *other = take(size, 0, size > usable ? 0 : BA_COLOUR);
  if (other == NULL) return NULL;
  memcpy(other, block, size < usable ? size : usable);
  deallocate(block);
  return other;
}

/* --- Buffers --------------------------------------------------------------------- */

static int buffer(napi_env env, size_t size, uint32_t flags, void **data,
                  napi_value *result) {
  const ba_capi_t *self = here;
  napi_value args[2];
  napi_typedarray_type type;
  size_t length;
  if (self == NULL) return BUFALLOC_NO_ENVIRONMENT;
  if (napi_create_double(self->env, (double)size, &args[0]) != napi_ok ||
      napi_get_boolean(self->env, (flags & BUFALLOC_ZERO) != 0, &args[1]) !=
          napi_ok) {
    return rethrow(self, env);
  }
  int status = call(self, env, MAKE, 2, args, result);
  if (status != BUFALLOC_OK) return status;
  return napi_get_typedarray_info(self->env, *result, &type, &length, data,
                                  NULL, NULL) == napi_ok
             ? BUFALLOC_OK
             : rethrow(self, env);
}

/* A Buffer with the contents of a block, which is freed. */
static int copy(napi_env env, void *block, size_t size, napi_value *result) {
  void *data;
  int status = buffer(env, size, 0, &data, result);
  if (status == BUFALLOC_OK && size > 0) {
    memcpy(data, block, size);
    atomic_fetch_add_explicit(&copied_count, 1, memory_order_relaxed);
  }
  deallocate(block);
  return status;
}

/* A Buffer over a block. */
static int show(const ba_capi_t *self, napi_env env, void *block, size_t size,
                napi_value *result) {
  napi_value args[2];
  bool kept;
  int status = ba_env_show(self->environment, self->env, block, TAG, size,
                           &args[0], &kept);
  if (status != BA_OK) {
    if (!kept) return rethrow(self, env);
    napi_value forgotten;
    (void)take_exception(self, &forgotten);
    return copy(env, block, size, result);
  }
  if (napi_create_double(self->env, (double)size, &args[1]) != napi_ok) {
    return rethrow(self, env);
  }
  status = call(self, env, SHOW, 2, args, result);
  if (status == BUFALLOC_OK) {
    atomic_fetch_add_explicit(&given_count, 1, memory_order_relaxed);
  }
  return status;
}

static int give(napi_env env, void *block, size_t size, napi_value *result) {
  const ba_capi_t *self = here;
  if (block == NULL) return BUFALLOC_INVALID;
  if (self == NULL || size > ba_usable_size(block)) {
    deallocate(block);
    return self == NULL ? BUFALLOC_NO_ENVIRONMENT : BUFALLOC_INVALID;
  }
  return self->is_native && size > 0 ? show(self, env, block, size, result)
                                     : copy(env, block, size, result);
}

/* --- pins ------------------------------------------------------------------------ */

static int find(const ba_capi_t *self, napi_env env, napi_value value,
                ba_capi_find_t *out) {
  napi_value result;
  double found;
  int status = call(self, env, FIND, 1, &value, &result);
  if (status != BUFALLOC_OK) return status;
  if (napi_get_value_double(self->env, result, &found) != napi_ok) {
    return rethrow(self, env);
  }
  *out = (ba_capi_find_t)found;
  return *out == BA_FIND_NO_BUFFER ? BUFALLOC_INVALID : BUFALLOC_OK;
}

/* Pins what `find` has found. */
static int add_pin(const ba_capi_t *self, napi_env env, napi_value value,
                   ba_capi_find_t found, bufalloc_pin *out, void **data,
                   size_t *length) {
  napi_typedarray_type type;
  napi_value store;
  size_t offset;
  if (napi_get_typedarray_info(self->env, value, &type, length, data, &store,
                               &offset) != napi_ok) {
    return rethrow(self, env);
  }
  out->memory =
      ba_pins_add(*data == NULL ? NULL : (const char *)*data - offset);
  if (out->memory == NULL) return BUFALLOC_NO_MEMORY;
  if (found == BA_FIND_BLOCK) return BUFALLOC_OK;
  out->hold = ba_hold_begin(self->holds, value);
  if (out->hold != NULL) return BUFALLOC_OK;
  ba_pins_remove(out->memory);
  napi_value forgotten;
  (void)take_exception(self, &forgotten);
  return BUFALLOC_NO_MEMORY;
}

static int make_pin(const ba_capi_t *self, napi_env env, napi_value value,
                    bufalloc_pin **out, void **data, size_t *length) {
  ba_capi_find_t found = BA_FIND_NO_BUFFER;
  int status = find(self, env, value, &found);
  if (status != BUFALLOC_OK) return status;
  bufalloc_pin *made = calloc(1, sizeof *made);
  if (made == NULL) return BUFALLOC_NO_MEMORY;
  status = add_pin(self, env, value, found, made, data, length);
  if (status == BUFALLOC_OK) {
    *out = made;
  } else {
    free(made);
  }
  return status;
}

static int pin(napi_env env, napi_value value, bufalloc_pin **out, void **data,
               size_t *length) {
  const ba_capi_t *self = here;
  napi_handle_scope scope;
  *out = NULL;
  if (self == NULL) return BUFALLOC_NO_ENVIRONMENT;
  if (napi_open_handle_scope(self->env, &scope) != napi_ok) {
    return rethrow(self, env);
  }
  int status = make_pin(self, env, value, out, data, length);
  (void)napi_close_handle_scope(self->env, scope);
  return status;
}

static void unpin(bufalloc_pin *pinned) {
  if (pinned == NULL) return;
  ba_pins_remove(pinned->memory);
  if (pinned->hold != NULL) ba_hold_end(pinned->hold);
  free(pinned);
}

/* --- counters -------------------------------------------------------------------- */

static void counters(bufalloc_counters *out, size_t size) {
  ba_thread_heap_stats_t stats;
  ba_thread_heap_get_stats(&stats);
  const bufalloc_counters all = {
      .live_blocks = stats.of.live_blocks,
      .live_bytes = stats.of.live_bytes,
      .cached_bytes = stats.of.cached_bytes,
      .allocated_blocks = stats.of.allocated_blocks,
      .threads = stats.threads,
      .given = atomic_load_explicit(&given_count, memory_order_relaxed),
      .copied = atomic_load_explicit(&copied_count, memory_order_relaxed),
      .pinned = ba_pins_count(),
  };
  memset(out, 0, size);
  memcpy(out, &all, size < sizeof all ? size : sizeof all);
}

/* --- the table ------------------------------------------------------------------- */

static const bufalloc_api table = {
    .version = BUFALLOC_API_VERSION,
    .size = sizeof(bufalloc_api),
    .allocate = allocate,
    .reallocate = reallocate,
    .deallocate = deallocate,
    .usable_size = ba_usable_size,
    .give = give,
    .buffer = buffer,
    .pin = pin,
    .unpin = unpin,
    .counters = counters,
};

/* --- its life -------------------------------------------------------------------- */

/* What is held goes with the environment; what is pinned of C's stays. */
static void on_environment_end(void *data) {
  ba_capi_t *self = data;
  if (here == self) here = NULL;
  for (size_t i = 0; i < FUNCTION_COUNT; i++) {
    if (self->functions[i] != NULL) {
      (void)napi_delete_reference(self->env, self->functions[i]);
    }
  }
  ba_holds_close(self->holds);
  free(self);
}

static ba_capi_t *capi_new(ba_env_t *environment, napi_env env,
                           bool is_native) {
  ba_capi_t *self = calloc(1, sizeof *self);
  if (self == NULL) goto no_memory;
  *self = (ba_capi_t){
      .environment = environment, .env = env, .is_native = is_native};
  self->holds = ba_holds_open(env, ba_env_ledger(environment));
  if (self->holds == NULL) goto no_holds;
  if (napi_add_env_cleanup_hook(env, on_environment_end, self) == napi_ok) {
    return self;
  }
  ba_holds_close(self->holds);
no_holds:
  free(self);
no_memory:
  ba_throw(env, "it cannot serve other addons");
  return NULL;
}

/* --- what JavaScript calls ------------------------------------------------------- */

static napi_value open_capi(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  napi_value result;
  void *environment;
  bool is_native;
  if (!ba_get_args(env, info, FUNCTION_COUNT + 1, args, &environment)) {
    return NULL;
  }
  BA_CHECK(env, napi_get_value_bool(env, args[FUNCTION_COUNT], &is_native));
  ba_os_stay_loaded();
  /* One that gets no further than this ends with the environment all the same. */
  ba_capi_t *self = capi_new(environment, env, is_native);
  if (self == NULL) return NULL;
  for (size_t i = 0; i < FUNCTION_COUNT; i++) {
    BA_CHECK(env, napi_create_reference(env, args[i], 1, &self->functions[i]));
  }
  BA_CHECK(env, napi_create_external(env, (void *)&table, NULL, NULL, &result));
  BA_CHECK(env, napi_type_tag_object(env, result, &bufalloc_tag));
  here = self;
  return result;
}

static napi_value is_pinned(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  void *environment;
  void *data;
  size_t length;
  if (!ba_get_args(env, info, 1, args, &environment)) return NULL;
  BA_CHECK(env, napi_get_arraybuffer_info(env, args[0], &data, &length));
  return ba_boolean(env, ba_pins_has(data));
}

static napi_value trim_threads(napi_env env, napi_callback_info info) {
  (void)info;
  return ba_number(env, (double)ba_thread_heap_trim());
}

const ba_function_t ba_capi_functions[] = {
    {"openCapi", open_capi},
    {"isPinned", is_pinned},
    {"trimThreads", trim_threads},
    {NULL, NULL},
};
