/* ----------------------------------------------------------------------------
 * addon: the functions that lib/runtime/binding.js loads, and nothing else does.
 *
 *   useBackend(name) -> '', or why stores cannot be made in that way
 *
 *   createHeap(maxBytes, maxCachedBytes, flags, name, owner) -> the handle of an
 *     allocator, or a status < 0; flags are 1 for one that wipes, 2 for one
 *     with a heap, and 4 for huge pages; it ends with the object that owns it
 *   openDefaultHeap(maxBytes, maxCachedBytes, flags, name) -> the same for the one
 *     that the environment has for its own; once made it only gets the limits
 *   destroyHeap(handle)
 *   tick(idleTicks) -> bytes cached still, by all heaps of the environment
 *   trim(handle) -> bytes given back
 *
 *   allocate(handle, size, flags) -> ArrayBuffer, or a status < 0; flags are the
 *     alignment, 0 or a power of two from 2 to 2^23, 1 for zeroed memory, and from
 *     bit 24 on what it is for, a tag of heap.h
 *   free(ArrayBuffer): empties it; a store's block is back in its heap
 *   move(ArrayBuffer) -> another over the same block, or undefined for what is no
 *     store, is still in use by the system, or cannot be shown; the first is empty
 *   recycle(ArrayBuffer) -> another over the same block, for C the same store, and
 *     the first is empty; undefined, and nothing has changed, where V8 makes none,
 *     if it is in use by the system as well, or if a later copy has the clock
 *
 *   and those of collect.c, guarded_stores.c and insight.c
 *
 *   openClock(function) -> whether there is a clock that calls it; it returns the
 *     milliseconds to the next time, 0 for when memory comes back
 *   startClock(milliseconds): has it called then
 *   loopCount() -> how often the event loop has turned; -1 where that cannot be had
 *
 *   openCapi, isPinned, trimThreads: see capi.c
 *
 *   totalMemory() -> bytes that the machine has
 *   misalignment(ArrayBuffer, alignment) -> bytes past the last aligned address
 *   soil(size): leaves a piece of malloc's memory freed and not zero
 *
 * Arguments are checked for type; a wrong one throws. Sizes come as numbers and
 * may be as large as a number goes: what is too large is refused, not wrapped.
 * ------------------------------------------------------------------------- */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../os/os.h"
#include "call.h"
#include "counters.h"

/* Of `allocate`. */
#define ZERO_FLAG 1u
#define ALIGNMENT_MASK 0xfffffeu
#define TAG_SHIFT 24u
/* Of those that make an allocator. */
#define WIPE_FLAG 1u
#define HEAP_FLAG 2u
#define HUGE_FLAG 4u

enum { WHY_SIZE = 256, NAME_SIZE = 64 };

/* What an allocator is made with. */
typedef struct ba_opening {
  ba_heap_limits_t limits;
  bool has_heap;
  char name[NAME_SIZE];
} ba_opening_t;

/* Reads the first four arguments; false with an exception. */
static bool get_opening(napi_env env, const napi_value *args,
                        ba_opening_t *opening) {
  uint32_t flags;
  size_t length;
  if (!ba_get_size(env, args[0], &opening->limits.max_bytes) ||
      !ba_get_size(env, args[1], &opening->limits.max_cached_bytes)) {
    return false;
  }
  if (napi_get_value_uint32(env, args[2], &flags) != napi_ok ||
      napi_get_value_string_utf8(env, args[3], opening->name,
                                 sizeof opening->name, &length) != napi_ok) {
    ba_throw(env, "expected flags and a name");
    return false;
  }
  opening->limits.wipe = (flags & WIPE_FLAG) != 0;
  opening->limits.huge_pages = (flags & HUGE_FLAG) != 0;
  opening->has_heap = (flags & HEAP_FLAG) != 0;
  return true;
}

static const ba_heap_limits_t *limits_of(const ba_opening_t *opening) {
  return opening->has_heap ? &opening->limits : NULL;
}

/* --- backends --------------------------------------------------------------------- */

static napi_value use_backend(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  char name[NAME_SIZE];
  char why[WHY_SIZE] = "";
  size_t length;
  if (!ba_begin(env, info, 1, args, &self)) return NULL;
  BA_CHECK(env, napi_get_value_string_utf8(env, args[0], name, sizeof name,
                                           &length));
  const ba_store_ops_t *ops = ba_store_find(name);
  if (ops == NULL) {
    return ba_string(env, "there is none of that name on this platform");
  }
  if (!ops->check(env, why, sizeof why)) return ba_string(env, why);
  bool done = ba_env_use_backend(self, ops) == BA_OK;
  return ba_string(env, done ? "" : "there is no memory for it");
}

/* --- heaps --------------------------------------------------------------------- */

static napi_value create_heap(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  ba_opening_t opening;
  if (!ba_begin(env, info, 5, args, &self) ||
      !get_opening(env, args, &opening)) {
    return NULL;
  }
  int64_t handle = ba_env_add_account(self, opening.name, limits_of(&opening));
  napi_value result = NULL;
  if (handle < 0 || ba_env_tie_account(self, env, (size_t)handle, args[4])) {
    result = ba_number(env, (double)handle);
  }
  if (result == NULL && handle >= 0) {
    ba_env_remove_account(self, (size_t)handle);
  }
  return result;
}

static napi_value open_default_heap(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  ba_opening_t opening;
  if (!ba_begin(env, info, 4, args, &self) ||
      !get_opening(env, args, &opening)) {
    return NULL;
  }
  return ba_number(env, (double)ba_env_open_default(self, opening.name,
                                                    limits_of(&opening)));
}

static napi_value destroy_heap(napi_env env, napi_callback_info info) {
  ba_env_t *self;
  size_t handle;
  if (ba_begin_with_size(env, info, &self, &handle)) {
    ba_env_remove_account(self, handle);
  }
  return NULL;
}

static napi_value tick(napi_env env, napi_callback_info info) {
  ba_env_t *self;
  size_t idle_ticks;
  if (!ba_begin_with_size(env, info, &self, &idle_ticks)) return NULL;
  unsigned ticks = idle_ticks < UINT_MAX ? (unsigned)idle_ticks : UINT_MAX;
  return ba_number(env, (double)ba_env_tick(self, ticks));
}

static napi_value trim(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  if (!ba_begin(env, info, 1, args, &self)) return NULL;
  ba_heap_t *heap = ba_get_heap(env, self, args[0]);
  return heap == NULL ? NULL : ba_number(env, (double)ba_heap_trim(heap));
}

/* --- stores --------------------------------------------------------------------- */

/* The hot path: four calls of Node-API, a block, and what shows it. */
static napi_value allocate(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  size_t size;
  uint32_t flags;
  napi_value result;
  if (!ba_begin(env, info, 3, args, &self)) return NULL;
  ba_heap_t *heap = ba_get_heap(env, self, args[0]);
  if (heap == NULL || !ba_get_size(env, args[1], &size)) return NULL;
  BA_CHECK(env, napi_get_value_uint32(env, args[2], &flags));
  int status = ba_env_allocate(self, env, heap, size, flags & ALIGNMENT_MASK,
                               (flags & ZERO_FLAG) != 0 ? BA_ZERO : 0,
                               (flags >> TAG_SHIFT) % BA_TAGS, &result);
  if (status == BA_OK) return result;
  return status == BA_EPENDING ? NULL : ba_number(env, status);
}

static napi_value free_store(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  if (!ba_begin(env, info, 1, args, &self)) return NULL;
  int status = ba_env_empty(self, env, args[0]);
  if (status != BA_OK && status != BA_EPENDING) {
    ba_throw(env, "not an ArrayBuffer that can be detached");
  }
  return NULL;
}

/* Has a store's memory shown by another ArrayBuffer, in one of two ways. */
static napi_value show_again(napi_env env, napi_callback_info info,
                             int (*show)(const ba_env_t *self, napi_env env,
                                         napi_value buffer, napi_value *out)) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  napi_value result;
  if (!ba_begin(env, info, 1, args, &self)) return NULL;
  int status = show(self, env, args[0], &result);
  if (status != BA_OK && status != BA_EPENDING) {
    ba_throw(env, "not an ArrayBuffer that can be moved");
  }
  return status == BA_OK ? result : NULL;
}

static napi_value recycle(napi_env env, napi_callback_info info) {
  return show_again(env, info, ba_env_recycle);
}

static napi_value move_store(napi_env env, napi_callback_info info) {
  return show_again(env, info, ba_env_move);
}

/* --- the clock -------------------------------------------------------------------- */

static napi_value open_clock(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  if (!ba_begin(env, info, 1, args, &self)) return NULL;
  int status = ba_ticker_open(ba_env_ticker(self), env, args[0]);
  return status == BA_EPENDING ? NULL : ba_boolean(env, status == BA_OK);
}

static napi_value loop_count(napi_env env, napi_callback_info info) {
  ba_env_t *self;
  uint64_t count;
  if (!ba_begin(env, info, 0, NULL, &self)) return NULL;
  return ba_number(env, ba_clock_loop_count(env, &count) ? (double)count : -1);
}

static napi_value start_clock(napi_env env, napi_callback_info info) {
  ba_env_t *self;
  size_t milliseconds;
  if (ba_begin_with_size(env, info, &self, &milliseconds)) {
    ba_ticker_start(ba_env_ticker(self), milliseconds);
  }
  return NULL;
}

/* --- the rest ------------------------------------------------------------------------ */

static napi_value total_memory(napi_env env, napi_callback_info info) {
  (void)info;
  return ba_number(env, (double)ba_os_total_memory());
}

static napi_value misalignment(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  void *data;
  size_t length;
  size_t alignment;
  if (!ba_begin(env, info, 2, args, &self)) return NULL;
  BA_CHECK(env, napi_get_arraybuffer_info(env, args[0], &data, &length));
  if (!ba_get_size(env, args[1], &alignment)) return NULL;
  return ba_number(env, (double)((uintptr_t)data & (alignment - 1)));
}

static napi_value soil(napi_env env, napi_callback_info info) {
  ba_env_t *self;
  size_t size;
  if (!ba_begin_with_size(env, info, &self, &size)) return NULL;
  volatile unsigned char *memory = malloc(size);
  if (memory == NULL) return NULL;
  for (size_t i = 0; i < size; i++) memory[i] = 0xA5;
  free((void *)memory);
  return NULL;
}

/* --- exports -------------------------------------------------------------------------- */

static const ba_function_t functions[] = {
    {"useBackend", use_backend},
    {"createHeap", create_heap},
    {"openDefaultHeap", open_default_heap},
    {"destroyHeap", destroy_heap},
    {"tick", tick},
    {"trim", trim},
    {"allocate", allocate},
    {"free", free_store},
    {"move", move_store},
    {"recycle", recycle},
    {"openClock", open_clock},
    {"startClock", start_clock},
    {"loopCount", loop_count},
    {"totalMemory", total_memory},
    {"misalignment", misalignment},
    {"soil", soil},
    {NULL, NULL},
};

static bool add_functions(napi_env env, ba_env_t *self, napi_value exports,
                          const ba_function_t *list) {
  for (; list->name != NULL; list++) {
    napi_value function;
    if (napi_create_function(env, list->name, NAPI_AUTO_LENGTH, list->callback,
                             self, &function) != napi_ok) {
      ba_throw(env, "napi_create_function");
      return false;
    }
    if (!ba_set_property(env, exports, list->name, function)) return false;
  }
  return true;
}

static napi_value init(napi_env env, napi_value exports) {
  ba_env_t *self = ba_env_attach(env);
  if (self == NULL || !add_functions(env, self, exports, functions) ||
      !add_functions(env, self, exports, ba_collect_functions) ||
      !add_functions(env, self, exports, ba_guarded_functions) ||
      !add_functions(env, self, exports, ba_insight_functions) ||
      !add_functions(env, self, exports, ba_capi_functions) ||
      !ba_set_property(env, exports, "counters", ba_counters_list(env))) {
    return NULL;
  }
  return exports;
}

NAPI_MODULE(NODE_GYP_MODULE_NAME, init)
