/* ----------------------------------------------------------------------------
 * ledger: see ledger.h.
 *
 * An interval is one number, twice the bytes that are out, plus one while the
 * ledger looks at it: when it is zero nobody does, and whoever made it zero
 * frees the interval. The ledger goes with the last of its intervals.
 * ------------------------------------------------------------------------- */
#include "ledger.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { HELD = 1, BYTE = 2 };

struct ba_interval {
  ba_ledger_t *ledger;
  _Atomic uint64_t out;
};

struct ba_ledger {
  ba_interval_t *current;
  ba_interval_t *previous; /* NULL during the first interval */
  uint64_t handed_out;     /* bytes, ever; of the owner's thread */
  _Atomic uint64_t collected;
  _Atomic uint64_t taken_back;
  _Atomic uint64_t pokes;
  _Atomic size_t intervals;
  ba_clock_t *clock;   /* NULL if there is none; set before any sleep */
  _Atomic bool asleep; /* the clock is to be woken */
};

static ba_interval_t *interval_new(ba_ledger_t *ledger) {
  ba_interval_t *interval = malloc(sizeof *interval);
  if (interval == NULL) return NULL;
  interval->ledger = ledger;
  atomic_init(&interval->out, HELD);
  atomic_fetch_add_explicit(&ledger->intervals, 1, memory_order_relaxed);
  return interval;
}

/* What is freed here was last written by whichever thread came before, so that
 * every step down is a release and an acquire. */
static void interval_release(ba_interval_t *interval, uint64_t amount) {
  ba_ledger_t *ledger = interval->ledger;
  if (atomic_fetch_sub_explicit(&interval->out, amount, memory_order_acq_rel) !=
      amount) {
    return;
  }
  free(interval);
  if (atomic_fetch_sub_explicit(&ledger->intervals, 1, memory_order_acq_rel) ==
      1) {
    if (ledger->clock != NULL) ba_clock_release(ledger->clock);
    free(ledger);
  }
}

ba_ledger_t *ba_ledger_open(void) {
  ba_ledger_t *ledger = calloc(1, sizeof *ledger);
  if (ledger == NULL) return NULL;
  ledger->current = interval_new(ledger);
  if (ledger->current != NULL) return ledger;
  free(ledger);
  return NULL;
}

void ba_ledger_close(ba_ledger_t *ledger) {
  /* The last interval takes the ledger with it. */
  ba_interval_t *current = ledger->current;
  if (ledger->previous != NULL) interval_release(ledger->previous, HELD);
  interval_release(current, HELD);
}

ba_interval_t *ba_ledger_note_store(ba_ledger_t *ledger, size_t size) {
  ledger->handed_out += size;
  atomic_fetch_add_explicit(&ledger->current->out, (uint64_t)size * BYTE,
                            memory_order_relaxed);
  return ledger->current;
}

static void wake(ba_ledger_t *ledger) {
  if (atomic_load_explicit(&ledger->asleep, memory_order_seq_cst) &&
      atomic_exchange(&ledger->asleep, false)) {
    ba_clock_wake(ledger->clock);
  }
}

void ba_interval_note_return(ba_interval_t *interval, size_t size,
                             bool collected) {
  ba_ledger_t *ledger = interval->ledger;
  atomic_fetch_add_explicit(
      collected ? &ledger->collected : &ledger->taken_back, size,
      memory_order_seq_cst);
  wake(ledger);
  interval_release(interval, (uint64_t)size * BYTE);
}

static uint64_t bytes_of(const ba_interval_t *interval) {
  return atomic_load_explicit(&interval->out, memory_order_relaxed) / BYTE;
}

uint64_t ba_ledger_next_interval(ba_ledger_t *ledger) {
  ba_interval_t *previous = ledger->previous;
  uint64_t survived = previous == NULL ? 0 : bytes_of(previous);
  ba_interval_t *next = interval_new(ledger);
  if (next == NULL) return survived;
  ledger->previous = ledger->current;
  ledger->current = next;
  if (previous != NULL) interval_release(previous, HELD);
  return survived;
}

uint64_t ba_ledger_young_bytes(const ba_ledger_t *ledger) {
  return bytes_of(ledger->current);
}

uint64_t ba_ledger_out_bytes(const ba_ledger_t *ledger) {
  return ledger->handed_out -
         atomic_load_explicit(&ledger->taken_back, memory_order_relaxed) -
         atomic_load_explicit(&ledger->collected, memory_order_relaxed);
}

uint64_t ba_ledger_collected_bytes(const ba_ledger_t *ledger) {
  return atomic_load_explicit(&ledger->collected, memory_order_relaxed);
}

void ba_ledger_set_clock(ba_ledger_t *ledger, ba_clock_t *clock) {
  ledger->clock = clock;
  atomic_store(&ledger->asleep, true);
}

void ba_ledger_poke(ba_ledger_t *ledger) {
  atomic_fetch_add(&ledger->pokes, 1);
  wake(ledger);
}

uint64_t ba_ledger_returns(const ba_ledger_t *ledger) {
  return atomic_load(&ledger->taken_back) + atomic_load(&ledger->collected) +
         atomic_load(&ledger->pokes);
}

bool ba_ledger_sleep(ba_ledger_t *ledger, uint64_t returns) {
  if (ledger->clock == NULL) return true;
  /* What comes back before this is seen in the sum, what comes later sees it. */
  atomic_store(&ledger->asleep, true);
  return ba_ledger_returns(ledger) == returns ||
         !atomic_exchange(&ledger->asleep, false);
}
