/* ----------------------------------------------------------------------------
 * guarded_stores: the addon's functions for guarded blocks (heap/guarded.h).
 *
 *   allocateGuarded(handle, size, kind, tag, got) -> ArrayBuffer, zero, which ends
 *     where its page does, or a status < 0; kind is of ba_guarded_kind_t. got, a
 *     Float64Array, begins with the sum of what a secret got of the system
 *   damagedBlocks() -> of the process, how many were found damaged when freed
 * ------------------------------------------------------------------------- */
#include "call.h"

static napi_value allocate_guarded(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  size_t size;
  size_t length;
  uint32_t kind;
  uint32_t tag;
  unsigned got = 0;
  napi_value result;
  if (!ba_begin(env, info, 5, args, &self)) return NULL;
  ba_account_t *account = ba_get_account(env, self, args[0]);
  if (account == NULL || !ba_get_size(env, args[1], &size)) return NULL;
  BA_CHECK(env, napi_get_value_uint32(env, args[2], &kind));
  BA_CHECK(env, napi_get_value_uint32(env, args[3], &tag));
  double *cell = ba_get_numbers(env, args[4], &length);
  if (cell == NULL) return NULL;
  if ((kind != BA_SECRET && kind != BA_WATCHED) || tag >= BA_TAGS) {
    ba_throw_type_error(env, "no such kind of guarded block");
    return NULL;
  }
  int status = ba_env_allocate_guarded(
      self, env, account, (ba_guarded_kind_t)kind, size, tag, &got, &result);
  *cell = got;
  if (status == BA_OK) return result;
  return status == BA_EPENDING ? NULL : ba_number(env, status);
}

static napi_value damaged_blocks(napi_env env, napi_callback_info info) {
  ba_env_t *self;
  ba_process_stats_t stats;
  if (!ba_begin(env, info, 0, NULL, &self)) return NULL;
  ba_process_get_stats(&stats);
  return ba_number(env, (double)stats.damaged_blocks);
}

const ba_function_t ba_guarded_functions[] = {
    {"allocateGuarded", allocate_guarded},
    {"damagedBlocks", damaged_blocks},
    {NULL, NULL},
};
