/* ----------------------------------------------------------------------------
 * thread_heap: see thread_heap.h.
 *
 * The heaps are in a list, under a lock of its own, which is taken before that of
 * a heap. A thread that ends takes its heap off the list; from then on nobody
 * else has it.
 *
 * While nothing is cached no clock looks at them, and whoever frees wakes one.
 * ------------------------------------------------------------------------- */
#include "thread_heap.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "../heap/list.h"
#include "../os/os.h"
#include "clock.h"

/* Most bytes that a thread's heap keeps for the next: there may be many threads. */
#define MAX_CACHED_BYTES ((size_t)16 << 20)

typedef struct ba_thread_heap {
  ba_link_t link;
  ba_mutex_t mutex;
  ba_heap_t *heap; /* nobody's while the lock is free */
} ba_thread_heap_t;

static struct {
  ba_mutex_t mutex;
  ba_list_t heaps;
  uint64_t count;
  const void *timer; /* whose ticks count; NULL for whoever comes next */
  ba_os_key_t key;   /* of each thread's own */
  _Atomic bool has_key;
  _Atomic bool unwatched; /* a clock is to be woken */
} all = {.mutex = BA_MUTEX_INIT, .unwatched = true};

/* To be called after memory was freed. */
static void wake(void) {
  /* Either the clock's look at the heaps finds that, or this finds what it wrote
   * before. */
  atomic_thread_fence(memory_order_seq_cst);
  if (atomic_load_explicit(&all.unwatched, memory_order_relaxed) &&
      atomic_exchange(&all.unwatched, false)) {
    ba_clock_wake_any();
  }
}

/* --- one thread's ----------------------------------------------------------------- */

static ba_heap_t *enter(ba_thread_heap_t *self) {
  ba_mutex_lock(&self->mutex);
  ba_heap_enter(self->heap);
  return self->heap;
}

static void leave(ba_thread_heap_t *self) {
  ba_heap_leave(self->heap);
  ba_mutex_unlock(&self->mutex);
}

static void BA_OS_CALLBACK on_thread_end(void *value) {
  ba_thread_heap_t *self = value;
  ba_mutex_lock(&all.mutex);
  ba_list_remove(&all.heaps, &self->link);
  all.count--;
  /* Under the lock: whoever looks finds its memory here or in the reserve. */
  ba_heap_destroy(self->heap);
  ba_mutex_unlock(&all.mutex);
  free(self);
}

static bool ensure_key(void) {
  ba_mutex_lock(&all.mutex);
  bool has_key = atomic_load_explicit(&all.has_key, memory_order_relaxed) ||
                 ba_os_key_create(&all.key, on_thread_end) == 0;
  atomic_store_explicit(&all.has_key, has_key, memory_order_release);
  ba_mutex_unlock(&all.mutex);
  return has_key;
}

/* The calling thread's; NULL if it has none. */
static ba_thread_heap_t *find(void) {
  return atomic_load_explicit(&all.has_key, memory_order_acquire)
             ? ba_os_key_get(&all.key)
             : NULL;
}

/* Makes one for the calling thread; NULL for want of memory. */
static ba_thread_heap_t *open(void) {
  const ba_heap_limits_t limits = {.max_bytes = SIZE_MAX,
                                   .max_cached_bytes = MAX_CACHED_BYTES};
  if (!ensure_key()) return NULL;
  ba_thread_heap_t *self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  if (ba_heap_create(&limits, &self->heap) != BA_OK) goto no_heap;
  if (ba_os_key_set(&all.key, self) != 0) goto no_value;
  ba_heap_leave(self->heap);
  ba_mutex_init(&self->mutex);
  ba_mutex_lock(&all.mutex);
  ba_list_push(&all.heaps, &self->link);
  all.count++;
  ba_mutex_unlock(&all.mutex);
  return self;
no_value:
  ba_heap_destroy(self->heap);
no_heap:
  free(self);
  return NULL;
}

ba_status_t ba_thread_heap_alloc(size_t size, size_t alignment, unsigned flags,
                                 void **out) {
  ba_thread_heap_t *self = find();
  if (self == NULL) self = open();
  if (self == NULL) return BA_ENOMEM;
  ba_status_t status = ba_alloc(enter(self), size, alignment, flags, out);
  leave(self);
  return status;
}

void ba_thread_heap_free(void *block) {
  ba_thread_heap_t *self = find();
  if (self != NULL) (void)enter(self);
  ba_free(block);
  if (self != NULL) leave(self);
  wake();
}

/* --- all of them --------------------------------------------------------------------- */

/* Calls a function with each heap, owned by the calling thread meanwhile. */
static void for_each(void (*visit)(ba_heap_t *heap, void *data), void *data) {
  for (ba_link_t *link = all.heaps.first; link != NULL;
       link = ba_list_next(&all.heaps, link)) {
    ba_thread_heap_t *each = BA_HOLDER(link, ba_thread_heap_t, link);
    visit(enter(each), data);
    leave(each);
  }
}

typedef struct ba_round {
  unsigned idle_ticks;
  uint64_t cached;
} ba_round_t;

static void tick(ba_heap_t *heap, void *data) {
  ba_round_t *round = data;
  ba_heap_stats_t stats;
  (void)ba_heap_tick(heap, round->idle_ticks);
  ba_heap_get_stats(heap, &stats);
  round->cached += stats.cached_bytes;
}

uint64_t ba_thread_heap_tick(const void *by, unsigned idle_ticks) {
  ba_round_t round = {idle_ticks, 0};
  ba_mutex_lock(&all.mutex);
  /* First: what a heap takes of the reserve from here on is found in the heap. */
  uint64_t cached = ba_process_tick();
  if (all.timer == NULL) all.timer = by;
  if (all.timer == by) {
    atomic_store_explicit(&all.unwatched, true, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
    for_each(tick, &round);
    if (round.cached == 0) {
      all.timer = NULL;
    } else {
      atomic_store_explicit(&all.unwatched, false, memory_order_relaxed);
    }
  }
  ba_mutex_unlock(&all.mutex);
  return cached + round.cached;
}

void ba_thread_heap_leave(const void *by) {
  ba_mutex_lock(&all.mutex);
  if (all.timer == by) all.timer = NULL;
  ba_mutex_unlock(&all.mutex);
}

static void trim(ba_heap_t *heap, void *data) {
  size_t *bytes = data;
  *bytes += ba_heap_trim(heap);
}

size_t ba_thread_heap_trim(void) {
  size_t bytes = 0;
  ba_mutex_lock(&all.mutex);
  for_each(trim, &bytes);
  ba_mutex_unlock(&all.mutex);
  return bytes;
}

static void add_stats(ba_heap_t *heap, void *data) {
  ba_heap_stats_t *sum = data;
  ba_heap_stats_t stats;
  ba_heap_get_stats(heap, &stats);
#define ADD(field, name, meaning) sum->field += stats.field;
  BA_HEAP_COUNTERS(ADD)
}

void ba_thread_heap_get_stats(ba_thread_heap_stats_t *out) {
  *out = (ba_thread_heap_stats_t){0};
  ba_mutex_lock(&all.mutex);
  out->threads = all.count;
  for_each(add_stats, &out->of);
  ba_mutex_unlock(&all.mutex);
}
