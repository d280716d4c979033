/* ----------------------------------------------------------------------------
 * addon: the Node-API side. It knows heap.h and Node-API, nothing below.
 *
 *   addon.c        the table of functions that lib/binding.js calls
 *   addon_env.c    what belongs to one environment: its heaps, its life
 *   addon_store.c  stores: blocks handed out as external ArrayBuffers
 *   addon_table.c  stores by address
 *
 * Every Node-API status is checked. A failed call becomes the pending
 * JavaScript exception, or one that names the call.
 * ------------------------------------------------------------------------- */
#ifndef BA_ADDON_H
#define BA_ADDON_H

#include <node_api.h>
#include <stdbool.h>

#include "../heap/heap.h"

/* What ba_store_create returns beside the statuses of heap.h. */
#define BA_EUNSUPPORTED (-4) /* the host allows no external ArrayBuffers */
#define BA_EPENDING (-5)     /* a JavaScript exception is pending */

typedef struct ba_env ba_env_t;

/* A block and the external ArrayBuffer that shows it. When the block is taken
 * back early the record stays for the finalizer, which comes all the same. */
typedef struct ba_store {
  ba_env_t *owner;
  ba_heap_t *heap;
  void *block;   /* NULL once the block was taken back */
  size_t size;   /* of the ArrayBuffer */
  napi_ref seen; /* weak, to the ArrayBuffer in use; NULL if not tracked */
  bool moved;    /* it was transferred to another ArrayBuffer at least once */
  bool kept;     /* it was still here when JavaScript ended */
  bool orphaned; /* memory that another thread may still use */
  struct ba_store *next;  /* in its bucket, or among the unused */
  struct ba_store *older; /* by creation, until the finalizer has run */
  struct ba_store *newer;
} ba_store_t;

/* Stores by the address of their block. */
typedef struct ba_store_table {
  ba_store_t **buckets;
  size_t bucket_count; /* a power of two, or 0 */
  size_t count;
} ba_store_table_t;

/* One environment: the main thread or a worker. It lives until both its
 * environment and its last store are gone. */
struct ba_env {
  ba_heap_t **heaps; /* by handle; NULL where one was destroyed */
  size_t heap_count;
  size_t live_stores;       /* records whose finalizer has not run */
  size_t live_store_bytes;  /* in ArrayBuffers over blocks */
  uint64_t finalized_bytes; /* that came back through finalizers */
  ba_store_t *unused_stores;
  ba_store_t *newest; /* of the stores whose finalizer has not run */
  ba_store_table_t table;
  bool tracks;   /* a worker: it may exit while its memory is elsewhere, and
                  watches the ArrayBuffers that show it */
  bool stopping; /* JavaScript has ended; finalizers are running */
  bool closed;   /* the environment is gone, and the heaps with it */
};

/* The environment's state, made when the addon is loaded into it; NULL with an
 * exception pending if Node-API fails. */
ba_env_t *ba_env_get(napi_env env);

/* Makes and attaches the state. On failure an exception is pending. */
bool ba_env_attach(napi_env env);

/* Adds a heap and returns its handle, or a negative status. */
int64_t ba_env_add_heap(ba_env_t *self, const ba_heap_limits_t *limits);

/* The heap of a handle; NULL if there is none. */
ba_heap_t *ba_env_heap(const ba_env_t *self, size_t handle);

/* Destroys a heap; its handle is free for the next one. Stores stay valid. */
void ba_env_remove_heap(ba_env_t *self, size_t handle);

/* Frees the state once nothing needs it any more. */
void ba_env_release(ba_env_t *self);

/* Allocates a block of `size` bytes and shows it as an external ArrayBuffer of
 * just that length, whose finalizer frees the block. Returns BA_OK and sets
 * *out; or a negative status of heap.h or one of those above. Only with
 * BA_EPENDING is a JavaScript exception pending. */
int ba_store_create(napi_env env, ba_env_t *self, ba_heap_t *heap, size_t size,
                    size_t alignment, unsigned flags, napi_value *out);

/* The store whose memory an ArrayBuffer shows, wholly; NULL if it is not one of
 * this environment's. BA_OK, or BA_EPENDING if that cannot be found out. */
int ba_store_of(napi_env env, const ba_env_t *self, napi_value buffer,
                ba_store_t **out);

/* Empties the ArrayBuffer and all its views, and frees the block at once. */
int ba_store_free(napi_env env, ba_store_t *store, napi_value buffer);

/* Empties the ArrayBuffer and shows the same block as another, *out. When that
 * fails the block is freed. Statuses as for ba_store_create. */
int ba_store_recycle(napi_env env, ba_store_t *store, napi_value buffer,
                     napi_value *out);

/* Notes that the store was transferred and is now shown by `buffer`. */
int ba_store_note_move(napi_env env, ba_store_t *store, napi_value buffer);

/* Bytes in blocks that were left to other threads. Any thread. */
size_t ba_store_orphaned_bytes(void);

/* addon_table.c. Adding fails only for want of memory. */
bool ba_table_add(ba_store_table_t *table, ba_store_t *store);
ba_store_t *ba_table_find(const ba_store_table_t *table, const void *block);
void ba_table_remove(ba_store_table_t *table, const ba_store_t *store);

/* Throws an Error that names the call, unless an exception is pending. */
void ba_throw(napi_env env, const char *call);

/* Returns from a callback with an exception when a Node-API call fails. */
#define BA_CHECK(env, call)   \
  do {                        \
    if ((call) != napi_ok) {  \
      ba_throw((env), #call); \
      return NULL;            \
    }                         \
  } while (0)

#endif
