/* env: see env.h. Static state is shared by all environments of the process, so
 * that everything here hangs from the thread's own. */
#include "env.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "hold.h"
#include "thread_heap.h"
#include "thread_local.h"
#include "values.h"

enum { NO_ACCOUNT = -1, NO_THREAD = -1, MAX_BACKENDS = 2, LIST_COUNT = 2 };

typedef struct ba_backend {
  const ba_store_ops_t *ops;
  void *state;
} ba_backend_t;

struct ba_env {
  size_t users;            /* each a napi_env */
  uint64_t number;         /* of all environments that the process has had */
  int64_t thread;          /* as the runtime numbers them, or NO_THREAD */
  ba_account_t **accounts; /* by handle; NULL where one has ended */
  size_t account_count;
  int64_t default_account; /* its handle, or NO_ACCOUNT */
  ba_weak_t weak[LIST_COUNT];
  ba_ledger_t *ledger;
  ba_backend_t backends[MAX_BACKENDS]; /* those that were ever in use */
  size_t backend_count;
  const ba_backend_t *backend; /* of new stores; NULL before one was chosen */
#ifdef BA_WITH_V8
  ba_v8_marking_t *marking; /* NULL before anyone asked */
#endif
  ba_ticker_t *ticker;
};

static BA_THREAD_LOCAL ba_env_t *current;

static ba_env_t *env_new(void) {
  static _Atomic uint64_t numbers;
  ba_env_t *self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  self->number = atomic_fetch_add(&numbers, 1);
  self->thread = NO_THREAD;
  self->default_account = NO_ACCOUNT;
  self->ledger = ba_ledger_open();
  if (self->ledger != NULL) self->ticker = ba_ticker_new(self->ledger);
  if (self->ticker != NULL) return self;
  if (self->ledger != NULL) ba_ledger_close(self->ledger);
  free(self);
  return NULL;
}

static void env_delete(ba_env_t *self) {
  ba_thread_heap_leave(self);
  for (size_t i = 0; i < self->account_count; i++) {
    if (self->accounts[i] != NULL) ba_account_end(self->accounts[i]);
  }
  for (size_t i = 0; i < self->backend_count; i++) {
    self->backends[i].ops->close(self->backends[i].state);
  }
#ifdef BA_WITH_V8
  ba_v8_unwatch_marking(self->marking);
#endif
  ba_ticker_delete(self->ticker);
  ba_ledger_close(self->ledger);
  for (size_t i = 0; i < LIST_COUNT; i++) ba_weak_end(&self->weak[i]);
  free(self->accounts);
  free(self);
  ba_clock_wake_any(); /* for what it leaves to the reserve */
}

static void release(ba_env_t *self) {
  if (--self->users != 0) return;
  if (current == self) current = NULL;
  env_delete(self);
}

/* When a napi_env ends. Stores that are out stay valid, and so does what they
 * need to return. */
static void detach(napi_env env, void *data, void *hint) {
  (void)hint;
  ba_env_t *self = data;
  ba_ticker_forget(self->ticker, env);
  for (size_t i = 0; i < LIST_COUNT; i++) ba_weak_forget(&self->weak[i], env);
  release(self);
}

ba_env_t *ba_env_attach(napi_env env) {
  if (current == NULL) current = env_new();
  ba_env_t *self = current;
  if (self == NULL) {
    (void)napi_throw_error(env, "ERR_MEMORY_ALLOCATION_FAILED",
                           "Failed to allocate memory");
    return NULL;
  }
  self->users++;
  if (napi_set_instance_data(env, self, detach, NULL) == napi_ok) return self;
  release(self);
  ba_throw(env, "napi_set_instance_data");
  return NULL;
}

/* --- accounts -------------------------------------------------------------------- */

/* A handle that is free; false for want of memory. */
static bool find_handle(ba_env_t *self, size_t *out) {
  size_t handle = 0;
  while (handle < self->account_count && self->accounts[handle] != NULL)
    handle++;
  if (handle == self->account_count) {
    size_t count = self->account_count * 2 + 4;
    ba_account_t **accounts =
        realloc(self->accounts, count * sizeof(ba_account_t *));
    if (accounts == NULL) return false;
    for (size_t i = self->account_count; i < count; i++) accounts[i] = NULL;
    self->accounts = accounts;
    self->account_count = count;
  }
  *out = handle;
  return true;
}

int64_t ba_env_add_account(ba_env_t *self, const char *name,
                           const ba_heap_limits_t *limits) {
  size_t handle;
  int status;
  if (!find_handle(self, &handle)) return BA_ENOMEM;
  ba_account_t *account =
      ba_account_open(self->number, self->thread, name, limits, &status);
  if (account == NULL) return status;
  self->accounts[handle] = account;
  return (int64_t)handle;
}

int64_t ba_env_open_default(ba_env_t *self, const char *name,
                            const ba_heap_limits_t *limits) {
  if (self->default_account != NO_ACCOUNT) {
    ba_heap_t *heap = ba_account_heap(self->accounts[self->default_account]);
    if (heap != NULL && limits != NULL) ba_heap_set_limits(heap, limits);
    return self->default_account;
  }
  int64_t handle = ba_env_add_account(self, name, limits);
  if (handle >= 0) self->default_account = handle;
  return handle;
}

ba_account_t *ba_env_account(const ba_env_t *self, size_t handle) {
  return handle < self->account_count ? self->accounts[handle] : NULL;
}

void ba_env_remove_account(ba_env_t *self, size_t handle) {
  ba_account_t *account = ba_env_account(self, handle);
  if (account == NULL || (int64_t)handle == self->default_account) return;
  self->accounts[handle] = NULL;
  ba_account_end(account);
}

void ba_env_set_thread(ba_env_t *self, int64_t thread) {
  self->thread = thread;
  for (size_t i = 0; i < self->account_count; i++) {
    if (self->accounts[i] != NULL) {
      ba_account_set_thread(self->accounts[i], thread);
    }
  }
}

void ba_env_publish(ba_env_t *self) {
  for (size_t i = 0; i < self->account_count; i++) {
    if (self->accounts[i] != NULL) ba_account_publish(self->accounts[i]);
  }
}

ba_weak_t *ba_env_weak(ba_env_t *self, size_t list) {
  return list < LIST_COUNT ? &self->weak[list] : NULL;
}

/* Which account an object owns. Once that has ended the handle may be another's, and
 * the environment, which Bun ends first, be gone. */
typedef struct ba_tie {
  ba_env_t *self;
  size_t handle;
  ba_account_t *account; /* kept, to be asked */
} ba_tie_t;

static void end_tie(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  ba_tie_t *tie = data;
  if (!ba_account_has_ended(tie->account)) {
    ba_env_remove_account(tie->self, tie->handle);
  }
  ba_account_release(tie->account);
  free(tie);
}

bool ba_env_tie_account(ba_env_t *self, napi_env env, size_t handle,
                        napi_value owner) {
  ba_tie_t *tie = malloc(sizeof *tie);
  if (tie == NULL) {
    ba_throw(env, "malloc");
    return false;
  }
  *tie = (ba_tie_t){self, handle, ba_account_keep(self->accounts[handle])};
  if (napi_add_finalizer(env, owner, tie, end_tie, NULL, NULL) == napi_ok) {
    return true;
  }
  ba_account_release(tie->account);
  free(tie);
  ba_throw(env, "napi_add_finalizer");
  return false;
}

/* --- stores ---------------------------------------------------------------------- */

ba_ledger_t *ba_env_ledger(const ba_env_t *self) { return self->ledger; }

ba_ticker_t *ba_env_ticker(const ba_env_t *self) { return self->ticker; }

bool ba_env_uses(const ba_env_t *self, const ba_store_ops_t *ops) {
  return self->backend != NULL && self->backend->ops == ops;
}

int ba_env_use_backend(ba_env_t *self, const ba_store_ops_t *ops) {
  size_t i = 0;
  while (i < self->backend_count && self->backends[i].ops != ops) i++;
  ba_backend_t *backend = &self->backends[i];
  if (i == self->backend_count) {
    if (!ops->open(&backend->state)) return BA_ENOMEM;
    backend->ops = ops;
    self->backend_count++;
  }
  self->backend = backend;
  return BA_OK;
}

/* Shows a block that was made for it. */
static int show(const ba_env_t *self, napi_env env, void *block, unsigned tag,
                size_t size, napi_value *out) {
  const ba_backend_t *backend = self->backend;
  ba_ticket_t *ticket = ba_store_note(self->ledger, block, tag, size);
  return backend->ops->make(env, backend->state, ticket, block, size, out);
}

int ba_env_allocate(const ba_env_t *self, napi_env env, ba_heap_t *heap,
                    size_t size, size_t alignment, unsigned flags, unsigned tag,
                    napi_value *out) {
  void *block;
  if (self->backend == NULL) return BA_EUNSUPPORTED;
  int status = ba_alloc(heap, size, alignment, flags | BA_COLOUR, &block);
  return status == BA_OK ? show(self, env, block, tag, size, out) : status;
}

int ba_env_allocate_guarded(const ba_env_t *self, napi_env env,
                            ba_account_t *account, ba_guarded_kind_t kind,
                            size_t size, unsigned tag, unsigned *got,
                            napi_value *out) {
  void *block;
  if (self->backend == NULL) return BA_EUNSUPPORTED;
  int status = ba_guarded_alloc(kind, size, account, got, &block);
  return status == BA_OK ? show(self, env, block, tag, size, out) : status;
}

int ba_env_show(const ba_env_t *self, napi_env env, void *block, unsigned tag,
                size_t size, napi_value *out, bool *kept) {
  const ba_backend_t *backend = self->backend;
  *kept = true;
  if (backend == NULL) return BA_EUNSUPPORTED;
  ba_ticket_t *ticket = ba_store_note(self->ledger, block, tag, size);
  return ba_store_make(env, backend->ops, backend->state, ticket, block, size,
                       out, kept);
}

/* One that keeps something has to be asked, whichever is in use. */
static const ba_backend_t *backend_to_ask(const ba_env_t *self) {
  const ba_backend_t *backend = self->backend;
  for (size_t i = 0; i < self->backend_count; i++) {
    if (self->backends[i].state != NULL) backend = &self->backends[i];
  }
  return backend;
}

int ba_env_empty(const ba_env_t *self, napi_env env, napi_value buffer) {
  const ba_backend_t *backend = backend_to_ask(self);
  return backend == NULL
             ? ba_store_detach(env, buffer)
             : ba_store_empty(env, backend->ops, backend->state, buffer);
}

int ba_env_recycle(const ba_env_t *self, napi_env env, napi_value buffer,
                   napi_value *out) {
  const ba_backend_t *backend = self->backend;
  bool is_ruled = backend != NULL && ba_ticker_calls(self->ticker, env);
  return ba_store_recycle(env, is_ruled ? backend->ops : NULL, buffer, out);
}

int ba_env_move(const ba_env_t *self, napi_env env, napi_value buffer,
                napi_value *out) {
  const ba_backend_t *backend = backend_to_ask(self);
  if (backend == NULL) return BA_EUNSUPPORTED;
  return ba_store_move(env, backend->ops, backend->state, buffer, out);
}

#ifdef BA_WITH_V8
static const ba_v8_marking_t *watch_marking(ba_env_t *self) {
  if (self->marking == NULL) self->marking = ba_v8_watch_marking();
  return self->marking;
}

bool ba_env_is_marking(ba_env_t *self) {
  return ba_v8_is_marking(watch_marking(self));
}

uint32_t ba_env_full_collections(ba_env_t *self) {
  return ba_v8_full_collections(watch_marking(self));
}
#else
bool ba_env_is_marking(ba_env_t *self) {
  (void)self;
  return false;
}

uint32_t ba_env_full_collections(ba_env_t *self) {
  (void)self;
  return 0;
}
#endif

/* --- idle memory ----------------------------------------------------------------- */

uint64_t ba_env_tick(ba_env_t *self, unsigned idle_ticks) {
  uint64_t cached = ba_thread_heap_tick(self, idle_ticks);
  ba_holds_sweep();
  for (size_t i = 0; i < self->account_count; i++) {
    ba_account_t *account = self->accounts[i];
    ba_heap_t *heap = account == NULL ? NULL : ba_account_heap(account);
    if (heap == NULL) continue;
    (void)ba_heap_tick(heap, idle_ticks);
    cached += ba_account_publish(account);
  }
  return cached;
}
