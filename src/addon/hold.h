/* ----------------------------------------------------------------------------
 * hold: references to JavaScript's values that end on any thread.
 *
 * A reference of Node-API's is the environment's thread to delete. A hold that
 * ends elsewhere is put aside until that thread's clock ticks, which is woken, or
 * another begins.
 * ------------------------------------------------------------------------- */
#ifndef BA_HOLD_H
#define BA_HOLD_H

#include <node_api.h>

#include "ledger.h"

typedef struct ba_holds ba_holds_t; /* those of one environment */
typedef struct ba_hold ba_hold_t;

/* Holds for an environment, on its thread; NULL for want of memory. It is closed
 * when that ends, before the ledger, and the values are let go of; holds that have
 * not ended stay valid until they do. */
ba_holds_t *ba_holds_open(napi_env env, ba_ledger_t *ledger);
void ba_holds_close(ba_holds_t *self);

/* Holds a value. On the environment's thread. NULL for want of memory, or with an
 * exception. */
ba_hold_t *ba_hold_begin(ba_holds_t *self, napi_value value);

/* Lets go of it; any thread. */
void ba_hold_end(ba_hold_t *hold);

/* Lets go of the calling thread's that have ended elsewhere. */
void ba_holds_sweep(void);

#endif
