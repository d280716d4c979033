/* ----------------------------------------------------------------------------
 * collect: the addon's functions about what collections take.
 *
 *   keepFreed(): has malloc(3) keep what is freed, up to 8 MiB of it, for reuse
 *   withFlagLock(function): calls it while no other thread does
 *   exposeGc(boolean) -> whether V8's flag of that name was not so before,
 *     undefined where it cannot be set
 *   isMarking() -> whether V8 is marking on this thread
 *   fullCollections() -> how many there were here; what was before the first call
 *     of either is not seen
 * ------------------------------------------------------------------------- */
#include <stdlib.h>

#include "../os/os.h"
#include "call.h"
#include "thread_local.h"

/* glibc gives the end of its heap back whenever 128 KiB are free there, until a
 * mapping of its own was freed: then it keeps twice the bytes of that. Elsewhere
 * this does nothing, and nor does it where larger buffers are not ours: they would
 * lie in that heap, and keep what is behind them. */
static napi_value keep_freed(napi_env env, napi_callback_info info) {
  ba_env_t *self;
  if (!ba_begin(env, info, 0, NULL, &self)) return NULL;
#ifdef BA_WITH_V8
  enum { BYTES = 4 << 20 };
  if (!ba_env_uses(self, &ba_store_v8)) return NULL;
  volatile char *mapping = malloc(BYTES);
  if (mapping == NULL) return NULL;
  mapping[0] = 0; /* or the compiler would leave out both calls */
  free((void *)mapping);
#endif
  return NULL;
}

/* V8's flags are the process's. */
static ba_mutex_t flags_mutex = BA_MUTEX_INIT;
static BA_THREAD_LOCAL bool holds_flags;

static napi_value with_flag_lock(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  napi_value receiver;
  napi_value result;
  if (!ba_begin(env, info, 1, args, &self)) return NULL;
  BA_CHECK(env, napi_get_undefined(env, &receiver));
  /* A program may have hooks in what the function calls, which come here again. */
  bool held = holds_flags;
  if (!held) ba_mutex_lock(&flags_mutex);
  holds_flags = true;
  napi_status status =
      napi_call_function(env, receiver, args[0], 0, NULL, &result);
  holds_flags = held;
  if (!held) ba_mutex_unlock(&flags_mutex);
  BA_CHECK(env, status);
  return result;
}

static napi_value expose_gc(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  bool exposed;
  int changed = -1;
  if (!ba_begin(env, info, 1, args, &self)) return NULL;
  BA_CHECK(env, napi_get_value_bool(env, args[0], &exposed));
#ifdef BA_WITH_V8
  changed = ba_v8_expose_gc(exposed);
#endif
  return changed < 0 ? NULL : ba_boolean(env, changed != 0);
}

static napi_value is_marking(napi_env env, napi_callback_info info) {
  ba_env_t *self;
  if (!ba_begin(env, info, 0, NULL, &self)) return NULL;
  return ba_boolean(env, ba_env_is_marking(self));
}

static napi_value full_collections(napi_env env, napi_callback_info info) {
  ba_env_t *self;
  if (!ba_begin(env, info, 0, NULL, &self)) return NULL;
  return ba_number(env, (double)ba_env_full_collections(self));
}

const ba_function_t ba_collect_functions[] = {
    {"keepFreed", keep_freed},
    {"withFlagLock", with_flag_lock},
    {"exposeGc", expose_gc},
    {"isMarking", is_marking},
    {"fullCollections", full_collections},
    {NULL, NULL},
};
