/* ----------------------------------------------------------------------------
 * ledger: what an environment has out in stores, and since when.
 *
 * The life of an environment is cut into intervals, at the collections that the
 * pacer runs. Every store belongs to the interval it was born in, so that before
 * a collection one can tell what has survived the one before.
 *
 * Stores outlive their environment, and come back on any thread. A store
 * therefore holds its interval and nothing else, an interval its ledger, and all
 * that a returning store does is to change two atomic numbers. Functions that
 * take a ledger belong to the environment's thread, those that take an interval
 * to any.
 * ------------------------------------------------------------------------- */
#ifndef BA_LEDGER_H
#define BA_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clock.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ba_ledger ba_ledger_t;
typedef struct ba_interval ba_interval_t;

/* NULL for want of memory. The caller ends it with ba_ledger_close. */
ba_ledger_t *ba_ledger_open(void);

/* Ends the environment's part in it; stores that are out keep what they need. */
void ba_ledger_close(ba_ledger_t *ledger);

/* Notes `size` bytes, 1 at least, as going out in a store. Returns the interval,
 * to which ba_interval_note_return must be said once when they are back. */
ba_interval_t *ba_ledger_note_store(ba_ledger_t *ledger, size_t size);

/* Notes that a store's bytes came back, collected or taken back by the program.
 * Any thread; the interval is the store's no longer. */
void ba_interval_note_return(ba_interval_t *interval, size_t size,
                             bool collected);

/* Has a clock woken when bytes come back while it sleeps. The ledger has it to
 * release from then on. */
void ba_ledger_set_clock(ba_ledger_t *ledger, ba_clock_t *clock);

/* Notes that something else came back, which the clock is to see to. Any thread. */
void ba_ledger_poke(ba_ledger_t *ledger);

/* What grows with everything that comes back. */
uint64_t ba_ledger_returns(const ba_ledger_t *ledger);

/* Lets the clock sleep, if nothing has come back since there were so many. */
bool ba_ledger_sleep(ba_ledger_t *ledger, uint64_t returns);

/* Begins an interval. Returns the bytes, still out, of the interval before the
 * one that ends. Without memory for an interval the old one goes on. */
uint64_t ba_ledger_next_interval(ba_ledger_t *ledger);

/* Bytes, of this interval, that are out. */
uint64_t ba_ledger_young_bytes(const ba_ledger_t *ledger);

/* Bytes in stores that are out. */
uint64_t ba_ledger_out_bytes(const ba_ledger_t *ledger);

/* Bytes that came back because their stores were collected. */
uint64_t ba_ledger_collected_bytes(const ba_ledger_t *ledger);

#ifdef __cplusplus
}
#endif

#endif
