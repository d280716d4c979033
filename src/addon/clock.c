/* clock: see clock.h. */
#include "clock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "../heap/list.h"
#include "../os/os.h"

/* --- what is needed of libuv ------------------------------------------------- */

#if defined(__GNUC__) && !defined(_WIN32)

/* Of uv.h, which a package's build need not have: handles are memory of the size
 * that libuv says; the numbers of their types have not changed since 1.0. */
typedef struct uv_loop_s uv_loop_t;
enum { TYPE_ASYNC = 1, TYPE_TIMER = 13 };

/* uv_metrics_t: three counts, and room that is reserved. */
typedef struct uv_metrics_s {
  uint64_t loop_count;
  uint64_t others[2];
  uint64_t *reserved[13];
} uv_metrics_t;

#define BA_WEAK __attribute__((weak))

BA_WEAK extern size_t uv_handle_size(int type);
BA_WEAK extern void uv_handle_set_data(void *handle, void *data);
BA_WEAK extern void *uv_handle_get_data(const void *handle);
BA_WEAK extern int uv_timer_init(uv_loop_t *loop, void *timer);
BA_WEAK extern int uv_timer_start(void *timer, void (*callback)(void *timer),
                                  uint64_t timeout, uint64_t repeat);
BA_WEAK extern int uv_async_init(uv_loop_t *loop, void *async,
                                 void (*callback)(void *async));
BA_WEAK extern int uv_async_send(void *async);
BA_WEAK extern int uv_metrics_info(uv_loop_t *loop, uv_metrics_t *metrics);
BA_WEAK extern void uv_unref(void *handle);
BA_WEAK extern void uv_close(void *handle, void (*callback)(void *handle));

static bool has_libuv(void) {
  return uv_handle_size != NULL && uv_handle_set_data != NULL &&
         uv_handle_get_data != NULL && uv_timer_init != NULL &&
         uv_timer_start != NULL && uv_async_init != NULL &&
         uv_async_send != NULL && uv_unref != NULL && uv_close != NULL;
}

/* Whether a clock can be woken; seldom asked, so that one lock serves them all. */
static struct {
  ba_mutex_t mutex;
  ba_list_t clocks; /* those that can be */
} waking = {.mutex = BA_MUTEX_INIT};

struct ba_clock {
  ba_clock_tick_t tick;
  void *data;
  void *timer;
  void *async;
  napi_async_cleanup_hook_handle hook;
  int open_handles;
  ba_link_t link;   /* in `waking`, until it is closing */
  bool closing;     /* written under that lock */
  _Atomic int uses; /* the loop's and the opener's */
};

/* --- ticking ------------------------------------------------------------------- */

static void on_time(void *handle) {
  ba_clock_t *clock = uv_handle_get_data(handle);
  if (clock->closing) return;
  uint64_t next = clock->tick(clock->data);
  if (next != 0 && !clock->closing) ba_clock_start(clock, next);
}

void ba_clock_start(ba_clock_t *clock, uint64_t milliseconds) {
  /* It fails only for a clock that is being closed. */
  (void)uv_timer_start(clock->timer, on_time, milliseconds, 0);
}

void ba_clock_wake(ba_clock_t *clock) {
  ba_mutex_lock(&waking.mutex);
  if (!clock->closing) (void)uv_async_send(clock->async);
  ba_mutex_unlock(&waking.mutex);
}

void ba_clock_wake_any(void) {
  ba_mutex_lock(&waking.mutex);
  /* The oldest: mostly the main thread's, which workers outdo at blocking. */
  ba_link_t *link = ba_list_last(&waking.clocks);
  if (link != NULL) {
    (void)uv_async_send(BA_HOLDER(link, ba_clock_t, link)->async);
  }
  ba_mutex_unlock(&waking.mutex);
}

bool ba_clock_loop_count(napi_env env, uint64_t *out) {
  uv_loop_t *loop = NULL;
  uv_metrics_t metrics;
  if (uv_metrics_info == NULL ||
      napi_get_uv_event_loop(env, &loop) != napi_ok ||
      uv_metrics_info(loop, &metrics) != 0) {
    return false;
  }
  *out = metrics.loop_count;
  return true;
}

/* --- its life -------------------------------------------------------------------- */

void ba_clock_release(ba_clock_t *clock) {
  if (atomic_fetch_sub(&clock->uses, 1) != 1) return;
  free(clock->timer);
  free(clock->async);
  free(clock);
}

static void on_closed(void *handle) {
  ba_clock_t *clock = uv_handle_get_data(handle);
  if (--clock->open_handles != 0) return;
  if (clock->hook != NULL) (void)napi_remove_async_cleanup_hook(clock->hook);
  ba_clock_release(clock);
}

static void clock_close(ba_clock_t *clock) {
  ba_mutex_lock(&waking.mutex);
  clock->closing = true;
  ba_list_remove(&waking.clocks, &clock->link);
  ba_mutex_unlock(&waking.mutex);
  uv_close(clock->timer, on_closed);
  uv_close(clock->async, on_closed);
}

/* The environment waits for the hook to be removed, turning its loop. */
static void on_environment_end(napi_async_cleanup_hook_handle hook,
                               void *data) {
  (void)hook;
  clock_close(data);
}

ba_clock_t *ba_clock_open(napi_env env, ba_clock_tick_t tick, void *data) {
  uv_loop_t *loop = NULL;
  if (!has_libuv() || napi_get_uv_event_loop(env, &loop) != napi_ok) {
    return NULL;
  }
  ba_clock_t *clock = calloc(1, sizeof *clock);
  if (clock == NULL) return NULL;
  clock->tick = tick;
  clock->data = data;
  clock->timer = calloc(1, uv_handle_size(TYPE_TIMER));
  clock->async = calloc(1, uv_handle_size(TYPE_ASYNC));
  if (clock->timer == NULL || clock->async == NULL ||
      uv_async_init(loop, clock->async, on_time) != 0) {
    atomic_store(&clock->uses, 1);
    ba_clock_release(clock);
    return NULL;
  }
  atomic_store(&clock->uses, 2);
  (void)uv_timer_init(loop, clock->timer); /* it cannot fail */
  clock->open_handles = 2;
  uv_handle_set_data(clock->timer, clock);
  uv_handle_set_data(clock->async, clock);
  uv_unref(clock->timer);
  uv_unref(clock->async);
  ba_mutex_lock(&waking.mutex);
  ba_list_push(&waking.clocks, &clock->link);
  ba_mutex_unlock(&waking.mutex);
  if (napi_add_async_cleanup_hook(env, on_environment_end, clock,
                                  &clock->hook) != napi_ok) {
    clock->hook = NULL;
    clock_close(clock);
    ba_clock_release(clock);
    return NULL;
  }
  return clock;
}

#else

ba_clock_t *ba_clock_open(napi_env env, ba_clock_tick_t tick, void *data) {
  (void)env;
  (void)tick;
  (void)data;
  return NULL;
}

bool ba_clock_loop_count(napi_env env, uint64_t *out) {
  (void)env;
  (void)out;
  return false;
}

void ba_clock_start(ba_clock_t *clock, uint64_t milliseconds) {
  (void)clock;
  (void)milliseconds;
}

void ba_clock_wake(ba_clock_t *clock) { (void)clock; }

void ba_clock_wake_any(void) {}

void ba_clock_release(ba_clock_t *clock) { (void)clock; }

#endif
