/* counters: see counters.h. */
#include "counters.h"

#include <ctype.h>

#include "values.h"

#define BA_HEAP_COUNTERS(X) \
  X(live_bytes)             \
  X(live_blocks)            \
  X(peak_live_bytes)        \
  X(cached_bytes)           \
  X(mapped_bytes)           \
  X(allocated_blocks)       \
  X(allocated_bytes)        \
  X(reused_blocks)          \
  X(zeroed_bytes) X(known_zero_bytes) X(purged_bytes) X(remote_frees)
#define BA_PROCESS_COUNTERS(X) \
  X(heaps) X(orphaned_heaps) X(mapped_bytes) X(reserve_bytes) X(metadata_bytes)

#define NAME_OF(name) #name,
static const char *const heap_names[] = {BA_HEAP_COUNTERS(NAME_OF)};
static const char *const process_names[] = {BA_PROCESS_COUNTERS(NAME_OF)};

enum {
  HEAP_COUNT = sizeof heap_names / sizeof heap_names[0],
  PROCESS_COUNT = sizeof process_names / sizeof process_names[0],
  NAME_MAX_SIZE = 64
};

/* live_bytes as liveBytes. */
static napi_value spell(napi_env env, const char *name) {
  char text[NAME_MAX_SIZE];
  size_t length = 0;
  for (; *name != '\0' && length < sizeof text - 1; name++) {
    if (*name == '_') {
      text[length++] = (char)toupper((unsigned char)*++name);
    } else {
      text[length++] = *name;
    }
  }
  text[length] = '\0';
  return ba_string(env, text);
}

static napi_value list(napi_env env, const char *const *names, size_t count) {
  napi_value result;
  BA_CHECK(env, napi_create_array_with_length(env, count, &result));
  for (size_t i = 0; i < count; i++) {
    napi_value name = spell(env, names[i]);
    if (name == NULL) return NULL;
    BA_CHECK(env, napi_set_element(env, result, (uint32_t)i, name));
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

size_t ba_counters_count(void) { return HEAP_COUNT + PROCESS_COUNT; }

void ba_counters_read(ba_heap_t *heap, double *out) {
  ba_heap_stats_t heap_stats;
  ba_process_stats_t process_stats;
  ba_heap_get_stats(heap, &heap_stats);
  ba_process_get_stats(&process_stats);
#define WRITE_HEAP(name) *out++ = (double)heap_stats.name;
#define WRITE_PROCESS(name) *out++ = (double)process_stats.name;
  BA_HEAP_COUNTERS(WRITE_HEAP)
  BA_PROCESS_COUNTERS(WRITE_PROCESS)
}
