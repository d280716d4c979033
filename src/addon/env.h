/* ----------------------------------------------------------------------------
 * env: what belongs to one environment, the main thread's or a worker's: its
 * allocators' accounts by handle, its ledger, and its way of making stores.
 *
 * Each time the addon is loaded, and one environment can do so many times, it
 * gets a napi_env of its own. All of them on a thread share one ba_env_t, which
 * ends with the last. Its functions are for that thread.
 * ------------------------------------------------------------------------- */
#ifndef BA_ENV_H
#define BA_ENV_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../heap/guarded.h"
#include "account.h"
#include "ledger.h"
#include "store.h"
#include "ticker.h"
#include "weak.h"

typedef struct ba_env ba_env_t;

/* The thread's environment, made if there is none, for as long as the napi_env
 * lives. NULL with an exception pending on failure. */
ba_env_t *ba_env_attach(napi_env env);

/* Opens an account, with a heap if there are limits, and returns its handle; or a
 * negative status. */
int64_t ba_env_add_account(ba_env_t *self, const char *name,
                           const ba_heap_limits_t *limits);

/* Has an account ended when an object is collected, unless it ended before. False
 * with an exception. */
bool ba_env_tie_account(ba_env_t *self, napi_env env, size_t handle,
                        napi_value owner);

/* The handle of the environment's own account, opened if there is none, its heap
 * given these limits; or a negative status. */
int64_t ba_env_open_default(ba_env_t *self, const char *name,
                            const ba_heap_limits_t *limits);

/* NULL if there is none. */
ba_account_t *ba_env_account(const ba_env_t *self, size_t handle);

/* Ends an account, unless it is the environment's own; its handle is free for the
 * next one. Stores stay valid. */
void ba_env_remove_account(ba_env_t *self, size_t handle);

/* The number that the runtime has for this thread. */
void ba_env_set_thread(ba_env_t *self, int64_t thread);

ba_ledger_t *ba_env_ledger(const ba_env_t *self);
ba_ticker_t *ba_env_ticker(const ba_env_t *self);

/* Takes the counters of the environment's heaps, for other threads to read. */
void ba_env_publish(ba_env_t *self);

/* One of the environment's weak lists; NULL if there is none of the number. */
ba_weak_t *ba_env_weak(ba_env_t *self, size_t list);

/* Has stores made in a way from then on. BA_OK, or BA_ENOMEM. */
int ba_env_use_backend(ba_env_t *self, const ba_store_ops_t *ops);

/* Whether new stores are made in that way. */
bool ba_env_uses(const ba_env_t *self, const ba_store_ops_t *ops);

/* Whether the thread's V8 is marking, and how many full collections there were since
 * the first call of either: see ba_v8_watch_marking. */
bool ba_env_is_marking(ba_env_t *self);
uint32_t ba_env_full_collections(ba_env_t *self);

/* Allocates a block, as ba_alloc does, and shows it as an ArrayBuffer of just
 * `size` bytes, for what the tag says. BA_OK and *out; or a negative status, and only with BA_EPENDING
 * an exception. */
int ba_env_allocate(const ba_env_t *self, napi_env env, ba_heap_t *heap,
                    size_t size, size_t alignment, unsigned flags, unsigned tag,
                    napi_value *out);

/* Shows a block of any heap in the same way. If that fails and *kept, the block is
 * still the caller's. */
int ba_env_show(const ba_env_t *self, napi_env env, void *block, unsigned tag,
                size_t size, napi_value *out, bool *kept);

/* The same for a guarded block, which is zero: see ba_guarded_alloc. */
int ba_env_allocate_guarded(const ba_env_t *self, napi_env env,
                            ba_account_t *account, ba_guarded_kind_t kind,
                            size_t size, unsigned tag, unsigned *got,
                            napi_value *out);

/* Empties a store and shows its block as another ArrayBuffer, *out; NULL, and the
 * buffer is empty, if it is no store, its memory is still in use elsewhere, or there
 * is none to show it. */
int ba_env_move(const ba_env_t *self, napi_env env, napi_value buffer,
                napi_value *out);

/* See ba_store_recycle; NULL, and nothing has changed, where another way than V8's is
 * in use, or another napi_env has the clock: its rounds free what is kept of that. */
int ba_env_recycle(const ba_env_t *self, napi_env env, napi_value buffer,
                   napi_value *out);

/* One unit of time has passed for all heaps, those of threads without an
 * environment as well: see ba_heap_tick. Returns the bytes that are cached still. */
uint64_t ba_env_tick(ba_env_t *self, unsigned idle_ticks);

/* Empties an ArrayBuffer, whoever made it. See ba_store_ops_t. */
int ba_env_empty(const ba_env_t *self, napi_env env, napi_value buffer);

#endif
