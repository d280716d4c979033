/* shadow: see shadow.h. */
#include "shadow.h"

#include <string.h>

#include "../../src/os/os.h"
#include "books.h"
#include "faults.h"
#include "helper.h"
#include "starve.h"

#define PAGE (4 * KIB)
#define LIVE_MAX (64 * MIB)    /* in blocks, all heaps together */
#define MAPPED_MAX (256 * MIB) /* one heap; past it, it is trimmed */
/* Bytes that one input may have cleared, checked for zero or overwritten. */
#define WORK_MAX (6 * MIB)
/* Leaves of the map, all that is left without a heap. Leaks add up to it. */
#define TABLES_MAX (4 * MIB)
/* No machine has that much: what is above may be refused for want of memory. */
#define ABSURD ((size_t)1 << 46)

/* --- Heaps ----------------------------------------------------------------- */

void shadow_create(size_t place, const ba_heap_limits_t *limits) {
  shadow_destroy(place);
  if (books.record_count == RECORDS) return;
  record_t *record = &books.records[books.record_count];
  *record = (record_t){.limits = *limits, .only_pages = true};
  unsigned long met = fuzz_faults_met();
  ba_status_t status = ba_heap_create(limits, &record->heap);
  if (status != BA_OK) {
    FUZZ_EQUAL(status, BA_ENOMEM);
    FUZZ_CHECK(fuzz_faults_met() != met);
    FUZZ_CHECK(record->heap == NULL);
    return;
  }
  books.places[place] = record;
  books.record_count++;
  ba_heap_stats_t stats = books_check_heap(record);
  FUZZ_EQUAL(stats.mapped_bytes, 0);
  books_check_process();
}

void shadow_destroy(size_t place) {
  record_t *record = books.places[place];
  if (record == NULL) return;
  ba_heap_destroy(record->heap);
  record->heap = NULL;
  books.places[place] = NULL;
  books_check_process();
  books_check_slots(record);
}

static record_t *heap_at(size_t place) {
  if (books.places[place] == NULL) {
    const ba_heap_limits_t none = {SIZE_MAX, SIZE_MAX, false, false};
    shadow_create(place, &none);
  }
  return books.places[place];
}

void shadow_set_limits(size_t place, const ba_heap_limits_t *limits) {
  record_t *record = books.places[place];
  if (record == NULL) return;
  record->limits.max_bytes = limits->max_bytes;
  record->limits.max_cached_bytes = limits->max_cached_bytes;
  ba_heap_set_limits(record->heap, limits);
  ba_heap_stats_t stats = books_check_heap(record);
  if (books_are_exact(record)) {
    FUZZ_CHECK(stats.cached_bytes <= limits->max_cached_bytes);
  }
  books_check_slots(record);
}

void shadow_tick(size_t place, unsigned idle_ticks) {
  record_t *record = books.places[place];
  if (record == NULL) return;
  bool quiet = record->queued_blocks == 0;
  uint64_t before = record->expected.purged_bytes;
  uint64_t purged = ba_heap_tick(record->heap, idle_ticks);
  record->ticks++;
  ba_heap_stats_t stats = books_check_heap(record);
  FUZZ_CHECK(stats.purged_bytes - before >= purged);
  if (quiet) FUZZ_EQUAL(stats.purged_bytes - before, purged);
  if (idle_ticks > record->ticks) FUZZ_EQUAL(purged, 0);
  if (idle_ticks == 0 && books_are_exact(record))
    FUZZ_EQUAL(stats.cached_bytes, 0);
  if (!fuzz_helper_is_busy()) FUZZ_EQUAL(record->queued_blocks, 0);
  books_check_slots(record);
}

void shadow_trim(size_t place) {
  record_t *record = books.places[place];
  if (record == NULL) return;
  bool quiet = record->queued_blocks == 0;
  uint64_t before = record->expected.purged_bytes;
  uint64_t bytes = ba_heap_trim(record->heap);
  ba_heap_stats_t stats = books_check_heap(record);
  if (quiet) FUZZ_CHECK(bytes >= stats.purged_bytes - before);
  if (books_are_exact(record)) FUZZ_EQUAL(stats.cached_bytes, 0);
  if (!fuzz_helper_is_busy()) {
    FUZZ_EQUAL(record->queued_blocks, 0);
    if (!books_faulted() && record->live_blocks == 0) {
      FUZZ_EQUAL(stats.mapped_bytes, 0);
      FUZZ_EQUAL(stats.cached_bytes, 0);
    }
  }
  books_check_process();
  books_check_slots(record);
}

/* --- Allocating ------------------------------------------------------------ */

static bool is_valid_alignment(size_t alignment) {
  return alignment <= BA_ALIGNMENT_MAX && (alignment & (alignment - 1)) == 0;
}

/* The most bytes that a block for this request may have; 0: it is absurd. */
static size_t most_usable(size_t size, size_t alignment) {
  size_t step = alignment < PAGE ? alignment : PAGE;
  if (size > ABSURD) return 0;
  if (alignment <= BA_ALIGNMENT_MIN) return ba_good_size(size);
  return ba_good_size((size + step - 1) & ~(step - 1));
}

static void check_apart(const fuzz_block_t *block) {
  for (size_t i = 0; i < SHADOW_SLOTS; i++) {
    const fuzz_block_t *other = &books.slots[i].block;
    if (other->at == NULL) continue;
    FUZZ_CHECK(block->at + block->usable <= other->at ||
               other->at + other->usable <= block->at);
  }
}

static void check_refused(record_t *record, ba_status_t status, size_t size,
                          size_t alignment, bool faulted) {
  size_t most = most_usable(size, alignment);
  bool invalid = size == 0 || !is_valid_alignment(alignment);
  FUZZ_CHECK(!invalid || status == BA_EINVAL);
  if (status == BA_EINVAL) {
    FUZZ_CHECK(invalid || most == 0);
  } else if (status == BA_ENOMEM) {
    FUZZ_CHECK(faulted || most == 0);
    record->expected.refused_nomem++;
  } else {
    FUZZ_EQUAL(status, BA_EBUDGET);
    record->expected.refused_budget++;
  }
  /* What the helper frees may have come back since it was refused. */
  uint64_t held = record->live_bytes + record->queued_bytes;
  ba_heap_stats_t stats = books_check_heap(record);
  if (!fuzz_helper_is_busy()) held = stats.live_bytes;
  if (status == BA_EBUDGET && most != 0) {
    size_t max_bytes = record->limits.max_bytes;
    FUZZ_CHECK(most > max_bytes || held > max_bytes - most);
  }
}

static void raise_to(uint64_t *highest, uint64_t value) {
  if (value > *highest) *highest = value;
}

static void enter(slot_t *slot, record_t *record, size_t size, size_t alignment,
                  unsigned flags, void *at) {
  size_t usable = ba_usable_size(at);
  size_t step = alignment > BA_ALIGNMENT_MIN ? alignment : BA_ALIGNMENT_MIN;
  FUZZ_CHECK(size != 0 && size <= ABSURD && is_valid_alignment(alignment));
  FUZZ_EQUAL((uintptr_t)at & (step - 1), 0);
  FUZZ_CHECK(usable >= size && usable <= most_usable(size, alignment));
  /* What may begin later in its block has as much less. */
  bool is_coloured = (flags & BA_COLOUR) != 0 && alignment <= BA_ALIGNMENT_MIN;
  size_t bytes = is_coloured ? ba_good_size(size) : usable;
  FUZZ_CHECK(usable <= bytes && bytes - usable < PAGE);
  if (alignment == 0 && !is_coloured) FUZZ_EQUAL(usable, ba_good_size(size));
  fuzz_block_t block = {at, usable, bytes, ++books.next_id};
  check_apart(&block);
  if ((flags & BA_ZERO) != 0 || record->limits.wipe) {
    fuzz_verify_zero(at, usable);
  }
  fuzz_write(&block);
  *slot = (slot_t){block, record};

  ba_heap_stats_t *expected = &record->expected;
  books.live_bytes += bytes;
  record->live_blocks++;
  record->live_bytes += bytes;
  FUZZ_CHECK(record->live_bytes <= record->limits.max_bytes);
  record->only_pages = record->only_pages && bytes % PAGE == 0;
  record->zero_asked += (flags & BA_ZERO) != 0 ? bytes : 0;
  raise_to(&expected->peak_live_bytes, record->live_bytes);
  raise_to(&record->peak_at_most, record->live_bytes + record->queued_bytes);
  expected->allocated_blocks++;
  expected->allocated_bytes += bytes;
}

/* Whether the input may have a block of this size, and what it costs. */
static bool is_affordable(const record_t *record, size_t size, unsigned flags) {
  if (size > ABSURD) return true;
  if (size > LIVE_MAX - books.live_bytes) return false;
  if ((flags & BA_ZERO) == 0 && !record->limits.wipe) return true;
  if (books.work + size > WORK_MAX) return false;
  books.work += size;
  return true;
}

void shadow_alloc(size_t place, size_t index, size_t size, size_t alignment,
                  unsigned flags) {
  slot_t *slot = &books.slots[index];
  record_t *record = heap_at(place);
  int nothing = 0;
  void *at = &nothing;
  if (record == NULL || slot->block.at != NULL) return;
  if (!is_affordable(record, size, flags)) return;
  unsigned long met = fuzz_faults_met();
  ba_status_t status = ba_alloc(record->heap, size, alignment, flags, &at);
  if (status != BA_OK) {
    FUZZ_CHECK(at == &nothing);
    check_refused(record, status, size, alignment, fuzz_faults_met() != met);
    return;
  }
  enter(slot, record, size, alignment, flags, at);
  ba_heap_stats_t stats = books_check_heap(record);
  if (stats.mapped_bytes > MAPPED_MAX) shadow_trim(place);
}

void shadow_overwrite(size_t slot) {
  const fuzz_block_t *block = &books.slots[slot].block;
  if (block->at == NULL || books.work + block->usable > WORK_MAX) return;
  books.work += block->usable;
  fuzz_verify(block);
  memset(block->at, 0xdb, block->usable);
  fuzz_write(block);
}

/* --- Freeing --------------------------------------------------------------- */

/* Takes a block out of the books. */
static void leave(slot_t *slot, bool queued) {
  record_t *record = slot->record;
  size_t bytes = slot->block.bytes;
  books.live_bytes -= bytes;
  record->live_blocks--;
  record->live_bytes -= bytes;
  if (queued && record->heap != NULL) {
    record->queued_blocks++;
    record->queued_bytes += bytes;
    record->expected.remote_frees++;
  }
  slot->block.at = NULL;
}

static void free_here(slot_t *slot, shadow_free_t how) {
  record_t *record = slot->record;
  void *at = slot->block.at;
  bool own = how == SHADOW_FREE_OWN;
  static char another;
  fuzz_verify(&slot->block);
  leave(slot, !own);
  ba_os_thread_alias = own ? 0 : (uintptr_t)&another;
  ba_free(at);
  ba_os_thread_alias = 0;
  if (record->heap == NULL) return;
  ba_heap_stats_t stats = books_check_heap(record);
  if (own && books_are_exact(record)) {
    FUZZ_CHECK(stats.cached_bytes <= record->limits.max_cached_bytes);
  }
}

static void free_elsewhere(slot_t *slot, fuzz_job_t *job) {
  job->blocks[job->count++] = slot->block;
  slot->record->queueing = true;
  leave(slot, true);
}

void shadow_free_slots(size_t first, size_t stride, size_t count,
                       shadow_free_t how) {
  static fuzz_job_t job;
  job.count = 0;
  /* A job takes the blocks that it frees out of the books before it begins:
   * the one before it must be done with its own. */
  if (how >= SHADOW_FREE_HELPER) fuzz_helper_join();
  for (size_t i = 0; i < count; i++) {
    slot_t *slot = &books.slots[(first + i * stride) % SHADOW_SLOTS];
    if (slot->block.at == NULL) continue;
    if (how < SHADOW_FREE_HELPER) {
      free_here(slot, how);
    } else {
      free_elsewhere(slot, &job);
    }
  }
  if (job.count != 0) fuzz_helper_start(&job);
  if (how == SHADOW_FREE_HELPER) fuzz_helper_join();
  books_check_process();
}

void shadow_churn(uint64_t seed) {
  static fuzz_job_t job;
  job.churn = seed + 1;
  fuzz_helper_start(&job);
}

/* --- Begin and end --------------------------------------------------------- */

void shadow_check_all(void) {
  for (size_t i = 0; i < SHADOW_PLACES; i++) {
    if (books.places[i] != NULL) (void)books_check_heap(books.places[i]);
  }
  books_check_process();
  books_check_slots(NULL);
}

void shadow_begin(void) {
  memset(&books, 0, sizeof(books));
  books.faults_before = fuzz_faults_met();
}

/* Gives the reserve back, which takes a heap. */
static void settle(void) {
  ba_heap_t *heap = NULL;
  FUZZ_EQUAL(ba_heap_create(NULL, &heap), BA_OK);
  (void)ba_heap_trim(heap);
  ba_heap_destroy(heap);
}

void shadow_end(bool orphans) {
  fuzz_helper_join();
  fuzz_feed();
  shadow_check_all();
  for (size_t i = 0; orphans && i < SHADOW_PLACES; i++) shadow_destroy(i);
  shadow_free_slots(0, 1, SHADOW_SLOTS, SHADOW_FREE_OWN);
  for (size_t i = 0; i < SHADOW_PLACES; i++) {
    shadow_trim(i);
    shadow_destroy(i);
  }
  settle();
  ba_process_stats_t process;
  ba_process_get_stats(&process);
  FUZZ_EQUAL(process.heaps, 0);
  FUZZ_EQUAL(process.orphaned_heaps, 0);
  FUZZ_EQUAL(process.reserve_bytes, 0);
  FUZZ_EQUAL(process.mapped_bytes, 0);
  FUZZ_CHECK(process.metadata_bytes <= TABLES_MAX);
}
