/* ----------------------------------------------------------------------------
 * store: a block of the heap, shown to JavaScript as an ArrayBuffer.
 *
 * There are two ways of showing one. Each is a table of functions, so that what
 * asks for a store need not know which it is:
 *
 *   ba_store_v8    made by V8 itself: cheap, back as soon as it is collected, on
 *                  whatever thread, and free to be moved
 *   ba_store_napi  made by Node-API, wherever external ArrayBuffers are allowed:
 *                  back when the event loop turns, and on some versions marked
 *                  untransferable
 *
 * A block that was shown is the store's. It comes back through ba_store_return,
 * once, when nothing shows the memory any longer.
 * ------------------------------------------------------------------------- */
#ifndef BA_STORE_H
#define BA_STORE_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../heap/heap.h"
#include "account.h"
#include "ledger.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a store needs in order to come back: the interval that it is noted in, and
 * what it is for, a tag of heap.h, in the lowest bits of that address. */
typedef struct ba_ticket ba_ticket_t;

/* Statuses beside those of heap.h. */
#define BA_EUNSUPPORTED (-4)  /* the runtime does not have that */
#define BA_EPENDING (-5)      /* a JavaScript exception is pending */
#define BA_EUNDETACHABLE (-6) /* not an ArrayBuffer that can be emptied */

typedef struct ba_store_ops {
  const char *name;

  /* Whether this runtime has it; if not, `why` has the reason in words. Cheap
   * once that has been found out for the process. */
  bool (*check)(napi_env env, char *why, size_t why_size);

  /* What it keeps for one environment, in *state; false for want of memory. It is
   * closed with the environment; stores that are out stay whole. */
  bool (*open)(void **state);
  void (*close)(void *state);

  /* Shows a block as an ArrayBuffer of `size` bytes. BA_OK and *out; or a negative
   * status, and the block has been returned or will be. Only with BA_EPENDING is an
   * exception pending. */
  int (*make)(napi_env env, void *state, ba_ticket_t *ticket, void *block,
              size_t size, napi_value *out);

  /* Empties an ArrayBuffer, a store or not, over `size` bytes at `data`. A store's
   * block is back in its heap afterwards. BA_OK; or BA_EPENDING or
   * BA_EUNDETACHABLE, and nothing has changed. */
  int (*empty)(napi_env env, void *state, napi_value buffer, void *data,
               size_t size);
} ba_store_ops_t;

extern const ba_store_ops_t ba_store_napi;

#ifdef BA_WITH_V8
extern const ba_store_ops_t ba_store_v8;

/* V8's own detach: whether the runtime has it; statuses as for `empty`. */
bool ba_store_has_detach_v8(void);
int ba_store_detach_v8(napi_value buffer);

/* What ba_store_recycle does, of a store that V8 made. */
int ba_store_recycle_v8(napi_value buffer, napi_value *out);

/* Sets V8's flag --expose-gc, which is the process's: 1 if it was not so before,
 * 0 if it was, -1 where it cannot be set. */
int ba_v8_expose_gc(bool exposed);

/* Whether V8 is marking on this thread, for a full collection that it has not ended
 * yet, and how many there were since it is watched. NULL where it cannot be: then
 * there seem to be none. */
typedef struct ba_v8_marking ba_v8_marking_t;
ba_v8_marking_t *ba_v8_watch_marking(void);
void ba_v8_unwatch_marking(ba_v8_marking_t *marking);
bool ba_v8_is_marking(const ba_v8_marking_t *marking);
uint32_t ba_v8_full_collections(const ba_v8_marking_t *marking);
#endif

/* --- store.c: what is the same for all of them ----------------------------- */

/* The way of a name, NULL if there is none or it has not been tried here. */
const ba_store_ops_t *ba_store_find(const char *name);

/* Notes a block as going out in a store of `size` bytes, for what the tag says. The
 * context of a guarded one is the account. */
ba_ticket_t *ba_store_note(ba_ledger_t *ledger, const void *block, unsigned tag,
                           size_t size);

/* Returns a store's block to its heap, and notes that; with its last pin if there
 * are any (pins.h). Any thread, at any time. */
void ba_store_return(ba_ticket_t *ticket, void *block, size_t size);

/* Shows a block as `make` does; if that fails and *kept, the block is still the
 * caller's. */
int ba_store_make(napi_env env, const ba_store_ops_t *ops, void *state,
                  ba_ticket_t *ticket, void *block, size_t size,
                  napi_value *out, bool *kept);

/* Empties an ArrayBuffer, a store or not; what comes back is counted as taken
 * back. Statuses as for `empty`. */
int ba_store_empty(napi_env env, const ba_store_ops_t *ops, void *state,
                   napi_value buffer);

/* Empties a store and shows its block as another, *out; NULL if its memory was not
 * free to have, or cannot be shown. Statuses as for `empty`. */
int ba_store_move(napi_env env, const ba_store_ops_t *ops, void *state,
                  napi_value buffer, napi_value *out);

/* Empties a store and shows its memory by another ArrayBuffer, *out: the same store
 * to whoever counts. NULL, and nothing has changed, where V8 makes none, or if an
 * operation has it as well. Statuses as for `empty`. */
int ba_store_recycle(napi_env env, const ba_store_ops_t *ops, napi_value buffer,
                     napi_value *out);

/* Detaches an ArrayBuffer: by V8's own function where the runtime has it, since
 * Node-API's ends the process where a detach key is set. Statuses as for
 * `empty`. */
int ba_store_detach(napi_env env, napi_value buffer);

#ifdef __cplusplus
}
#endif

#endif
