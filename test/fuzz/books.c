/* books: see books.h. */
#include "books.h"

#include <string.h>

#include "faults.h"
#include "helper.h"

#define RESERVE_MAX (68 * MIB) /* what src/heap/chunk.c says it keeps */

books_t books;

bool books_faulted(void) { return fuzz_faults_met() != books.faults_before; }

/* What other threads freed is taken in all at once, unless they are at it. */
static void check_live(record_t *record, const ba_heap_stats_t *actual) {
  uint64_t queued = record->expected.remote_frees - actual->remote_frees;
  if (queued == 0) {
    record->queued_blocks = 0;
    record->queued_bytes = 0;
    record->queueing = fuzz_helper_is_busy() && record->queueing;
  }
  FUZZ_CHECK(queued <= record->queued_blocks);
  FUZZ_EQUAL(actual->live_blocks, record->live_blocks + queued);
  if (queued == record->queued_blocks) {
    FUZZ_EQUAL(actual->live_bytes, record->live_bytes + record->queued_bytes);
  } else {
    FUZZ_CHECK(record->queueing);
    FUZZ_CHECK(actual->live_bytes >= record->live_bytes);
    FUZZ_CHECK(actual->live_bytes <= record->live_bytes + record->queued_bytes);
  }
}

/* What was freed by another thread counts until it is taken in: how high that
 * went is known only to lie between two figures. */
static void check_peak(record_t *record, const ba_heap_stats_t *actual) {
  FUZZ_CHECK(actual->peak_live_bytes >= record->expected.peak_live_bytes);
  FUZZ_CHECK(actual->peak_live_bytes <= record->peak_at_most);
  record->expected.peak_live_bytes = actual->peak_live_bytes;
  record->peak_at_most = actual->peak_live_bytes;
}

ba_heap_stats_t books_check_heap(record_t *record) {
  ba_heap_stats_t actual;
  ba_heap_stats_t *expected = &record->expected;
  memset(&actual, 0xa5, sizeof(actual));
  ba_heap_get_stats(record->heap, &actual);
  check_live(record, &actual);
  check_peak(record, &actual);
  FUZZ_EQUAL(actual.allocated_blocks, expected->allocated_blocks);
  FUZZ_EQUAL(actual.allocated_bytes, expected->allocated_bytes);
  FUZZ_EQUAL(actual.refused_budget, expected->refused_budget);
  FUZZ_EQUAL(actual.refused_nomem, expected->refused_nomem);
  FUZZ_EQUAL(actual.zeroed_bytes + actual.known_zero_bytes, record->zero_asked);
  FUZZ_CHECK(actual.reused_blocks <= actual.allocated_blocks);
  FUZZ_CHECK(actual.reused_blocks >= expected->reused_blocks);
  FUZZ_CHECK(actual.purged_bytes >= expected->purged_bytes);
  FUZZ_CHECK(actual.cached_bytes <= actual.mapped_bytes);
  FUZZ_CHECK(actual.live_bytes + actual.cached_bytes <= actual.mapped_bytes);
  expected->reused_blocks = actual.reused_blocks;
  expected->purged_bytes = actual.purged_bytes;
  return actual;
}

void books_check_process(void) {
  ba_process_stats_t process;
  uint64_t heaps = 0;
  uint64_t orphans = 0;
  uint64_t mapped = 0;
  if (fuzz_helper_is_busy()) return;
  for (size_t i = 0; i < books.record_count; i++) {
    const record_t *record = &books.records[i];
    if (record->heap != NULL) {
      ba_heap_stats_t stats;
      ba_heap_get_stats(record->heap, &stats);
      mapped += stats.mapped_bytes;
      heaps++;
    } else if (record->live_blocks != 0) {
      orphans++;
    }
  }
  ba_process_get_stats(&process);
  FUZZ_EQUAL(process.heaps, heaps);
  FUZZ_EQUAL(process.orphaned_heaps, orphans);
  FUZZ_CHECK(process.reserve_bytes <= RESERVE_MAX);
  if (orphans == 0 && !books_faulted()) {
    FUZZ_EQUAL(process.mapped_bytes, mapped + process.reserve_bytes);
  } else {
    FUZZ_CHECK(process.mapped_bytes >= mapped + process.reserve_bytes);
  }
}

/* A block that the helper frees meanwhile may come in after what is checked. */
bool books_are_exact(const record_t *record) {
  return record->only_pages && !record->queueing && !books_faulted();
}

void books_check_slots(const record_t *of) {
  for (size_t i = 0; i < SHADOW_SLOTS; i++) {
    const slot_t *slot = &books.slots[i];
    if (slot->block.at == NULL || (of != NULL && slot->record != of)) continue;
    FUZZ_EQUAL(ba_usable_size(slot->block.at), slot->block.usable);
    fuzz_verify(&slot->block);
  }
}
