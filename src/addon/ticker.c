/* ticker: see ticker.h. */
#include "ticker.h"

#include <stdlib.h>

#include "clock.h"
#include "store.h"
#include "values.h"

struct ba_ticker {
  ba_ledger_t *ledger;
  ba_clock_t *clock; /* the ledger has it to release; NULL if there is none */
  napi_env env;      /* whose function is called; or NULL */
  napi_ref function;
};

ba_ticker_t *ba_ticker_new(ba_ledger_t *ledger) {
  ba_ticker_t *self = calloc(1, sizeof *self);
  if (self != NULL) self->ledger = ledger;
  return self;
}

void ba_ticker_delete(ba_ticker_t *self) { free(self); }

/* Calls the function of JavaScript's. One that throws is not called again soon. */
static uint64_t call_function(napi_env env, napi_ref reference) {
  napi_handle_scope scope;
  napi_value function;
  napi_value receiver;
  napi_value result;
  napi_value error;
  double milliseconds = 0;
  bool pending = false;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return 0;
  if (napi_get_reference_value(env, reference, &function) != napi_ok ||
      function == NULL || napi_get_undefined(env, &receiver) != napi_ok ||
      napi_call_function(env, receiver, function, 0, NULL, &result) !=
          napi_ok ||
      napi_get_value_double(env, result, &milliseconds) != napi_ok) {
    milliseconds = 0;
  }
  if (napi_is_exception_pending(env, &pending) == napi_ok && pending) {
    (void)napi_get_and_clear_last_exception(env, &error);
  }
  (void)napi_close_handle_scope(env, scope);
  if (!(milliseconds > 0)) return 0;
  return milliseconds < (double)UINT64_MAX ? (uint64_t)milliseconds
                                           : UINT64_MAX;
}

static uint64_t tick(void *data) {
  enum { RETRY_MS = 1000 };
  ba_ticker_t *self = data;
  if (self->env == NULL) return 0;
  uint64_t returns = ba_ledger_returns(self->ledger);
  uint64_t next = call_function(self->env, self->function);
  if (next == 0 && !ba_ledger_sleep(self->ledger, returns)) next = RETRY_MS;
  return next;
}

int ba_ticker_open(ba_ticker_t *self, napi_env env, napi_value function) {
  if (self->clock == NULL) {
    self->clock = ba_clock_open(env, tick, self);
    if (self->clock == NULL) return BA_EUNSUPPORTED;
    ba_ledger_set_clock(self->ledger, self->clock);
  }
  napi_ref reference;
  if (napi_create_reference(env, function, 1, &reference) != napi_ok) {
    ba_throw(env, "napi_create_reference");
    return BA_EPENDING;
  }
  ba_ticker_forget(self, self->env);
  self->env = env;
  self->function = reference;
  return BA_OK;
}

bool ba_ticker_calls(const ba_ticker_t *self, napi_env env) {
  return self->env == env;
}

void ba_ticker_forget(ba_ticker_t *self, napi_env env) {
  if (self->env == NULL || self->env != env) return;
  (void)napi_delete_reference(env, self->function);
  self->env = NULL;
}

void ba_ticker_start(ba_ticker_t *self, uint64_t milliseconds) {
  if (self->clock != NULL) ba_clock_start(self->clock, milliseconds);
}
