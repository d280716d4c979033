/* ----------------------------------------------------------------------------
 * store: see store.h. What is the same for all stores, however they are made.
 * ------------------------------------------------------------------------- */
#include "store.h"

#include <stdint.h>
#include <string.h>

#include "../heap/guarded.h"
#include "pins.h"
#include "thread_local.h"
#include "values.h"

/* The memory that this thread is taking back; what else comes back meanwhile
 * was collected. */
static BA_THREAD_LOCAL const void *taken_back;

/* A store that this thread is moving: its block is not to go to its heap. */
typedef struct moving_store {
  const void *block;
  ba_ticket_t *ticket; /* NULL until the block came back */
  size_t size;
} moving_store_t;

static BA_THREAD_LOCAL moving_store_t *moving;

const ba_store_ops_t *ba_store_find(const char *name) {
  static const ba_store_ops_t *const all[] = {
#ifdef BA_WITH_V8
      &ba_store_v8,
#endif
      &ba_store_napi,
  };
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    if (strcmp(all[i]->name, name) == 0) return all[i];
  }
  return NULL;
}

/* What malloc(3) aligns an interval to leaves the lowest bits free. */
#define TICKET_TAGS 8u
_Static_assert(BA_TAGS <= TICKET_TAGS, "a tag fits there");

ba_ticket_t *ba_store_note(ba_ledger_t *ledger, const void *block, unsigned tag,
                           size_t size) {
  if (!ba_tally_add(block, tag, 1, size)) {
    ba_account_note_out(ba_guarded_context(block), tag, size);
  }
  return (ba_ticket_t *)((char *)ba_ledger_note_store(ledger, size) + tag);
}

static unsigned tag_of(const ba_ticket_t *ticket) {
  return (uintptr_t)ticket % TICKET_TAGS;
}

static ba_interval_t *interval_of(ba_ticket_t *ticket) {
  return (ba_interval_t *)(void *)((char *)ticket - tag_of(ticket));
}

void ba_store_return(ba_ticket_t *ticket, void *block, size_t size) {
  moving_store_t *store = moving;
  if (store != NULL && store->block == block) {
    store->ticket = ticket;
    store->size = size;
    return;
  }
  unsigned tag = tag_of(ticket);
  bool collected = block != taken_back;
  if (!ba_tally_add(block, tag, -1, size)) {
    ba_account_note_back(ba_guarded_context(block), tag, size);
  }
  if (ba_pins_put_off(block, interval_of(ticket), size, collected)) return;
  ba_free(block);
  ba_interval_note_return(interval_of(ticket), size, collected);
}

int ba_store_make(napi_env env, const ba_store_ops_t *ops, void *state,
                  ba_ticket_t *ticket, void *block, size_t size,
                  napi_value *out, bool *kept) {
  moving_store_t store = {.block = block, .ticket = NULL, .size = 0};
  moving = &store;
  int status = ops->make(env, state, ticket, block, size, out);
  moving = NULL;
  *kept = store.ticket != NULL;
  if (*kept) {
    (void)ba_tally_add(block, tag_of(ticket), -1, size);
    ba_interval_note_return(interval_of(ticket), size, false);
  }
  return status;
}

int ba_store_empty(napi_env env, const ba_store_ops_t *ops, void *state,
                   napi_value buffer) {
  void *data;
  size_t size;
  if (napi_get_arraybuffer_info(env, buffer, &data, &size) != napi_ok) {
    return BA_EUNDETACHABLE;
  }
  taken_back = data;
  int status = ops->empty(env, state, buffer, data, size);
  taken_back = NULL;
  return status;
}

int ba_store_move(napi_env env, const ba_store_ops_t *ops, void *state,
                  napi_value buffer, napi_value *out) {
  void *data;
  size_t size;
  if (napi_get_arraybuffer_info(env, buffer, &data, &size) != napi_ok) {
    return BA_EUNDETACHABLE;
  }
  moving_store_t store = {.block = data, .ticket = NULL, .size = 0};
  moving = &store;
  int status = ops->empty(env, state, buffer, data, size);
  moving = NULL;
  *out = NULL;
  if (status != BA_OK || store.ticket == NULL) return status;
  status = ops->make(env, state, store.ticket, data, store.size, out);
  /* What cannot be shown is back, and the buffer empty all the same. */
  if (status != BA_OK) *out = NULL;
  return status == BA_EPENDING ? status : BA_OK;
}

#ifdef BA_WITH_V8
static bool is_array_buffer(napi_env env, napi_value value) {
  bool is;
  return napi_is_arraybuffer(env, value, &is) == napi_ok && is;
}
#endif

int ba_store_recycle(napi_env env, const ba_store_ops_t *ops, napi_value buffer,
                     napi_value *out) {
  *out = NULL;
#ifdef BA_WITH_V8
  if (ops == &ba_store_v8) {
    return is_array_buffer(env, buffer) ? ba_store_recycle_v8(buffer, out)
                                        : BA_EUNDETACHABLE;
  }
#endif
  (void)env;
  (void)ops;
  (void)buffer;
  return BA_OK;
}

int ba_store_detach(napi_env env, napi_value buffer) {
#ifdef BA_WITH_V8
  if (ba_store_has_detach_v8()) {
    return is_array_buffer(env, buffer) ? ba_store_detach_v8(buffer)
                                        : BA_EUNDETACHABLE;
  }
#endif
  switch (napi_detach_arraybuffer(env, buffer)) {
    case napi_ok:
      return BA_OK;
    case napi_detachable_arraybuffer_expected:
      return BA_EUNDETACHABLE;
    default:
      ba_throw(env, "napi_detach_arraybuffer");
      return BA_EPENDING;
  }
}
