/* ----------------------------------------------------------------------------
 * hold: see hold.h. What a hold needs outlives the environment: it goes with the
 * last of the environment's holds.
 * ------------------------------------------------------------------------- */
#include "hold.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "../heap/list.h"
#include "../os/os.h"
#include "thread_local.h"

struct ba_holds {
  _Atomic size_t uses; /* the environment's, and that of each hold */
  uintptr_t thread;
  ba_link_t link;      /* in `here` */
  ba_mutex_t mutex;    /* for what follows */
  napi_env env;        /* NULL once it has ended, */
  ba_ledger_t *ledger; /* which has this as long */
  ba_list_t held;
  ba_list_t ended; /* those whose reference is to be deleted */
};

struct ba_hold {
  ba_link_t link; /* in one of those, while the environment lasts */
  ba_holds_t *holds;
  napi_ref reference;
};

/* The thread's. */
static BA_THREAD_LOCAL ba_list_t here;

static void release(ba_holds_t *self, size_t count) {
  if (atomic_fetch_sub(&self->uses, count) == count) free(self);
}

/* Deletes what has ended on other threads; returns the uses that are to be given up.
 * On the environment's thread, under the mutex. */
static size_t delete_ended(ba_holds_t *self) {
  size_t count = 0;
  for (ba_link_t *link; (link = ba_list_pop(&self->ended)) != NULL; count++) {
    ba_hold_t *hold = BA_HOLDER(link, ba_hold_t, link);
    (void)napi_delete_reference(self->env, hold->reference);
    free(hold);
  }
  return count;
}

void ba_holds_sweep(void) {
  for (ba_link_t *link = here.first; link != NULL;
       link = ba_list_next(&here, link)) {
    ba_holds_t *self = BA_HOLDER(link, ba_holds_t, link);
    ba_mutex_lock(&self->mutex);
    /* Never the last uses: the environment's is there. */
    atomic_fetch_sub(&self->uses, delete_ended(self));
    ba_mutex_unlock(&self->mutex);
  }
}

/* --- holds ----------------------------------------------------------------------- */

ba_hold_t *ba_hold_begin(ba_holds_t *self, napi_value value) {
  ba_holds_sweep();
  ba_hold_t *hold = malloc(sizeof *hold);
  if (hold == NULL) return NULL;
  hold->holds = self;
  if (napi_create_reference(self->env, value, 1, &hold->reference) != napi_ok) {
    free(hold);
    return NULL;
  }
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
  bool is_put_aside = !is_over && self->thread != ba_os_thread_id();
  if (!is_over) ba_list_remove(&self->held, &hold->link);
  if (is_put_aside) {
    ba_list_push(&self->ended, &hold->link);
    ba_ledger_poke(self->ledger);
  } else {
    if (!is_over) (void)napi_delete_reference(self->env, hold->reference);
    free(hold);
  }
  ba_mutex_unlock(&self->mutex);
  if (!is_put_aside) release(self, 1);
}

/* --- an environment's ------------------------------------------------------------ */

ba_holds_t *ba_holds_open(napi_env env, ba_ledger_t *ledger) {
  ba_holds_t *self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  atomic_init(&self->uses, 1);
  ba_mutex_init(&self->mutex);
  self->thread = ba_os_thread_id();
  self->env = env;
  self->ledger = ledger;
  ba_list_push(&here, &self->link);
  return self;
}

void ba_holds_close(ba_holds_t *self) {
  ba_list_remove(&here, &self->link);
  ba_mutex_lock(&self->mutex);
  for (ba_link_t *link; (link = ba_list_pop(&self->held)) != NULL;) {
    const ba_hold_t *hold = BA_HOLDER(link, ba_hold_t, link);
    (void)napi_delete_reference(self->env, hold->reference);
  }
  size_t count = delete_ended(self) + 1;
  self->env = NULL;
  ba_mutex_unlock(&self->mutex);
  release(self, count);
}
