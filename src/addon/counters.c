/* counters: see counters.h. */
#include "counters.h"

#include "values.h"

#define NAME_OF(field, name, meaning) name,
static const char *const heap_names[] = {BA_HEAP_COUNTERS(NAME_OF)};
static const char *const process_names[] = {BA_PROCESS_COUNTERS(NAME_OF)};

enum {
  HEAP_COUNT = sizeof heap_names / sizeof heap_names[0],
  PROCESS_COUNT = sizeof process_names / sizeof process_names[0]
};

static napi_value list(napi_env env, const char *const *names, size_t count) {
  napi_value result;
  BA_CHECK(env, napi_create_array_with_length(env, count, &result));
  for (size_t i = 0; i < count; i++) {
    if (!ba_set_element(env, result, (uint32_t)i, ba_string(env, names[i]))) {
      return NULL;
    }
  }
  return result;
}

napi_value ba_counters_list(napi_env env) {
  napi_value result;
  BA_CHECK(env, napi_create_object(env, &result));
  if (!ba_set_property(env, result, "heap",
                       list(env, heap_names, HEAP_COUNT)) ||
      !ba_set_property(env, result, "process",
                       list(env, process_names, PROCESS_COUNT))) {
    return NULL;
  }
  return result;
}

size_t ba_counters_count(void) {
  return HEAP_COUNT + PROCESS_COUNT + (size_t)2 * BA_LIVE_COUNT;
}

void ba_counters_read(ba_account_t *account, double *out) {
  ba_heap_t *heap = ba_account_heap(account);
  ba_heap_stats_t heap_stats = {0};
  ba_process_stats_t process_stats;
  if (heap != NULL) ba_heap_get_stats(heap, &heap_stats);
  ba_process_get_stats(&process_stats);
#define WRITE_HEAP(field, name, meaning) *out++ = (double)heap_stats.field;
#define WRITE_PROCESS(field, name, meaning) \
  *out++ = (double)process_stats.field;
  BA_HEAP_COUNTERS(WRITE_HEAP)
  BA_PROCESS_COUNTERS(WRITE_PROCESS)
  ba_account_read_live(account, out);
}
