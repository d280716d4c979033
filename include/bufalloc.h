/* ----------------------------------------------------------------------------
 * bufalloc.h: bufalloc's memory for other addons, in C99 or C++11.
 *
 * An addon is handed `require('bufalloc').capi` and gets a table of functions
 * for it:
 *
 *   const bufalloc_api *api;
 *   char why[BUFALLOC_MESSAGE_SIZE];
 *   if (bufalloc_load(env, capi, &api, why, sizeof why) != BUFALLOC_OK) {
 *     napi_throw_error(env, NULL, why);
 *   }
 *
 * Nothing is linked: this header and Node-API are all that is needed.
 *
 * Lifetimes:
 *
 *   - The table is valid until the process ends, on every thread, whoever is
 *     unloaded: it may be kept in a static variable.
 *   - A block is its holder's until it is given, deallocated or reallocated.
 *   - A block may go to another thread, and outlives the one that allocated it,
 *     environments and workers.
 *   - A block goes back through the table that it came from: two copies of
 *     bufalloc in a process know nothing of each other's.
 *   - `give` takes the block, whether it succeeds or not.
 *   - A Buffer's memory lives as long as JavaScript holds the Buffer, or until
 *     it is released: an address is good for the length of the call, and beyond
 *     that only under a pin or a reference.
 *   - A pin keeps the memory, whatever becomes of the Buffer: `release` returns
 *     false; an arena's `reset` and `close` empty the Buffer, and the memory
 *     comes back at the unpin; so it does when the Buffer is collected.
 *   - A pin does not keep JavaScript from writing, nor what is not bufalloc's
 *     memory from being transferred away, or resized: a resizable ArrayBuffer
 *     that is made smaller faults beyond its end.
 *   - A pin ends by one `unpin`, on any thread, also after the environment has
 *     ended: bufalloc's memory is whole until then, the runtime's own only until
 *     the environment ends.
 *
 * Threads: functions that take a napi_env belong to the thread of that
 * environment, all others to any thread.
 *
 * Versions: the table only ever grows. An addon that was compiled with an older
 * header runs on every later bufalloc. BUFALLOC_API_VERSION may be defined
 * before this is included, to ask for no more than that version has.
 * ------------------------------------------------------------------------- */
#ifndef BUFALLOC_H
#define BUFALLOC_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#if defined(NAPI_VERSION) && NAPI_VERSION < 8
#error "bufalloc.h needs NAPI_VERSION 8 or later"
#endif

/* The version of the table that the addon needs at least. */
#ifndef BUFALLOC_API_VERSION
#define BUFALLOC_API_VERSION 2
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What functions return: 0, or a negative status. */
enum {
  BUFALLOC_OK = 0,
  /* The system has no memory; nothing has changed. */
  BUFALLOC_NO_MEMORY = -1,
  /* An argument makes no sense; nothing has changed. */
  BUFALLOC_INVALID = -2,
  /* bufalloc was not loaded in this thread's environment, or that is ending. */
  BUFALLOC_NO_ENVIRONMENT = -3,
  /* A JavaScript exception is pending, for the addon to return with. */
  BUFALLOC_EXCEPTION = -4,
  /* bufalloc_load: what was given is not `require('bufalloc').capi`. */
  BUFALLOC_NOT_BUFALLOC = -5,
  /* bufalloc_load: the addon needs a later version of bufalloc. */
  BUFALLOC_TOO_OLD = -6
};

/* Flags of `allocate` and `buffer`. */
enum {
  BUFALLOC_ZERO = 1 /* all bytes are zero, up to the usable size */
};

/* Bytes that hold every message of bufalloc_load. */
enum { BUFALLOC_MESSAGE_SIZE = 192 };

/* Memory that is not to go away. */
typedef struct bufalloc_pin bufalloc_pin;

#if BUFALLOC_API_VERSION >= 2
/* What addons have of bufalloc, in the whole process. Sizes in bytes of blocks
 * as they are cut, in size classes. Of threads that have ended, blocks that are
 * still out are not counted. */
typedef struct bufalloc_counters {
  uint64_t live_blocks;      /* allocated and not freed, given ones included */
  uint64_t live_bytes;       /* bytes in those */
  uint64_t cached_bytes;     /* freed, still resident, waiting for reuse */
  uint64_t allocated_blocks; /* allocated since their threads began */
  uint64_t threads;          /* threads that have memory of their own */
  uint64_t given;            /* blocks that became Buffers as they were */
  uint64_t copied;           /* blocks that became Buffers by a copy */
  uint64_t pinned;           /* pins that have not ended */
} bufalloc_counters;
#endif

typedef struct bufalloc_api {
  uint32_t version; /* of the table that is there */
  uint32_t size;    /* bytes of it */

  /* --- version 1: memory, on any thread -------------------------------------- */

  /* Allocates `size` bytes, 0 as 1, at a multiple of `alignment`: a power of two
   * up to 4 MiB, or 0 for 64. The contents are arbitrary without BUFALLOC_ZERO.
   * NULL if there is no memory, or an argument makes no sense. */
  void *(*allocate)(size_t size, size_t alignment, uint32_t flags);

  /* Makes a block longer or shorter: the same one or another, aligned to 64,
   * with its contents as far as they fit. NULL if there is no memory; the block
   * is then as it was. Of NULL it allocates. */
  void *(*reallocate)(void *block, size_t size);

  /* Frees a block, whichever thread allocated it. NULL is ignored. */
  void (*deallocate)(void *block);

  /* Bytes that may be used of a block: what was asked for, or more. */
  size_t (*usable_size)(const void *block);

  /* --- version 1: Buffers ----------------------------------------------------- */

  /* Makes a Buffer of the first `size` bytes of a block, which becomes the
   * Buffer's. It is copied only where the runtime allows no memory of others'
   * (stats().backend is `host`). `release` gives it back, as any Buffer of
   * bufalloc's. */
  int (*give)(napi_env env, void *block, size_t size, napi_value *result);

  /* Makes a Buffer of `size` bytes to fill, at *data. No copy, on any runtime.
   * To fill it from another thread, pin it. */
  int (*buffer)(napi_env env, size_t size, uint32_t flags, void **data,
                napi_value *result);

  /* Pins the memory of a Buffer or Uint8Array, whosever it is; *data and *length
   * are its own bytes. */
  int (*pin)(napi_env env, napi_value buffer, bufalloc_pin **pin, void **data,
             size_t *length);

  /* Ends a pin. Any thread. NULL is ignored. */
  void (*unpin)(bufalloc_pin *pin);

#if BUFALLOC_API_VERSION >= 2
  /* --- version 2 --------------------------------------------------------------- */

  /* Writes the first `size` bytes of the counters; those that this version does
   * not have are 0. Any thread. */
  void (*counters)(bufalloc_counters *out, size_t size);
#endif
} bufalloc_api;

/* By this the value is told from any other. */
static const napi_type_tag bufalloc_tag = {UINT64_C(0x6a1f0b7c52d94e83),
                                           UINT64_C(0x9c3e85d1f7a2460b)};

/* Gets the table out of `require('bufalloc').capi`. On failure *api is NULL and
 * the message says why, in a sentence; no exception is pending. */
static inline int bufalloc_load(napi_env env, napi_value capi,
                                const bufalloc_api **api, char *message,
                                size_t message_size) {
  napi_valuetype type = napi_undefined;
  bool is_ours = false;
  void *data = NULL;
  if (message_size > 0) message[0] = '\0';
  if (napi_typeof(env, capi, &type) != napi_ok || type != napi_external ||
      napi_check_object_type_tag(env, capi, &bufalloc_tag, &is_ours) !=
          napi_ok ||
      !is_ours || napi_get_value_external(env, capi, &data) != napi_ok ||
      data == NULL) {
    (void)snprintf(message, message_size,
                   "this is not what require('bufalloc').capi is");
    *api = NULL;
    return BUFALLOC_NOT_BUFALLOC;
  }
  const bufalloc_api *found = (const bufalloc_api *)data;
  if (found->version < BUFALLOC_API_VERSION ||
      found->size < sizeof(bufalloc_api)) {
    (void)snprintf(message, message_size,
                   "this addon needs version %u of bufalloc's C API, and the "
                   "bufalloc that is installed has version %u: install a later "
                   "bufalloc",
                   (unsigned)BUFALLOC_API_VERSION, (unsigned)found->version);
    *api = NULL;
    return BUFALLOC_TOO_OLD;
  }
  *api = found;
  return BUFALLOC_OK;
}

#ifdef __cplusplus
}
#endif

#endif
