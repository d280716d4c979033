/* ----------------------------------------------------------------------------
 * addon: the functions that lib/runtime/binding.js loads, and nothing else does.
 *
 *   useBackend(name) -> '', or why stores cannot be made in that way
 *
 *   createHeap(maxBytes, maxCachedBytes, wipe, owner) -> handle, or a status < 0;
 *     it ends with the object that owns it
 *   openDefaultHeap(maxBytes, maxCachedBytes, wipe) -> the same for the heap that
 *     the environment has for its own; once made it only gets the limits
 *   destroyHeap(handle)
 *   tick(idleTicks) -> bytes cached still, by all heaps of the environment
 *   trim(handle) -> bytes given back
 *
 *   allocate(handle, size, flags) -> ArrayBuffer, or a status < 0; flags are the
 *     alignment, 0 or a power of two from 2 on, and 1 for zeroed memory
 *   free(ArrayBuffer): empties it; a store's block is back in its heap
 *   move(ArrayBuffer) -> another over the same block, or undefined for what is no
 *     store, or is still in use by the system; the first is empty
 *
 *   nextInterval() -> bytes, still out, of the interval before the last; begins
 *     another (ledger.h)
 *   youngBytes() -> of the interval that goes on, bytes that are out
 *   outBytes() -> bytes in stores of this environment that are out
 *   returnedBytes() -> bytes that came back because they were collected
 *   counters: { heap, process }, the names of what readStats writes, in order
 *   readStats(handle, Float64Array)
 *   readMap(handle, Float64Array) -> how many rows there are; it writes those that
 *     fit (map.h)
 *
 *   openClock(function) -> whether there is a clock that calls it; it returns the
 *     milliseconds to the next time, 0 for when memory comes back
 *   startClock(milliseconds): has it called then
 *   loopCount() -> how often the event loop has turned; -1 where that cannot be had
 *
 *   misalignment(ArrayBuffer, alignment) -> bytes past the last aligned address
 *   soil(size): leaves a piece of malloc's memory freed and not zero
 *   keepFreed(): has malloc(3) keep what is freed, up to 8 MiB of it, for reuse
 *   withFlagLock(function): calls it while no other thread does
 *   exposeGc(boolean) -> whether V8's flag of that name could be set
 *
 * Arguments are checked for type; a wrong one throws. Sizes come as numbers and
 * may be as large as a number goes: what is too large is refused, not wrapped.
 * ------------------------------------------------------------------------- */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../os/os.h"
#include "counters.h"
#include "env.h"
#include "map.h"
#include "thread_local.h"
#include "values.h"

#define ZERO_FLAG 1u

enum { WHY_SIZE = 256, NAME_SIZE = 16 };

/* --- arguments -------------------------------------------------------------------- */

/* The environment and the arguments; false with an exception. */
static bool begin(napi_env env, napi_callback_info info, size_t want,
                  napi_value *args, ba_env_t **self) {
  void *data;
  if (!ba_get_args(env, info, want, args, &data)) return false;
  *self = data;
  return true;
}

/* The heap of a handle; NULL with an exception. */
static ba_heap_t *get_heap(napi_env env, const ba_env_t *self,
                           napi_value handle) {
  size_t index;
  if (!ba_get_size(env, handle, &index)) return NULL;
  ba_heap_t *heap = ba_env_heap(self, index);
  if (heap == NULL) {
    (void)napi_throw_error(env, "ERR_INVALID_STATE", "no such heap");
  }
  return heap;
}

/* The heap of the first of `want` arguments; NULL with an exception. */
static ba_heap_t *begin_with_heap(napi_env env, napi_callback_info info,
                                  size_t want, napi_value *args) {
  ba_env_t *self;
  return begin(env, info, want, args, &self) ? get_heap(env, self, args[0])
                                             : NULL;
}

static bool get_limits(napi_env env, const napi_value *args,
                       ba_heap_limits_t *limits) {
  return ba_get_size(env, args[0], &limits->max_bytes) &&
         ba_get_size(env, args[1], &limits->max_cached_bytes);
}

/* --- backends --------------------------------------------------------------------- */

static napi_value use_backend(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  char name[NAME_SIZE];
  char why[WHY_SIZE] = "";
  size_t length;
  if (!begin(env, info, 1, args, &self)) return NULL;
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
  ba_heap_limits_t limits;
  if (!begin(env, info, 4, args, &self) || !get_limits(env, args, &limits) ||
      !ba_get_bool(env, args[2], &limits.wipe)) {
    return NULL;
  }
  int64_t handle = ba_env_add_heap(self, &limits);
  if (handle >= 0 && !ba_env_tie_heap(self, env, (size_t)handle, args[3])) {
    ba_env_remove_heap(self, (size_t)handle);
    return NULL;
  }
  napi_value result = ba_number(env, (double)handle);
  if (result == NULL && handle >= 0) ba_env_remove_heap(self, (size_t)handle);
  return result;
}

static napi_value open_default_heap(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  ba_heap_limits_t limits;
  if (!begin(env, info, 3, args, &self) || !get_limits(env, args, &limits) ||
      !ba_get_bool(env, args[2], &limits.wipe)) {
    return NULL;
  }
  return ba_number(env, (double)ba_env_open_default_heap(self, &limits));
}

static napi_value destroy_heap(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  size_t handle;
  if (begin(env, info, 1, args, &self) && ba_get_size(env, args[0], &handle)) {
    ba_env_remove_heap(self, handle);
  }
  return NULL;
}

static napi_value tick(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  size_t idle_ticks;
  if (!begin(env, info, 1, args, &self) ||
      !ba_get_size(env, args[0], &idle_ticks)) {
    return NULL;
  }
  unsigned ticks = idle_ticks < UINT_MAX ? (unsigned)idle_ticks : UINT_MAX;
  return ba_number(env, (double)ba_env_tick(self, ticks));
}

static napi_value trim(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_heap_t *heap = begin_with_heap(env, info, 1, args);
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
  if (!begin(env, info, 3, args, &self)) return NULL;
  ba_heap_t *heap = get_heap(env, self, args[0]);
  if (heap == NULL || !ba_get_size(env, args[1], &size)) return NULL;
  BA_CHECK(env, napi_get_value_uint32(env, args[2], &flags));
  int status =
      ba_env_allocate(self, env, heap, size, flags & ~(uint32_t)ZERO_FLAG,
                      (flags & ZERO_FLAG) != 0 ? BA_ZERO : 0, &result);
  if (status == BA_OK) return result;
  return status == BA_EPENDING ? NULL : ba_number(env, status);
}

static napi_value free_store(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  if (!begin(env, info, 1, args, &self)) return NULL;
  int status = ba_env_empty(self, env, args[0]);
  if (status != BA_OK && status != BA_EPENDING) {
    ba_throw(env, "not an ArrayBuffer that can be detached");
  }
  return NULL;
}

static napi_value move_store(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  napi_value result;
  if (!begin(env, info, 1, args, &self)) return NULL;
  int status = ba_env_move(self, env, args[0], &result);
  if (status != BA_OK && status != BA_EPENDING) {
    ba_throw(env, "not an ArrayBuffer that can be moved");
  }
  return status == BA_OK ? result : NULL;
}

/* --- what is out ------------------------------------------------------------------ */

static napi_value next_interval(napi_env env, napi_callback_info info) {
  ba_env_t *self;
  if (!begin(env, info, 0, NULL, &self)) return NULL;
  return ba_number(env, (double)ba_ledger_next_interval(ba_env_ledger(self)));
}

static napi_value young_bytes(napi_env env, napi_callback_info info) {
  ba_env_t *self;
  if (!begin(env, info, 0, NULL, &self)) return NULL;
  return ba_number(env, (double)ba_ledger_young_bytes(ba_env_ledger(self)));
}

static napi_value out_bytes(napi_env env, napi_callback_info info) {
  ba_env_t *self;
  if (!begin(env, info, 0, NULL, &self)) return NULL;
  return ba_number(env, (double)ba_ledger_out_bytes(ba_env_ledger(self)));
}

static napi_value returned_bytes(napi_env env, napi_callback_info info) {
  ba_env_t *self;
  if (!begin(env, info, 0, NULL, &self)) return NULL;
  return ba_number(env, (double)ba_ledger_collected_bytes(ba_env_ledger(self)));
}

static napi_value read_stats(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  size_t length;
  ba_heap_t *heap = begin_with_heap(env, info, 2, args);
  double *numbers = heap == NULL ? NULL : ba_get_numbers(env, args[1], &length);
  if (numbers == NULL) return NULL;
  if (length == ba_counters_count()) {
    ba_counters_read(heap, numbers);
  } else {
    ba_throw_type_error(env, "expected one number for each counter");
  }
  return NULL;
}

static napi_value read_map(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  size_t length;
  ba_heap_t *heap = begin_with_heap(env, info, 2, args);
  double *numbers = heap == NULL ? NULL : ba_get_numbers(env, args[1], &length);
  if (numbers == NULL) return NULL;
  return ba_number(env, (double)ba_map_read(heap, numbers, length));
}

/* --- the clock -------------------------------------------------------------------- */

static napi_value open_clock(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  if (!begin(env, info, 1, args, &self)) return NULL;
  int status = ba_env_open_clock(self, env, args[0]);
  return status == BA_EPENDING ? NULL : ba_boolean(env, status == BA_OK);
}

static napi_value loop_count(napi_env env, napi_callback_info info) {
  ba_env_t *self;
  uint64_t count;
  if (!begin(env, info, 0, NULL, &self)) return NULL;
  return ba_number(env, ba_clock_loop_count(env, &count) ? (double)count : -1);
}

static napi_value start_clock(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  size_t milliseconds;
  if (begin(env, info, 1, args, &self) &&
      ba_get_size(env, args[0], &milliseconds)) {
    ba_env_start_clock(self, milliseconds);
  }
  return NULL;
}

/* --- the rest ------------------------------------------------------------------------ */

static napi_value misalignment(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  void *data;
  size_t length;
  size_t alignment;
  if (!begin(env, info, 2, args, &self)) return NULL;
  BA_CHECK(env, napi_get_arraybuffer_info(env, args[0], &data, &length));
  if (!ba_get_size(env, args[1], &alignment)) return NULL;
  return ba_number(env, (double)((uintptr_t)data & (alignment - 1)));
}

static napi_value soil(napi_env env, napi_callback_info info) {
  napi_value args[BA_MAX_ARGS];
  ba_env_t *self;
  size_t size;
  if (!begin(env, info, 1, args, &self) || !ba_get_size(env, args[0], &size)) {
    return NULL;
  }
  volatile unsigned char *memory = malloc(size);
  if (memory == NULL) return NULL;
  for (size_t i = 0; i < size; i++) memory[i] = 0xA5;
  free((void *)memory);
  return NULL;
}

/* glibc gives the end of its heap back whenever 128 KiB are free there, until a
 * mapping of its own was freed: then it keeps twice the bytes of that. Elsewhere
 * this does nothing. */
static napi_value keep_freed(napi_env env, napi_callback_info info) {
  enum { BYTES = 4 << 20 };
  (void)env;
  (void)info;
  void *volatile mapping = malloc(BYTES);
  free(mapping);
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
  if (!begin(env, info, 1, args, &self)) return NULL;
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
  bool done = false;
  if (!begin(env, info, 1, args, &self)) return NULL;
  BA_CHECK(env, napi_get_value_bool(env, args[0], &exposed));
#ifdef BA_WITH_V8
  done = ba_v8_set_flags(exposed ? "--expose-gc" : "--no-expose-gc");
#endif
  return ba_boolean(env, done);
}

/* --- exports -------------------------------------------------------------------------- */

static bool add_functions(napi_env env, ba_env_t *self, napi_value exports) {
  static const struct {
    const char *name;
    napi_callback callback;
  } functions[] = {
      {"useBackend", use_backend},
      {"createHeap", create_heap},
      {"openDefaultHeap", open_default_heap},
      {"destroyHeap", destroy_heap},
      {"tick", tick},
      {"trim", trim},
      {"allocate", allocate},
      {"free", free_store},
      {"move", move_store},
      {"nextInterval", next_interval},
      {"youngBytes", young_bytes},
      {"outBytes", out_bytes},
      {"returnedBytes", returned_bytes},
      {"readStats", read_stats},
      {"readMap", read_map},
      {"openClock", open_clock},
      {"startClock", start_clock},
      {"loopCount", loop_count},
      {"misalignment", misalignment},
      {"soil", soil},
      {"keepFreed", keep_freed},
      {"withFlagLock", with_flag_lock},
      {"exposeGc", expose_gc},
  };
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    napi_value function;
    if (napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH,
                             functions[i].callback, self,
                             &function) != napi_ok) {
      ba_throw(env, "napi_create_function");
      return false;
    }
    if (!ba_set_property(env, exports, functions[i].name, function)) {
      return false;
    }
  }
  return true;
}

static napi_value init(napi_env env, napi_value exports) {
  ba_env_t *self = ba_env_attach(env);
  if (self == NULL || !add_functions(env, self, exports) ||
      !ba_set_property(env, exports, "counters", ba_counters_list(env))) {
    return NULL;
  }
  return exports;
}

NAPI_MODULE(NODE_GYP_MODULE_NAME, init)
