/* ----------------------------------------------------------------------------
 * hold: see hold.h. What a hold needs outlives the environment: it goes with the
 * last of the environment's holds.
 * ------------------------------------------------------------------------- */
#include "hold.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "../heap/list.h"
#include "../os/os.h"
#include "thread_local.h"

struct ba_holds {
  /* The environment's, its wake's, and that of each hold. */
  _Atomic size_t uses;
  ba_mutex_t mutex;              /* for what follows */
  napi_env env;                  /* NULL once it has ended */
  napi_threadsafe_function wake; /* tells its thread; NULL if there is none */
  ba_list_t held;
  ba_hold_t *ended; /* a stack of those whose reference is to be deleted */
};

struct ba_hold {
  ba_link_t link;  /* in `held`, while the environment lasts */
  ba_hold_t *next; /* in `ended` */
  ba_holds_t *holds;
  napi_ref reference;
};

/* The thread's own, made last. */
static BA_THREAD_LOCAL ba_holds_t *here;

static void release(ba_holds_t *self, size_t count) {
  if (atomic_fetch_sub(&self->uses, count) == count) free(self);
}

/* Deletes what has ended on other threads; returns the uses that are to be given up.
 * On the environment's thread, under the mutex. */
static size_t delete_ended(ba_holds_t *self) {
  size_t count = 0;
  ba_hold_t *hold = self->ended;
  self->ended = NULL;
  while (hold != NULL) {
    ba_hold_t *next = hold->next;
    (void)napi_delete_reference(self->env, hold->reference);
    free(hold);
    hold = next;
    count++;
  }
  return count;
}

static void sweep(ba_holds_t *self) {
  ba_mutex_lock(&self->mutex);
  /* Never the last uses: the environment's is there. */
  if (self->env != NULL) atomic_fetch_sub(&self->uses, delete_ended(self));
  ba_mutex_unlock(&self->mutex);
}

/* --- telling the thread ------------------------------------------------------------ */

static void on_wake(napi_env env, napi_value function, void *context,
                    void *data) {
  (void)function;
  (void)data;
  /* Without an environment it is what was left in the queue: the holds were closed,
   * and `context` is gone on some versions. */
  if (env != NULL) sweep(context);
}

static void on_wake_end(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  ba_holds_t *self = data;
  ba_mutex_lock(&self->mutex);
  self->wake = NULL;
  ba_mutex_unlock(&self->mutex);
  release(self, 1);
}

/* Where there is none, the thread looks when the next hold begins. */
static void open_wake(ba_holds_t *self) {
  napi_value name;
  napi_threadsafe_function wake;
  ba_mutex_lock(&self->mutex);
  bool is_open = self->wake != NULL;
  ba_mutex_unlock(&self->mutex);
  if (is_open ||
      napi_create_string_utf8(self->env, "bufalloc", NAPI_AUTO_LENGTH, &name) !=
          napi_ok ||
      napi_create_threadsafe_function(self->env, NULL, NULL, name, 0, 1, self,
                                      on_wake_end, self, on_wake,
                                      &wake) != napi_ok) {
    return;
  }
  atomic_fetch_add(&self->uses, 1);
  /* It keeps no process alive. */
  (void)napi_unref_threadsafe_function(self->env, wake);
  ba_mutex_lock(&self->mutex);
  self->wake = wake;
  ba_mutex_unlock(&self->mutex);
}

/* Under the mutex. */
static void wake_up(ba_holds_t *self) {
  if (self->wake == NULL) return;
  if (napi_call_threadsafe_function(self->wake, NULL, napi_tsfn_nonblocking) ==
      napi_closing) {
    self->wake = NULL;
  }
}

/* --- holds ----------------------------------------------------------------------- */

ba_hold_t *ba_hold_begin(ba_holds_t *self, napi_value value) {
  sweep(self);
  ba_hold_t *hold = malloc(sizeof *hold);
  if (hold == NULL) return NULL;
  hold->holds = self;
  if (napi_create_reference(self->env, value, 1, &hold->reference) != napi_ok) {
    free(hold);
    return NULL;
  }
  open_wake(self);
  atomic_fetch_add(&self->uses, 1);
  ba_mutex_lock(&self->mutex);
  ba_list_push(&self->held, &hold->link);
  ba_mutex_unlock(&self->mutex);
  return hold;
}

void ba_hold_end(ba_hold_t *hold) {
  ba_holds_t *self = hold->holds;
  ba_mutex_lock(&self->mutex);
  bool is_over = self->env == NULL;
  bool is_put_aside = !is_over && self != here;
  if (!is_over) ba_list_remove(&self->held, &hold->link);
  if (is_put_aside) {
    hold->next = self->ended;
    self->ended = hold;
    if (hold->next == NULL) wake_up(self);
  } else {
    if (!is_over) (void)napi_delete_reference(self->env, hold->reference);
    free(hold);
  }
  ba_mutex_unlock(&self->mutex);
  if (!is_put_aside) release(self, 1);
}

/* --- an environment's ------------------------------------------------------------ */

ba_holds_t *ba_holds_open(napi_env env) {
  ba_holds_t *self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  atomic_init(&self->uses, 1);
  ba_mutex_init(&self->mutex);
  self->env = env;
  here = self;
  return self;
}

void ba_holds_close(ba_holds_t *self) {
  if (here == self) here = NULL;
  ba_mutex_lock(&self->mutex);
  for (ba_link_t *link; (link = ba_list_pop(&self->held)) != NULL;) {
    const ba_hold_t *hold = BA_HOLDER(link, ba_hold_t, link);
    (void)napi_delete_reference(self->env, hold->reference);
  }
  size_t count = delete_ended(self) + 1;
  self->env = NULL;
  /* Some versions keep it until whoever may call it says that nobody will. */
  if (self->wake != NULL) {
    (void)napi_release_threadsafe_function(self->wake, napi_tsfn_release);
    self->wake = NULL;
  }
  ba_mutex_unlock(&self->mutex);
  release(self, count);
}
