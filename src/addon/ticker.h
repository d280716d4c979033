/* ----------------------------------------------------------------------------
 * ticker: the function of JavaScript's that an environment's clock calls.
 *
 * While it has nothing to do the clock sleeps, and the ledger wakes it when memory
 * comes back. Of all napi_envs on a thread one has it, the last to ask.
 * ------------------------------------------------------------------------- */
#ifndef BA_TICKER_H
#define BA_TICKER_H

#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>

#include "ledger.h"

typedef struct ba_ticker ba_ticker_t;

/* Makes one without a clock. NULL for want of memory. It ends before the ledger
 * does, with ba_ticker_delete. */
ba_ticker_t *ba_ticker_new(ba_ledger_t *ledger);
void ba_ticker_delete(ba_ticker_t *self);

/* Has a function called when the clock ticks; it returns the milliseconds to the
 * next tick, 0 for none until memory comes back. It takes the place of any before
 * it. BA_OK; BA_EUNSUPPORTED where there is no clock; BA_EPENDING. */
int ba_ticker_open(ba_ticker_t *self, napi_env env, napi_value function);

/* Whether it is this napi_env's function that is called. */
bool ba_ticker_calls(const ba_ticker_t *self, napi_env env);

/* Lets go of the function, if it is this napi_env's. */
void ba_ticker_forget(ba_ticker_t *self, napi_env env);

/* Has the clock tick in so many milliseconds, if there is one. */
void ba_ticker_start(ba_ticker_t *self, uint64_t milliseconds);

#endif
