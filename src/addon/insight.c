/* ----------------------------------------------------------------------------
 * insight: the addon's functions that tell what is out, and where.
 *
 *   nextInterval() -> bytes, still out, of the interval before the last; begins
 *     another (ledger.h)
 *   youngBytes() -> of the interval that goes on, bytes that are out
 *   outBytes() -> bytes in stores of this environment that are out
 *   returnedBytes() -> bytes that came back because they were collected
 *   counters: { heap, process }, the names of what readStats writes, in order
 *   readStats(handle, Float64Array): those, and what is live: stores and bytes in
 *     turn, by what they are for, and then the runtime's
 *   readMap(handle, Float64Array) -> how many rows there are, of MAP_FIELDS numbers
 *     each: ba_heap_visit's description. It writes those that fit; bits come in two
 *     halves of 32, the lower first
 *   watch(handle, object, stores, bytes) -> what unwatch takes, or undefined: counts
 *     these as live, of the runtime's, until the object is collected
 *   unwatch(value): the same before it is collected
 *   readAll() -> of all allocators of the process: account.h
 *
 *   setThread(number): what the runtime calls this thread
 *
 *   weakly(list, object) -> its place in one of the environment's weak lists; lists
 *     are 0, of allocators and arenas, and 1, of what the profiler follows
 *   at(list, place) -> the object, or undefined if it was collected
 *   leave(list, place): it is no longer listed
 *   listed(list) -> an array of all that were not collected; the others leave
 * ------------------------------------------------------------------------- */
#include "call.h"
#include "counters.h"

/* --- the ledger ------------------------------------------------------------------- */

static napi_value next_interval(napi_env env, napi_callback_info info) {
  ba_env_t *self;
  if (!ba_begin(env, info, 0, NULL, &self)) return NULL;
  return ba_number(env, (double)ba_ledger_next_interval(ba_env_ledger(self)));
}

static napi_value look(napi_env env, napi_callback_info info,
                       uint64_t (*read)(const ba_ledger_t *ledger)) {
  ba_env_t *self;
  if (!ba_begin(env, info, 0, NULL, &self)) return NULL;
  return ba_number(env, (double)read(ba_env_ledger(self)));
}

static napi_value young_bytes(napi_env env, napi_callback_info info) {
  return look(env, info, ba_ledger_young_bytes);
}

static napi_value out_bytes(napi_env env, napi_callback_info info) {
  return look(env, info, ba_ledger_out_bytes);
}

static napi_value returned_bytes(napi_env env, napi_callback_info info) {
  return look(env, info, ba_ledger_collected_bytes);
}

/* --- counters --------------------------------------------------------------------- */

/* The account of a handle, and room for numbers; false with an exception. */
static bool begin_to_read(napi_env env, napi_callback_info info,
                          ba_account_t **account, double **numbers,
                          size_t *length) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  if (!ba_begin(env, info, 2, args, &self)) return false;
  *account = ba_get_account(env, self, args[0]);
  if (*account == NULL) return false;
  *numbers = ba_get_numbers(env, args[1], length);
  return *numbers != NULL;
}

static napi_value read_stats(napi_env env, napi_callback_info info) {
  ba_account_t *account;
  double *numbers;
  size_t length;
  if (!begin_to_read(env, info, &account, &numbers, &length)) return NULL;
  if (length == ba_counters_count()) {
    ba_counters_read(account, numbers);
  } else {
    ba_throw_type_error(env, "expected one number for each counter");
  }
  return NULL;
}

/* --- the map ---------------------------------------------------------------------- */

enum { MAP_FIELDS = 11 };

typedef struct ba_map_writer {
  double *out;
  size_t rows; /* there is room for */
  size_t count;
} ba_map_writer_t;

static double low(uint64_t bits) { return (double)(uint32_t)bits; }
static double high(uint64_t bits) { return (double)(uint32_t)(bits >> 32); }

static void write_row(void *data, const ba_span_info_t *info) {
  ba_map_writer_t *writer = data;
  if (writer->count++ >= writer->rows) return;
  const double row[MAP_FIELDS] = {
      (double)(uintptr_t)info->chunk, (double)info->chunk_bytes,
      (double)info->offset,           (double)info->bytes,
      (double)info->resident_bytes,   (double)info->block_size,
      (double)info->block_count,      low(info->live_blocks),
      high(info->live_blocks),        low(info->fresh_blocks),
      high(info->fresh_blocks),
  };
  for (size_t i = 0; i < MAP_FIELDS; i++) *writer->out++ = row[i];
}

static napi_value read_map(napi_env env, napi_callback_info info) {
  ba_account_t *account;
  double *numbers;
  size_t length;
  if (!begin_to_read(env, info, &account, &numbers, &length)) return NULL;
  ba_heap_t *heap = ba_account_heap(account);
  ba_map_writer_t writer = {numbers, length / MAP_FIELDS, 0};
  if (heap != NULL) ba_heap_visit(heap, write_row, &writer);
  return ba_number(env, (double)writer.count);
}

/* --- what is live ------------------------------------------------------------------ */

static napi_value watch(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  double count;
  double bytes;
  if (!ba_begin(env, info, 4, args, &self)) return NULL;
  ba_account_t *account = ba_get_account(env, self, args[0]);
  if (account == NULL) return NULL;
  BA_CHECK(env, napi_get_value_double(env, args[2], &count));
  BA_CHECK(env, napi_get_value_double(env, args[3], &bytes));
  return ba_account_watch(account, env, args[1], count, bytes);
}

static napi_value unwatch(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  if (ba_begin(env, info, 1, args, &self)) ba_account_unwatch(env, args[0]);
  return NULL;
}

static napi_value set_thread(napi_env env, napi_callback_info info) {
  ba_env_t *self;
  size_t number;
  if (ba_begin_with_size(env, info, &self, &number)) {
    ba_env_set_thread(self, (int64_t)number);
  }
  return NULL;
}

static napi_value read_all(napi_env env, napi_callback_info info) {
  ba_env_t *self;
  if (!ba_begin(env, info, 0, NULL, &self)) return NULL;
  ba_env_publish(self);
  return ba_account_list(env);
}

/* --- what is listed weakly --------------------------------------------------------- */

/* The list that the first of `want` arguments tells; NULL with an exception. */
static ba_weak_t *begin_with_list(napi_env env, napi_callback_info info,
                                  size_t want, napi_value *args) {
  ba_env_t *self;
  size_t list;
  if (!ba_begin(env, info, want, args, &self) ||
      !ba_get_size(env, args[0], &list)) {
    return NULL;
  }
  ba_weak_t *weak = ba_env_weak(self, list);
  if (weak == NULL) ba_throw(env, "no such list");
  return weak;
}

static napi_value weakly(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_weak_t *weak = begin_with_list(env, info, 2, args);
  if (weak == NULL) return NULL;
  return ba_number(env, (double)ba_weak_add(weak, env, args[1]));
}

static napi_value at(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  size_t place;
  ba_weak_t *weak = begin_with_list(env, info, 2, args);
  if (weak == NULL || !ba_get_size(env, args[1], &place)) return NULL;
  return ba_weak_get(weak, env, place);
}

static napi_value leave(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  size_t place;
  ba_weak_t *weak = begin_with_list(env, info, 2, args);
  if (weak != NULL && ba_get_size(env, args[1], &place)) {
    ba_weak_remove(weak, env, place);
  }
  return NULL;
}

static napi_value listed(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_weak_t *weak = begin_with_list(env, info, 1, args);
  return weak == NULL ? NULL : ba_weak_list(weak, env);
}

const ba_function_t ba_insight_functions[] = {
    {"nextInterval", next_interval},
    {"youngBytes", young_bytes},
    {"outBytes", out_bytes},
    {"returnedBytes", returned_bytes},
    {"readStats", read_stats},
    {"readMap", read_map},
    {"watch", watch},
    {"unwatch", unwatch},
    {"setThread", set_thread},
    {"readAll", read_all},
    {"weakly", weakly},
    {"at", at},
    {"leave", leave},
    {"listed", listed},
    {NULL, NULL},
};
