/* account: see account.h. One lock guards the list, and the heaps of what is listed:
 * it is held while an account begins or ends, and while all are read. */
#include "account.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../heap/list.h"
#include "../os/os.h"
#include "values.h"

#define PLACE_OF(field, name, meaning) PLACE_##field,
enum { BA_HEAP_COUNTERS(PLACE_OF) PUBLISHED_COUNT };

enum {
  NAME_SIZE = 64,
  /* What is watched stands for stores in part: they are counted in so many. */
  PARTS = 1024
};

struct ba_account {
  ba_link_t link;
  _Atomic size_t users;
  bool has_ended;
  ba_heap_t *heap;
  uint64_t environment;
  _Atomic int64_t thread;
  _Atomic uint64_t watched_parts;
  _Atomic uint64_t watched_bytes;
  _Atomic uint64_t guarded_counts[BA_TAGS];
  _Atomic uint64_t guarded_bytes[BA_TAGS];
  _Atomic uint64_t published[PUBLISHED_COUNT];
  char name[NAME_SIZE];
};

static ba_mutex_t mutex = BA_MUTEX_INIT;
static ba_list_t all;

/* --- life ------------------------------------------------------------------- */

ba_account_t *ba_account_open(uint64_t environment, int64_t thread,
                              const char *name, const ba_heap_limits_t *limits,
                              int *status) {
  ba_account_t *account = calloc(1, sizeof *account);
  *status = account == NULL ? BA_ENOMEM : BA_OK;
  if (account == NULL) return NULL;
  if (limits != NULL) *status = ba_heap_create(limits, &account->heap);
  if (*status != BA_OK) {
    free(account);
    return NULL;
  }
  atomic_init(&account->users, 1);
  atomic_init(&account->thread, thread);
  account->environment = environment;
  size_t length = strlen(name);
  memcpy(account->name, name, length < NAME_SIZE ? length : NAME_SIZE - 1);
  ba_mutex_lock(&mutex);
  ba_list_push(&all, &account->link);
  ba_mutex_unlock(&mutex);
  return account;
}

void ba_account_end(ba_account_t *account) {
  ba_heap_t *heap = account->heap;
  ba_mutex_lock(&mutex);
  ba_list_remove(&all, &account->link);
  account->heap = NULL;
  account->has_ended = true;
  ba_mutex_unlock(&mutex);
  if (heap != NULL) ba_heap_destroy(heap);
  ba_account_release(account);
}

ba_account_t *ba_account_keep(ba_account_t *account) {
  atomic_fetch_add_explicit(&account->users, 1, memory_order_relaxed);
  return account;
}

void ba_account_release(ba_account_t *account) {
  if (atomic_fetch_sub_explicit(&account->users, 1, memory_order_acq_rel) ==
      1) {
    free(account);
  }
}

/* --- the environment's own --------------------------------------------------- */

bool ba_account_has_ended(const ba_account_t *account) {
  return account->has_ended;
}

ba_heap_t *ba_account_heap(const ba_account_t *account) {
  return account->heap;
}

void ba_account_set_thread(ba_account_t *account, int64_t thread) {
  atomic_store_explicit(&account->thread, thread, memory_order_relaxed);
}

uint64_t ba_account_publish(ba_account_t *account) {
  ba_heap_stats_t stats = {0};
  _Atomic uint64_t *next = account->published;
  if (account->heap != NULL) ba_heap_get_stats(account->heap, &stats);
#define PUBLISH(field, name, meaning) \
  atomic_store_explicit(next++, stats.field, memory_order_relaxed);
  BA_HEAP_COUNTERS(PUBLISH)
  return stats.cached_bytes;
}

void ba_account_read_live(ba_account_t *account, double *out) {
  for (unsigned tag = 0; tag < BA_TAGS; tag++) {
    ba_tally_t tally = {0, 0};
    if (account->heap != NULL) tally = ba_heap_tally(account->heap, tag);
    *out++ = (double)(tally.count + account->guarded_counts[tag]);
    *out++ = (double)(tally.bytes + account->guarded_bytes[tag]);
  }
  *out++ = (double)account->watched_parts / PARTS;
  *out = (double)account->watched_bytes;
}

void ba_account_note_out(ba_account_t *account, unsigned tag, size_t size) {
  (void)ba_account_keep(account);
  atomic_fetch_add(&account->guarded_counts[tag], 1);
  atomic_fetch_add(&account->guarded_bytes[tag], size);
}

void ba_account_note_back(ba_account_t *account, unsigned tag, size_t size) {
  atomic_fetch_sub(&account->guarded_counts[tag], 1);
  atomic_fetch_sub(&account->guarded_bytes[tag], size);
  ba_account_release(account);
}

/* --- watching ---------------------------------------------------------------- */

typedef struct ba_watch {
  ba_account_t *account;
  uint64_t parts;
  uint64_t bytes;
  _Atomic bool gone;
} ba_watch_t;

static void let_go(ba_watch_t *watch) {
  if (atomic_exchange(&watch->gone, true)) return;
  atomic_fetch_sub(&watch->account->watched_parts, watch->parts);
  atomic_fetch_sub(&watch->account->watched_bytes, watch->bytes);
}

/* Once, as the object is collected or the environment ends; on some runtimes by
 * another thread. */
static void on_collected(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  ba_watch_t *watch = data;
  let_go(watch);
  ba_account_release(watch->account);
  free(watch);
}

napi_value ba_account_watch(ba_account_t *account, napi_env env,
                            napi_value object, double count, double bytes) {
  napi_value result;
  ba_watch_t *watch = calloc(1, sizeof *watch);
  if (watch == NULL) return NULL;
  /* Whoever has what this makes has the object, and so the object's watch. */
  if (napi_create_external(env, watch, NULL, NULL, &result) != napi_ok ||
      napi_add_finalizer(env, object, watch, on_collected, NULL, NULL) !=
          napi_ok) {
    free(watch);
    return NULL;
  }
  watch->account = ba_account_keep(account);
  watch->parts = (uint64_t)(count * PARTS + 0.5);
  watch->bytes = (uint64_t)(bytes + 0.5);
  atomic_fetch_add(&account->watched_parts, watch->parts);
  atomic_fetch_add(&account->watched_bytes, watch->bytes);
  return result;
}

void ba_account_unwatch(napi_env env, napi_value watch) {
  void *data;
  if (napi_get_value_external(env, watch, &data) == napi_ok) let_go(data);
}

/* --- reading all ------------------------------------------------------------- */

enum {
  BEFORE_NAME = 2,
  VALUE_COUNT = BEFORE_NAME + PUBLISHED_COUNT + 2 * BA_LIVE_COUNT
};

typedef struct ba_extract {
  char name[NAME_SIZE];
  double values[VALUE_COUNT];
} ba_extract_t;

static void extract(ba_account_t *account, ba_extract_t *out) {
  double *next = out->values;
  memcpy(out->name, account->name, NAME_SIZE);
  *next++ = (double)account->environment;
  *next++ = (double)account->thread;
  for (size_t i = 0; i < PUBLISHED_COUNT; i++) {
    *next++ = (double)atomic_load_explicit(&account->published[i],
                                           memory_order_relaxed);
  }
  ba_account_read_live(account, next);
}

/* What all accounts say, which the caller frees; NULL for want of memory. Under the
 * lock nothing of JavaScript's may be made: what is collected then may want it. */
static ba_extract_t *extract_all(size_t *count) {
  size_t length = 0;
  ba_mutex_lock(&mutex);
  for (ba_link_t *link = all.first; link != NULL;
       link = ba_list_next(&all, link)) {
    length++;
  }
  ba_extract_t *extracts = calloc(length + 1, sizeof *extracts);
  ba_extract_t *next = extracts;
  for (ba_link_t *link = ba_list_last(&all); extracts != NULL && link != NULL;
       link = ba_list_prev(&all, link)) {
    extract(BA_HOLDER(link, ba_account_t, link), next++);
  }
  ba_mutex_unlock(&mutex);
  *count = length;
  return extracts;
}

static napi_value show(napi_env env, const ba_extract_t *extract) {
  napi_value result;
  uint32_t index = 0;
  BA_CHECK(env, napi_create_array_with_length(env, VALUE_COUNT + 1, &result));
  for (uint32_t i = 0; i < VALUE_COUNT; i++) {
    if (i == BEFORE_NAME) {
      if (!ba_set_element(env, result, index++,
                          ba_string(env, extract->name))) {
        return NULL;
      }
    }
    if (!ba_set_element(env, result, index++,
                        ba_number(env, extract->values[i]))) {
      return NULL;
    }
  }
  return result;
}

static napi_value show_all(napi_env env, const ba_extract_t *extracts,
                           size_t count) {
  napi_value result;
  BA_CHECK(env, napi_create_array_with_length(env, count, &result));
  for (size_t i = 0; i < count; i++) {
    if (!ba_set_element(env, result, (uint32_t)i, show(env, &extracts[i]))) {
      return NULL;
    }
  }
  return result;
}

napi_value ba_account_list(napi_env env) {
  size_t count;
  ba_extract_t *extracts = extract_all(&count);
  if (extracts == NULL) {
    ba_throw(env, "calloc");
    return NULL;
  }
  napi_value result = show_all(env, extracts, count);
  free(extracts);
  return result;
}
