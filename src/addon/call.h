/* ----------------------------------------------------------------------------
 * call: how a function that JavaScript calls begins, and what files of such
 * functions give to addon.c.
 * ------------------------------------------------------------------------- */
#ifndef BA_CALL_H
#define BA_CALL_H

#include "env.h"
#include "values.h"

typedef struct ba_function {
  const char *name; /* NULL after the last */
  napi_callback callback;
} ba_function_t;

/* collect.c, guarded_stores.c, insight.c, capi.c */
extern const ba_function_t ba_collect_functions[];
extern const ba_function_t ba_guarded_functions[];
extern const ba_function_t ba_insight_functions[];
extern const ba_function_t ba_capi_functions[];

/* The environment and the arguments; false with an exception. */
static inline bool ba_begin(napi_env env, napi_callback_info info, size_t want,
                            napi_value *args, ba_env_t **self) {
  void *data;
  if (!ba_get_args(env, info, want, args, &data)) return false;
  *self = data;
  return true;
}

/* The same for a function of one size. */
static inline bool ba_begin_with_size(napi_env env, napi_callback_info info,
                                      ba_env_t **self, size_t *size) {
  napi_value args[BA_MAX_ARGS];
  return ba_begin(env, info, 1, args, self) && ba_get_size(env, args[0], size);
}

/* The account, and the heap, of a handle; NULL with an exception. */
static inline ba_account_t *ba_get_account(napi_env env, const ba_env_t *self,
                                           napi_value handle) {
  size_t index;
  if (!ba_get_size(env, handle, &index)) return NULL;
  ba_account_t *account = ba_env_account(self, index);
  if (account == NULL) {
    (void)napi_throw_error(env, "ERR_INVALID_STATE", "no such allocator");
  }
  return account;
}

static inline ba_heap_t *ba_get_heap(napi_env env, const ba_env_t *self,
                                     napi_value handle) {
  const ba_account_t *account = ba_get_account(env, self, handle);
  ba_heap_t *heap = account == NULL ? NULL : ba_account_heap(account);
  if (heap == NULL && account != NULL) {
    (void)napi_throw_error(env, "ERR_INVALID_STATE", "it has no heap");
  }
  return heap;
}

#endif
